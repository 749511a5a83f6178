"""Crawls with times that cannot be: set aside by name, kept, and as if they were not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.extract.stage import extraction
from tests.archived import path_of
from tests.warehouse.archive.state.stored_crawls import DAY, HOUR, NOW, add_crawl
from warehouse.archive.files import all_warc_files, index_file, note_file, report_file, warc_file, warc_files
from warehouse.archive.index.build import index_warc, update_index
from warehouse.archive.index.newest import first_captures
from warehouse.archive.index.reports import crawl_reports
from warehouse.archive.state.queries import open_state
from warehouse.archive.upkeep.verify import verify_archive
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock, WrongClockError
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.stages import units_of
from warehouse.storage import StoredFile

IMPOSSIBLE = (
    NOW + timedelta(hours=1, seconds=1),
    NOW + 400 * DAY,
    datetime(2999, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1989, 12, 31, 23, 59, tzinfo=UTC),
)
POSSIBLE = (NOW, NOW + HOUR / 2, datetime(1990, 1, 1, tzinfo=UTC), NOW - 400 * DAY)
STAGE = extraction({})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("at", IMPOSSIBLE, ids=str)
def test_a_crawl_of_an_impossible_time_counts_nowhere_and_is_kept(home: Home, at: datetime) -> None:
    good = add_crawl(home, NOW - 2 * DAY, {"1": 200})
    bad = add_crawl(home, at, {"2": 200})
    with open_state(home, "my-duc") as state:
        assert state.article("2") is not None
    for _ in range(2):  # noticed, then known
        found = update_index(home, now=NOW)
        assert [one.warc for one in found.set_aside] == [bad]
        assert (warc_files(home), all_warc_files(home)) == ([good], sorted([good, bad], key=lambda warc: warc.key))
        assert [unit.warc for unit in units_of(STAGE, home.storage)] == [good]
        assert [report.started_at for report in crawl_reports(home, "my-duc")] == [NOW - 2 * DAY]
        assert [first.warc for first in first_captures(home, "my-duc", 9)] == [good]
        with open_state(home, "my-duc") as state:
            assert [crawl.started_at for crawl in state.history()] == [NOW - 2 * DAY]
            assert state.article("2") is None
            assert state.last_complete_at("full") == NOW - 2 * DAY
            assert state.requests_since(NOW - DAY) == 0
    message = str(found.set_aside[0])
    assert str(bad) in message
    assert f"{at:%Y-%m-%d}" in message
    assert "before the Web" in message or "in the future" in message
    assert bad.exists()


@pytest.mark.parametrize("at", POSSIBLE, ids=str)
def test_a_possible_time_is_no_reason(home: Home, at: datetime) -> None:
    warc = add_crawl(home, at, {"1": 200})
    assert update_index(home, now=NOW).set_aside == ()
    assert warc_files(home) == [warc]
    assert index_file(home, warc).exists()


def test_a_crawl_counts_when_its_time_has_come(home: Home) -> None:
    warc = add_crawl(home, NOW + 3 * DAY, {"1": 200})
    assert update_index(home, now=NOW).set_aside
    assert update_index(home, now=NOW + 3 * DAY).indexed == (warc,)
    assert not note_file(home, warc).exists()
    assert warc_files(home) == [warc]
    with open_state(home, "my-duc") as state:
        assert state.article("1") is not None


def test_one_capture_in_the_future_sets_its_crawl_aside(home: Home) -> None:
    warc = jumping_crawl(home, NOW, [NOW, NOW + 30 * DAY, NOW + HOUR / 2], NOW + HOUR / 2)
    (aside,) = update_index(home, now=NOW).set_aside
    assert (aside.warc, aside.last) == (warc, NOW + 30 * DAY)


def test_an_import_that_is_set_aside_says_what_helps(home: Home) -> None:
    add_crawl(home, NOW + 30 * DAY, {"1": 200}, kind="import")
    (aside,) = update_index(home, now=NOW).set_aside
    assert "Import its file again" in str(aside)


@pytest.mark.parametrize("note", [b"", b"{}", b"[]", b"\xff", b'{"first": "x", "last": 1, "size_bytes": 1}'])
def test_a_damaged_note_is_made_again(home: Home, note: bytes) -> None:
    warc = add_crawl(home, NOW + 30 * DAY, {"1": 200})
    update_index(home, now=NOW)
    path_of(note_file(home, warc)).write_bytes(note)
    assert [one.warc for one in update_index(home, now=NOW).set_aside] == [warc]
    assert warc_files(home) == []


def test_what_a_killed_process_left_of_a_file_that_is_set_aside_goes(home: Home) -> None:
    warc = add_crawl(home, NOW + 30 * DAY, {"1": 200})
    update_index(home, now=NOW)
    index_warc(home, warc)
    update_index(home, now=NOW)
    assert not index_file(home, warc).exists()
    assert not report_file(home, warc).exists()


def test_the_note_of_a_deleted_file_goes(home: Home) -> None:
    warc = add_crawl(home, NOW + 30 * DAY, {"1": 200})
    update_index(home, now=NOW)
    warc.delete()
    assert update_index(home, now=NOW).set_aside == ()
    assert not note_file(home, warc).exists()


def test_verifying_reads_the_file_and_rebuilds_nothing_of_it(home: Home) -> None:
    warc = add_crawl(home, NOW + 30 * DAY, {"1": 200})
    update_index(home, now=NOW)
    verified = verify_archive(home)
    assert (verified.files, verified.captures, verified.findings) == (1, 1, ())
    assert not index_file(home, warc).exists()


@pytest.mark.parametrize("now", [datetime(year, 12, 31, 23, tzinfo=UTC) for year in (1970, 2025, 2999, 9999)])
def test_a_clock_that_cannot_be_right_decides_nothing(home: Home, now: datetime) -> None:
    warc = add_crawl(home, NOW, {"1": 200})
    with pytest.raises(WrongClockError, match=f"{now:%Y-%m-%d}"):
        update_index(home, now=now)
    assert index_file(home, warc).exists()
    assert warc_files(home) == [warc]


def test_a_steady_clock_does_not_follow_a_clock_that_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    class Moved(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the clock knows only UTC
            return real + timedelta(days=3)

    real = datetime.now(UTC)
    clock = Clock(HOUR)
    steady = clock.steady()
    assert abs(steady.moved) < timedelta(minutes=1)
    monkeypatch.setattr("warehouse.clock.datetime", Moved)
    assert timedelta() <= steady.now() - real - HOUR < timedelta(minutes=1)
    assert abs(steady.moved - timedelta(days=3)) < timedelta(minutes=1)
    assert clock.moved == timedelta()


@pytest.mark.parametrize(("ahead", "stated", "count"), [(3, 3, 0), (33, 33, 0), (3, 2, 1), (61, 61, 1), (3, -3, 1)])
def test_a_clock_that_was_stated_to_be_days_ahead_is_no_wrong_one(
    home: Home, ahead: int, stated: int, count: int
) -> None:
    at = NOW + ahead * DAY
    jumping_crawl(home, at, [at], at, clock_ahead_seconds=stated * 86_400)
    assert len(update_index(home, now=NOW).set_aside) == count


def jumping_crawl(
    home: Home, at: datetime, captured_at: list[datetime], ended_at: datetime, clock_ahead_seconds: int = 0
) -> StoredFile:
    info = CrawlInfo("my-duc-1", "my-duc", "run", at, "test", {}, clock_ahead_seconds=clock_ahead_seconds)
    with WarcWriter(home, info) as writer:
        for number, each in enumerate(captured_at):
            writer.write(f"https://thunghiem.test/tin/{number}", each, b"HTTP/1.1 200 OK", (), b"tin")
        count = len(captured_at)
        report = CrawlReport(
            "my-duc-1", "my-duc", "run", at, ended_at, "ok", "", count, count, 0, 0, 0, {}, "my-duc/my-duc-1.warc.gz"
        )
        writer.close(report)
    return warc_file(home, "my-duc", "my-duc-1")
