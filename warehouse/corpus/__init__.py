"""Reads and queries published releases; requires only DuckDB and the file.

Does not belong here: making a release (`warehouse.tables.publish`).
"""
