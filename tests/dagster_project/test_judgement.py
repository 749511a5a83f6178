"""The extraction and silence checks: their results, and that a failed crawl skips no portal's check."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus

from dagster_project import pipeline
from dagster_project.corpus import Corpus
from dagster_project.operations.findings import EXTRACTION as EXTRACTION_CHECK
from dagster_project.operations.findings import recorded
from spiders.portal import Portal, portal_of_platform
from warehouse.home import Home
from warehouse.tables.judgement import FieldJudgement, Judgement
from warehouse.tables.staleness import NewestArticle, Staleness

SLUGS = ("ba-vi", "me-linh", "soc-son")
EXAMPLES = tuple(f"https://tin.hanoi.test/{number}" for number in range(3))
JUDGEMENTS = {
    "ba-vi": Judgement("ba-vi", "bv-2", (FieldJudgement("title", 30, 1.0, 1.0, False, ()),)),
    "me-linh": Judgement(
        "me-linh",
        "ml-2",
        (FieldJudgement("fallback", 30, 1.0, 0.0, True, EXAMPLES), FieldJudgement("title", 30, 1.0, 1.0, False, ())),
    ),
}


def evaluated(
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    failed: frozenset[str] = frozenset(),
    instance: dg.DagsterInstance | None = None,
) -> dict[str, dg.AssetCheckEvaluation]:
    """Return the checks' evaluations by portal, in a run in which the crawls of some portals fail."""
    from dagster_project.defs.judgement import EXTRACTION, portal_checks
    from dagster_project.defs.vocabulary import captures_key

    portal = portal_of_platform("generic", "https://tin.hanoi.test/")
    portals: dict[str, Portal] = {slug: portal.model_copy(update={"slug": slug}) for slug in SLUGS}
    built: list[str] = []

    def judge(*_: object) -> dict[str, Judgement]:
        assert built, "the marts are not built yet"
        return JUDGEMENTS

    monkeypatch.setattr(pipeline, "judge_extraction", judge)

    @dg.multi_asset(specs=[dg.AssetSpec(captures_key(slug), skippable=True) for slug in SLUGS])
    def crawl() -> Iterator[dg.MaterializeResult[None]]:
        for slug in SLUGS:
            if slug not in failed:
                yield dg.MaterializeResult(asset_key=captures_key(slug))

    marts = [
        dg.AssetSpec(["marts", "fct_extraction_quality"]),
        dg.AssetSpec(["intermediate", "int_extraction__breakages"]),
    ]

    @dg.multi_asset(specs=marts)
    def models() -> Iterator[dg.MaterializeResult[None]]:
        built.append("marts")
        for mart in marts:
            yield dg.MaterializeResult(asset_key=mart.key)

    done = dg.materialize(
        [crawl, models, portal_checks(portals, EXTRACTION)],
        resources={"corpus": Corpus.open(Home(home))},
        instance=instance,
    )
    assert done.success
    return {check.asset_key.path[-1]: check for check in done.get_asset_check_evaluations()}


def test_a_worse_extraction_fails_the_check_and_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks = evaluated(monkeypatch, tmp_path)
    assert {name: check.passed for name, check in checks.items()} == {"ba_vi": True, "me_linh": False}
    broken = checks["me_linh"]
    assert broken.check_name == "extraction"
    assert broken.severity == dg.AssetCheckSeverity.ERROR
    assert broken.description == (
        "me-linh: crawl ml-2 is read worse than usual: fallback 100% of 30 pages, usually 0% (see "
        "https://tin.hanoi.test/0 https://tin.hanoi.test/1 https://tin.hanoi.test/2)"
    )
    assert broken.metadata["broken_fields"].value == ["fallback"]
    assert broken.metadata["examples_fallback"].value == list(EXAMPLES)
    assert "| fallback | 0.0% | 100.0% | 30 |" in str(broken.metadata["shares"].value)


def test_a_portal_that_cannot_be_judged_is_skipped_also_if_it_was_judged_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["captures", "soc_son"]), "extraction")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(dg.AssetCheckEvaluation(key.asset_key, key.name, passed=False))
        assert "soc_son" not in evaluated(monkeypatch, tmp_path, instance=instance)
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        status = asyncio.run(record.resolve_status(LoadingContextForTest(instance)))
    assert status == AssetCheckExecutionResolvedStatus.SKIPPED


def test_every_check_says_when_it_is_skipped() -> None:
    from dagster_project.defs.judgement import COUNTS, EXTRACTION, SILENCE, portal_checks

    for check in (EXTRACTION, SILENCE, COUNTS):
        (spec,) = portal_checks(["ba-vi"], check).check_specs
        assert "Skipped if nothing is built yet, or " in str(spec.description)


def test_a_failed_crawl_skips_no_portals_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks = evaluated(monkeypatch, tmp_path, failed=frozenset({"ba-vi", "soc-son"}))
    assert {name: check.passed for name, check in checks.items()} == {"ba_vi": True, "me_linh": False}


def test_findings_are_recorded_for_alerts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr(pipeline, "judgements", lambda _home: JUDGEMENTS)
    assert pipeline.judge_extraction(Corpus.open(home), print) == JUDGEMENTS
    reasons = {slug: finding.reason for slug, finding in recorded(home, EXTRACTION_CHECK).items()}
    assert reasons == {"ba-vi": None, "me-linh": str(JUDGEMENTS["me-linh"])}


def test_too_long_a_silence_fails_the_check_and_says_what_to_do() -> None:
    from dagster_project.defs.judgement import SILENCE

    at = datetime(2026, 9, 1, tzinfo=UTC)
    newest = NewestArticle("Họp | [x](y)", "https://tin.hanoi.test/1", at)
    staleness_of = {
        "ba-vi": Staleness("ba-vi", newest, timedelta(days=13, hours=12), 13),
        "me-linh": Staleness("me-linh", newest, timedelta(days=13), 13),
        "soc-son": Staleness("soc-son", None, None, 13),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "judge_silence", lambda *_: staleness_of)
        found = SILENCE.results(Corpus.open(Home(Path("/absent"))), print)
    assert {slug: result.passed for slug, result in found.items()} == {
        "ba-vi": False,
        "me-linh": True,
        "soc-son": False,
    }
    assert found["ba-vi"].description == (
        "no new article for 13 days, with a limit of 13 days: the newest article is of 2026-09-01. If the site has "
        "newer ones, find the cause: hanoi-corpus portals probe ba-vi. If it has none, raise "
        "expectations.silence_days_max in the portal file, or set active_until if the portal has ended."
    )
    assert {name: value.value for name, value in found["ba-vi"].metadata.items()} == {
        "longest_usual_days": 13,
        "silent_days": 13.5,
        "newest_article": r"[Họp \| \[x\]\(y\)](<https://tin.hanoi.test/1>)",
    }
