"""The code that stores and reads data: archive, datasets, text rules and tables.

Nothing here imports Scrapy, Dagster or a portal definition.
"""
