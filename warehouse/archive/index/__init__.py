"""The archive's index and reports: made from the WARC files and from nothing else.

Not here: the format of a WARC file (`warehouse.archive.warc`).
"""
