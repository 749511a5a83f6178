"""Running dbt on a home's warehouse: arguments, environment, and the manifest that Dagster reads.

Does not belong here: models and tests (`dbt_models`).
"""
