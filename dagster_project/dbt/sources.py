"""Generates the dbt sources `_sources.yml` from the datasets' declarations, for `make docs`.

Belongs here: rendering the declarations as a dbt source; a test checks that the committed file is up to date.
Does not belong here: the declarations (`warehouse.datasets` and the stages).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from dagster_project.derivation import corpus_stages
from warehouse.datasets import Dataset
from warehouse.tables.load import raw_datasets

_HEAD = "# Made by `make docs` from the datasets' declarations; edit those.\n"


def dbt_sources(datasets: Iterable[Dataset]) -> str:
    """Return the file's text: one table per dataset, mapped to its Dagster asset."""
    tables: list[dict[str, Any]] = [
        {
            "name": dataset.name,
            "description": dataset.description,
            "config": {"meta": {"dagster": {"asset_key": ["raw", dataset.name]}}},
        }
        for dataset in datasets
    ]
    source = {
        "name": "raw",
        "description": "Rows as the stages before wrote them, loaded file by file (`warehouse/tables/load.py`).",
        "schema": "raw",
        "tables": tables,
    }
    content = {"version": 2, "sources": [source]}
    return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=116)


if __name__ == "__main__":
    print(dbt_sources(raw_datasets(corpus_stages({}))), end="")
