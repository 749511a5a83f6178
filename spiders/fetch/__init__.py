"""Downloading: what the crawl adds to Scrapy's downloader, one downloader middleware a module.

Here: scope, robots.txt, politeness, budgets, decompression, conditional requests, replay, and storing each response.
Not here: which links are followed (`spiders.crawl`), and what a page says (`spiders.extract`).
"""
