"""Compares all relations that dbt makes in two homes, row by row: every column, lists and maps too, in any order.

Does not belong here: building them (`tests.dbt_models.histories.building`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from tests.snapshot.compare import compared
from warehouse.home import Home
from warehouse.tables import lock, store


def differences(incremental: Home, full: Home, relations: Sequence[str]) -> list[str]:
    """Return lines that describe the rows that differ, relation by relation; none if there are none."""
    one, other = (_fingerprints(home, relations) for home in (incremental, full))
    lines = []
    for relation in relations:
        if one[relation] == other[relation]:
            continue
        lines += compared({relation: _rows(incremental, relation)}, {relation: _rows(full, relation)})
    return lines


def _fingerprints(home: Home, relations: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return of each relation the number of rows and the sum of their hashes, which does not depend on the order."""
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        return {relation: _fingerprint(warehouse, relation) for relation in relations}


def _fingerprint(warehouse: duckdb.DuckDBPyConnection, relation: str) -> tuple[Any, ...]:
    query = f"select count(*), sum(hash(rows)) from {relation} as rows"  # noqa: S608 - dbt's names
    return warehouse.execute(query).fetchall()[0]


def _rows(home: Home, relation: str) -> list[dict[str, Any]]:
    with lock.hold(home, "test", 0), store.connect(home) as warehouse:
        found = warehouse.execute(f"select * from {relation}")  # noqa: S608 - dbt's names
        columns = [each[0] for each in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
