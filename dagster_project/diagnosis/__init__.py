"""How a home and an installation are now: what runs, what is wrong, and the way out.

Belongs here: reading and judging, for the commands `status` and `doctor`. Nothing in a home is changed.
Does not belong here: how each portal is (`dagster_project.operations.states`), and output (`dagster_project.cli`).
"""
