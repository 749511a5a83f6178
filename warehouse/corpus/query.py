"""Runs SQL on a release.

Does not belong here: opening the file (`warehouse.corpus.release`), and printing rows (`dagster_project.cli`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from warehouse.corpus.release import is_damage, not_a_release
from warehouse.errors import InputError

_SHOWN_CHARACTERS_MAX: Final = 160


class QueryError(InputError):
    """SQL cannot be run, or has no result; the message says why."""


class Answer(NamedTuple):
    """The column names and rows of a result."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def ask(release: duckdb.DuckDBPyConnection, sql: str, path: Path, source: str = "") -> Answer:
    """Run SQL on the open release at `path` and return the result of its last statement.

    `source` is the file or stream that the SQL is from, for messages; empty if it was typed.

    Raises:
        DamagedReleaseError: the release is damaged.
        QueryError: DuckDB cannot run the SQL, or there is no result. The message names the file and line of the SQL.
    """
    try:
        # Without this, DuckDB counts lines wrongly if there are several statements.
        release.execute("set errors_as_json = true")
        # Despite its type, `execute` returns None for a text without a statement.
        found: duckdb.DuckDBPyConnection | None = release.execute(sql)
        if found is None or found.description is None:
            raise QueryError(_located(sql, source, None, "the SQL contains no statement with a result"))
        return Answer([column[0] for column in found.description], found.fetchall())
    except duckdb.Error as error:
        message, position = _said(error, sql)
        if isinstance(error, duckdb.OperationalError | duckdb.InternalError) and is_damage(error):
            raise not_a_release(path, message) from error
        raise QueryError(_located(sql, source, position, message)) from error


def _said(error: duckdb.Error, sql: str) -> tuple[str, int | None]:
    """Return an error's message, and the character of the SQL that it is about, if DuckDB says so."""
    kind, brace, rest = str(error).partition("{")
    try:
        values = json.loads(brace + rest)
        message, position = f"{kind}{values['exception_message']}", values.get("position")
    except (ValueError, KeyError):
        return str(error), None
    if position is None:
        return message, None
    if isinstance(error, duckdb.ParserException):
        return message, int(position)
    # Only the parser counts characters; all others count bytes.
    return message, len(sql.encode()[: int(position)].decode(errors="ignore"))


def _located(sql: str, source: str, position: int | None, message: str) -> str:
    """Return a message with the file and line that it is about, and that line with a mark below the place."""
    if position is None:
        return f"{source}: {message}" if source else message
    before = sql[:position]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    place = f"{source}:{line}" if source else f"line {line}"
    text = sql.split("\n")[line - 1].rstrip()
    shown = f"\n  {text}\n  {' ' * column}^" if text.isprintable() and len(text) <= _SHOWN_CHARACTERS_MAX else ""
    return f"{place}: {message}{shown}"
