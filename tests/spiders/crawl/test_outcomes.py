"""The outcomes of articles: which are gone, which have moved, and which are counted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from spiders.crawl.outcomes.articles import ArticleOutcomes
from tests.warehouse.archive.state.stored_crawls import DAY, LIST_KEY, NOW, PORTAL, add_crawl, url_of
from warehouse.archive.observations import ListedArticle, Observations
from warehouse.archive.state.queries import open_state
from warehouse.home import Home

LATER = NOW + DAY
KEYS = [str(number) for number in range(5)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return the home of a crawl of five articles, each with a row whose mark is that of its key."""
    home = Home(tmp_path)
    rows = tuple(ListedArticle(key, LIST_KEY, f"mark {key}", NOW, None, url_of(key)) for key in KEYS)
    add_crawl(home, NOW, dict.fromkeys(KEYS, 200), Observations(listed=rows))
    return home


@contextmanager
def outcomes_of(home: Home, comparable_from: date | None = None) -> Iterator[ArticleOutcomes]:
    with open_state(home, PORTAL) as state:
        yield ArticleOutcomes(state, LATER, comparable_from)


def gone(outcomes: ArticleOutcomes, *keys: str) -> None:
    for key in keys:
        outcomes.record_missing(key, LATER, is_page_in_place=False)


def test_articles_that_are_newly_gone_have_vanished(home: Home) -> None:
    add_crawl(home, NOW + DAY / 2, {"0": 404})
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0", "1", "2", "never-captured")
        outcomes.record_captured("3", "page 3", is_recognised=True)
        assert outcomes.vanished() == ["1", "2"]
        assert outcomes.gone_before() == 1
        assert (outcomes.known_asked(), outcomes.known()) == (3, 4)


@pytest.mark.parametrize(("day", "vanished"), [(date(2026, 11, 1), ["0", "1"]), (date(2026, 11, 2), [])])
def test_articles_from_before_the_operators_day_may_vanish(home: Home, day: date, vanished: list[str]) -> None:
    with outcomes_of(home, day) as outcomes:
        gone(outcomes, "0", "1")
        assert outcomes.vanished() == vanished
        assert outcomes.known() == (5 if vanished else 0)
        assert outcomes.gone_before() == (0 if vanished else 2)


def test_an_article_whose_row_leads_to_a_new_address_has_moved(home: Home) -> None:
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0", "1", "2")
        outcomes.record_captured("new", "page of new", is_recognised=True)
        outcomes.record_captured("other", "page of other", is_recognised=True)
        outcomes.settle_moves({"mark 0": ["0", "new"], "mark 1": ["never-captured"], "mark 2": ["3"]})
        # Row 2 now leads to an article that was there before.
        assert outcomes.moved == {"0": "new"}
        assert outcomes.vanished() == ["1", "2"]
        assert outcomes.new() == {"other"}
        assert outcomes.gone_before() == 1


def test_an_article_has_moved_if_an_earlier_crawl_found_its_new_address(home: Home) -> None:
    rows = (ListedArticle("new", LIST_KEY, "mark 0", LATER - DAY / 2, None, url_of("new")),)
    add_crawl(home, LATER - DAY / 2, {"new": 200}, Observations(listed=rows))
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0")
        outcomes.settle_moves({})
        assert outcomes.moved == {"0": "new"}


def test_one_new_article_takes_the_place_of_one_only(home: Home) -> None:
    rows = tuple(ListedArticle(key, LIST_KEY, "same", NOW + DAY / 2, None, url_of(key)) for key in ("0", "1", "2"))
    add_crawl(home, NOW + DAY / 2, {}, Observations(listed=rows))
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0", "1", "2")
        outcomes.record_captured("new", "page of new", is_recognised=True)
        outcomes.settle_moves({"same": ["new"]})
        assert outcomes.moved == {"0": "new"}


def test_a_gone_article_is_asked_where_a_list_shows_it(home: Home) -> None:
    shown = "https://thunghiem.test/thong-bao/0"
    with outcomes_of(home) as outcomes:
        outcomes.record_shown("0", shown, "thunghiem.test/thong-bao/0")
        outcomes.record_shown("1", url_of("1"), "thunghiem.test/tin/1")
        outcomes.record_shown("3", f"{shown}3", "thunghiem.test/thong-bao/03")
        assert list(outcomes.elsewhere()) == []
        gone(outcomes, "0", "1", "2")
        assert list(outcomes.elsewhere()) == [("0", shown)]


def test_rows_of_earlier_crawls_tell_where_it_is_shown_until_it_is_missing(home: Home) -> None:
    shown = "https://thunghiem.test/thong-bao/0"
    rows = (ListedArticle("0", f"{LIST_KEY}-khac", "mark 0", NOW + DAY / 4, None, shown),)
    add_crawl(home, NOW + DAY / 4, {}, Observations(listed=rows))
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0")
        assert list(outcomes.elsewhere()) == [("0", shown)]
    add_crawl(home, NOW + DAY / 2, {"0": 404})
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0")
        assert list(outcomes.elsewhere()) == []


def test_an_article_that_came_from_its_other_address_is_not_missing(home: Home) -> None:
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0")
        outcomes.record_captured("0", "page elsewhere", is_recognised=True)
        gone(outcomes, "0")
        assert (outcomes.missing, outcomes.vanished()) == ({}, [])


def test_an_article_without_an_answer_from_its_other_address_is_unsettled(home: Home) -> None:
    with outcomes_of(home) as outcomes:
        gone(outcomes, "0", "1")
        outcomes.record_failed("0", url_of("0"), LATER, is_refused=False)
        outcomes.record_shown("1", "https://thunghiem.test/khac/1", "thunghiem.test/khac/1")
        outcomes.leave_unsettled(LATER)
        assert outcomes.missing == {}
        assert set(outcomes.unsettled()) == {"0", "1"}
        assert [one.article_key for one in outcomes.failed((), LATER)] == ["0", "1"]


def test_two_keys_that_lead_to_one_page_are_one_article(home: Home) -> None:
    with outcomes_of(home) as outcomes:
        outcomes.found |= {"new", "0"}
        outcomes.record_captured("new", "page of new", is_recognised=True)
        assert outcomes.new() == {"new"}
        outcomes.record_captured("0", "page of new", is_recognised=True)
        assert (outcomes.captured_count(), outcomes.found_count(), outcomes.recognised_count()) == (1, 1, 1)
        assert outcomes.new() == set()
