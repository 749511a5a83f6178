"""The keys of the crawl state: what earlier versions, schemes and hosts recorded is known under today's key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.warehouse.archive.state.stored_crawls import DAY, HOUR, LIST, LIST_KEY, NOW, PORTAL, add_crawl, url_of
from warehouse.archive.files import observations_file
from warehouse.archive.observations import AskedPage, FailedArticle, ListedArticle, Observations
from warehouse.archive.state.queries import open_state, state_path
from warehouse.home import Home
from warehouse.text.address import KeyRule

OLD = "http://www.thunghiem.test/tin/hop-giao-ban"
KEY = "thunghiem.test/tin/hop-giao-ban"
MOVED = KeyRule("phuong.test", frozenset({"thunghiem.test"}))
AGES = (DAY, 3 * DAY, 7 * DAY)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_an_article_of_an_earlier_version_is_known_under_any_scheme(home: Home) -> None:
    add_crawl(home, NOW, {OLD: 200}, urls={OLD: OLD})
    add_crawl(home, NOW + DAY, {KEY: 200}, urls={KEY: f"https://{KEY}"})
    with open_state(home, PORTAL) as state:
        known = state.article(KEY)
    assert known is not None
    assert (known.first_captured_at, known.last_captured_at) == (NOW, NOW + DAY)
    assert (known.url, known.page_key) == (f"https://{KEY}", KEY)


def test_observations_of_an_earlier_version_are_known_under_todays_keys(home: Home) -> None:
    listed = ListedArticle(OLD, LIST, "a", NOW, None)
    pages = (AskedPage(f"{LIST}?page=2", f"{LIST}?page=2", is_list=True),)
    failed = (FailedArticle("http://thunghiem.test/tin/loi", "http://thunghiem.test/tin/loi", NOW),)
    missing = {"http://thunghiem.test/tin/mat": NOW}
    known = Observations(listed=(listed,), pages=pages, failed=failed, missing=missing)
    warc = add_crawl(home, NOW, {OLD: 200, "http://thunghiem.test/tin/mat": 404}, known)
    text = json.loads(observations_file(home, warc).read())
    for row in text["listed"]:
        row["list_url"] = row.pop("list_key")
        del row["url"]
    for page in text["pages"]:
        page["canonical_url"] = page.pop("page_key")
    del text["doubted"], text["articles"]
    observations_file(home, warc).put(json.dumps(text).encode())
    with open_state(home, PORTAL) as state:
        assert state.row(LIST_KEY, KEY)
        assert state.is_list(f"{LIST_KEY}?page=2")
        assert state.asked_at(f"{LIST_KEY}?page=2") == NOW + HOUR / 2
        lost = state.article("thunghiem.test/tin/mat")
        assert lost is not None
        assert lost.missing_since == NOW
        failing = state.article("thunghiem.test/tin/loi")
        assert failing is not None
        assert failing.failing_since == NOW


def test_a_portal_that_moves_keeps_its_articles_and_lists(home: Home) -> None:
    pages = (AskedPage(LIST_KEY, LIST, is_list=True),)
    add_crawl(home, NOW, {KEY: 200}, Observations(pages=pages), urls={KEY: f"https://{KEY}"})
    with open_state(home, PORTAL) as state:
        assert state.article("phuong.test/tin/hop-giao-ban") is None
    with open_state(home, PORTAL, MOVED) as state:
        assert state.article("phuong.test/tin/hop-giao-ban")
        assert state.article_at("phuong.test/tin/hop-giao-ban")
        assert state.is_list("phuong.test/tin")


def test_a_state_made_by_another_rule_is_made_anew_and_one_of_the_same_rule_is_kept(home: Home) -> None:
    add_crawl(home, NOW, {KEY: 200})
    made = []
    for rule in (KeyRule(), KeyRule(), MOVED):
        with open_state(home, PORTAL, rule):
            pass
        made.append(state_path(home, PORTAL).stat().st_ino)
    assert made[0] == made[1]
    with open_state(home, PORTAL, MOVED) as state:
        assert state.article(KEY) is None


def test_an_article_that_came_as_a_list_is_known_by_its_page(home: Home) -> None:
    found = Observations(articles={"123": LIST})
    add_crawl(home, NOW, observations=found, pages=[(LIST, b"<p>Tin</p>", None)])
    with open_state(home, PORTAL) as state:
        known = state.article("123")
        assert known is not None
        assert (known.first_captured_at, known.url) == (NOW, LIST)
        assert state.article_at(LIST_KEY) == "123"
        assert [one.article_key for one in state.due(NOW + DAY, AGES, 10)] == ["123"]


@pytest.mark.parametrize("status", [404, 200])
def test_a_doubted_absence_is_a_failure_and_no_absence(home: Home, status: int) -> None:
    add_crawl(home, NOW, {"1": 200})
    doubted = Observations(doubted={"1": NOW + DAY + HOUR}, failed=(FailedArticle("1", f"{LIST}/1", NOW + DAY + HOUR),))
    add_crawl(home, NOW + DAY, {"1": status}, doubted, verdict="broken")
    with open_state(home, PORTAL) as state:
        known = state.article("1")
        assert known is not None
        assert (known.missing_since, known.last_captured_at) == (None, NOW)
        assert known.failing_since == NOW + DAY + HOUR
        assert state.present() == 1
        # The next crawl asks it again.
        assert [one.article_key for one in state.due(NOW + DAY + 2 * HOUR, AGES, 10)] == ["1"]


def test_an_article_that_is_there_after_its_first_address_was_gone_is_captured(home: Home) -> None:
    add_crawl(home, NOW, {"1": 200})
    add_crawl(home, NOW + DAY, {"1": 404})
    add_crawl(home, NOW + 2 * DAY, {"1": 200}, Observations(missing={"1": NOW + 2 * DAY - HOUR}))
    with open_state(home, PORTAL) as state:
        known = state.article("1")
    assert known is not None
    assert (known.missing_since, known.last_captured_at) == (None, NOW + 2 * DAY)


def test_of_two_articles_on_one_page_the_first_is_known_there_and_alone_is_due(home: Home) -> None:
    new = "https://thunghiem.test/tin/ten-moi"
    add_crawl(home, NOW, {"cu": 200})
    add_crawl(home, NOW + HOUR, {"moi": 200, "cu": 200}, urls={"moi": new, "cu": new})
    with open_state(home, PORTAL) as state:
        assert state.article_at("thunghiem.test/tin/ten-moi") == "cu"
        assert [one.article_key for one in state.due(NOW + 30 * DAY, AGES, 10)] == ["cu"]


def test_an_article_whose_address_redirects_to_a_captured_one_is_on_its_page(home: Home) -> None:
    add_crawl(home, NOW, {"cu": 200, "xua": 200})
    moved = Observations(articles={"cu": url_of("moi"), "xua": url_of("moi")})
    add_crawl(home, NOW + DAY, {"moi": 200, "cu": 301, "xua": 301}, moved)
    with open_state(home, PORTAL) as state:
        for key in ("cu", "xua"):
            known = state.article(key)
            assert known is not None
            assert (known.url, known.last_captured_at) == (url_of("moi"), NOW + DAY)
        assert [one.article_key for one in state.due(NOW + 30 * DAY, AGES, 10)] == ["cu"]


def test_rows_since_the_last_capture_tell_where_an_article_is_shown(home: Home) -> None:
    rows = [
        ListedArticle("1", LIST_KEY, "a", NOW + DAY * day, None, f"https://thunghiem.test/{section}/1")
        for day, section in ((-1, "cu"), (1, "thong-bao"))
    ]
    other = ListedArticle("1", f"{LIST_KEY}-khac", "a", NOW + 2 * DAY, None, "https://thunghiem.test/moi/1")
    add_crawl(home, NOW - DAY, {"1": 200}, Observations(listed=(rows[0],)))
    add_crawl(home, NOW, {"1": 200})
    add_crawl(home, NOW + 2 * DAY, {}, Observations(listed=(rows[1], other)))
    with open_state(home, PORTAL) as state:
        assert state.shown_urls("1") == ("https://thunghiem.test/moi/1", "https://thunghiem.test/thong-bao/1")
        assert state.marks("1") == {"a"}
        assert state.with_mark("a") == ("1",)
        assert (state.present(NOW), state.present(NOW + HOUR)) == (1, 0)
