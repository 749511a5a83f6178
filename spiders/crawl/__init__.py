"""Crawling: one Scrapy process for any number of portals, from the plan to the verdict.

Belongs here: the process, its settings, the spider, its follow policy and log, the verdict, and the import of external
WARC files. Does not belong here: downloader middlewares (see `spiders.fetch`), and extraction.
"""
