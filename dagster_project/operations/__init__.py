"""Monitoring for operators: states of portals, alerts, the figures of builds, baselines and previews.

Does not belong here: Dagster definitions (`dagster_project.defs`) and commands (`dagster_project.cli`).
"""
