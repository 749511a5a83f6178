"""What operators are told: alerts and their delivery, the health page, baselines, previews.

Pure functions and deliveries. Not here: Dagster (`dagster_project.defs`) and commands (`dagster_project.cli`).
"""
