"""Monitoring for operators: alerts and their delivery, the health page, baselines and previews.

Does not belong here: Dagster definitions (`dagster_project.defs`) and commands (`dagster_project.cli`).
"""
