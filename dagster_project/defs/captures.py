"""The captures assets, one per portal, and their verdict checks; one multi-asset crawls all portals.

If a portal's crawl is not healthy, its check fails and its asset is not materialized: the asset's freshness is the age
of the last healthy crawl. The figures of the bad crawl are an observation, which does not count as fresh. A portal that
is skipped, for instance in quiet hours, gets none of these.
Downstream assets depend only on `crawls`, which is always materialized: if they depended on a portal's asset, Dagster
would skip them together with it. So that what was fetched is built, a run without a healthy portal is failed by a check
of `crawls`, on which nothing depends.
A sensor shows a portal whose file becomes invalid as red without a crawl.
Does not belong here: the metadata of a crawl and of a state (`dagster_project.defs.crawl_metadata`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

import dagster as dg
from pydantic import Field, TypeAdapter

from dagster_project.corpus import Corpus
from dagster_project.crawls.patience import crawl_patiently
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.defs.crawl_metadata import (
    bad_reason,
    crawl_figures,
    crawl_metadata,
    crawls_metadata,
    verdict_evaluation,
)
from dagster_project.defs.vocabulary import COLLECT, CRAWL_POOL, CRAWL_STEP, OWNERS, captures_key, portal_tag
from dagster_project.operations import links, markdown
from dagster_project.operations.alerting.causes import why_none_is_well
from dagster_project.operations.findings import VERDICT
from dagster_project.operations.states import PortalState, corpus_state
from dagster_project.runs.failures import in_words, said_by_portals
from spiders.portal import Portal
from spiders.portal_values import Tier
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS

CRAWLS = dg.AssetKey("crawls")
SOME_PORTAL_IS_WELL = "some_portal_is_well"

# Ages of the last healthy crawl that warn and fail: they allow for one failed crawl, and for the nights of hourly ones.
_FRESH: Mapping[Tier, tuple[timedelta, timedelta]] = {
    "hourly": (timedelta(hours=12), timedelta(hours=24)),
    "daily": (timedelta(hours=26), timedelta(hours=50)),
    "weekly": (timedelta(days=8), timedelta(days=15)),
}
# Metadata of `crawls`: why its run fails, for the check that fails it.
_COMPLAINT = "why_the_run_failed"
# Runs whose `crawls` may be newer than that of a run whose check is just beginning.
_RUNS_AT_ONCE = 10


class CrawlConfig(dg.Config):
    """Run config of a crawl."""

    retry_after_minutes: list[float] = Field(
        [5.0, 20.0], description="minutes to wait before each retry of the unreachable portals"
    )


def captures_assets(
    portals: Mapping[str, Portal], invalid: Mapping[str, str] = MappingProxyType({})
) -> dg.AssetsDefinition:
    """Return the multi-asset that crawls any subset of the portals.

    `invalid`: why a portal's file cannot be used, by slug. Such a portal keeps its asset and checks; its definition, if
    `portals` has one, is the newest in the archive. Each run looks at the files again.
    """
    slugs = sorted({*portals, *invalid})
    slug_of = {captures_key(slug): slug for slug in slugs}

    @dg.multi_asset(
        name=CRAWL_STEP,
        specs=[*(_captures_spec(slug, portals.get(slug), invalid.get(slug)) for slug in slugs), _crawls_spec()],
        check_specs=[_verdict_spec(slug) for slug in slugs],
        can_subset=True,
        pool=CRAWL_POOL,
    )
    def crawl(
        context: dg.AssetExecutionContext, config: CrawlConfig, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [slug_of[key] for key in sorted(context.selected_asset_keys) if key in slug_of]
        with in_words():
            outcome = crawl_patiently(
                corpus, selected, context.run.run_id, context.log.info, config.retry_after_minutes
            )
        for slug, reason in outcome.skipped.items():
            context.log.info(f"{slug} was skipped: {reason}")
        states = corpus_state(corpus, [slug for slug in selected if slug not in outcome.skipped]).portals
        _tag_bad(context, states, outcome)
        for state in states:
            yield from _results(context, corpus, state, outcome)
        complaint = _complaint(states, outcome)
        if CRAWLS in context.selected_asset_keys:
            metadata = crawls_metadata(list(outcome.reports.values()))
            if complaint:
                metadata[_COMPLAINT] = dg.MetadataValue.text(complaint)
            yield dg.MaterializeResult(asset_key=CRAWLS, metadata=metadata)
        elif complaint:  # nothing in this run depends on the step
            raise said_by_portals(complaint)

    return crawl


@dg.multi_asset_check(
    name="judge_crawls",
    specs=[
        dg.AssetCheckSpec(
            SOME_PORTAL_IS_WELL,
            asset=CRAWLS,
            blocking=False,
            description="A portal of the last run came back well, and the crawl process did not fail. If not, the run "
            "fails, after the build of what was fetched.",
        )
    ],
)
def crawls_check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Fail the check, and with it the run, if the crawls of the run brought back nothing well."""
    found = context.instance.fetch_materializations(CRAWLS, limit=_RUNS_AT_ONCE).records
    # Of this run; of the last one if the check is executed by itself.
    record = next((record for record in found if record.run_id == context.run.run_id), found[0] if found else None)
    crawls = record.asset_materialization if record else None
    if crawls is None:
        return
    complaint = crawls.metadata.get(_COMPLAINT)
    yield dg.AssetCheckResult(
        asset_key=CRAWLS,
        check_name=SOME_PORTAL_IS_WELL,
        passed=complaint is None,
        description=str(complaint.value) if complaint else None,
    )
    if complaint:
        raise said_by_portals(str(complaint.value))


