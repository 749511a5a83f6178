"""Citations: ids of articles, revisions and captures lead to one capture each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from warehouse.corpus.citation import UnknownRowError, find_citation

FILE = Path("corpus.duckdb")


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    """Return a release with two captures of one article, which had another id before."""
    connection = duckdb.connect()
    connection.execute(
        """
        create table fct_captures as
            select 'c' || n as capture_id, 'https://phuong.test/tin/' || n as url,
                timestamptz '2026-09-14 08:15:00.25+07' + to_days(n::integer) as captured_at,
                'sha256:0' || n as payload_digest, 'phuong/' || n || '.warc.gz' as warc_file, 100 * n as warc_offset
            from range(1, 4) as numbers (n);
        create table fct_article_revisions as
            from (values ('a', 1, 'c1'), ('a', 2, 'c2')) as rows (article_id, revision, capture_id);
        create table fct_articles as select 'a' as article_id, 'c2' as capture_id;
        create table dim_article_ids as select 'former' as former_article_id, 'a' as article_id;
        """
    )
    return connection


@pytest.mark.parametrize(
    ("row_id", "revision", "capture"),
    [
        ("a", None, "c2"),
        ("a", 1, "c1"),
        ("a", 2, "c2"),
        ("former", None, "c2"),
        ("former", 1, "c1"),
        ("c1", None, "c1"),
        ("c3", None, "c3"),  # of a page that is no article
    ],
)
def test_an_id_leads_to_its_capture(
    release: duckdb.DuckDBPyConnection, row_id: str, revision: int | None, capture: str
) -> None:
    found = find_citation(release, FILE, row_id, revision)
    number = int(capture[1:])
    assert found.capture_id == capture
    assert (found.url, found.payload_digest) == (f"https://phuong.test/tin/{number}", f"sha256:0{number}")
    assert (found.warc_file, found.warc_offset) == (f"phuong/{number}.warc.gz", 100 * number)
    assert found.captured_at == datetime(2026, 9, 14 + number, 1, 15, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row_id", "revision", "message"),
    [
        ("b", None, "no article or capture has the id b"),
        ("", None, "no article or capture has the id"),
        ("a' or true --", None, "no article or capture has the id a' or true --"),
        ("a", 3, "no article with a revision 3 has the id a"),
        ("c1", 1, "no article with a revision 1 has the id c1"),  # a capture has no revisions
    ],
)
def test_an_unknown_id_is_an_error(
    release: duckdb.DuckDBPyConnection, row_id: str, revision: int | None, message: str
) -> None:
    with pytest.raises(UnknownRowError) as error:
        find_citation(release, FILE, row_id, revision)
    assert message in str(error.value)
