"""Parsing of response bodies into pages, feeds and sitemaps, for any CMS.

Belongs here: parsing, charsets, challenges, feeds, sitemaps, pagination. Does not belong here: where a CMS puts the
parts of an article (`spiders.platforms`).
"""
