"""The conditions of portals for alerts and the digest, from crawl reports, findings and portal files.

Belongs here: conditions that do not depend on whether the command line or Dagster crawled and built.
Does not belong here: which message is due (`dagster_project.operations.alerts`), and the conditions of jobs, which
only Dagster knows (`dagster_project.defs.alerts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from dagster_project.operations import findings
from dagster_project.operations.alerts import Condition
from dagster_project.operations.findings import Finding, UnreadableFindingsError
from spiders.portal import PortalFiles
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import HEALTHY_VERDICTS, REGULAR_KINDS, CrawlReport

WillBeRetried = Callable[[CrawlReport], bool]
"""Returns whether the run may still retry the reported crawl, so that its verdict is not final."""


def portal_conditions(home: Home, slugs: Iterable[str], will_be_retried: WillBeRetried) -> Mapping[str, Condition]:
    """Return the conditions of crawled or judged portals and of unreadable files of findings, by name."""
    judged: dict[str, Mapping[str, Finding]] = {findings.EXTRACTION: {}, findings.SILENCE: {}}
    conditions = {}
    for check in judged:
        try:
            judged[check] = findings.recorded(home, check)
        except UnreadableFindingsError as error:  # reported like a bad portal
            conditions[f"findings of {check}"] = Condition((str(error),), error.at)
    for slug in slugs:
        found = {findings.VERDICT: _last_crawl(home, slug, will_be_retried)} | {
            check: by_portal.get(slug) for check, by_portal in judged.items()
        }
        known = {check: finding for check, finding in found.items() if finding is not None}
        if known:
            conditions[f"portal {slug}"] = _condition(known)
    return conditions


def file_conditions(files: PortalFiles, now: datetime) -> Mapping[str, Condition]:
    """Return the conditions of the portal files, and of their folders, by name."""
    found = {f"portal file {slug}": Condition((), now) for slug in files.valid}
    found |= {f"portal file {slug}": Condition((complaint,), now) for slug, complaint in files.invalid.items()}
    return found | {"portal files": Condition(files.problems, now)}


def reports_of_the_day(home: Home, slugs: Iterable[str], now: datetime) -> list[CrawlReport]:
    """Return the reports of crawls that ended in the 24 hours before `now`, newest first per portal."""
    found: list[CrawlReport] = []
    for slug in slugs:
        for report in crawl_reports(home, slug):
            if report.ended_at <= now - timedelta(days=1):
                break
            found.append(report)
    return found


def _last_crawl(home: Home, slug: str, will_be_retried: WillBeRetried) -> Finding | None:
    """Return the finding of the last regular crawl, with or without a report; None if there is none."""
    news = (report for report in crawl_reports(home, slug) if report.kind in REGULAR_KINDS)
    report = next((report for report in news if not will_be_retried(report)), None)
    failure = findings.recorded_failure(home, slug)
    if report is None or (failure is not None and failure.at > report.ended_at):
        return failure
    is_healthy = report.verdict in HEALTHY_VERDICTS
    return Finding(None if is_healthy else f"{report.verdict}: {report.verdict_reason}", report.ended_at)


def _condition(found: Mapping[str, Finding]) -> Condition:
    bad = {check: finding for check, finding in found.items() if finding.reason is not None}
    at = min(finding.at for finding in bad.values()) if bad else max(finding.at for finding in found.values())
    return Condition(tuple(f"{check}: {finding.reason}" for check, finding in bad.items()), at)
