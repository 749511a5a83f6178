"""A portal's history, chunk by chunk: what the command and the Dagster job both call.

Here: going on until nothing is left, letting others have the portal in between, and when to give up. Not here: what a
chunk reads (`spiders.crawl.plan`), how a crawl is run (`dagster_project.crawls.process`), and how a busy portal is
waited for (`dagster_project.crawls.patience`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dagster_project.corpus import Corpus
from dagster_project.crawls.patience import crawl_when_free
from dagster_project.stage import StageError, Tell
from spiders.crawl.plan import Bounds
from warehouse.archive.files import named_warc_file, observations_file
from warehouse.archive.observations import from_json
from warehouse.clock import HANOI_TIME
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.settings import load_settings

REQUESTS_PER_CHUNK = 500
"""How many requests a chunk takes where nobody says: a quarter of an hour at a portal with the usual delay."""

REQUESTS_PER_CHUNK_MIN = 10
"""A chunk asks for the lists again in whose midst the last one ended; with fewer it would come to nothing else."""

_POLL_SECONDS = 15.0


class BoundsError(ValueError):
    """Bounds that no backfill can have; the message says which, and why not."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a backfill, read and stored.

    Attributes:
        number: counted from 1 in each call.
        lists_left: pages of lists that are still to be looked at; what lies behind them is not counted. 0 at the end.
    """

    number: int
    report: CrawlReport
    lists_left: int

    def __str__(self) -> str:
        """What an operator reads of it, on one line."""
        left = f"{self.lists_left} list pages left, and what lies behind them" if self.lists_left else "nothing left"
        return f"chunk {self.number}: {self.report.requests} requests, {self.report.articles_new} articles new, {left}"


def checked_bounds(
    from_date: date | None, until_date: date | None, depth: int | None, requests_per_chunk: int, today: date
) -> Bounds:
    """Return the bounds of a backfill.

    Args:
        from_date: the first day of publication; None for no such bound.
        until_date: the last day of publication; None for no such bound.
        depth: pages of each list, at the most; None for all.
        requests_per_chunk: requests of one chunk.
        today: the day in Hanoi.

    Raises:
        BoundsError: they exclude everything, or a chunk of that size would come to nothing.
    """
    if from_date and until_date and from_date > until_date:
        raise BoundsError(f"from {from_date} until {until_date}: the first day is after the last")
    if from_date and from_date > today:
        raise BoundsError(f"from {from_date}: that day is still to come")
    if depth is not None and depth < 1:
        raise BoundsError(f"depth {depth}: at least one page of each list is looked at")
    if requests_per_chunk < REQUESTS_PER_CHUNK_MIN:
        raise BoundsError(f"{requests_per_chunk} requests a chunk: at least {REQUESTS_PER_CHUNK_MIN} are needed")
    return Bounds(from_date, until_date, depth, requests_per_chunk)


def backfill(
    corpus: Corpus, slug: str, bounds: Bounds, run_id: str, tell: Tell, chunks_max: int | None = None
) -> Iterator[Chunk]:
    """Read a portal's history chunk by chunk, and yield each; whoever stops asking has paused it.

    Between two chunks the portal is free, so that its daily crawl can have it; in quiet hours nothing is asked. The
    next call with the same bounds goes on where the last chunk ended, however it ended; once nothing is left, it ends
    at once and yields nothing.

    Args:
        corpus: whose portal, and where the archive stands.
        slug: which portal.
        bounds: what to read, and how many requests a chunk may take.
        run_id: the run that the reports name.
        tell: called with each line of progress.
        chunks_max: end after so many; None goes on to the end.

    Raises:
        StageError: a chunk left no report, came to nothing, or found the portal unwell.
        PortalBusyError: another process has crawled the portal for an hour.
    """
    left: frozenset[str] | None = None
    for number in itertools.count(1):
        _wait_for_the_end_of_quiet_hours(corpus, tell)
        outcome = crawl_when_free(corpus, slug, run_id, tell, bounds)
        if slug in outcome.skipped:
            tell(f"{slug}: {outcome.skipped[slug]}")
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
                f"backfill of {slug}: {complaint}. What came is stored; start it again when that is over, and it goes "
                "on there."
            )
        if number == chunks_max:
            return


def _lists_left(home: Home, report: CrawlReport) -> frozenset[str]:
    """Return the lists that a chunk has left to the next one."""
    stored = observations_file(home, named_warc_file(home.storage, report.warc_file))
    return frozenset(from_json(stored.read()).frontier)


def _complaint(report: CrawlReport, *, is_stuck: bool) -> str | None:
    """Return why another chunk would be in vain; None where it would not."""
    if report.verdict in ("blocked", "unreachable", "broken"):
        return f"{report.verdict}: {report.verdict_reason}"
    if report.articles_captured == 0 and (is_stuck or report.captures == 0):
        return f"it comes to nothing more: {report.verdict_reason}"
    return None


def _wait_for_the_end_of_quiet_hours(corpus: Corpus, tell: Tell) -> None:
    is_told = False
    while until := load_settings(corpus.home).quiet_until(corpus.clock.now()):
        if not is_told:
            tell(f"quiet hours: the backfill goes on at {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
            is_told = True
        time.sleep(_POLL_SECONDS)
