"""Gzip members of WARC files: unpacking, content, and where the next begins if one is broken.

Does not belong here: whole files (`warehouse.archive.warc.reader`, `warehouse.archive.warc.recovery`).
"""
