"""The archive's index, observations and reports, built only from the WARC files.

Does not belong here: the format of a WARC file (`warehouse.archive.warc`).
"""
