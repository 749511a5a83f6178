"""Backfills: crawling a portal's history in chunks, for the command and the Dagster job.

Belongs here: starting chunks until nothing is left, releasing the portal between chunks, and when to stop.
Does not belong here: the plan of a chunk (`spiders.crawl.plan`), the crawl process (`dagster_project.crawls.process`),
and waiting for a busy portal (`dagster_project.crawls.patience`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dagster_project.corpus import Corpus
from dagster_project.crawls.patience import crawl_when_free
from dagster_project.stage import Log, StageError
from spiders.crawl.plan import Bounds
from warehouse.archive.files import named_warc_file, observations_file
from warehouse.archive.observations import from_json
from warehouse.clock import HANOI_TIME
from warehouse.errors import InputError
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

REQUESTS_PER_CHUNK = 500
"""Default number of requests per chunk: about a quarter of an hour with the default delay."""

REQUESTS_PER_CHUNK_MIN = 10
"""Each chunk first requests the last one's unfinished lists; fewer requests may leave no progress."""

_POLL_SECONDS = 15.0


class BoundsError(InputError):
    """The bounds of a backfill are invalid; the message says which bound, and why."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One finished chunk of a backfill.

    Attributes:
        number: counted from 1 in each call.
        lists_left: known list pages not yet fetched, without pages still to be found on them; 0 at the end.
    """

    number: int
    report: CrawlReport
    lists_left: int

    def __str__(self) -> str:
        """Summarise the chunk for an operator, on one line."""
        left = f"{self.lists_left} list pages left, and the pages behind them" if self.lists_left else "nothing left"
        return f"chunk {self.number}: {self.report.requests} requests, {self.report.articles_new} articles new, {left}"


def checked_bounds(
    from_date: date | None, until_date: date | None, depth: int | None, requests_per_chunk: int, today: date
) -> Bounds:
    """Return a backfill's bounds: days of publication in Hanoi, pages per list; None means no limit.

    Raises:
        BoundsError: the bounds exclude everything, or chunks of that size would make no progress.
    """
    if from_date and until_date and from_date > until_date:
        raise BoundsError(f"from {from_date} until {until_date}: the first day is after the last")
    if from_date and from_date > today:
        raise BoundsError(f"from {from_date}: that day is in the future")
    if depth is not None and depth < 1:
        raise BoundsError(f"depth {depth}: must be at least 1")
    if requests_per_chunk < REQUESTS_PER_CHUNK_MIN:
        raise BoundsError(f"{requests_per_chunk} requests per chunk: must be at least {REQUESTS_PER_CHUNK_MIN}")
    return Bounds(from_date, until_date, depth, requests_per_chunk)


def backfill(
    corpus: Corpus, slug: str, bounds: Bounds, run_id: str, log: Log, chunks_max: int | None = None
) -> Iterator[Chunk]:
    """Crawl a portal's history in chunks, and yield each finished chunk; to pause, stop iterating.

    Between two chunks the portal is not locked, so its daily crawl can run. In quiet hours nothing is requested. A
    later call with the same bounds continues after the last chunk, even if that chunk failed. If nothing is left, the
    call logs this and yields no chunk.

    Raises:
        StageError: a chunk left no report, made no progress, or the portal was blocked, broken or unreachable.
        PortalBusyError: another process has been crawling the portal for an hour.
    """
    left: frozenset[str] | None = None
    for number in itertools.count(1):
        _wait_for_the_end_of_quiet_hours(corpus, log)
        outcome = crawl_when_free(corpus, slug, run_id, log, bounds)
        if slug in outcome.skipped:
            log(f"{slug}: {outcome.skipped[slug]}")
            return
        if slug in outcome.failures:
            raise StageError(f"backfill of {slug}: {outcome.failures[slug]}")
        report = outcome.reports[slug]
        left_before, left = left, _lists_left(corpus.home, report)
        yield Chunk(number, report, len(left))
        if not left:
            return
        if complaint := _complaint(report, is_stuck=left == left_before):
            raise StageError(
                f"backfill of {slug}: {complaint}. Everything fetched is stored; once this is solved, start the "
                "backfill again to continue."
            )
        if number == chunks_max:
            return


def _lists_left(home: Home, report: CrawlReport) -> frozenset[str]:
    """Return the URLs of the lists that a chunk left for the next one."""
    stored = observations_file(home, named_warc_file(home.storage, report.warc_file))
    return frozenset(from_json(stored.read()).frontier)


def _complaint(report: CrawlReport, *, is_stuck: bool) -> str | None:
    """Return why the backfill must stop; None if another chunk can make progress."""
    if report.verdict in ("blocked", "unreachable", "broken"):
        return f"{report.verdict}: {report.verdict_reason}"
    if report.articles_captured == 0 and (is_stuck or report.captures == 0):
        return f"the last chunk made no progress: {report.verdict_reason}"
    return None


def _wait_for_the_end_of_quiet_hours(corpus: Corpus, log: Log) -> None:
    is_logged = False
    while until := load_settings(corpus.home).quiet_until(corpus.clock.now()):
        if not is_logged:
            log(f"quiet hours: the backfill continues at {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
            is_logged = True
        time.sleep(_POLL_SECONDS)
