"""Asking a release: names and rows, or an error that says what is wrong."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.corpus.query import QueryError, ask


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table fct_articles as select 'Mỹ Đức' as title, 3 as words")
    return connection


def test_an_answer_has_names_and_rows(release: duckdb.DuckDBPyConnection) -> None:
    assert ask(release, "select title, words * 2 as doubled from fct_articles") == (
        ["title", "doubled"],
        [("Mỹ Đức", 6)],
    )


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select nothing from fct_articles", "nothing"),
        ("select from where", "syntax error"),
        ("-- a remark alone", "no statement that has an answer"),
        ("", "no statement that has an answer"),
    ],
)
def test_a_wrong_statement_is_told(release: duckdb.DuckDBPyConnection, sql: str, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        ask(release, sql)
