"""Adding a portal: a look at a site, the draft of its file, the probe of what is read, gold cases.

Not here: crawling into the archive (`spiders.crawl`).
"""
