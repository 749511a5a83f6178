"""Crawls that settle: what keeps a crawl from following addresses that give nothing new.

Belongs here: progress of families of addresses, traps, views of one page. Does not belong here: what an incremental
crawl leaves out because it is known (see `spiders.crawl.follow_policy`).
"""
