"""What is kept: the contracts between the stages, the archived bytes, the text rules and the tables.

Nothing here imports Scrapy, Dagster or a portal definition.
"""
