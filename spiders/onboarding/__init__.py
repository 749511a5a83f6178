"""Adding a portal: survey its site, draft its portal file, probe the file, draft gold cases.

Does not belong here: crawling into the archive (see `spiders.crawl`).
"""
