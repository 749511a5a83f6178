"""Data derived from articles: identities, near-duplicates, and differences between revisions.

Belongs here: stages and pure functions that make one derived dataset from another.
Does not belong here: extracting articles from pages (`spiders.extract`), and SQL (`dbt_models`).
"""
