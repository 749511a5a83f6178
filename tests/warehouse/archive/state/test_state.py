"""The crawl state of a portal: built only from the archive, in any order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.archived import path_of, rows_of
from tests.warehouse.archive.state.stored_crawls import DAY, HOUR, LIST, LIST_KEY, NOW, PORTAL, add_crawl, url_of
from warehouse.archive.files import index_file, observations_file, report_file
from warehouse.archive.index.build import update_index
from warehouse.archive.observations import AskedPage, FailedArticle, HostAnswers, ListedArticle, Observations
from warehouse.archive.state import file as state_module
from warehouse.archive.state.applying import apply_crawl
from warehouse.archive.state.queries import CrawlState, KnownArticle, open_state, state_path
from warehouse.archive.upkeep.recover import recover_warc
from warehouse.home import Home
from warehouse.parquet import parquet_bytes
from warehouse.records import CrawlKind
from warehouse.storage import StoredFile
from warehouse.text.address import KeyRule

AGES = (DAY, 3 * DAY, 7 * DAY)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def listed(key: str, at: datetime, mark: str = "a", published_at: datetime | None = None) -> ListedArticle:
    return ListedArticle(key, LIST, mark, at, published_at)


def article(home: Home, key: str) -> KnownArticle:
    with open_state(home, PORTAL) as state:
        known = state.article(key)
    assert known is not None
    return known


def due(home: Home, now: datetime, ages: Sequence[timedelta] = AGES, most: int = 100) -> list[str]:
    with open_state(home, PORTAL) as state:
        return [known.article_key for known in state.due(now, ages, most)]


def tables(home: Home) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(state_path(home, PORTAL)) as database:
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        found = {name: sorted(database.execute(f"select * from {name}").fetchall(), key=repr) for name in names}  # noqa: S608 - names of tables
    database.close()
    return found


def three_crawls(home: Home) -> list[StoredFile]:
    first = Observations(
        listed=(listed("1", NOW), listed("2", NOW, published_at=NOW - DAY)),
        pages=(AskedPage(LIST, LIST, is_list=True),),
        hosts={"thunghiem.test": HostAnswers(3, 1, 0, 1)},
    )
    second = Observations(
        listed=(listed("1", NOW + DAY, "b"),),
        missing={"2": NOW + DAY},
        refused=("9",),
        failed=(FailedArticle("3", url_of("3"), NOW + DAY),),
        hosts={"thunghiem.test": HostAnswers(2, 0, 1, 1)},
    )
    return [
        add_crawl(home, NOW, {"1": 200, "2": 200, "3": 200}, first),
        add_crawl(
            home, NOW + DAY, {"1": 200, "2": 404, "3": 500, "4": 403}, second, kind="incremental", feed_date="date 2"
        ),
        add_crawl(home, NOW + 2 * DAY, {"2": 200, "3": 200, "5": 410}, Observations(), kind="backfill"),
    ]


class TestBuiltFromTheArchive:
    def test_crawls_can_be_added_in_any_order(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        crawls = three_crawls(home)
        found = []
        for order in permutations(crawls):
            state_path(home, PORTAL).unlink(missing_ok=True)
            for count in range(1, len(order) + 1):
                # Like imports, crawls of any date may be added late.
                monkeypatch.setattr(state_module, "warc_files", lambda *_, some=order[:count]: list(some))
                with open_state(home, PORTAL):
                    pass
            found.append(tables(home))
        assert found == [found[0]] * 6

    def test_a_rebuilt_state_equals_the_updated_one(self, home: Home) -> None:
        add_crawl(home, NOW - DAY, {"1": 200})
        with open_state(home, PORTAL):
            pass
        three_crawls(home)
        with open_state(home, PORTAL):
            pass
        grown = tables(home)
        state_path(home, PORTAL).unlink()
        with open_state(home, PORTAL):
            pass
        assert tables(home) == grown
        assert {row[0] for row in grown["articles"]} == {"1", "2", "3", "5", "9"}

    @pytest.mark.parametrize("damaged", [b"", b"no database at all " * 100])
    def test_a_damaged_state_is_rebuilt(self, home: Home, damaged: bytes) -> None:
        add_crawl(home, NOW, {"1": 200})
        path = state_path(home, PORTAL)
        path.parent.mkdir(parents=True)
        path.write_bytes(damaged)
        assert article(home, "1").first_captured_at == NOW

    def test_a_state_with_a_damaged_page_is_rebuilt(self, home: Home) -> None:
        add_crawl(home, NOW, {str(number): 200 for number in range(500)})
        article(home, "1")
        path = state_path(home, PORTAL)
        content = bytearray(path.read_bytes())
        content[3 * 4096 : 9 * 4096] = b"\xff" * (6 * 4096)
        path.write_bytes(content)
        assert all(article(home, str(number)) for number in range(0, 500, 50))

    @pytest.mark.parametrize("version", [1, 99])
    def test_a_state_of_another_version_is_rebuilt(self, home: Home, version: int) -> None:
        add_crawl(home, NOW, {"1": 200})
        article(home, "1")
        database = sqlite3.connect(state_path(home, PORTAL))
        database.executescript(f"drop table articles; pragma user_version = {version};")
        database.close()
        assert article(home, "1").url == url_of("1")

    def test_a_removed_warc_file_is_removed_from_the_state(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 200})
        later = add_crawl(home, NOW + DAY, {"2": 200})
        article(home, "2")
        later.delete()
        update_index(home)
        with open_state(home, PORTAL) as state:
            assert state.article("1")
            assert state.article("2") is None

    def test_a_recovered_warc_file_is_read_again(self, home: Home) -> None:
        warc = add_crawl(home, NOW, {"1": 200, "2": 200})
        article(home, "2")
        content = bytearray(warc.read())
        with open_state(home, PORTAL) as state:
            page = state.page(url_of("2"))
        assert page is not None
        begin = page.reference.warc_offset
        content[begin + 30 : begin + 60] = b"\0" * 30
        warc.put(bytes(content))
        recover_warc(home, warc)
        with open_state(home, PORTAL) as state:
            assert state.article("1")
            assert state.article("2") is None

    def test_damaged_observations_are_read_from_the_warc_file_again(self, home: Home) -> None:
        warc = add_crawl(home, NOW, {"1": 200}, Observations(listed=(listed("1", NOW),)))
        observations_file(home, warc).put(b'{"listed": 3}')
        with open_state(home, PORTAL) as state:
            assert state.row(LIST_KEY, "1")

    def test_a_kill_while_a_crawl_is_applied_loses_nothing(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        add_crawl(home, NOW, {"1": 200})
        second = add_crawl(home, NOW + DAY, {"1": 200, "2": 200})

        def killed(database: sqlite3.Connection, home: Home, warc: StoredFile, rule: KeyRule) -> None:
            apply_crawl(database, home, warc, rule)
            if warc == second:
                raise KeyboardInterrupt

        monkeypatch.setattr(state_module, "apply_crawl", killed)
        with pytest.raises(KeyboardInterrupt), open_state(home, PORTAL):
            pass
        monkeypatch.setattr(state_module, "apply_crawl", apply_crawl)
        assert article(home, "2").first_captured_at == NOW + DAY
        assert article(home, "1").last_captured_at == NOW + DAY


class TestArticles:
    def test_statuses_decide_what_is_known_of_an_article(self, home: Home) -> None:
        three_crawls(home)
        second = article(home, "2")
        assert (second.first_captured_at, second.last_captured_at) == (NOW, NOW + 2 * DAY)
        assert (second.missing_since, second.published_at) == (None, NOW - DAY)
        fifth = article(home, "5")
        assert (fifth.first_asked_at, fifth.first_captured_at) == (NOW + 2 * DAY, None)
        assert (fifth.missing_since, fifth.missing_at) == (NOW + 2 * DAY, NOW + 2 * DAY)
        refused = article(home, "9")
        assert (refused.first_asked_at, refused.failed_at) == (None, None)

    def test_a_list_in_an_articles_place_is_not_a_captured_article(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 200})
        add_crawl(home, NOW + DAY, {"1": 200}, Observations(missing={"1": NOW + DAY}))
        known = article(home, "1")
        assert (known.last_captured_at, known.missing_since) == (NOW, NOW + DAY)

    def test_a_challenge_is_neither_an_article_nor_a_page(self, home: Home) -> None:
        observations = Observations(blocked=("1", LIST))
        add_crawl(home, NOW, {"1": 200}, observations, pages=[(LIST, b"captcha", '"v1"')])
        with open_state(home, PORTAL) as state:
            assert state.article("1") is None
            assert state.page(LIST) is None
            assert state.page(url_of("1")) is None

    def test_the_date_of_a_feed_is_that_of_the_last_capture_with_one(self, home: Home) -> None:
        for day, date in enumerate((None, "date 1", "date 2", None)):
            add_crawl(home, NOW + day * DAY, {"1": 200}, feed_date=date)
        add_crawl(home, NOW - DAY, {"1": 200, "2": 200}, kind="import")
        with open_state(home, PORTAL) as state:
            assert [state.feed_date(key) for key in ("1", "2", "3")] == ["date 2", None, None]

    def test_an_index_without_dates_of_feeds_is_read(self, home: Home) -> None:
        index = index_file(home, add_crawl(home, NOW, {"1": 200}, feed_date="date 1"))
        index.put(parquet_bytes(rows_of(index).drop_columns("feed_date")))
        with open_state(home, PORTAL) as state:
            assert state.article("1") is not None
            assert state.feed_date("1") is None

    def test_an_article_is_missing_since_the_first_of_several_crawls(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 200})
        add_crawl(home, NOW + DAY, {"1": 404})
        add_crawl(home, NOW + 3 * DAY, {"1": 404})
        known = article(home, "1")
        assert (known.missing_since, known.missing_at) == (NOW + DAY, NOW + 3 * DAY)

    def test_a_response_ends_a_failure(self, home: Home) -> None:
        failed = Observations(failed=(FailedArticle("1", url_of("1"), NOW + DAY),))
        add_crawl(home, NOW, {"1": 200})
        add_crawl(home, NOW + DAY, {"1": 500}, failed)
        assert article(home, "1").failing_since == NOW + DAY
        add_crawl(home, NOW + 2 * DAY, {"1": 404})
        assert article(home, "1").failing_since is None

    def test_a_304_to_an_unconditional_request_is_no_capture(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 304})
        assert article(home, "1").first_captured_at is None


class TestPages:
    def test_a_revisit_updates_the_time_of_a_page_but_not_its_bytes(self, home: Home) -> None:
        add_crawl(home, NOW, pages=[(url_of("1"), b"<p>Tin</p>", '"v1"')])
        with open_state(home, PORTAL) as state:
            page = state.page(url_of("1"))
        assert page is not None
        add_crawl(home, NOW + DAY, revisits=[page.reference])
        with open_state(home, PORTAL) as state:
            again = state.page(url_of("1"))
        assert again == replace(page, captured_at=NOW + DAY)

    @pytest.mark.parametrize(
        ("kind", "is_complete", "is_believed"),
        [
            ("full", True, True),
            ("incremental", True, True),
            ("incremental", False, False),
            ("backfill", True, False),
            ("import", True, False),
        ],
    )
    def test_only_a_complete_crawl_has_followed_the_links_of_a_list(
        self, home: Home, kind: CrawlKind, is_complete: bool, is_believed: bool
    ) -> None:
        add_crawl(home, NOW, pages=[(LIST, b"<p>Tin</p>", '"v1"')], kind=kind, is_complete=is_complete)
        with open_state(home, PORTAL) as state:
            page = state.page(LIST)
            assert page is not None
            assert state.is_of_complete_crawl(page) is is_believed

    def test_rows_keep_the_first_crawl_and_the_last_mark(self, home: Home) -> None:
        add_crawl(home, NOW, None, Observations(listed=(listed("1", NOW, "a"),)), kind="backfill")
        with open_state(home, PORTAL) as state:
            row = state.row(LIST_KEY, "1")
            assert row is not None
            assert row.crawled_at is None
        for days, mark in ((1, "b"), (2, "c")):
            add_crawl(home, NOW + days * DAY, None, Observations(listed=(listed("1", NOW + days * DAY, mark),)))
        with open_state(home, PORTAL) as state:
            row = state.row(LIST_KEY, "1")
            assert row is not None
            assert (row.mark, row.crawled_at) == ("c", NOW + DAY)

    def test_counts_of_a_host_add_up(self, home: Home) -> None:
        three_crawls(home)
        with open_state(home, PORTAL) as state:
            assert state.host("thunghiem.test") == HostAnswers(5, 1, 1, 2)
            assert state.host("khac.test") == HostAnswers()


class TestDue:
    @pytest.mark.parametrize("age", AGES)
    def test_an_article_is_due_at_each_age_and_not_before(self, home: Home, age: timedelta) -> None:
        add_crawl(home, NOW, {"1": 200})
        before = [earlier for earlier in AGES if earlier < age]
        if before:
            add_crawl(home, NOW + before[-1], {"1": 200}, kind="incremental")
        assert due(home, NOW + age - timedelta(microseconds=1)) == []
        assert due(home, NOW + age) == ["1"]

    def test_skipped_ages_cost_one_request(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 200})
        assert due(home, NOW + 100 * DAY) == ["1"]
        add_crawl(home, NOW + 100 * DAY, {"1": 200}, kind="incremental")
        assert due(home, NOW + 200 * DAY) == []

    def test_history_is_fetched_twice(self, home: Home) -> None:
        old = Observations(listed=(listed("1", NOW, published_at=NOW - 8 * DAY),))
        add_crawl(home, NOW, {"1": 200}, old)
        assert due(home, NOW + DAY) == ["1"]
        add_crawl(home, NOW + DAY, {"1": 200}, kind="incremental")
        assert due(home, NOW + 100 * DAY) == []

    def test_a_missing_article_is_due_by_the_time_it_went_missing(self, home: Home) -> None:
        add_crawl(home, NOW, {"1": 200})
        add_crawl(home, NOW + 20 * DAY, {"1": 404}, kind="incremental")
        assert due(home, NOW + 21 * DAY - HOUR) == []
        assert due(home, NOW + 21 * DAY) == ["1"]
        add_crawl(home, NOW + 21 * DAY, {"1": 404}, kind="incremental")
        assert due(home, NOW + 22 * DAY) == []
        assert due(home, NOW + 23 * DAY) == ["1"]

    def test_a_failing_article_waits_longer_each_time(self, home: Home) -> None:
        failing = NOW
        asked = []
        for day in range(60):
            now = NOW + day * DAY
            if day == 0 or due(home, now):
                asked.append(day)
                add_crawl(home, now, None, Observations(failed=(FailedArticle("1", url_of("1"), now),)))
        assert article(home, "1").failing_since == failing
        assert asked[:5] == [0, 1, 2, 3, 4]
        assert len(asked) < 20
        assert asked[-1] - asked[-2] > 7

    def test_a_refused_article_is_never_due(self, home: Home) -> None:
        add_crawl(home, NOW, None, Observations(refused=("9",)))
        assert due(home, NOW + 100 * DAY) == []

    def test_the_newest_articles_are_first_up_to_a_limit(self, home: Home) -> None:
        rows = tuple(listed(key, NOW, published_at=NOW - int(key) * HOUR) for key in "123")
        add_crawl(home, NOW, {"3": 200, "1": 200, "2": 200}, Observations(listed=rows))
        assert due(home, NOW + DAY) == ["1", "2", "3"]
        assert due(home, NOW + DAY, most=2) == ["1", "2"]
        assert due(home, NOW + DAY, most=0) == []
        assert due(home, NOW + DAY, ages=()) == []


class TestCrawls:
    def test_unfinished_crawls_are_those_since_the_last_complete_one(self, home: Home) -> None:
        add_crawl(home, NOW, is_complete=False, verdict="partial")
        add_crawl(home, NOW + DAY)
        add_crawl(home, NOW + 2 * DAY, kind="incremental", is_complete=False, verdict="partial")
        add_crawl(home, NOW + 3 * DAY, kind="backfill", is_complete=False)
        add_crawl(home, NOW + 4 * DAY, kind="incremental", is_complete=False, verdict="blocked")
        with open_state(home, PORTAL) as state:
            assert [crawl.started_at for crawl in state.unfinished()] == [NOW + 2 * DAY, NOW + 4 * DAY]
            assert [crawl.kind for crawl in state.history()] == ["full", "full", "incremental", "incremental"]
            assert [crawl.started_at for crawl in state.history(1)] == [NOW + 4 * DAY]

    def test_last_complete_crawls_have_start_times(self, home: Home) -> None:
        with open_state(home, PORTAL) as state:
            assert state.last_complete_at() is None
        add_crawl(home, NOW)
        add_crawl(home, NOW + DAY, None, Observations(margin_pages=2), kind="incremental")
        add_crawl(home, NOW + 2 * DAY, kind="incremental")
        add_crawl(home, NOW + 3 * DAY, None, Observations(margin_pages=2), kind="backfill")
        add_crawl(home, NOW + 4 * DAY, kind="import")
        with open_state(home, PORTAL) as state:
            assert state.last_complete_at() == NOW + 2 * DAY
            assert state.last_complete_at("full") == NOW
            assert state.last_margin_at() == NOW + DAY

    def test_requests_of_a_day_add_up(self, home: Home) -> None:
        add_crawl(home, NOW - DAY, requests=100)
        add_crawl(home, NOW, requests=7)
        add_crawl(home, NOW + HOUR, kind="backfill", requests=20)
        # Killed: requests were not counted, and two pages are stored.
        add_crawl(home, NOW + 2 * HOUR, {"1": 200, "2": 200}, requests=0)
        add_crawl(home, NOW + 3 * HOUR, kind="import", requests=1000)
        with open_state(home, PORTAL) as state:
            assert state.requests_since(NOW) == 29

    def test_the_frontier_of_a_backfill_is_that_of_its_last_chunk(self, home: Home) -> None:
        with open_state(home, PORTAL) as state:
            assert state.frontier("../3") is None
        add_crawl(home, NOW, None, Observations(backfill="../3", frontier=(LIST,)), kind="backfill")
        with open_state(home, PORTAL) as state:
            assert state.frontier("../3") == (LIST,)
            assert state.frontier("../4") is None
        add_crawl(home, NOW + DAY, None, Observations(backfill="../3"), kind="backfill")
        with open_state(home, PORTAL) as state:
            assert state.frontier("../3") == ()

    def test_lists_are_the_pages_with_rows(self, home: Home) -> None:
        pages = (AskedPage(LIST, LIST, is_list=True), AskedPage(f"{LIST}-khac", f"{LIST}-khac", is_list=False))
        add_crawl(home, NOW, None, Observations(pages=pages))
        with open_state(home, PORTAL) as state:
            assert state.lists() == (LIST,)
            assert state.is_list(LIST_KEY)
            assert not state.is_list(f"{LIST_KEY}-khac")
            assert state.asked_at(f"{LIST_KEY}-khac") == NOW + HOUR / 2
            assert state.asked_at(f"{LIST_KEY}-nua") is None


def test_each_portal_has_its_own_state(home: Home) -> None:
    add_crawl(home, NOW, {"1": 200})
    with open_state(home, "khac") as state:
        assert isinstance(state, CrawlState)
        assert state.article("1") is None
        assert state.lists() == ()


def test_a_report_of_an_earlier_version_is_used_if_its_warc_file_is_damaged(home: Home) -> None:
    warc = add_crawl(home, datetime(2026, 10, 1, tzinfo=UTC), {"1": 200})
    stored = report_file(home, warc)
    values = json.loads(stored.read())
    del values["not_modified"], values["sha256"]
    stored.put(json.dumps(values).encode())
    path_of(warc).write_bytes(warc.read()[:-100])
    with open_state(home, PORTAL) as state:
        assert [past.crawl_id for past in state.history()] == [values["crawl_id"]]
