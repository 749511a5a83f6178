"""Crawling: one Scrapy process for any number of portals, from the plan to the verdict.

Here: the process, its settings, the spider, what it follows, what it logs, how it is judged; and archives of others
taken over. Not here: the downloader's middlewares (`spiders.fetch`), and what is made of the captures.
"""
