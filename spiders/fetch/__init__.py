"""Downloading: additions to Scrapy's downloader, with one downloader middleware per module.

Belongs here: scope, robots.txt, politeness, budgets, decompression, conditional requests, replay, and storing
responses. Does not belong here: which links are followed (see `spiders.crawl`), and extraction (see `spiders.extract`).
"""
