"""Stories in the warehouse: reads what days decide on, and gives what they decided as rows.

Belongs here: queries of the dbt models about stories, and rows for them. Does not belong here: deciding
(`warehouse.derive.stories`).
"""
