"""From bytes to pages, feeds and lists of addresses, whatever system made them.

Here: parsing, character sets, challenges, feeds, sitemaps, pagination. Not here: where a CMS keeps an article's parts
(`spiders.platforms`).
"""
