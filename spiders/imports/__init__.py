"""Imports of other crawlers' WARC files into the archive of the portals that they captured.

Does not belong here: reading those files (`warehouse.archive.warc.external`), and crawling (`spiders.crawl`).
"""
