"""What the tables say as a whole: a day's shares beside the usual ones, and excerpts of marts.

Does not belong here: judging portals (`warehouse.tables.judgement`), and how any of it is shown.
"""
