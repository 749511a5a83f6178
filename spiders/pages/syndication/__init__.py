"""Feeds and sitemaps: the addresses that a portal announces, with their dates.

Belongs here: RSS, Atom and the sitemaps protocol, as pure functions of the bytes received. Does not belong here:
fetching them, and deciding whether an address is an article (`spiders.platforms`).
"""
