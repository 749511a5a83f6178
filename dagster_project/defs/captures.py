"""The captures assets, one a portal, made by one Scrapy process, and the verdict check on each.

A portal that fails is red and not materialised; one that was skipped, as in quiet hours, is neither red nor
materialised. Downstream depends on `crawls` alone, which is always materialised: a dependency on a portal's own asset
would be skipped with it. Not here: what is told of a crawl (`dagster_project.defs.crawl_metadata`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from time import sleep

import dagster as dg
from pydantic import Field

from dagster_project import pipeline
from dagster_project.defs.crawl_metadata import crawls_metadata, portal_metadata
from dagster_project.defs.resources import CorpusHome
from dagster_project.defs.vocabulary import COLLECT, CRAWL_POOL, OWNERS, VERDICT_CHECK, captures_key, portal_tag
from dagster_project.operations.baselines import HEALTHY
from spiders.portal import Portal, Tier
from warehouse.archive.index.build import PortalBusyError, is_being_crawled
from warehouse.home import Home
from warehouse.records import CrawlReport

CRAWLS = dg.AssetKey("crawls")

# A chunk of a backfill is far shorter; what takes longer is told.
_BUSY_WAIT_SECONDS = 3600.0

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
        context: dg.AssetExecutionContext, config: CrawlConfig, corpus: CorpusHome
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [slug_of[key] for key in sorted(context.selected_asset_keys) if key in slug_of]
        _tag(context, dict.fromkeys(selected, "crawling"))
        outcome = _crawl(context, corpus.home, selected, config.retry_after_minutes)
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


def _crawl(
    context: dg.AssetExecutionContext, home: Home, slugs: Sequence[str], retry_after_minutes: Sequence[float]
) -> pipeline.CrawlOutcome:
    """Crawl portals, and those that were unreachable again; what is refused or broken would not be mended by asking.

    In a demo home nothing is asked again: the mirror plays a fixed day, on which waiting changes nothing.
    """
    run_id, tell = context.run.run_id, context.log.info
    busy = [slug for slug in slugs if is_being_crawled(home, slug)]
    outcome = pipeline.crawl(home, [slug for slug in slugs if slug not in busy], run_id, tell)
    for slug in busy:
        outcome = _joined(outcome, _crawl_when_free(home, slug, run_id, tell))
    for minutes in retry_after_minutes if pipeline.demo_day(home) is None else ():
        unreachable = [slug for slug, report in outcome.reports.items() if report.verdict == "unreachable"]
        if not unreachable:
            break
        tell(f"unreachable: {', '.join(unreachable)}; they are crawled again in {minutes:g} minutes")
        sleep(minutes * 60)
        again = pipeline.crawl(home, unreachable, run_id, tell)
        # What was not looked at again is as it was found before.
        outcome = _joined(outcome, pipeline.CrawlOutcome(again.reports, {}))
    return outcome


def _crawl_when_free(home: Home, slug: str, run_id: str, tell: pipeline.Tell) -> pipeline.CrawlOutcome:
    """Crawl a portal that a backfill, or someone on the command line, is crawling: after that, and before its next."""
    tell(f"{slug} is being crawled by another process: waiting for the end of that")
    try:
        return pipeline.crawl(home, [slug], run_id, tell, wait_seconds=_BUSY_WAIT_SECONDS)
    except PortalBusyError as error:
        return pipeline.CrawlOutcome({}, {slug: str(error)})


def _joined(one: pipeline.CrawlOutcome, later: pipeline.CrawlOutcome) -> pipeline.CrawlOutcome:
    return pipeline.CrawlOutcome(
        {**one.reports, **later.reports}, {**one.failures, **later.failures}, {**one.skipped, **later.skipped}
    )


def _tag(context: dg.AssetExecutionContext, values: Mapping[str, str]) -> None:
    """Let an operator find the runs of a portal, and by its verdict those that failed."""
    context.instance.add_run_tags(context.run.run_id, {portal_tag(slug): value for slug, value in values.items()})


def _metadata(home: Home, portal: Portal, outcome: pipeline.CrawlOutcome) -> dict[str, dg.MetadataValue]:
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
        check_name=VERDICT_CHECK,
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
        VERDICT_CHECK,
        asset=captures_key(slug),
        blocking=False,
        description="The last crawl looked at the portal and came back well: verdict ok or no_news.",
    )


captures = captures_assets(pipeline.portals(Home.from_environment()))
