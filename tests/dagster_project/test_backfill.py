"""Backfills: in chunks to the end, however often they are paused, and when one gives up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dagster_project.corpus import Corpus
from dagster_project.crawls import process
from dagster_project.crawls.backfill import BoundsError, Chunk, backfill, checked_bounds
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.stage import StageError
from spiders.crawl.plan import Bounds
from spiders.mirror.content import load_content
from tests.dagster_project.homes import captured, crawled_home, demo_home, no_log
from tests.end_to_end.expected import key_of
from warehouse.archive.files import named_warc_file, observations_file
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.observations import Observations, to_json
from warehouse.home import Home
from warehouse.records import CrawlReport, Verdict

NOW = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 10, 20)
# Its server answers conditional requests, robots.txt forbids some of its lists, and it has lists without rows.
PLAYED = "xa-dong-anh-thu-nghiem"
DATED = "my-duc-thu-nghiem"


@pytest.mark.process
@pytest.mark.slow
def test_a_backfill_paused_after_each_chunk_fetches_what_a_full_crawl_does(tmp_path: Path) -> None:
    home, whole = demo_home(tmp_path / "home"), crawled_home(tmp_path / "whole", PLAYED)
    bounds = Bounds(requests_max=12)
    chunks: list[Chunk] = []
    while not chunks or chunks[-1].lists_left:
        (chunk,) = backfill(Corpus.open(home), PLAYED, bounds, "run", no_log, chunks_max=1)
        chunks.append(chunk)
        assert len(chunks) < 10
    assert len(chunks) > 2
    assert all(chunk.report.kind == "backfill" for chunk in chunks)
    assert captured(home, PLAYED).keys() == captured(whole, PLAYED).keys()
    logged: list[str] = []
    assert list(backfill(Corpus.open(home), PLAYED, bounds, "run", logged.append)) == []
    assert logged[-1].startswith(f"{PLAYED}: this backfill ")


@pytest.mark.process
@pytest.mark.slow
def test_a_backfill_fetches_the_given_days_of_publication(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    bounds = Bounds(date(2025, 1, 1), date(2025, 12, 31))
    *_, last = backfill(Corpus.open(home), DATED, bounds, "run", no_log)
    assert last.lists_left == 0
    year_of = {one.id: one.published.at.year for one in load_content().state(DATED, 1).articles}
    years = [year_of[key_of(DATED, url)[1]] for url in captured(home, DATED).values()]
    whole = crawled_home(tmp_path / "whole", DATED)
    expected = [year_of[key_of(DATED, url)[1]] for url in captured(whole, DATED).values()]
    assert set(years) == {2025}
    assert len(years) == expected.count(2025) < len(expected)


# when it gives up, and when it waits


def report_of(number: int, verdict: Verdict = "partial", captured: int = 3) -> CrawlReport:
    crawl_id = f"ba-vi-{number}"
    report = CrawlReport(crawl_id, "ba-vi", "run", NOW, NOW, verdict, "because", 9, 8, 7, 6, 5, {}, "")
    return replace(report, warc_file=f"ba-vi/{crawl_id}.warc.gz", articles_captured=captured, kind="backfill")


Crawl = Callable[[Sequence[tuple[CrawlReport, Sequence[str]]]], None]


@pytest.fixture
def crawls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crawl:
    """Return a function that sets the results of the next chunks: report, and lists that are left."""

    def set_outcomes(outcomes: Sequence[tuple[CrawlReport, Sequence[str]]]) -> None:
        home, remaining = Home(tmp_path), iter(outcomes)

        def crawl(*_arguments: object, **_options: object) -> CrawlOutcome:
            report, left = next(remaining)
            stored = observations_file(home, named_warc_file(home.storage, report.warc_file))
            stored.put(to_json(Observations(frontier=tuple(left))).encode())
            return CrawlOutcome({"ba-vi": report}, {})

        monkeypatch.setattr(process, "crawl", crawl)

    return set_outcomes


def run(home: Path, chunks_max: int | None = None) -> Iterator[str]:
    for chunk in backfill(Corpus.open(Home(home)), "ba-vi", Bounds(), "run", no_log, chunks_max):
        yield str(chunk)


def test_a_backfill_runs_until_nothing_is_left(tmp_path: Path, crawls: Crawl) -> None:
    crawls([(report_of(1), ["a", "b"]), (report_of(2), ["b"]), (report_of(3, "ok"), [])])
    assert list(run(tmp_path)) == [
        "chunk 1: 9 requests, 5 articles new, 2 list pages left, and the pages behind them",
        "chunk 2: 9 requests, 5 articles new, 1 list pages left, and the pages behind them",
        "chunk 3: 9 requests, 5 articles new, nothing left",
    ]


def test_chunks_max_pauses_a_backfill(tmp_path: Path, crawls: Crawl) -> None:
    crawls([(report_of(1), ["a"]), (report_of(2), ["b"]), (report_of(3), ["c"])])
    assert len(list(run(tmp_path, chunks_max=2))) == 2


@pytest.mark.parametrize("verdict", ["blocked", "unreachable", "broken"])
def test_a_backfill_stops_at_a_blocked_broken_or_unreachable_portal(
    tmp_path: Path, crawls: Crawl, verdict: Verdict
) -> None:
    crawls([(report_of(1), ["a"]), (report_of(2, verdict), ["a"])])
    chunks = run(tmp_path)
    assert next(chunks).startswith("chunk 1")
    assert next(chunks).startswith("chunk 2")
    with pytest.raises(StageError, match=f"{verdict}: because. Everything fetched is stored; once this is solved"):
        next(chunks)


def test_a_last_chunk_that_robots_txt_forbids_is_the_end(tmp_path: Path, crawls: Crawl) -> None:
    crawls([(report_of(1, "blocked", captured=0), [])])
    assert len(list(run(tmp_path))) == 1


def test_a_backfill_without_progress_stops(tmp_path: Path, crawls: Crawl) -> None:
    crawls([(report_of(1), ["a", "b"]), (report_of(2, captured=0), ["b"]), (report_of(3, captured=0), ["b"])])
    chunks = run(tmp_path)
    with pytest.raises(StageError, match="the last chunk made no progress: because"):
        list(chunks)


def test_a_backfill_waits_for_a_busy_portal_and_for_quiet_hours(
    tmp_path: Path, crawls: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawls([(report_of(1, "ok"), [])])
    crawl = process.crawl
    waits: list[object] = []

    def crawl_when_free(*arguments: object, wait_seconds: float) -> CrawlOutcome:
        waits.append(wait_seconds)
        return crawl(*arguments)  # type: ignore[arg-type]  # the one above takes anything

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        (tmp_path / "settings.yml").unlink(missing_ok=True)

    slept: list[float] = []
    logged: list[str] = []
    (tmp_path / "settings.yml").write_text('quiet_hours: ["00:00-12:00", "12:00-23:59"]\n', encoding="utf-8")
    monkeypatch.setattr(process, "crawl", crawl_when_free)
    monkeypatch.setattr("dagster_project.crawls.backfill.time.sleep", sleep)
    with portal_lock(Home(tmp_path), "ba-vi"):
        assert len(list(backfill(Corpus.open(Home(tmp_path)), "ba-vi", Bounds(), "run", logged.append))) == 1
    assert len(slept) == 1
    assert waits == [3600.0]
    assert logged[0].startswith("quiet hours: the backfill continues at ")
    assert logged[1] == "waiting: portal ba-vi: another crawl of it is running"


@pytest.mark.parametrize(
    ("from_date", "until_date", "depth", "requests", "complaint"),
    [
        (date(2025, 2, 1), date(2025, 1, 1), None, 500, "the first day is after the last"),
        (date(2027, 1, 1), None, None, 500, "in the future"),
        (None, None, 0, 500, "depth 0: must be at least 1"),
        (None, None, None, 9, "must be at least 10"),
    ],
)
def test_invalid_bounds_are_rejected(
    from_date: date | None, until_date: date | None, depth: int | None, requests: int, complaint: str
) -> None:
    with pytest.raises(BoundsError, match=complaint):
        checked_bounds(from_date, until_date, depth, requests, TODAY)


def test_valid_bounds_are_accepted() -> None:
    day = date(2025, 1, 1)
    assert checked_bounds(day, day, 1, 10, TODAY) == Bounds(day, day, 1, 10)
