"""The crawl state of each portal: what earlier crawls recorded about it.

Does not belong here: what a crawl does with it (see `spiders.crawl`).
"""
