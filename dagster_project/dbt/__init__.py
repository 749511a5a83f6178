"""Running dbt on a home's warehouse: its arguments, its environment, and the manifest that Dagster reads.

Not here: models and tests (`dbt_models`).
"""
