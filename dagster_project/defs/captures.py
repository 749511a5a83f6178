"""The captures assets, one a portal, made by one Scrapy process, and the verdict check on each.

A portal that fails is red and not materialised. Downstream depends on `crawls` alone, which is always materialised:
a dependency on a portal's own asset would be skipped with it.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs.resources import CorpusHome
from dagster_project.defs.vocabulary import COLLECT, OWNERS, captures_key
from spiders.portal import Portal
from warehouse.home import Home
from warehouse.records import CrawlReport

CRAWLS = dg.AssetKey("crawls")
VERDICT_CHECK = "verdict"
_LOOKED = ("ok", "no_news")


def captures_assets(portals: Mapping[str, Portal]) -> dg.AssetsDefinition:
    """Return the multi-asset that crawls any subset of the portals."""
    slug_of = {captures_key(slug): slug for slug in portals}

    @dg.multi_asset(
        name="crawl",
        specs=[*(_captures_spec(portal) for portal in portals.values()), _crawls_spec()],
        check_specs=[_verdict_spec(slug) for slug in portals],
        can_subset=True,
        pool="crawl",
    )
    def crawl(
        context: dg.AssetExecutionContext, corpus: CorpusHome
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [slug_of[key] for key in sorted(context.selected_asset_keys) if key in slug_of]
        outcome = pipeline.crawl(corpus.home, selected, context.run.run_id, context.log.info)
        for slug in selected:
            yield from _results(slug, outcome.reports.get(slug), outcome.failures.get(slug, ""))
        if CRAWLS in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=CRAWLS, metadata=_crawls_metadata(list(outcome.reports.values())))

    return crawl


def _results(
    slug: str, report: CrawlReport | None, failure: str
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    key = captures_key(slug)
    if report is None:
        yield _verdict_result(key, is_good=False, metadata={"reason": failure})
        return
    metadata = _report_metadata(report)
    if report.verdict in _LOOKED:
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    yield _verdict_result(key, is_good=report.verdict in _LOOKED, metadata=metadata)


def _verdict_result(
    key: dg.AssetKey, *, is_good: bool, metadata: Mapping[str, dg.MetadataValue | str]
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=VERDICT_CHECK,
        passed=is_good,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=str(getattr(metadata.get("reason"), "value", metadata.get("reason", ""))),
    )


def _report_metadata(report: CrawlReport) -> dict[str, dg.MetadataValue]:
    seconds = (report.ended_at - report.started_at).total_seconds()
    return {
        "verdict": dg.MetadataValue.text(report.verdict),
        "reason": dg.MetadataValue.text(report.verdict_reason),
        "captures": dg.MetadataValue.int(report.captures),
        "requests": dg.MetadataValue.int(report.requests),
        "list_rows_seen": dg.MetadataValue.int(report.list_rows_seen),
        "articles_found": dg.MetadataValue.int(report.articles_found),
        "articles_new": dg.MetadataValue.int(report.articles_new),
        "errors": dg.MetadataValue.json(dict(report.errors)),
        "duration_seconds": dg.MetadataValue.float(seconds),
        "warc_file": dg.MetadataValue.text(report.warc_file),
    }


def _crawls_metadata(reports: list[CrawlReport]) -> dict[str, dg.MetadataValue]:
    rows = [f"| {r.portal} | {r.verdict} | {r.captures} | {r.articles_new} | {r.verdict_reason} |" for r in reports]
    table = "\n".join(["| portal | verdict | captures | new | reason |", "| --- | --- | --- | --- | --- |", *rows])
    return {
        "portals": dg.MetadataValue.int(len(reports)),
        "captures": dg.MetadataValue.int(sum(report.captures for report in reports)),
        "verdicts": dg.MetadataValue.md(table),
    }


def _captures_spec(portal: Portal) -> dg.AssetSpec:
    return dg.AssetSpec(
        captures_key(portal.slug),
        description=f"{portal.name} ({portal.owner.office}). WARC captures of the last crawl that went well.",
        group_name=COLLECT,
        owners=OWNERS,
        skippable=True,
        kinds={"scrapy"},
        tags={"tier": portal.tier, "platform": portal.platform},
        metadata={"site": dg.MetadataValue.url(portal.base_url)},
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
