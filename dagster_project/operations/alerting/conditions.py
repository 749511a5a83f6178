"""The conditions of portals and shares for alerts and the digest, from states and portal files.

Belongs here: conditions that do not depend on whether the command line or Dagster crawled and built.
Does not belong here: which message is due (`dagster_project.operations.alerting.alerts`), and the conditions of jobs,
which only Dagster knows (`dagster_project.defs.alerts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from dagster_project.operations.alerting.alerts import Condition
from dagster_project.operations.alerting.causes import shared_causes, why_none_is_well
from dagster_project.operations.findings import VERDICT
from dagster_project.operations.states import PORTAL_FILE, CorpusState, PortalState
from spiders.portal import PortalFiles
from warehouse.archive.index.reports import crawl_reports
from warehouse.home import Home
from warehouse.records import CrawlReport

CRAWLS: Final = "crawls"
"""The name of the condition of crawls as such."""


def portal_conditions(state: CorpusState, now: datetime) -> Mapping[str, Condition]:
    """Return the conditions of portals, of crawls as such, of shares, and of unreadable findings, by name.

    If runs brought back no portal well, all for one cause, `crawls` is bad for it and the portals are not. Portal files
    have conditions of their own (`file_conditions`).
    """
    found = {f"findings of {check}": Condition((str(error),), error.at) for check, error in state.unreadable.items()}
    found |= {
        f"share of {name.replace('_', '-')}": Condition(
            () if share.reason is None else (share.reason,), share.since or share.at
        )
        for name, share in state.shares.items()
    }
    groups = shared_causes(state.portals)
    found[CRAWLS] = _of_crawls(groups, now)
    alike = {portal.slug for group in groups for portal in group}
    return found | {
        f"portal {portal.slug}": _condition(portal, now, is_said=portal.slug in alike) for portal in state.portals
    }


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


def _of_crawls(groups: Sequence[Sequence[PortalState]], now: datetime) -> Condition:
    bad = [{portal.slug: portal.bad_crawl for portal in group if portal.bad_crawl} for group in groups]
    since = [problem.since for group in bad for problem in group.values() if problem.since]
    reasons = (why_none_is_well({slug: problem.reason for slug, problem in group.items()}) for group in bad)
    # Each may have been bad before for a reason of its own: this cause began with the last of them.
    return Condition(tuple(reasons), max(since, default=now))


def _condition(portal: PortalState, now: datetime, *, is_said: bool) -> Condition:
    """Return a portal's condition; `is_said`: whether `crawls` says what is wrong with its last crawl."""
    problems = [problem for problem in portal.problems if problem.check != PORTAL_FILE]
    own = [problem for problem in problems if not (is_said and problem.check == VERDICT)]
    shown = own or problems
    since = min((problem.since for problem in shown if problem.since), default=now)
    return Condition(
        tuple(f"{problem.check}: {problem.reason}" for problem in shown), since, is_said=bool(problems) and not own
    )
