"""The captures assets: a crawl's outcome per portal; no failure stops the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.crawls import process
from dagster_project.crawls.patience import crawl_patiently
from dagster_project.crawls.process import CrawlOutcome
from spiders.portal import Portal, PortalFiles, portal_of_platform
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.reports import report_json
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, Verdict

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
SLUGS = ("ba-vi", "me-linh", "soc-son")


def report(slug: str, verdict: Verdict) -> CrawlReport:
    errors = {"http_404": 1}
    found = CrawlReport(slug, slug, "run", NOW, NOW, verdict, f"because {verdict}", 9, 8, 7, 6, 5, errors, "w")
    return replace(found, requests_for={"refetch": 3})


def portals() -> dict[str, Portal]:
    made = portal_of_platform("generic", "https://tin.hanoi.test/")
    return {slug: made.model_copy(update={"slug": slug}) for slug in SLUGS}


def materialize(
    monkeypatch: pytest.MonkeyPatch, home: Path, *outcomes: CrawlOutcome, only: Sequence[str] = ()
) -> tuple[dg.ExecuteInProcessResult, list[str], dict[str, str]]:
    """Materialize the assets and a dependent of `crawls`, with given outcomes of successive crawls.

    Returns:
        The run's result; the crawled slugs and the waits, in order; the run's tags of portals.
    """
    from dagster_project.defs.captures import CRAWLS, captures_assets

    calls: list[str] = []
    remaining = iter(outcomes)

    def crawl(_corpus: Corpus, slugs: Sequence[str], *_: object, wait_seconds: float | None = None) -> CrawlOutcome:
        calls.extend(slugs)
        if wait_seconds is not None:
            calls.append(f"at most {wait_seconds:g} s")
        return next(remaining, outcomes[-1])

    monkeypatch.setattr(process, "crawl", crawl)
    monkeypatch.setattr("dagster_project.crawls.patience.time.sleep", lambda seconds: calls.append(f"{seconds:g} s"))

    @dg.asset(deps=[CRAWLS])
    def after() -> None: ...

    keys = [dg.AssetKey(["captures", slug.replace("-", "_")]) for slug in only]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [captures_assets(portals()), after],
            resources={"corpus": replace(Corpus.open(Home(home)), files=PortalFiles(portals(), {}, ()))},
            instance=instance,
            selection=[*keys, CRAWLS, dg.AssetKey("after")] if only else None,
        )
        run = instance.get_run_by_id(done.run_id)
    assert run is not None
    tags = {name: value for name, value in run.tags.items() if name.startswith("portal/")}
    return done, calls, tags


def results(done: dg.ExecuteInProcessResult) -> Mapping[str, tuple[bool, bool]]:
    """Return, by asset, whether it was materialized and whether its verdict check passed."""
    materialized = {
        event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key is not None
    }
    return {
        check.asset_key.path[-1]: (check.asset_key.path[-1] in materialized, check.passed)
        for check in done.get_asset_check_evaluations()
    }


@pytest.mark.parametrize("verdict", ["ok", "no_news"])
def test_a_healthy_crawl_materializes_its_portal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: Verdict
) -> None:
    done, _, _ = materialize(monkeypatch, tmp_path, CrawlOutcome({slug: report(slug, verdict) for slug in SLUGS}, {}))
    assert results(done) == {"ba_vi": (True, True), "me_linh": (True, True), "soc_son": (True, True)}


@pytest.mark.parametrize("verdict", ["blocked", "broken", "unreachable", "partial"])
def test_a_failed_crawl_fails_only_its_own_portal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: Verdict
) -> None:
    reports = {"ba-vi": report("ba-vi", "ok"), "me-linh": report("me-linh", verdict)}
    outcome = CrawlOutcome(reports, {"soc-son": "the crawl ended without a report"})
    done, _, _ = materialize(monkeypatch, tmp_path, outcome)
    assert done.success
    assert results(done) == {"ba_vi": (True, True), "me_linh": (False, False), "soc_son": (False, False)}
    reasons = {check.asset_key.path[-1]: check.description for check in done.get_asset_check_evaluations()}
    assert reasons["me_linh"] == f"{verdict}: because {verdict}"
    assert reasons["soc_son"] == "the crawl ended without a report"
    assert {"crawls", "after"} <= {
        event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key is not None
    }


def test_only_selected_portals_are_crawled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = CrawlOutcome({"me-linh": report("me-linh", "ok")}, {})
    done, calls, _ = materialize(monkeypatch, tmp_path, outcome, only=["me-linh"])
    assert calls == ["me-linh"]
    assert results(done) == {"me_linh": (True, True)}


def test_a_materialization_has_the_crawls_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = CrawlOutcome({slug: report(slug, "ok") for slug in SLUGS}, {})
    done, _, _ = materialize(monkeypatch, tmp_path, outcome)
    (metadata,) = [
        event.materialization.metadata
        for event in done.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["captures", "me_linh"])
    ]
    values = {name: value.value for name, value in metadata.items()}
    assert "| article | published | first captured |" in str(values.pop("newest_articles"))
    assert values == {
        "verdict": "ok",
        "reason": "because ok",
        "kind": "full",
        "requests": 9,
        "captures": 8,
        "list_rows_seen": 7,
        "articles_found": 6,
        "articles_new": 5,
        "articles_missing": 0,
        "not_modified": 0,
        "refetches": 3,
        "errors": {"http_404": 1},
        "duration_seconds": 0.0,
        "site": "https://tin.hanoi.test",
        "warc_file": str(tmp_path / "archive" / "warc" / "w"),
        "warc_folder": str(tmp_path / "archive" / "warc"),
    }


def test_only_unreachable_portals_are_retried_and_at_most_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = {"ba-vi": report("ba-vi", "unreachable"), "me-linh": report("me-linh", "unreachable")}
    done, calls, _ = materialize(
        monkeypatch,
        tmp_path,
        CrawlOutcome(first | {"soc-son": report("soc-son", "blocked")}, {}),
        CrawlOutcome({"ba-vi": report("ba-vi", "unreachable"), "me-linh": report("me-linh", "ok")}, {}),
        CrawlOutcome({"ba-vi": report("ba-vi", "unreachable")}, {}),
    )
    assert calls == ["ba-vi", "me-linh", "soc-son", "300 s", "ba-vi", "me-linh", "1200 s", "ba-vi"]
    assert results(done) == {"ba_vi": (False, False), "me_linh": (True, True), "soc_son": (False, False)}


def test_a_skipped_portal_is_neither_materialized_nor_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reports = {"ba-vi": report("ba-vi", "ok")}
    outcome = CrawlOutcome(reports, {"soc-son": "no report"}, {"me-linh": "quiet hours last until 08:30"})
    done, _, tags = materialize(monkeypatch, tmp_path, outcome)
    assert done.success
    assert results(done) == {"ba_vi": (True, True), "soc_son": (False, False)}
    assert tags == {"portal/ba-vi": "ok", "portal/me-linh": "skipped", "portal/soc-son": "none"}


def test_a_busy_portal_is_crawled_after_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with portal_lock(Home(tmp_path), "ba-vi"):
        done, calls, _ = materialize(
            monkeypatch,
            tmp_path,
            CrawlOutcome({slug: report(slug, "ok") for slug in ("me-linh", "soc-son")}, {}),
            CrawlOutcome({"ba-vi": report("ba-vi", "no_news")}, {}),
        )
    assert calls == ["me-linh", "soc-son", "ba-vi", "at most 3600 s"]
    assert results(done) == {"ba_vi": (True, True), "me_linh": (True, True), "soc_son": (True, True)}


def test_a_portal_locked_just_before_its_crawl_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[Sequence[str]] = []

    def crawl(_corpus: Corpus, slugs: Sequence[str], *_: object, wait_seconds: float | None = None) -> CrawlOutcome:
        calls.append(slugs)
        if wait_seconds is None:
            raise PortalBusyError("portal ba-vi: another crawl of it is running")
        return CrawlOutcome({slug: report(slug, "ok") for slug in slugs}, {})

    monkeypatch.setattr(process, "crawl", crawl)
    outcome = crawl_patiently(Corpus.open(Home(tmp_path)), ["ba-vi"], "run", print, [])
    assert calls == [["ba-vi"], ["ba-vi"]]
    assert outcome.reports.keys() == {"ba-vi"}
    assert outcome.failures == {}


def test_a_demo_home_has_no_retries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    DemoCorpus.begin_day(Home(tmp_path), 1)
    reports = {slug: report(slug, "unreachable") for slug in SLUGS}
    done, calls, _ = materialize(monkeypatch, tmp_path, CrawlOutcome(reports, {}))
    assert calls == list(SLUGS)
    assert done.success


def test_a_run_is_tagged_with_its_portals_and_their_verdicts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = CrawlOutcome({"ba-vi": report("ba-vi", "blocked")}, {"me-linh": "no report"})
    _, _, tags = materialize(monkeypatch, tmp_path, outcome, only=["ba-vi", "me-linh"])
    assert tags == {"portal/ba-vi": "blocked", "portal/me-linh": "none"}


def test_counts_have_their_usual_ranges(tmp_path: Path) -> None:
    from dagster_project.defs.crawl_metadata import portal_metadata

    home = Home(tmp_path)
    for day in range(11):
        earlier = replace(report("ba-vi", "ok"), started_at=NOW - timedelta(days=11 - day), articles_new=day)
        home.storage.put(f"{CRAWLS_FOLDER}/ba-vi/ba-vi-{day:02}.json", report_json(earlier).encode())
    metadata = portal_metadata(home, portals()["ba-vi"], report("ba-vi", "ok"))
    assert metadata["articles_new"].value == 5
    assert metadata["articles_new_usual_low"].value == 1.0
    assert metadata["articles_new_usual_high"].value == 9.0
