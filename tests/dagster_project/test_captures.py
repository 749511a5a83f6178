"""The captures assets: what a crawl's outcome becomes, portal by portal, and that no failure stops the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from dagster_project import pipeline
from spiders.portal import Portal, portal_of_platform
from warehouse.home import Home
from warehouse.records import CrawlReport, Verdict

pytestmark = pytest.mark.usefixtures("definitions")  # the assets' module reads the home when it is first imported
NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
SLUGS = ("ba-vi", "me-linh", "soc-son")


def report(slug: str, verdict: Verdict) -> CrawlReport:
    return CrawlReport(slug, slug, "run", NOW, NOW, verdict, f"because {verdict}", 9, 8, 7, 6, 5, {"http_404": 1}, "w")


def portals() -> dict[str, Portal]:
    made = portal_of_platform("generic", "https://tin.hanoi.test/")
    return {slug: made.model_copy(update={"slug": slug}) for slug in SLUGS}


def materialise(
    monkeypatch: pytest.MonkeyPatch, home: Path, outcome: pipeline.CrawlOutcome, only: Sequence[str] = ()
) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """Run the assets, and one that depends on the crawls, with a crawl that ends so; also return what it was given."""
    from dagster_project.defs.captures import CRAWLS, captures_assets
    from dagster_project.defs.resources import CorpusHome

    asked: list[str] = []

    def crawl(_home: Home, slugs: Sequence[str], _run_id: str, _tell: pipeline.Tell) -> pipeline.CrawlOutcome:
        asked.extend(slugs)
        return outcome

    monkeypatch.setattr(pipeline, "crawl", crawl)

    @dg.asset(deps=[CRAWLS])
    def after() -> None: ...

    keys = [dg.AssetKey(["captures", slug.replace("-", "_")]) for slug in only]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [captures_assets(portals()), after],
            resources={"corpus": CorpusHome(root=str(home))},
            instance=instance,
            selection=[*keys, CRAWLS, dg.AssetKey("after")] if only else None,
        )
    return done, asked


def told(done: dg.ExecuteInProcessResult) -> Mapping[str, tuple[bool, bool]]:
    """Return, by asset, whether it was materialised and whether its verdict passed."""
    materialised = {
        event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key is not None
    }
    return {
        check.asset_key.path[-1]: (check.asset_key.path[-1] in materialised, check.passed)
        for check in done.get_asset_check_evaluations()
    }


@pytest.mark.parametrize("verdict", ["ok", "no_news"])
def test_a_portal_that_was_looked_at_is_materialised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: Verdict
) -> None:
    done, _ = materialise(
        monkeypatch, tmp_path, pipeline.CrawlOutcome({slug: report(slug, verdict) for slug in SLUGS}, {})
    )
    assert told(done) == {"ba_vi": (True, True), "me_linh": (True, True), "soc_son": (True, True)}


@pytest.mark.parametrize("verdict", ["blocked", "broken", "unreachable", "partial"])
def test_a_portal_that_failed_is_red_not_materialised_and_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: Verdict
) -> None:
    reports = {"ba-vi": report("ba-vi", "ok"), "me-linh": report("me-linh", verdict)}
    outcome = pipeline.CrawlOutcome(reports, {"soc-son": "the crawl ended without a report"})
    done, _ = materialise(monkeypatch, tmp_path, outcome)
    assert done.success
    assert told(done) == {"ba_vi": (True, True), "me_linh": (False, False), "soc_son": (False, False)}
    reasons = {check.asset_key.path[-1]: check.description for check in done.get_asset_check_evaluations()}
    assert reasons["me_linh"] == f"because {verdict}"
    assert reasons["soc_son"] == "the crawl ended without a report"
    assert {"crawls", "after"} <= {
        event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key is not None
    }


def test_only_the_portals_that_were_selected_are_crawled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = pipeline.CrawlOutcome({"me-linh": report("me-linh", "ok")}, {})
    done, asked = materialise(monkeypatch, tmp_path, outcome, only=["me-linh"])
    assert asked == ["me-linh"]
    assert told(done) == {"me_linh": (True, True)}


def test_a_materialisation_says_what_the_crawl_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = pipeline.CrawlOutcome({slug: report(slug, "ok") for slug in SLUGS}, {})
    done, _ = materialise(monkeypatch, tmp_path, outcome)
    (metadata,) = [
        event.materialization.metadata
        for event in done.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["captures", "me_linh"])
    ]
    assert {name: value.value for name, value in metadata.items()} == {
        "verdict": "ok",
        "reason": "because ok",
        "requests": 9,
        "captures": 8,
        "list_rows_seen": 7,
        "articles_found": 6,
        "articles_new": 5,
        "errors": {"http_404": 1},
        "duration_seconds": 0.0,
        "warc_file": "w",
    }
