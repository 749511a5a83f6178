"""What one crawl has recorded so far, by what it is about.

Does not belong here: the crawl log, which is told of every request and response (see `spiders.crawl.log`).
"""
