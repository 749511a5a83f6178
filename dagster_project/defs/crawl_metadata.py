"""Dagster metadata of a crawl: verdict, counts with usual ranges, newest articles, file paths.

Each number is a separate metadata entry, so that Dagster plots it over time.
Does not belong here: the assets (`dagster_project.defs.captures`).
"""

from collections.abc import Sequence

import dagster as dg

from dagster_project.operations import markdown
from dagster_project.operations.baselines import COUNTS, usual_ranges
from dagster_project.operations.preview import newest_table
from spiders.extract.newest import newest_articles
from spiders.portal import Portal
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import CrawlReport

_NEWEST = 10


def portal_metadata(home: Home, portal: Portal, report: CrawlReport) -> dict[str, dg.MetadataValue]:
    """Return the metadata of one crawl of a portal."""
    warc = home.warc / report.warc_file
    return {
        **outcome_metadata(report),
        "kind": dg.MetadataValue.text(report.kind),
        "newest_articles": dg.MetadataValue.md(newest_table(newest_articles(home, portal, _NEWEST))),
        **_counts(home, report),
        "refetches": dg.MetadataValue.int(report.requests_for.get("refetch", 0)),
        "site": dg.MetadataValue.url(portal.base_url),
        "warc_file": dg.MetadataValue.path(warc),
        "warc_folder": dg.MetadataValue.path(warc.parent),
    }


def outcome_metadata(report: CrawlReport) -> dict[str, dg.MetadataValue]:
    """Return the metadata that crawls and backfill chunks share: verdict, reason, errors, duration."""
    return {
        "verdict": dg.MetadataValue.text(report.verdict),
        "reason": dg.MetadataValue.text(report.verdict_reason),
        "errors": dg.MetadataValue.json(dict(report.errors)),
        "duration_seconds": dg.MetadataValue.float((report.ended_at - report.started_at).total_seconds()),
    }


def crawls_metadata(reports: Sequence[CrawlReport]) -> dict[str, dg.MetadataValue]:
    """Return the metadata of all crawls of one run."""
    rows = [(r.portal, r.verdict, r.captures, r.articles_new, r.verdict_reason) for r in reports]
    return {
        "portals": dg.MetadataValue.int(len(reports)),
        "captures": dg.MetadataValue.int(sum(report.captures for report in reports)),
        "articles_new": dg.MetadataValue.int(sum(report.articles_new for report in reports)),
        "verdicts": dg.MetadataValue.md(markdown.table(("portal", "verdict", "captures", "new", "reason"), rows)),
    }


def _counts(home: Home, report: CrawlReport) -> dict[str, dg.MetadataValue]:
    usual = usual_ranges(report, crawl_reports(home, report.portal))
    counts: dict[str, dg.MetadataValue] = {}
    for count in COUNTS:
        counts[count] = dg.MetadataValue.int(getattr(report, count))
        if count in usual:
            low, high = usual[count]
            counts[f"{count}_usual_low"] = dg.MetadataValue.float(low)
            counts[f"{count}_usual_high"] = dg.MetadataValue.float(high)
    return counts
