"""The crawl process: started with what the corpus tells it, and what it reported.

Here: its command line, its environment and its report file. Not here: the process itself (`spiders.crawl.process`), and
when it is worth starting one (`dagster_project.crawls.patience`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_project.children import run_child
from dagster_project.corpus import Corpus
from dagster_project.operations.findings import record_failure
from dagster_project.stage import StageError, Tell
from spiders.crawl.plan import Bounds
from spiders.crawl.process import log_path
from spiders.portal import find_portal
from warehouse.archive.index.locks import PortalBusyError, is_being_crawled
from warehouse.records import CrawlReport
from warehouse.settings import load_settings


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """What one crawl process reported.

    Attributes:
        reports: by portal.
        failures: portals without a report, with the reason.
        skipped: portals of which nothing was to be asked, with the reason.
    """

    reports: Mapping[str, CrawlReport]
    failures: Mapping[str, str]
    skipped: Mapping[str, str] = field(default_factory=dict)


def crawl(
    corpus: Corpus,
    slugs: Sequence[str],
    run_id: str,
    tell: Tell,
    bounds: Bounds | None = None,
    wait_seconds: float | None = None,
) -> CrawlOutcome:
    """Crawl portals side by side in a process of their own, and return what it reported.

    Args:
        corpus: whose portals, and how they are reached.
        slugs: which portals.
        run_id: the run that the reports name.
        tell: called with each line of progress.
        bounds: of a backfill, of which this crawl is the next chunk; None to look at the portals as they are today.
        wait_seconds: how long to wait for a portal that another process is crawling; None for a moment.

    Raises:
        spiders.portal.PortalError: a portal is unknown.
        warehouse.settings.SettingsError: the home's settings file is wrong.
        PortalBusyError: another process is crawling every one of the portals; nothing was requested.
        StageError: nobody is named whom the portals' administrators could write to; nothing was requested.
    """
    if not slugs:
        return CrawlOutcome({}, {})
    for slug in slugs:
        find_portal(corpus.portals, slug)
    load_settings(corpus.home)
    if complaint := corpus.network.complaint():
        raise StageError(complaint)
    if corpus.network.notice:
        tell(corpus.network.notice)
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-") as folder, corpus.network.reachable() as environment:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "spiders.crawl", "--stop-with-parent", *corpus.network.crawl_options]
        command += [*_bounds_options(bounds), *([] if wait_seconds is None else ["--wait", str(wait_seconds)])]
        command += ["--home", str(corpus.home.root), "--run-id", run_id, "--report", str(report)]
        command += [f"--definitions={folder}" for folder in corpus.portal_folders]
        status, complaint = run_child([*command, *slugs], environment, tell)
        outcome = _read_outcome(report) if report.exists() else None
    if outcome is None and status == 2:  # portals and settings are known and right: the portals are being crawled
        raise PortalBusyError(complaint)
    if outcome is None:
        reason = f"the crawl process ended with status {status} and no report; see {log_path(corpus.home, run_id)}"
        outcome = CrawlOutcome({}, dict.fromkeys(slugs, f"{reason}. {complaint}".strip()))
    if bounds is None:
        _record_failures(corpus, outcome, tell)
    return outcome


def _record_failures(corpus: Corpus, outcome: CrawlOutcome, tell: Tell) -> None:
    """Keep which portals have no report, for alerts; of one that another process is crawling, that one will say."""
    for slug, reason in outcome.failures.items():
        if not is_being_crawled(corpus.home, slug):
            try:
                record_failure(corpus.home, slug, reason, corpus.clock.now())
            except OSError as error:  # the outcome says it, too, and of other portals besides
                tell(f"{slug}: that it left no report cannot be kept for alerts: {error}")


def _bounds_options(bounds: Bounds | None) -> list[str]:
    if bounds is None:
        return []
    values = {
        "--from-date": bounds.from_date,
        "--until-date": bounds.until_date,
        "--depth": bounds.depth,
        "--requests-max": bounds.requests_max,
    }
    given = [text for name, value in values.items() if value is not None for text in (name, str(value))]
    return ["--backfill", *given]


def _read_outcome(report: Path) -> CrawlOutcome:
    found = json.loads(report.read_text(encoding="utf-8"))
    reports = {slug: _report(values) for slug, values in found["reports"].items()}
    return CrawlOutcome(reports, found["failures"], found["skipped"])


def _report(values: dict[str, Any]) -> CrawlReport:
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    return CrawlReport(**{**values, **times})
