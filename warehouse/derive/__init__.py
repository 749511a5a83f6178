"""What is derived from articles: identities, and what differs between two revisions.

Here: stages and pure functions from one derived dataset to the next. Not here: reading pages (`spiders.extract`), and
what joins rows in SQL (`dbt_models`).
"""
