"""The captures assets: a crawl's outcome per portal; no failure stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.definitions.freshness_evaluator import TimeWindowFreshnessPolicyEvaluator
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.loader import LoadingContextForTest

from dagster_project.corpus import Corpus, DemoCorpus
from dagster_project.crawls import process
from dagster_project.crawls.patience import crawl_patiently
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.stage import StageError
from spiders.portal import Portal, PortalFiles, portal_of_platform
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.reports import report_json
from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.clock import WrongClockError
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, Verdict
from warehouse.settings import SettingsError

NOW = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLUGS = ("ba-vi", "me-linh", "soc-son")


def report(slug: str, verdict: Verdict) -> CrawlReport:
    errors = {"http_404": 1}
    found = CrawlReport(slug, slug, "run", NOW, NOW, verdict, f"because {verdict}", 9, 8, 7, 6, 5, errors, "w")
    return replace(found, requests_for={"refetch": 3}, articles_captured=4, articles_recognised=3)


def portals() -> dict[str, Portal]:
    made = portal_of_platform("generic", "https://tin.hanoi.test/")
    return {slug: made.model_copy(update={"slug": slug}) for slug in SLUGS}


def stored(corpus: Corpus, outcome: CrawlOutcome, run_id: str) -> CrawlOutcome:
    """Store an outcome in the home as a crawl does."""
    for slug, found in outcome.reports.items():
        name = f"{CRAWLS_FOLDER}/{slug}/{found.crawl_id}.json"
        corpus.home.storage.put(name, report_json(replace(found, run_id=run_id)).encode())
    process.record_failures(corpus, outcome, run_id, print)
    return outcome


def materialize(
    monkeypatch: pytest.MonkeyPatch, home: Path, *outcomes: CrawlOutcome | BaseException, only: Sequence[str] = ()
) -> tuple[dg.ExecuteInProcessResult, list[str], dict[str, str]]:
    """Materialize the assets and a dependent of `crawls`, with given outcomes of successive crawls.

    Returns:
        The run's result; the crawled slugs and the waits, in order; the run's tags of portals.
    """
    from dagster_project.defs.captures import CRAWLS, captures_assets, crawls_check

    calls: list[str] = []
    remaining = iter(outcomes)

    def crawl(
        corpus: Corpus, slugs: Sequence[str], run_id: str, *_: object, wait_seconds: float | None = None
    ) -> CrawlOutcome:
        calls.extend(slugs)
        if wait_seconds is not None:
            calls.append(f"at most {wait_seconds:g} s")
        outcome = next(remaining, outcomes[-1])
        if isinstance(outcome, BaseException):
            raise outcome
        return stored(corpus, outcome, run_id)

    monkeypatch.setattr(process, "crawl", crawl)
    monkeypatch.setattr("dagster_project.crawls.patience.time.sleep", lambda seconds: calls.append(f"{seconds:g} s"))

    @dg.asset(deps=[CRAWLS])
    def after() -> None: ...

    keys = [dg.AssetKey(["captures", slug.replace("-", "_")]) for slug in only]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [captures_assets(portals()), crawls_check, after],
            resources={"corpus": replace(Corpus.open(Home(home)), files=PortalFiles(portals(), {}, ()))},
            instance=instance,
            selection=[*keys, CRAWLS, dg.AssetKey("after")] if only else None,
            raise_on_error=False,
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
        if check.check_name == "verdict"
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
    reasons = {check.asset_key.path[-1]: str(check.description) for check in done.get_asset_check_evaluations()}
    assert reasons["me_linh"] == (
        f"{verdict}: because {verdict}. Since 2026-09-14 08:15 in Hanoi, never well. "
        "What to do: http://127.0.0.1:3001/runbook#a-portal-is-red"
    )
    assert reasons["soc_son"].startswith("the crawl ended without a report. Since ")
    assert {"crawls", "after"} <= {
        event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key is not None
    }


def test_only_selected_portals_are_crawled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = CrawlOutcome({"me-linh": report("me-linh", "ok")}, {})
    done, calls, _ = materialize(monkeypatch, tmp_path, outcome, only=["me-linh"])
    assert calls == ["me-linh"]
    assert results(done) == {"me_linh": (True, True)}


def metadata_of(events: Sequence[dg.DagsterEvent], slug: str) -> dict[str, object]:
    """Return the metadata of a portal's only materialization or observation, by name."""
    key = dg.AssetKey(["captures", slug.replace("-", "_")])
    (found,) = [event for event in events if event.asset_key == key]
    data = found.materialization if found.is_step_materialization else found.asset_observation_data.asset_observation
    return {name: value.value for name, value in data.metadata.items()}


