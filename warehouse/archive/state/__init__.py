"""What is known of a portal when a crawl of it begins, and what each crawl saw besides its captures.

Not here: what a crawl makes of it (`spiders.crawl`).
"""
