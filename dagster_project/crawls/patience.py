"""Waiting before a crawl: for a portal that another process is crawling, and for one that could not be reached.

Here: how long, and in which order, for Dagster's assets and for backfills. The command `hanoi-corpus crawl` waits for
nothing: someone sits before it, and is told. Not here: the crawl itself (`dagster_project.crawls.process`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from dagster_project.corpus import Corpus
from dagster_project.crawls import process
from dagster_project.crawls.process import CrawlOutcome
from dagster_project.operations.findings import record_failure
from dagster_project.stage import Tell
from spiders.crawl.plan import Bounds
from warehouse.archive.index.locks import PortalBusyError, is_being_crawled

# A crawl of a large portal takes its time, a chunk of a backfill far less; what takes longer is told.
BUSY_WAIT_SECONDS = 3600.0


def crawl_when_free(corpus: Corpus, slug: str, run_id: str, tell: Tell, bounds: Bounds | None = None) -> CrawlOutcome:
    """Crawl a portal; where another process is crawling it, after that.

    The crawl process does the waiting: it has the portal as soon as it is free, before the next chunk of a backfill.

    Raises:
        PortalBusyError: another process has crawled it for `BUSY_WAIT_SECONDS`.
    """
    if is_being_crawled(corpus.home, slug):
        tell(f"waiting: portal {slug}: another crawl of it is running")
    return process.crawl(corpus, [slug], run_id, tell, bounds, wait_seconds=BUSY_WAIT_SECONDS)


def crawl_patiently(
    corpus: Corpus, slugs: Sequence[str], run_id: str, tell: Tell, retry_after_minutes: Sequence[float]
) -> CrawlOutcome:
    """Crawl portals: first those that are free, then the busy ones, then again those that were unreachable.

    What is refused or broken would not be mended by asking again.

    Args:
        corpus: whose portals.
        slugs: which portals.
        run_id: the run that the reports name.
        tell: called with each line of progress.
        retry_after_minutes: how long to wait before each further crawl of the unreachable ones.
    """
    busy = [slug for slug in slugs if is_being_crawled(corpus.home, slug)]
    free = [slug for slug in slugs if slug not in busy]
    try:
        outcome = process.crawl(corpus, free, run_id, tell)
        taken = [slug for slug in outcome.failures if is_being_crawled(corpus.home, slug)]
    except PortalBusyError:
        outcome, taken = CrawlOutcome({}, {}), free
    for slug in (*busy, *taken):  # the latter by another process, between the question and the crawl
        try:
            outcome = _joined(outcome, crawl_when_free(corpus, slug, run_id, tell))
        except PortalBusyError as error:
            outcome = _joined(outcome, CrawlOutcome({}, {slug: str(error)}))
            record_failure(corpus.home, slug, str(error), corpus.clock.now())
    for minutes in retry_after_minutes if corpus.network.is_live else ():
        unreachable = [slug for slug, report in outcome.reports.items() if report.verdict == "unreachable"]
        if not unreachable:
            break
        tell(f"unreachable: {', '.join(unreachable)}; they are crawled again in {minutes:g} minutes")
        time.sleep(minutes * 60)
        again = process.crawl(corpus, unreachable, run_id, tell)
        # What was not looked at again is as it was found before.
        outcome = _joined(outcome, CrawlOutcome(again.reports, {}))
    return outcome


def _joined(one: CrawlOutcome, later: CrawlOutcome) -> CrawlOutcome:
    """Return what two crawls came to, of which the later one counts where both were of a portal."""
    failures = {slug: why for slug, why in one.failures.items() if slug not in {**later.reports, **later.skipped}}
    return CrawlOutcome(
        {**one.reports, **later.reports}, {**failures, **later.failures}, {**one.skipped, **later.skipped}
    )
