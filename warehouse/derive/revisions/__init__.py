"""Changes: what differs between two revisions of one article, for readers and for queries.

Here: pure functions of two texts. Not here: which revisions there are (dbt's `int_articles__revisions`) and what makes
one (`warehouse.text.identity`). It stands apart from `warehouse.text`, whose every change makes all articles anew.
"""
