"""Differences between two revisions of an article, for readers and for queries.

Belongs here: pure functions of two texts. They are not in `warehouse.text`, because a change there can require a new
extraction of all articles.
Does not belong here: which revisions exist (dbt's `int_articles__revisions`), and the hash that distinguishes them
(`warehouse.text.identity`).
"""
