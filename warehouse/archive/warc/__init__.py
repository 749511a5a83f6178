"""WARC files: their records, written and read, repaired, and those of other crawlers.

Not here: which files there are (`warehouse.archive.index`).
"""
