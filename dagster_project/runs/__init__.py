"""The processes of runs and of `hanoi-corpus dev`: how a dead one is noticed, and how they end.

Does not belong here: what a run does (`dagster_project.defs`), and deleting old runs (`dagster_project.old_runs`).
"""
