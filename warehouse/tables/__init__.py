"""The pipeline's DuckDB file `warehouse.duckdb`, and publishing `corpus.duckdb` from it.

Belongs here: all Python code that opens `warehouse.duckdb`, and writing `corpus.duckdb`.
Does not belong here: the SQL of the marts (`dbt_models`), running dbt (`dagster_project.dbt`), reading a release
(`warehouse.corpus`), and portals' pages (`spiders`).
"""
