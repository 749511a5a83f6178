"""Waiting before a crawl: until another process has crawled the portal, or before a retry.

Belongs here: how long to wait and in which order, for the Dagster assets and for backfills. The command
`hanoi-corpus crawl` never waits: it reports a busy portal to its user.
Does not belong here: the crawl itself (`dagster_project.crawls.process`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from dagster_project.corpus import Corpus
from dagster_project.crawls import process
from dagster_project.crawls.process import CrawlOutcome, failed_process, record_failures
from dagster_project.operations.findings import record_failure
from dagster_project.stage import Log, StageError
from spiders.crawl.plan import Bounds
from warehouse.archive.index.locks import PortalBusyError, is_being_crawled
from warehouse.archive.upkeep.space import DiskAlmostFullError
from warehouse.settings import SettingsError

# Longer than a crawl of a large portal or a chunk of a backfill takes. A longer wait is reported as a failure.
BUSY_WAIT_SECONDS = 3600.0


def crawl_when_free(corpus: Corpus, slug: str, run_id: str, log: Log, bounds: Bounds | None = None) -> CrawlOutcome:
    """Crawl a portal; if another process is crawling it, wait for that first.

    The crawl process itself waits for the lock, so that it can start before the next chunk of a backfill does.

    Raises:
        PortalBusyError: the portal was still busy after `BUSY_WAIT_SECONDS`.
    """
    if is_being_crawled(corpus.home, slug):
        log(f"waiting: portal {slug}: another crawl of it is running")
    return process.crawl(corpus, [slug], run_id, log, bounds, wait_seconds=BUSY_WAIT_SECONDS)


def crawl_patiently(
    corpus: Corpus, slugs: Sequence[str], run_id: str, log: Log, retry_after_minutes: Sequence[float]
) -> CrawlOutcome:
    """Crawl the free portals, then the busy ones, then retry those that were unreachable.

    `retry_after_minutes` holds the wait before each retry. Blocked and broken portals are not retried, since that
    would not change the result. What keeps a crawl from beginning, such as wrong settings or a full disk, is the
    failure of its portals: the others, and what depends on the archive, go on.

    Raises:
        WrongClockError: this machine's clock cannot be right, so that nothing can go on.
    """
    busy = [slug for slug in slugs if is_being_crawled(corpus.home, slug)]
    free = [slug for slug in slugs if slug not in busy]
    try:
        outcome = _crawl(corpus, free, run_id, log)
        taken = [slug for slug in outcome.failures if is_being_crawled(corpus.home, slug)]
    except PortalBusyError:
        outcome, taken = CrawlOutcome({}, {}), free
    for slug in (*busy, *taken):  # taken: another process locked it after the check
        try:
            outcome = _joined(outcome, _crawl(corpus, [slug], run_id, log, when_free=True))
        except PortalBusyError as error:
            outcome = _joined(outcome, CrawlOutcome({}, {slug: str(error)}))
            record_failure(corpus.home, slug, str(error), corpus.clock.now(), run_id)
    for minutes in retry_after_minutes if corpus.network.is_live else ():
        unreachable = [slug for slug, report in outcome.reports.items() if report.verdict == "unreachable"]
        if not unreachable:
            break
        log(f"unreachable: {', '.join(unreachable)}; crawling again in {minutes:g} minutes")
        time.sleep(minutes * 60)
        again = _crawl(corpus, unreachable, run_id, log)
        # A portal without a new report keeps its earlier one.
        outcome = _joined(outcome, CrawlOutcome(again.reports, {}, process_failure=again.process_failure))
    return outcome


def _crawl(corpus: Corpus, slugs: Sequence[str], run_id: str, log: Log, *, when_free: bool = False) -> CrawlOutcome:
    """Crawl portals; what keeps the crawl from beginning is recorded as the failure of each.

    Raises:
        PortalBusyError: other processes are crawling all of the portals.
    """
    try:
        if when_free:
            return crawl_when_free(corpus, slugs[0], run_id, log)
        return process.crawl(corpus, slugs, run_id, log)
    except (SettingsError, StageError, DiskAlmostFullError) as error:
        log(f"not crawled: {error}")
        outcome = failed_process(slugs, str(error))
        record_failures(corpus, outcome, run_id, log)
        return outcome


def _joined(earlier: CrawlOutcome, later: CrawlOutcome) -> CrawlOutcome:
    """Merge two outcomes; for a portal in both, the later one wins."""
    failures = {slug: why for slug, why in earlier.failures.items() if slug not in {**later.reports, **later.skipped}}
    return CrawlOutcome(
        {**earlier.reports, **later.reports},
        {**failures, **later.failures},
        {**earlier.skipped, **later.skipped},
        later.process_failure or earlier.process_failure,
    )
