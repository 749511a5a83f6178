"""Runs SQL on a release.

Does not belong here: opening the file (`warehouse.corpus.release`), and printing rows (`dagster_project.cli`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse.corpus.release import is_damage, not_a_release
from warehouse.errors import WarehouseError


class QueryError(WarehouseError):
    """SQL cannot be run, or has no result; the message says why."""


class Answer(NamedTuple):
    """The column names and rows of a result."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def ask(release: duckdb.DuckDBPyConnection, sql: str, path: Path) -> Answer:
    """Run SQL on the open release at `path` and return the result of its last statement.

    Raises:
        DamagedReleaseError: the release is damaged.
        QueryError: DuckDB cannot run the SQL, or there is no result.
    """
    try:
        # Despite its type, `execute` returns None for a text without a statement.
        found: duckdb.DuckDBPyConnection | None = release.execute(sql)
        if found is None or found.description is None:
            raise QueryError("the SQL contains no statement with a result")
        return Answer([column[0] for column in found.description], found.fetchall())
    except duckdb.Error as error:
        if isinstance(error, duckdb.OperationalError | duckdb.InternalError) and is_damage(error):
            raise not_a_release(path, error) from error
        raise QueryError(str(error)) from error
