"""Crawls as a corpus needs them: in a process of their own, when their portal is free, and chunk by chunk.

Not here: what a crawl does (`spiders.crawl`).
"""
