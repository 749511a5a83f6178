"""Near-duplicates: which articles tell the same text, and how their texts differ.

Belongs here: pure functions of one text or of two, and the stage that signs texts so that similar ones can be found.
Does not belong here: equal bodies (`warehouse.text.identity`), which pairs and groups there are (dbt), and revisions of
one article (`warehouse.derive.revisions`).
"""
