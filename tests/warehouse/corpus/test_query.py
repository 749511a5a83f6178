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


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("select nothing from fct_articles", "1"),
        ("-- báo cáo\nselect title,\n    nothing\nfrom fct_articles", "3"),
        ("set TimeZone = 'UTC';\n\nselect 'đường';\nselect\n  title from nowhere", "5"),
        ("select 1;\n\n\nselct 2", "4"),
        ("select 'Mỹ Đức';\r\nselect cast(title as date)\r\nfrom fct_articles", "2"),
        ("select 1;\npivot nowhere on a using sum(b);", "2"),
        ("select\n'đường", "2"),
        ("-- đầu tư công\nselect 1 as a;\nselct * from fct_articles;\n", "3"),
        ("select 'giải ngân đầu tư công ở đây' as a;\n\n\nselect 1 from (((", "4"),
    ],
)
def test_an_error_names_the_file_and_line_of_the_sql(release: duckdb.DuckDBPyConnection, sql: str, place: str) -> None:
    with pytest.raises(QueryError, match=rf"^bao-cao\.sql:{place}: \w+ Error: "):
        ask(release, sql, FILE, "bao-cao.sql")
    with pytest.raises(QueryError, match=rf"^line {place}: \w+ Error: "):
        ask(release, sql, FILE)


@pytest.mark.parametrize(
    "line", ["select 'Đức', nothing from fct_articles", "select 'giải ngân' as a from x as b nothing = 1"]
)
def test_an_error_shows_the_place_in_the_line(release: duckdb.DuckDBPyConnection, line: str) -> None:
    with pytest.raises(QueryError) as error:
        ask(release, f"select 1;\n{line}", FILE)
    shown, mark = str(error.value).splitlines()[-2:]
    assert shown == f"  {line}"
    assert shown[mark.index("^") :].startswith("nothing")


@pytest.mark.parametrize("sql", ["select error('hỏng')", "-- nothing", "set errors_as_json = false; select nothing"])
def test_an_error_without_a_place_names_the_file(release: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(QueryError, match=r"^bao-cao\.sql: "):
        ask(release, sql, FILE, "bao-cao.sql")


def test_the_result_is_that_of_the_last_statement(release: duckdb.DuckDBPyConnection) -> None:
    sql = "set TimeZone = 'Asia/Ho_Chi_Minh'; select 1 as one; select words from fct_articles; -- the end"
    assert ask(release, sql, FILE) == (["words"], [(3,)])


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
