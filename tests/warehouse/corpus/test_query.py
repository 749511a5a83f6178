"""Queries of a release: names and rows, or an error."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.corpus.query import QueryError, ask


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table fct_articles as select 'Mỹ Đức' as title, 3 as words")
    return connection


def test_a_result_has_names_and_rows(release: duckdb.DuckDBPyConnection) -> None:
    assert ask(release, "select title, words * 2 as doubled from fct_articles") == (
        ["title", "doubled"],
        [("Mỹ Đức", 6)],
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nothing from fct_articles", "nothing"),
        ("select from where", "syntax error"),
        ("-- only a comment", "no statement with a result"),
        ("", "no statement with a result"),
    ],
)
def test_an_invalid_statement_is_an_error(release: duckdb.DuckDBPyConnection, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        ask(release, sql)
