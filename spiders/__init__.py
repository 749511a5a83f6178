"""What knows the web and the portals: definitions, platforms, the crawl, extraction and the mirror.

Nothing here imports Dagster or opens the warehouse file.
"""
