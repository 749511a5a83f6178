"""Runs the crawl process for portals of a corpus, and reads its report file.

Does not belong here: the process itself (`spiders.crawl.process`), and when to start one
(`dagster_project.crawls.patience`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dagster_project.children import run_child
from dagster_project.corpus import Corpus
from dagster_project.operations.findings import forget_failure, record_failure
from dagster_project.stage import Log, StageError, Steps, progress_of
from spiders.crawl.outcomes.progress import CrawlProgress
from spiders.crawl.plan import Bounds
from spiders.crawl.process import log_path
from spiders.portal import PortalError
from warehouse.archive.index.locks import PortalBusyError, is_being_crawled
from warehouse.archive.upkeep.space import check_space_of
from warehouse.clock import check_clock
from warehouse.records import CrawlReport, report_from
from warehouse.settings import load_settings


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """The results of one crawl process.

    Attributes:
        reports: crawl reports, by slug.
        failures: why there is no report, by slug.
        skipped: why nothing was requested, by slug.
        process_failure: why a crawl process itself failed, or could not begin; None if none did.
    """

    reports: Mapping[str, CrawlReport]
    failures: Mapping[str, str]
    skipped: Mapping[str, str] = field(default_factory=dict)
    process_failure: str | None = None


def crawl(
    corpus: Corpus,
    slugs: Sequence[str],
    run_id: str,
    log: Log,
    bounds: Bounds | None = None,
    wait_seconds: float | None = None,
) -> CrawlOutcome:
    """Crawl portals in parallel in one separate process, and return its results.

    Unknown portals, and those whose file is invalid, are failures; alerts name an invalid file by themselves.

    If `bounds` is given, the crawl is the next chunk of a backfill with these bounds; otherwise a regular crawl. The
    process waits up to `wait_seconds` for a portal that another process is crawling; None: the default of the process.

    Raises:
        warehouse.settings.SettingsError: the home's settings file is invalid.
        PortalBusyError: other processes are crawling all of the portals; nothing was requested.
        StageError: no contact address is set; nothing was requested.
        DiskAlmostFullError: too little disk space is free; nothing was requested.
        WrongClockError: this machine's clock cannot be right; nothing was requested.
    """
    check_clock(corpus.clock.now())
    unusable = _unusable(corpus, slugs, log)
    slugs = [slug for slug in slugs if slug not in unusable]
    if not slugs:
        return CrawlOutcome({}, unusable)
    load_settings(corpus.home)
    check_space_of(corpus.home)
    if complaint := corpus.network.complaint():
        raise StageError(complaint)
    if corpus.network.notice:
        log(corpus.network.notice)
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-") as folder, corpus.network.reachable() as environment:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "spiders.crawl", "--stop-with-parent", *corpus.network.crawl_options]
        command += [*_bounds_options(bounds), *([] if wait_seconds is None else ["--wait", str(wait_seconds)])]
        command += ["--home", str(corpus.home.root), "--run-id", run_id, "--report", str(report)]
        command += [f"--definitions={folder}" for folder in corpus.portal_folders]
        with progress_of(log).stage("crawl", "requests") as steps:
            shown = _Shown(steps, log)
            status, complaint = run_child([*command, *slugs], environment, shown.add)
        outcome = _read_outcome(report) if report.exists() else None
    if outcome is None and status == 2:  # not bad input, which was checked above
        raise PortalBusyError(complaint)
    if outcome is None:
        reason = f"the crawl process ended with status {status} and no report; see {log_path(corpus.home, run_id)}"
        outcome = failed_process(slugs, f"{reason}. {complaint}".strip())
    if bounds is None:
        record_failures(corpus, outcome, run_id, log)
    return replace(outcome, failures={**outcome.failures, **unusable})


def failed_process(slugs: Sequence[str], reason: str) -> CrawlOutcome:
    """Return the outcome of a crawl process that failed, or could not begin: no portal has a report."""
    return CrawlOutcome({}, dict.fromkeys(slugs, reason), process_failure=reason)


class _Shown:
    """Shows how far the crawls of a process are; its other lines go to the log."""

    def __init__(self, steps: Steps, log: Log) -> None:
        self._steps = steps
        self._log = log
        self._newest: dict[str, CrawlProgress] = {}

    def add(self, line: str) -> None:
        """Take the next line that the process printed."""
        if (found := CrawlProgress.of_line(line)) is None:
            self._log(line)
            return
        self._newest[found.portal] = found
        crawls = self._newest.values()
        self._steps.say(
            f"{sum(one.captures for one in crawls):,} captures, {sum(one.articles for one in crawls):,} articles found"
        )
        self._steps.reach(sum(one.requests for one in crawls), sum(one.planned for one in crawls))


def _unusable(corpus: Corpus, slugs: Sequence[str], log: Log) -> dict[str, str]:
    """Return, and log, why some portals cannot be crawled: they are unknown, or their file is invalid."""
    found: dict[str, str] = {}
    for slug in slugs:
        try:
            corpus.portal(slug)
        except PortalError as error:
            found[slug] = str(error)
            log(f"not crawled: {error}")
    return found


def record_failures(corpus: Corpus, outcome: CrawlOutcome, run_id: str, log: Log) -> None:
    """Record which portals have no report, except busy ones; forget the failures of those that have one."""
    for slug in outcome.reports:
        forget_failure(corpus.home, slug)
    for slug, reason in outcome.failures.items():
        if not is_being_crawled(corpus.home, slug):
            try:
                record_failure(corpus.home, slug, reason, corpus.clock.now(), run_id)
            except OSError as error:  # the caller still gets the outcome of every portal
                log(f"{slug}: the failed crawl could not be recorded for alerts: {error}")


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
    reports = {slug: report_from(values) for slug, values in found["reports"].items()}
    return CrawlOutcome(reports, found["failures"], found["skipped"])
