"""The captures assets, one per portal, and their verdict checks; one multi-asset crawls all portals.

If a portal's crawl is not healthy, its check fails and its asset is not materialized. A portal that is skipped, for
instance in quiet hours, gets neither a check result nor a materialization. Downstream assets depend only on `crawls`,
which is always materialized: if they depended on a portal's asset, Dagster would skip them together with it.
Does not belong here: the metadata of a crawl (`dagster_project.defs.crawl_metadata`).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import dagster as dg
from pydantic import Field

from dagster_project.corpus import Corpus
from dagster_project.crawls.patience import crawl_patiently
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.defs.crawl_metadata import crawls_metadata, portal_metadata
from dagster_project.defs.vocabulary import COLLECT, CRAWL_POOL, CRAWLING, OWNERS, captures_key, portal_tag
from dagster_project.operations.findings import VERDICT
from spiders.portal import Portal
from spiders.portal_values import Tier
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS

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


def captures_assets(portals: Mapping[str, Portal]) -> dg.AssetsDefinition:
    """Return the multi-asset that crawls any subset of the portals."""
    slug_of = {captures_key(slug): slug for slug in portals}

    @dg.multi_asset(
        name="crawl",
        specs=[*(_captures_spec(portal) for portal in portals.values()), _crawls_spec()],
        check_specs=[_verdict_spec(slug) for slug in portals],
        can_subset=True,
        pool=CRAWL_POOL,
    )
    def crawl(
        context: dg.AssetExecutionContext, config: CrawlConfig, corpus: dg.ResourceParam[Corpus]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [slug_of[key] for key in sorted(context.selected_asset_keys) if key in slug_of]
        _tag(context, dict.fromkeys(selected, CRAWLING))
        outcome = crawl_patiently(corpus, selected, context.run.run_id, context.log.info, config.retry_after_minutes)
        verdicts = {slug: report.verdict for slug, report in outcome.reports.items()}
        _tag(context, dict.fromkeys(selected, "none") | dict.fromkeys(outcome.skipped, "skipped") | verdicts)
        for slug, reason in outcome.skipped.items():
            context.log.info(f"{slug} was skipped: {reason}")
        for slug in (slug for slug in selected if slug not in outcome.skipped):
            yield from _results(corpus.home, portals[slug], outcome)
        if CRAWLS in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=CRAWLS, metadata=crawls_metadata(list(outcome.reports.values())))

    return crawl


def _tag(context: dg.AssetExecutionContext, values: Mapping[str, str]) -> None:
    """Tag the run with values by slug, so that an operator can find runs by portal and verdict."""
    context.instance.add_run_tags(context.run.run_id, {portal_tag(slug): value for slug, value in values.items()})


def _results(
    home: Home, portal: Portal, outcome: CrawlOutcome
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield a materialization if the crawl was healthy, and the result of the verdict check."""
    key, report = captures_key(portal.slug), outcome.reports.get(portal.slug)
    is_healthy = report is not None and report.verdict in HEALTHY_VERDICTS
    reason = f"{report.verdict}: {report.verdict_reason}" if report else outcome.failures.get(portal.slug, "")
    metadata = portal_metadata(home, portal, report) if report else {"reason": dg.MetadataValue.text(reason)}
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


def _captures_spec(portal: Portal) -> dg.AssetSpec:
    warn, fail = _FRESH[portal.tier]
    return dg.AssetSpec(
        captures_key(portal.slug),
        description=f"{portal.name} ({portal.owner.office}). WARC captures of the last healthy crawl.",
        group_name=COLLECT,
        owners=OWNERS,
        skippable=True,
        kinds={"scrapy"},
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
