"""Vietnamese text: cleaning, normal form, identity, dates and language.

Belongs here: pure functions of text. Does not belong here: HTML (`spiders`), files and tables.
"""
