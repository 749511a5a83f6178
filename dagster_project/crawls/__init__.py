"""Starting the crawl process for a corpus, waiting for busy portals, and backfills in chunks.

Does not belong here: the crawl itself (`spiders.crawl`).
"""
