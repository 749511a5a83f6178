"""Upkeep of the archive: verify, backup, export, free space.

Not here: what builds need of the archive day by day (`warehouse.archive.index`).
"""
