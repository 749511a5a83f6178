"""The checks of shares: red with counts, band, examples and the way out; skipped if nothing is usual yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus

from dagster_project.corpus import Corpus
from dagster_project.defs.judgement import share_checks
from dagster_project.operations import findings
from dagster_project.operations.links import runbook_url
from tests.arrivals import Arrivals, arrive
from warehouse.home import Home
from warehouse.tables.lock import hold

FIRST = date(2026, 10, 1)
USUAL, ALONE = Arrivals(200, 16, 120), Arrivals(200, 16, 200)
NEAR_DUPLICATES, SINGLETONS = "near_duplicates_as_usual", "singletons_as_usual"
MARTS = [["marts", "fct_articles"], ["marts", "fct_near_duplicates"], ["marts", "dim_stories"],
         ["intermediate", "int_stories__journal"]]  # fmt: skip


@dg.multi_asset(specs=[dg.AssetSpec(key) for key in MARTS])
def models() -> Iterator[dg.MaterializeResult[None]]:
    """Stand in for dbt."""
    for key in MARTS:
        yield dg.MaterializeResult(asset_key=key)


def evaluated(
    home: Home, days: Sequence[Arrivals], instance: dg.DagsterInstance | None = None
) -> Mapping[str, dg.AssetCheckEvaluation]:
    """Return the checks' evaluations by name, after these days."""
    if days:
        with hold(home, "test", 5):
            arrive(home, {FIRST + timedelta(days=number): day for number, day in enumerate(days)})
    done = dg.materialize([models, share_checks], resources={"corpus": Corpus.open(home)}, instance=instance)
    assert done.success
    return {check.check_name: check for check in done.get_asset_check_evaluations()}


def test_usual_shares_pass_with_their_counts(home: Home) -> None:
    found = evaluated(home, [USUAL] * 31)
    assert {name: check.passed for name, check in found.items()} == {NEAR_DUPLICATES: True, SINGLETONS: True}
    assert found[NEAR_DUPLICATES].asset_key == dg.AssetKey(["marts", "fct_near_duplicates"])
    assert found[SINGLETONS].asset_key == dg.AssetKey(["marts", "dim_stories"])
    figures: dict[str, Any] = {name: value.value for name, value in found[SINGLETONS].metadata.items()}
    assert (figures["day"], figures["count"], figures["articles"]) == ("2026-10-31", 120, 200)
    assert (figures["share"], figures["days_before"], figures["days_outside"]) == (0.6, 30, 0)
    assert 80 < figures["usual_from"] < 120 < figures["usual_to"] < 160
    assert {found.reason for found in findings.recorded(home, findings.SHARES).values()} == {None}


def test_a_share_out_of_its_band_is_red_and_says_what_an_operator_needs(home: Home) -> None:
    found = evaluated(home, [USUAL] * 30 + [ALONE] * 2)
    assert found[NEAR_DUPLICATES].passed
    red = found[SINGLETONS]
    assert (red.passed, red.severity, red.blocking) == (False, dg.AssetCheckSeverity.ERROR, False)
    description = str(red.description)
    assert description.startswith("200 of 200 articles (100.0%) that arrived on 2026-11-01 are alone in their story; ")
    assert "Outside for 2 days in a row." in description
    assert description.endswith(f"\nWhat to do: {runbook_url('a-share-is-not-as-usual')}")
    examples = str(red.metadata["examples"].value).splitlines()[2:]
    assert len(examples) == 5
    assert examples[0] == (r"| hong | [Tin &lt;b&gt;nóng&lt;/b&gt; \| \[x\]\(y\)](<https://hong.test/2026-11-01-0>) |")
    assert "| hong | 100 | 100 | 61.3% |" in str(red.metadata["portals"].value)
    finding = findings.recorded(home, findings.SHARES)["singletons"]
    assert finding.reason is not None
    assert description.startswith(finding.reason)


def test_without_enough_days_the_checks_are_skipped_also_if_they_were_judged_before(home: Home) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["marts", "dim_stories"]), SINGLETONS)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(dg.AssetCheckEvaluation(key.asset_key, key.name, passed=False))
        assert evaluated(home, [USUAL] * 5, instance) == {}
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        status = asyncio.run(record.resolve_status(LoadingContextForTest(instance)))
    assert status == AssetCheckExecutionResolvedStatus.SKIPPED
    assert findings.recorded(home, findings.SHARES) == {}


def test_before_the_first_build_the_checks_are_skipped(home: Home) -> None:
    assert evaluated(home, []) == {}


def test_the_checks_say_when_they_are_skipped() -> None:
    for spec in share_checks.check_specs:
        assert "Skipped if nothing is built yet, or fewer than 200 articles on 14 days" in str(spec.description)
