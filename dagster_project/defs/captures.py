"""The captures assets, one per portal, and their verdict checks; one multi-asset crawls all portals.

If a portal's crawl is not healthy, its check fails and its asset is not materialized. A portal that is skipped, for
instance in quiet hours, gets neither a check result nor a materialization. Downstream assets depend only on `crawls`,
which is always materialized: if they depended on a portal's asset, Dagster would skip them together with it.
A sensor shows a portal whose file becomes invalid as red without a crawl.
Does not belong here: the metadata of a crawl (`dagster_project.defs.crawl_metadata`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

import dagster as dg
from pydantic import Field, TypeAdapter

from dagster_project.corpus import Corpus
from dagster_project.crawls.patience import crawl_patiently
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.defs.crawl_metadata import crawls_metadata, portal_metadata
from dagster_project.defs.vocabulary import COLLECT, CRAWL_POOL, CRAWLING, OWNERS, captures_key, portal_tag
from dagster_project.operations.findings import VERDICT
from spiders.portal import Portal
from spiders.portal_values import Tier
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS, REGULAR_KINDS
from warehouse.settings import SettingsError

CRAWLS = dg.AssetKey("crawls")

# Ages of the last healthy crawl that warn and fail: they allow for one failed crawl, and for the nights of hourly ones.
_FRESH: Mapping[Tier, tuple[timedelta, timedelta]] = {
    "hourly": (timedelta(hours=12), timedelta(hours=24)),
    "daily": (timedelta(hours=26), timedelta(hours=50)),
    "weekly": (timedelta(days=8), timedelta(days=15)),
}


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
        name="crawl",
        specs=[*(_captures_spec(slug, portals.get(slug), invalid.get(slug)) for slug in slugs), _crawls_spec()],
        check_specs=[_verdict_spec(slug) for slug in slugs],
        can_subset=True,
        pool=CRAWL_POOL,
    )
    def crawl(
        context: dg.AssetExecutionContext, config: CrawlConfig, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [slug_of[key] for key in sorted(context.selected_asset_keys) if key in slug_of]
        _tag(context, dict.fromkeys(selected, CRAWLING))
        try:
            outcome = crawl_patiently(
                corpus, selected, context.run.run_id, context.log.info, config.retry_after_minutes
            )
        except SettingsError as error:  # every portal shows the reason, and what depends on the archive goes on
            outcome = CrawlOutcome({}, dict.fromkeys(selected, str(error)))
        verdicts = {slug: report.verdict for slug, report in outcome.reports.items()}
        _tag(context, dict.fromkeys(selected, "none") | dict.fromkeys(outcome.skipped, "skipped") | verdicts)
        for slug, reason in outcome.skipped.items():
            context.log.info(f"{slug} was skipped: {reason}")
        for slug in (slug for slug in selected if slug not in outcome.skipped):
            yield from _results(corpus, slug, outcome)
        if CRAWLS in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=CRAWLS, metadata=crawls_metadata(list(outcome.reports.values())))

    return crawl


def _tag(context: dg.AssetExecutionContext, values: Mapping[str, str]) -> None:
    """Tag the run with values by slug, so that an operator can find runs by portal and verdict."""
    context.instance.add_run_tags(context.run.run_id, {portal_tag(slug): value for slug, value in values.items()})


def _results(
    corpus: Corpus, slug: str, outcome: CrawlOutcome
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield a materialization if the crawl was healthy, and the result of the verdict check."""
    key, report = captures_key(slug), outcome.reports.get(slug)
    is_healthy = report is not None and report.verdict in HEALTHY_VERDICTS
    reason = f"{report.verdict}: {report.verdict_reason}" if report else outcome.failures.get(slug, "")
    metadata: dict[str, dg.MetadataValue] = {"reason": dg.MetadataValue.text(reason)}
    if report:
        metadata = portal_metadata(corpus.home, corpus.portals[slug], report)
    if is_healthy:
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=VERDICT,
        passed=is_healthy,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=reason,
    )


def _captures_spec(slug: str, portal: Portal | None, complaint: str | None) -> dg.AssetSpec:
    spec = dg.AssetSpec(
        captures_key(slug),
        description=f"The portal's file is invalid, so it is not crawled: {complaint}",
        group_name=COLLECT,
        owners=OWNERS,
        skippable=True,
        kinds={"scrapy"},
    )
    if portal is None:
        return spec
    warn, fail = _FRESH[portal.tier]
    described = f"{portal.name} ({portal.owner.office}). WARC captures of the last healthy crawl."
    return spec.replace_attributes(
        description=f"{described} {spec.description}" if complaint else described,
        tags={"tier": portal.tier, "platform": portal.platform},
        metadata={"site": dg.MetadataValue.url(portal.base_url)},
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
        description=f"The last crawl of the portal was healthy: verdict {' or '.join(HEALTHY_VERDICTS)}.",
    )


def portal_file_sensor(home: Home, slugs: Sequence[str]) -> dg.SensorDefinition:
    """Return the sensor that fails the verdict check of a portal when its file becomes invalid.

    When the file is right again, the check shows the last crawl again.
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
            asset_events=[_evaluation(home, slug, present.get(slug)) for slug in changed],
            cursor=_COMPLAINTS.dump_json(present).decode(),
        )

    return look_at_portal_files


_COMPLAINTS = TypeAdapter(dict[str, str])


def _evaluation(home: Home, slug: str, complaint: str | None) -> dg.AssetCheckEvaluation:
    """Return the verdict check of a portal without a crawl: its file's problem, or the last regular crawl."""
    last = next((report for report in crawl_reports(home, slug) if report.kind in REGULAR_KINDS), None)
    if complaint is not None:
        is_healthy, reason = False, complaint
    elif last is not None:
        is_healthy, reason = last.verdict in HEALTHY_VERDICTS, f"{last.verdict}: {last.verdict_reason}"
    else:
        is_healthy, reason = True, "the portal's file is right again; it was not crawled yet"
    return dg.AssetCheckEvaluation(
        asset_key=captures_key(slug),
        check_name=VERDICT,
        passed=is_healthy,
        metadata={"reason": reason},
        severity=dg.AssetCheckSeverity.ERROR,
        description=reason,
    )
