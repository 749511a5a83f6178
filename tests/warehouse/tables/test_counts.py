"""The comparison of a crawl's count of articles with the corpus's: when they agree, and what is said if not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.counts import Counts, counts_of
from warehouse.tables.lock import hold


def counts(captured: int, read: int, **unread: int) -> Counts:
    return Counts("my-duc", "my-duc-1", captured, read, unread, ("https://thunghiem.test/tin",))


@pytest.mark.parametrize(
    ("captured", "read", "unread", "agree"),
    [
        (18, 18, {}, True),
        (18, 16, {"static_page": 2}, True),
        # A page in an article's place is unread too, and the crawl does not count it.
        (16, 16, {"list_in_its_place": 2}, True),
        (18, 110, {}, False),
        (18, 16, {"static_page": 1}, False),
    ],
)
def test_counts_agree_if_each_article_is_in_both_or_has_a_reason(
    captured: int, read: int, unread: dict[str, int], agree: bool
) -> None:
    assert counts(captured, read, **unread).agree is agree


def test_the_check_says_which_pages_differ_and_what_to_do() -> None:
    agreed = str(counts(18, 16, static_page=1, pdf=1))
    assert agreed == (
        "my-duc: crawl my-duc-1 counted 18 articles; the corpus reads 16 of its pages as articles, and 2 pages as none "
        "(pdf: 1, static_page: 1)"
    )
    more = str(counts(18, 110))
    assert "does not know 92 of them" in more
    assert "https://thunghiem.test/tin" in more
    assert "portals probe my-duc" in more
    less = str(counts(18, 10, pdf=1))
    assert "7 are in neither" in less
    assert "archive verify" in less


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    with hold(home, "test", 5):
        yield home


def test_the_newest_regular_crawl_of_each_portal_is_compared(home: Home) -> None:
    assert counts_of(home) == {}
    with store.connect(home) as warehouse:
        warehouse.execute("create schema intermediate")
        warehouse.execute(
            "create table marts.fct_crawls as select * from (values"
            " ('a', 'a-1', 'full', 1, 9, 9, 9, null), ('a', 'a-2', 'incremental', 2, 9, 2, 3, null),"
            " ('a', 'a-3', 'backfill', 3, 9, 8, 8, null), ('b', 'b-1', 'full', 1, 9, 5, 1, 'b-0'))"
            " as crawls (portal, crawl_id, kind, started_at, captures, articles_captured, articles_read, resumes)"
        )
        warehouse.execute(
            "create table marts.fct_unread_pages as select 'a-2' as crawl_id, 'pdf' as reason from range(2)"
        )
        warehouse.execute(
            "create table marts.fct_captures as select * from (values ('1', 'a-2', 'https://a.test/tin', null),"
            " ('2', 'a-2', 'https://a.test/1', '1'), ('3', 'a-2', 'https://a.test/trang', null))"
            " as captures (capture_id, crawl_id, url, article_key)"
        )
        warehouse.execute("create table intermediate.int_articles__captured as select unnest(['1', '2']) as capture_id")
    assert counts_of(home) == {"a": Counts("a", "a-2", 2, 3, {"pdf": 2}, ("https://a.test/tin",))}
