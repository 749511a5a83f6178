"""Shared passages: sentences that stand in articles of different portals, and where.

Belongs here: the sentences of an article with their offsets, the fingerprints by which articles with a common passage
are found, and comparing two articles sentence by sentence.
Does not belong here: which articles are compared (dbt's `int_passages__links`), whole texts that are alike
(`warehouse.derive.copies`), and what is published (dbt's `fct_shared_passages`).
"""
