"""The WARC archive: bytes in and out, and the index that says where each capture stands.

Nothing here knows how a portal is crawled or what a page says.
"""