def _complaint(states: Sequence[PortalState], outcome: CrawlOutcome) -> str | None:
    """Return why the run must fail: its crawl process failed, or no portal came back well; or None."""
    if outcome.process_failure:
        return outcome.process_failure
    bad = {state.slug: reason for state in states if (reason := bad_reason(state))}
    return why_none_is_well(bad) if bad and len(bad) == len(states) else None


def _tag_bad(context: dg.AssetExecutionContext, states: Sequence[PortalState], outcome: CrawlOutcome) -> None:
    """Tag the run with the portals that are not well, so that runs can be found by portal and verdict."""
    bad = [state.slug for state in states if bad_reason(state)]
    verdicts = {slug: outcome.reports[slug].verdict if slug in outcome.reports else "none" for slug in bad}
    if verdicts:
        context.instance.add_run_tags(
            context.run.run_id, {portal_tag(slug): verdict for slug, verdict in verdicts.items()}
        )


def _results(
    context: dg.AssetExecutionContext, corpus: Corpus, state: PortalState, outcome: CrawlOutcome
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield a materialization if the crawl was healthy, and the result of the verdict check."""
    key, report = captures_key(state.slug), outcome.reports.get(state.slug)
    if report and report.verdict in HEALTHY_VERDICTS:
        yield dg.MaterializeResult(asset_key=key, metadata=crawl_metadata(corpus.home, report))
    elif report:
        context.log_event(dg.AssetObservation(key, metadata=crawl_figures(report)))
    found = verdict_evaluation(corpus, state)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=found.check_name,
        passed=found.passed,
        severity=found.severity,
        metadata=found.metadata,
        description=found.description,
    )


def _captures_spec(slug: str, portal: Portal | None, complaint: str | None) -> dg.AssetSpec:
    look = f"**[Its present state, and what to do]({links.portal_url(slug)})** · the check `verdict` says the same."
    lines = [look]
    if complaint:
        lines.append(f"The portal's file is invalid, so it is not crawled: {markdown.cell(complaint, len(complaint))}")
    if portal:
        lines.append(f"{markdown.cell(portal.name)} ({markdown.cell(portal.owner.office)}).")
    lines.append("WARC captures; the date, the plots and the metadata are those of the last healthy crawl.")
    spec = dg.AssetSpec(
        captures_key(slug),
        description="\n\n".join(lines),
        group_name=COLLECT,
        owners=OWNERS,
        skippable=True,
        kinds={"scrapy"},
    )
    if portal is None:
        return spec
    warn, fail = _FRESH[portal.tier]
    return spec.replace_attributes(
        owners=list(portal.operators) or OWNERS,
        tags={"tier": portal.tier, "platform": portal.platform},
        metadata={"site": dg.MetadataValue.url(portal.base_url), "page": dg.MetadataValue.url(links.portal_url(slug))},
        # After its end date a portal is crawled only on demand, so it would always be late.
        freshness_policy=None if portal.active_until else dg.FreshnessPolicy.time_window(fail, warn),
    )


def _crawls_spec() -> dg.AssetSpec:
    return dg.AssetSpec(
        CRAWLS,
        description="Reports of all crawls, healthy or not. Everything downstream of the archive depends only on this.",
        group_name=COLLECT,
        owners=OWNERS,
        kinds={"scrapy"},
    )


def _verdict_spec(slug: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        VERDICT,
        asset=captures_key(slug),
        blocking=False,
        description=f"The last crawl of the portal was healthy: verdict {' or '.join(HEALTHY_VERDICTS)}. The "
        "metadata of the result is the portal's present state.",
    )


def portal_file_sensor(home: Home, slugs: Sequence[str]) -> dg.SensorDefinition:
    """Return the sensor that fails the verdict check of a portal when its file becomes invalid.

    When the file is right again, the check shows the last crawl again; it warns if there was none.
    """

    @dg.sensor(
        name="portal_files",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Shows a portal as red, with the reason, while its file is invalid; the other portals go on.",
    )
    def look_at_portal_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        corpus = Corpus.open(home)
        shown = _COMPLAINTS.validate_json(context.cursor) if context.cursor else {}
        present = {slug: corpus.invalid_portals[slug] for slug in slugs if slug in corpus.invalid_portals}
        changed = [slug for slug in slugs if present.get(slug) != shown.get(slug)]
        return dg.SensorResult(
            skip_reason=f"invalid: {', '.join(present) or 'none'}; changed: {', '.join(changed) or 'none'}",
            asset_events=[verdict_evaluation(corpus, state) for state in corpus_state(corpus, changed).portals],
            cursor=_COMPLAINTS.dump_json(present).decode(),
        )

    return look_at_portal_files


_COMPLAINTS = TypeAdapter(dict[str, str])