def test_a_materialization_has_the_figures_of_the_crawl_and_nothing_that_looks_like_the_present(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outcome = CrawlOutcome({slug: report(slug, "ok") for slug in SLUGS}, {})
    done, _, _ = materialize(monkeypatch, tmp_path, outcome)
    values = metadata_of(done.get_asset_materialization_events(), "me-linh")
    table = str(values.pop("crawl"))
    assert values == {"articles_new": 5, "list_rows": 7, "requests": 9, "share_read": 0.75}
    assert r"| WARC file | " in table
    assert r"| refetches | 3 |  |" in table
    assert r"| errors | http\_404 1 |  |" in table
    assert "because ok" not in table


def test_a_bad_crawl_goes_on_with_the_plots_and_leaves_the_portal_as_stale_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dagster_project.defs.captures import captures_assets

    outcome = CrawlOutcome({"ba-vi": report("ba-vi", "ok"), "me-linh": report("me-linh", "partial")}, {})
    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(process, "crawl", lambda corpus, _slugs, run_id, *_: stored(corpus, outcome, run_id))
        assets = captures_assets(portals())
        keys = [dg.AssetKey(["captures", slug]) for slug in ("ba_vi", "me_linh")]
        resources = {"corpus": replace(Corpus.open(Home(tmp_path)), files=PortalFiles(portals(), {}, ()))}
        done = dg.materialize([assets], resources=resources, instance=instance, selection=keys)
        graph = dg.Definitions(assets=[assets], resources=resources).resolve_asset_graph()
        fresh = {
            key.path[-1]: asyncio.run(
                TimeWindowFreshnessPolicyEvaluator().evaluate_freshness(LoadingContextForTest(instance), graph.get(key))
            )
            for key in keys
        }
    observations = done.filter_events(lambda event: event.event_type == dg.DagsterEventType.ASSET_OBSERVATION)
    values = metadata_of(observations, "me-linh")
    assert values == {"articles_new": 5, "list_rows": 7, "requests": 9, "share_read": 0.75}
    assert fresh == {"ba_vi": FreshnessState.PASS, "me_linh": FreshnessState.UNKNOWN}


def test_without_captured_articles_no_share_is_shown() -> None:
    from dagster_project.defs.crawl_metadata import crawl_figures

    assert "share_read" not in crawl_figures(replace(report("ba-vi", "no_news"), articles_captured=0))


def test_the_check_holds_the_present_state_what_to_do_and_the_newest_articles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hostile = replace(report("me-linh", "broken"), verdict_reason="[x](javascript:1) <b> | `y`")
    materialize(monkeypatch, tmp_path, CrawlOutcome({slug: report(slug, "ok") for slug in SLUGS}, {}))
    later = replace(hostile, crawl_id="me-linh2", started_at=NOW + HOUR, ended_at=NOW + HOUR)
    done, _, _ = materialize(monkeypatch, tmp_path, CrawlOutcome({"me-linh": later}, {}), only=["me-linh"])
    (check,) = [check for check in done.get_asset_check_evaluations() if check.check_name == "verdict"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert "Since 2026-09-14 09:15 in Hanoi, last healthy crawl 2026-09-14 08:15 in Hanoi." in str(check.description)
    values = {name: value.value for name, value in check.metadata.items()}
    assert values["what_to_do"] == "http://127.0.0.1:3001/runbook#a-portal-is-red"
    assert values["page"] == "http://127.0.0.1:3001/portals/me-linh"
    assert "| article | published | first captured |" in str(values["newest_articles"])
    state = str(values["present_state"])
    assert "| state | red |" in state
    assert "| last healthy crawl | 2026\\-09\\-14 08:15 |" in state
    assert r"broken: \[x\]\(javascript:1\) &lt;b&gt; \| \`y\`" in state


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
    assert tags == {"portal/soc-son": "none"}


def test_a_run_in_which_every_portal_was_skipped_is_green(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done, _, tags = materialize(monkeypatch, tmp_path, CrawlOutcome({}, {}, dict.fromkeys(SLUGS, "quiet hours")))
    assert done.success
    assert (results(done), tags) == ({}, {})


def failures(done: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return the messages of the steps that failed, as a person sees them."""
    events = done.filter_events(lambda event: event.is_step_failure)
    errors = {str(event.step_key): event.step_failure_data.error for event in events}
    return {step: error.message for step, error in errors.items() if error}


NONE_WELL = {slug: report(slug, "blocked") for slug in SLUGS}


@pytest.mark.parametrize(
    ("outcome", "first_line"),
    [
        (CrawlOutcome(NONE_WELL, {}), "none of 3 portals came back well, all for one reason: blocked: because blocked"),
        (
            CrawlOutcome({slug: report(slug, "unreachable") for slug in SLUGS}, {}),
            "none of 3 portals could be reached: this machine's network or its DNS may be down. Such as ba-vi: "
            "unreachable: because unreachable",
        ),
        (
            CrawlOutcome({**NONE_WELL, "soc-son": report("soc-son", "broken")}, {}),
            "none of 3 portals came back well:",
        ),
        (
            replace(CrawlOutcome({"ba-vi": report("ba-vi", "ok")}, {"me-linh": "died"}), process_failure="it died"),
            "it died",
        ),
        (SettingsError("settings.yml:1: quiet_hour: unknown key"), "settings.yml:1: quiet_hour: unknown key"),
        (DiskAlmostFullError(28, "/home: 0.1 GB are free, but 2.0 GB must stay free"), "/home: 0.1 GB are free, but "),
        (StageError("set HANOI_CORPUS_CONTACT"), "set HANOI_CORPUS_CONTACT"),
    ],
)
def test_a_run_without_a_healthy_portal_fails_with_the_reason_after_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcome: CrawlOutcome | Exception, first_line: str
) -> None:
    done, _, _ = materialize(monkeypatch, tmp_path, outcome)
    assert not done.success
    (failure,) = failures(done).values()
    assert failure.startswith(f"dagster._core.definitions.events.Failure: {first_line}")
    assert "after" in {event.asset_key.path[-1] for event in done.get_asset_materialization_events() if event.asset_key}
    (of_run,) = [check for check in done.get_asset_check_evaluations() if check.check_name == "some_portal_is_well"]
    assert not of_run.passed
    assert str(of_run.description).startswith(first_line)


def test_a_portal_that_is_materialized_alone_and_is_not_well_fails_its_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dagster_project.defs.captures import captures_assets

    outcome = CrawlOutcome({"ba-vi": report("ba-vi", "blocked")}, {})
    monkeypatch.setattr(process, "crawl", lambda corpus, _slugs, run_id, *_: stored(corpus, outcome, run_id))
    done = dg.materialize(
        [captures_assets(portals())],
        resources={"corpus": replace(Corpus.open(Home(tmp_path)), files=PortalFiles(portals(), {}, ()))},
        selection=[dg.AssetKey(["captures", "ba_vi"])],
        raise_on_error=False,
    )
    assert failures(done) == {"crawl": "dagster._core.definitions.events.Failure: ba-vi: blocked: because blocked\n"}
    assert results(done) == {"ba_vi": (False, False)}


def test_a_wrong_clock_fails_the_crawl_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done, _, _ = materialize(monkeypatch, tmp_path, WrongClockError("this machine's clock shows 1970"))
    assert failures(done) == {"crawl": "dagster._core.definitions.events.Failure: this machine's clock shows 1970\n"}


def test_what_keeps_a_retry_from_beginning_leaves_the_first_reports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reports = {"ba-vi": report("ba-vi", "ok"), "me-linh": report("me-linh", "unreachable")}
    done, calls, tags = materialize(
        monkeypatch, tmp_path, CrawlOutcome(reports, {}), StageError("no contact"), only=["ba-vi", "me-linh"]
    )
    assert calls[:4] == ["ba-vi", "me-linh", "300 s", "me-linh"]
    assert results(done) == {"ba_vi": (True, True), "me_linh": (False, False)}
    assert tags == {"portal/me-linh": "unreachable"}


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
    assert not done.success


def test_a_run_is_tagged_with_the_portals_that_are_not_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reports = {"ba-vi": report("ba-vi", "blocked"), "soc-son": report("soc-son", "no_news")}
    _, _, tags = materialize(monkeypatch, tmp_path, CrawlOutcome(reports, {"me-linh": "no report"}))
    assert tags == {"portal/ba-vi": "blocked", "portal/me-linh": "none"}


def test_an_interrupted_run_has_no_tags_of_portals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done, _, tags = materialize(monkeypatch, tmp_path, DagsterExecutionInterruptedError())
    assert (done.success, tags) == (False, {})


def test_counts_have_their_usual_ranges(tmp_path: Path) -> None:
    from dagster_project.defs.crawl_metadata import crawl_metadata

    home = Home(tmp_path)
    for day in range(11):
        earlier = replace(report("ba-vi", "ok"), started_at=NOW - timedelta(days=11 - day), articles_new=day)
        home.storage.put(f"{CRAWLS_FOLDER}/ba-vi/ba-vi-{day:02}.json", report_json(earlier).encode())
    table = str(crawl_metadata(home, report("ba-vi", "ok"))["crawl"].value)
    assert r"| articles\_new | 5 | 1 to 9 |" in table


def test_a_portals_description_leads_to_its_page_also_if_it_was_never_crawled(tmp_path: Path) -> None:
    from dagster_project.defs.captures import captures_assets

    hostile = "x.yml:1: [a](http://b.test) <script>" + "y" * 200
    described = {
        spec.key.path[-1]: (str(spec.description), spec.owners)
        for spec in captures_assets(portals(), {"hong": hostile}).specs
    }
    for name in ("ba_vi", "hong"):
        assert f"http://127.0.0.1:3001/portals/{name.replace('_', '-')}" in described[name][0]
    assert r"\[a\]\(http://b.test\) &lt;script&gt;" + "y" * 200 in described["hong"][0]
    assert described["ba_vi"][1] == ["team:hanoi-corpus"]


def test_a_portals_operators_own_its_asset() -> None:
    from dagster_project.defs.captures import captures_assets

    own = portals()["ba-vi"].model_copy(update={"operators": ("team:web", "lan@example.org")})
    (spec,) = [spec for spec in captures_assets({"ba-vi": own}).specs if spec.key.path[-1] == "ba_vi"]
    assert spec.owners == ["team:web", "lan@example.org"]
