"""The unknown CMS: articles and lists found by the page's own signs.

Not here: what is common to all platforms (`spiders.platforms.parts`).
"""
