"""The pipeline's own DuckDB file and the published one: lock, store, load, guard, publish.

Here: everything that opens `warehouse.duckdb` from Python, and the making and reading of `corpus.duckdb`.
Not here: SQL that turns raw rows into marts (`dbt_models`), running dbt (`dagster_project.pipeline`), and any
knowledge of portals' pages (`spiders`).
"""
