"""WARC files: writing, reading and recovering this project's, and reading those of other crawlers.

Does not belong here: which files exist (`warehouse.archive.files`).
"""
