"""The job `backfill`: invalid config is rejected, each chunk is shown, no daily crawl is blocked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project.corpus import PORTALS_VARIABLE, Corpus
from dagster_project.crawls import process
from tests.crawling import define_portal
from tests.dagster_project.homes import captured, crawled_home, demo_home
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

PLAYED, OTHER = "xa-dong-anh-thu-nghiem", "bao-do-thi-thu-nghiem"
WAIT_SECONDS = 120


def launched(home: Home, **config: object) -> dg.ExecuteInProcessResult:
    """Run the job in this process."""
    from dagster_project.defs.backfill import backfill_job

    return backfill_job(Corpus.open(home).slugs).execute_in_process(
        run_config={"ops": {"backfill_portal": {"config": config}}},
        resources={"corpus": Corpus.open(home)},
        raise_on_error=False,
    )


def crawled(home: Home, *slugs: str) -> dg.ExecuteInProcessResult:
    """Run the daily crawl of portals in this process."""
    from dagster_project.defs.captures import captures_assets

    known = Corpus.open(home).portals
    return dg.materialize(
        [captures_assets({slug: known[slug] for slug in slugs})], resources={"corpus": Corpus.open(home)}
    )


def failure(done: dg.ExecuteInProcessResult) -> str:
    (event,) = done.filter_events(lambda event: event.is_step_failure)
    data = event.step_failure_data
    return str(data.user_failure_data.description if data.user_failure_data else data.error)


def shown(done: dg.ExecuteInProcessResult) -> list[Mapping[str, Any]]:
    """Return the metadata of each chunk."""
    events = done.get_asset_materialization_events()
    assert {event.asset_key.path[0] for event in events if event.asset_key} <= {"backfills"}
    return [{name: value.value for name, value in event.materialization.metadata.items()} for event in events]


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"portal": PLAYED, "from_date": "31/01/2024"}, "from_date '31/01/2024' is not a date such as 2024-01-31"),
        ({"portal": PLAYED, "from_date": "2024-02-01", "until_date": "2024-01-01"}, "the first day is after the last"),
        ({"portal": PLAYED, "depth": 0}, "depth 0: must be at least 1"),
        ({"portal": PLAYED, "requests_per_chunk": 2}, "must be at least 10"),
        ({"portal": PLAYED, "chunks_max": 0}, "chunks_max 0: must be at least 1"),
    ],
)
def test_invalid_config_is_rejected_before_any_request(
    tmp_path: Path, config: Mapping[str, object], complaint: str
) -> None:
    home = demo_home(tmp_path / "home")
    done = launched(home, **config)
    assert not done.success
    assert complaint in failure(done)
    assert "Nothing was requested" in failure(done)
    assert not home.warc.exists()


def test_the_portal_is_chosen_from_a_list_and_another_one_is_refused(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    with pytest.raises(dg.DagsterInvalidConfigError) as raised:
        launched(home, portal="nix")
    assert "portal not in enum type" in str(raised.value)
    assert "got nix" in str(raised.value)
    assert not home.warc.exists()


def test_the_list_follows_the_portal_files_after_a_reload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    home, config = Home(tmp_path / "home"), {"portal": "phuong-moi", "depth": 0}
    with pytest.raises(dg.DagsterInvalidConfigError, match="got phuong-moi"):
        launched(home, **config)
    define_portal(tmp_path / "own", "phuong-moi", "moi.test", platform="generic", seed_urls=["https://moi.test/"])
    assert "depth 0: must be at least 1" in failure(launched(home, **config))


def test_a_portal_whose_file_was_deleted_since_the_list_was_made_is_refused(tmp_path: Path) -> None:
    from dagster_project.defs.backfill import backfill_job

    done = backfill_job(["da-xoa"]).execute_in_process(
        run_config={"ops": {"backfill_portal": {"config": {"portal": "da-xoa"}}}},
        resources={"corpus": Corpus.open(Home(tmp_path))},
        raise_on_error=False,
    )
    assert "unknown portal 'da-xoa'" in failure(done)


def test_each_chunk_is_shown_and_the_next_run_continues(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    paused = launched(home, portal=PLAYED, requests_per_chunk=12, chunks_max=1)
    (chunk,) = shown(paused)
    assert chunk["lists_left"] > 0
    assert chunk["articles_new"] > 0
    assert chunk["requests"] <= 20
    ended = launched(home, portal=PLAYED, requests_per_chunk=12)
    assert paused.success
    assert ended.success
    assert shown(ended)[-1]["lists_left"] == 0
    whole = next(iter(crawl_reports(crawled_home(tmp_path / "whole", PLAYED), PLAYED)))
    assert sum(chunk["articles_new"] for chunk in (*shown(paused), *shown(ended))) == whole.articles_new


def test_a_backfill_and_a_daily_crawl_of_one_portal_never_overlap(tmp_path: Path) -> None:
    home = demo_home(tmp_path / "home")
    with ThreadPoolExecutor(1) as pool:
        backfilling = pool.submit(launched, home, portal=PLAYED, requests_per_chunk=12)
        daily = crawled(home, PLAYED)
        assert backfilling.result(WAIT_SECONDS).success
    (check,) = daily.get_asset_check_evaluations()
    assert check.passed, check.description
    spans = sorted((report.started_at, report.ended_at) for report in crawl_reports(home, PLAYED))
    assert len(spans) > 2
    assert all(ended_at <= started_at for (_, ended_at), (started_at, _) in pairwise(spans))
    assert captured(home, PLAYED).keys() == captured(crawled_home(tmp_path / "whole", PLAYED), PLAYED).keys()


def test_a_waiting_backfill_blocks_no_other_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = demo_home(tmp_path / "home")
    is_waiting = threading.Event()
    crawl = process.crawl

    def signalling(*arguments: Any, **more: Any) -> process.CrawlOutcome:
        is_waiting.set()
        return crawl(*arguments, **more)

    monkeypatch.setattr(process, "crawl", signalling)
    with ThreadPoolExecutor(1) as pool:
        with portal_lock(home, PLAYED):
            backfilling: Future[dg.ExecuteInProcessResult] = pool.submit(launched, home, portal=PLAYED)
            assert is_waiting.wait(WAIT_SECONDS)
            daily = crawled(home, OTHER)
            assert not backfilling.done()
        assert backfilling.result(WAIT_SECONDS).success
    assert [check.passed for check in daily.get_asset_check_evaluations()] == [True]
    assert captured(home, OTHER)
    assert captured(home, PLAYED)
