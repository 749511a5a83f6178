"""The WARC archive: WARC files, and the index, reports and crawl state built from them.

Does not belong here: crawling a portal, and extracting articles from pages.
"""
