"""Benchmark `crawl`: the speed of a crawl without delays, beside bare Scrapy spiders.

Belongs here: the site, the contenders, and the two ways to serve the site: from memory, and by a server on loopback.
Does not belong here: how long a crawl takes to start (`bench.state`).
"""
