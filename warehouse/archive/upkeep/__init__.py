"""Maintenance of the archive: verify, recover, back up, export, check free space.

Does not belong here: indexing, which every build does (`warehouse.archive.index`).
"""
