"""Queries of a release: names and rows, or an error."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.archived import flipped
from warehouse.corpus.query import QueryError, ask
from warehouse.corpus.release import DamagedReleaseError, open_release

FILE = Path("corpus.duckdb")


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table fct_articles as select 'Mỹ Đức' as title, 3 as words")
    return connection


def test_a_result_has_names_and_rows(release: duckdb.DuckDBPyConnection) -> None:
    assert ask(release, "select title, words * 2 as doubled from fct_articles", FILE) == (
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
        ask(release, sql, FILE)


def test_a_damaged_release_is_named_and_not_taken_for_bad_sql(tmp_path: Path) -> None:
    file = tmp_path / "corpus.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("create table fct_articles as select range as n, repeat('từ ', 50) as word from range(3000)")
    good = file.read_bytes()
    found = 0
    for place in range(3 * 4096 + 200, len(good), len(good) // 40):
        file.write_bytes(flipped(good, 8 * place))
        try:
            with open_release(file) as release:
                assert ask(release, "select sum(n), min(word) from fct_articles", file).rows[0][1] == "từ " * 50
        except DamagedReleaseError as error:
            assert str(error).startswith(f"{file}: this is not a release, or it is damaged: ")  # noqa: PT017 - see found
            found += 1
    assert found > 3
