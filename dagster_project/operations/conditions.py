"""How the portals are, for alerts and the digest: from the archive's crawl reports and from what builds found.

It is the same whoever crawled and built, the command line or Dagster. Not here: which message is due
(`dagster_project.operations.alerts`), and how jobs are, which Dagster alone knows (`dagster_project.defs.alerts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from dagster_project.operations.alerts import Condition
from dagster_project.operations.baselines import HEALTHY, NEWS_KINDS
from dagster_project.operations.findings import (
    EXTRACTION,
    SILENCE,
    VERDICT,
    Finding,
    SpoiltFindingsError,
    recorded,
    recorded_failure,
)
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import CrawlReport

IsUnderWay = Callable[[CrawlReport], bool]
"""Tells whether the crawl that reported may yet be made again, so that its verdict is not the last word."""


def portal_conditions(home: Home, slugs: Iterable[str], is_under_way: IsUnderWay) -> Mapping[str, Condition]:
    """Return how every portal is that was ever crawled or judged, by the name that alerts give it."""
    judged: dict[str, Mapping[str, Finding]] = {EXTRACTION: {}, SILENCE: {}}
    conditions = {}
    for check in judged:
        try:
            judged[check] = recorded(home, check)
        except SpoiltFindingsError as error:  # told as any other trouble; it keeps no portal's from being told
            conditions[f"findings of {check}"] = Condition((str(error),), error.at)
    for slug in slugs:
        found = {VERDICT: _last_crawl(home, slug, is_under_way)} | {
            check: by_portal.get(slug) for check, by_portal in judged.items()
        }
        known = {check: finding for check, finding in found.items() if finding is not None}
        if known:
            conditions[f"portal {slug}"] = _condition(known)
    return conditions


def reports_of_the_day(home: Home, slugs: Iterable[str], now: datetime) -> list[CrawlReport]:
    """Return the reports of the crawls that ended in the day before `now`, newest first for each portal."""
    found: list[CrawlReport] = []
    for slug in slugs:
        for report in crawl_reports(home, slug):
            if report.ended_at <= now - timedelta(days=1):
                break
            found.append(report)
    return found


def _last_crawl(home: Home, slug: str, is_under_way: IsUnderWay) -> Finding | None:
    """Return how the last crawl for a portal's news went, whether it left a report or none."""
    of_news = (report for report in crawl_reports(home, slug) if report.kind in NEWS_KINDS)
    report = next((report for report in of_news if not is_under_way(report)), None)
    failure = recorded_failure(home, slug)
    if report is None or (failure is not None and failure.at > report.ended_at):
        return failure
    is_well = report.verdict in HEALTHY
    return Finding(None if is_well else f"{report.verdict}: {report.verdict_reason}", report.ended_at)


def _condition(found: Mapping[str, Finding]) -> Condition:
    bad = {check: finding for check, finding in found.items() if finding.reason is not None}
    at = min(finding.at for finding in bad.values()) if bad else max(finding.at for finding in found.values())
    return Condition(tuple(f"{check}: {finding.reason}" for check, finding in bad.items()), at)
