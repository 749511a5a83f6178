"""Asking a release: one SQL statement, its column names and rows, or an error that says what is wrong with it.

Not here: opening the file (`warehouse.corpus.release`), and printing rows (`dagster_project.cli`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb

from warehouse.errors import WarehouseError


class QueryError(WarehouseError):
    """A statement that the release cannot answer; the message is DuckDB's, or says what the text lacks."""


class Answer(NamedTuple):
    """What a statement gave: a name a column, and the rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def ask(release: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """Return the answer to one statement.

    Raises:
        QueryError: the SQL is wrong, or holds no statement that has an answer.
    """
    try:
        # DuckDB returns None, whatever its type says, for a text without a statement.
        found: duckdb.DuckDBPyConnection | None = release.execute(sql)
        if found is None or found.description is None:
            raise QueryError("the SQL holds no statement that has an answer")
        return Answer([column[0] for column in found.description], found.fetchall())
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
