"""Vietnamese text as data: cleaning, normal form, identity, dates and language.

Here: pure functions of text. Not here: HTML (`spiders`), files and tables.
"""
