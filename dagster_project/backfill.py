"""A portal's history, chunk by chunk: what the command and the Dagster job both call.

Here: going on until nothing is left, and letting others have the portal in between. Not here: what a chunk reads
(`spiders.plan`), or how a crawl is run (`dagster_project.pipeline`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from dagster_project import pipeline
from dagster_project.pipeline import CrawlOutcome, StageError, Tell
from spiders.plan import Bounds
from warehouse.archive.index import PortalBusyError
from warehouse.home import Home
from warehouse.records import CrawlReport

# A crawl of a large portal takes its time; a backfill is in no hurry.
_PORTAL_FREE_WITHIN_SECONDS = 3600.0
_BUSY_POLL_SECONDS = 15.0


def backfill(
    home: Home, slug: str, bounds: Bounds, run_id: str, tell: Tell, chunks_max: int | None = None
) -> Iterator[CrawlReport]:
    """Read a portal's history chunk by chunk, and yield each chunk's report; whoever stops asking has paused it.

    Between two chunks the portal is free, so that its daily crawl can have it. The next call with the same bounds goes
    on where the last chunk ended, however it ended.

    Args:
        home: where the archive stands.
        slug: which portal.
        bounds: what to read, and how many requests a chunk may take.
        run_id: the run that the reports name.
        tell: called with each line of progress.
        chunks_max: end after so many; None goes on to the end.

    Raises:
        StageError: a chunk left no report, or brought nothing.
        PortalBusyError: another process has crawled the portal for an hour.
    """
    for number in itertools.count(1):
        outcome = _crawl_when_free(home, slug, run_id, tell, bounds)
        if slug in outcome.skipped:
            tell(f"{slug}: {outcome.skipped[slug]}")
            return
        if slug in outcome.failures:
            raise StageError(f"backfill of {slug}: {outcome.failures[slug]}")
        report = outcome.reports[slug]
        yield report
        if report.verdict in ("blocked", "unreachable", "broken"):
            raise StageError(
                f"backfill of {slug}: {report.verdict}: {report.verdict_reason}. What came is stored; start it again "
                "when the portal is well, and it goes on there."
            )
        if report.is_complete or number == chunks_max:
            return


def _crawl_when_free(home: Home, slug: str, run_id: str, tell: Tell, bounds: Bounds) -> CrawlOutcome:
    """Crawl a chunk; where the portal is being crawled, wait for the end of that."""
    deadline = time.monotonic() + _PORTAL_FREE_WITHIN_SECONDS
    while True:
        try:
            return pipeline.crawl(home, [slug], run_id, tell, bounds)
        except PortalBusyError as error:
            if time.monotonic() >= deadline:
                raise
            tell(f"waiting: {error}")
            time.sleep(_BUSY_POLL_SECONDS)
