"""The captures assets, one a portal, made by one Scrapy process, and the verdict check on each.

A portal that fails is red and not materialised; one that was skipped, as in quiet hours, is neither red nor
materialised. Downstream depends on `crawls` alone, which is always materialised: a dependency on a portal's own asset
would be skipped with it. Not here: what is told of a crawl (`dagster_project.defs.crawl_metadata`).
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
from dagster_project.operations.baselines import HEALTHY
from dagster_project.operations.findings import VERDICT
from spiders.portal import Portal, Tier
from warehouse.home import Home
from warehouse.records import CrawlReport

CRAWLS = dg.AssetKey("crawls")

# When the last healthy look is late, and when it is too old: one look may fail, and hourly ones rest at night.
_FRESH: Mapping[Tier, tuple[timedelta, timedelta]] = {
    "hourly": (timedelta(hours=12), timedelta(hours=24)),
    "daily": (timedelta(hours=26), timedelta(hours=50)),
    "weekly": (timedelta(days=8), timedelta(days=15)),
}


class CrawlConfig(dg.Config):
    """What an operator says when crawling.

    Attributes:
        retry_after_minutes: how long to wait before each further crawl of the portals that were unreachable.
    """

    retry_after_minutes: list[float] = Field(default_factory=lambda: [5.0, 20.0])


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
            metadata = _metadata(corpus.home, portals[slug], outcome)
            yield from _results(slug, outcome.reports.get(slug), metadata)
        if CRAWLS in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=CRAWLS, metadata=crawls_metadata(list(outcome.reports.values())))

    return crawl


def _tag(context: dg.AssetExecutionContext, values: Mapping[str, str]) -> None:
    """Let an operator find the runs of a portal, and by its verdict those that failed."""
    context.instance.add_run_tags(context.run.run_id, {portal_tag(slug): value for slug, value in values.items()})


def _metadata(home: Home, portal: Portal, outcome: CrawlOutcome) -> dict[str, dg.MetadataValue]:
    report = outcome.reports.get(portal.slug)
    if report is None:
        return {"reason": dg.MetadataValue.text(outcome.failures.get(portal.slug, ""))}
    return portal_metadata(home, portal, report)


def _results(
    slug: str, report: CrawlReport | None, metadata: Mapping[str, dg.MetadataValue]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    key, is_good = captures_key(slug), report is not None and report.verdict in HEALTHY
    if is_good:
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=VERDICT,
        passed=is_good,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=f"{report.verdict}: {report.verdict_reason}" if report else str(metadata["reason"].value),
    )


def _captures_spec(portal: Portal) -> dg.AssetSpec:
    warn, fail = _FRESH[portal.tier]
    return dg.AssetSpec(
        captures_key(portal.slug),
        description=f"{portal.name} ({portal.owner.office}). WARC captures of the last crawl that went well.",
        group_name=COLLECT,
        owners=OWNERS,
        skippable=True,
        kinds={"scrapy"},
        tags={"tier": portal.tier, "platform": portal.platform},
        metadata={"site": dg.MetadataValue.url(portal.base_url)},
        # A portal that has ended is crawled when someone says so, and is never late.
        freshness_policy=None if portal.active_until else dg.FreshnessPolicy.time_window(fail, warn),
    )


def _crawls_spec() -> dg.AssetSpec:
    return dg.AssetSpec(
        CRAWLS,
        description="Reports of every crawl, good or bad. All that comes after the archive depends on this alone.",
        group_name=COLLECT,
        owners=OWNERS,
        kinds={"scrapy"},
    )


def _verdict_spec(slug: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        VERDICT,
        asset=captures_key(slug),
        blocking=False,
        description="The last crawl looked at the portal and came back well: verdict ok or no_news.",
    )
