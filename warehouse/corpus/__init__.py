"""What reads a release: analysts' questions to the published file.

Nothing here needs more than DuckDB and the file. Not here: making it (`warehouse.tables`).
"""
