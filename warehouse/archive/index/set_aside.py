"""WARC files with times that cannot be are set aside: everything goes on as if they were not there.

The clock of a machine that crawled may have stood in the future, or in 1970; other crawlers' files hold any date. Such
a file stays in the archive, but has no index, report and observations, and no stage reads it. A note with its times
stands in their place, so that it need not be read in every build.
Belongs here: which files these are, and their notes. Does not belong here: which times are possible
(`warehouse.clock.is_possible`), and indexing the other files (`warehouse.archive.index.build`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow.compute as pc

from warehouse.archive.files import index_file, note_file, observations_file, report_file
from warehouse.archive.index.reports import parse_any_report
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_info
from warehouse.clock import WEB_FROM, is_possible
from warehouse.home import Home
from warehouse.parquet import read_table
from warehouse.storage import StoredFile

# Tests crawl days in a row with a clock that they state; a removal is certain after a month of them, and running CMSs
# cannot be told another date. What is further ahead is no day of a test.
_STATED_AHEAD_MAX: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A WARC file with times that cannot be.

    Attributes:
        warc: the file.
        first: the first time of its crawl and its captures.
        last: the last one.
        is_import: whether it holds the captures of another crawler.
    """

    warc: StoredFile
    first: datetime
    last: datetime
    is_import: bool

    def __str__(self) -> str:
        wrong = self.first if self.first < WEB_FROM else self.last
        why = "before the Web" if wrong is self.first else "in the future"
        help_ = (
            "Import its file again: the captures with possible dates are imported, and the others named."
            if self.is_import
            else "The clock of the machine that crawled was wrong; the next crawl requests the same pages again."
        )
        return (
            f"{self.warc}: set aside: it has times such as {_written(wrong)}, {why} by the clock. It stays "
            f"in the archive, and is neither in the corpus nor in what crawls know. {help_}"
        )


def noted(home: Home, warc: StoredFile, now: datetime) -> SetAside | None:
    """Return a file that was set aside before; None if it was not, or if its times are possible by now."""
    note = note_file(home, warc)
    if not note.exists():
        return None
    try:
        values = json.loads(note.read())
        first, last = (datetime.fromisoformat(values[name]) for name in ("first", "last"))
        found = SetAside(warc, first, last, bool(values["is_import"]))
        if values["size_bytes"] == warc.size_bytes and not are_possible(found, now):
            _delete_derived(home, warc)  # a killed process may have left them
            return found
    except (ValueError, KeyError, TypeError):
        pass  # damaged: the file is looked at again
    note.delete()
    return None


def set_aside(home: Home, found: SetAside, now: datetime) -> bool:
    """Set an indexed file aside if it has times that cannot be; return False if all are possible.

    Times count as those of a clock that was stated to be up to 60 days ahead (`--now` of `python -m spiders.crawl`).

    Raises:
        OSError: the note cannot be written; the file counts as before.
    """
    if are_possible(found, now) or are_possible(found, now + _stated_ahead(found.warc)):
        return False
    values = {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "is_import": found.is_import,
        "size_bytes": found.warc.size_bytes,
    }
    note_file(home, found.warc).put(json.dumps(values).encode())
    _delete_derived(home, found.warc)
    return True


def _delete_derived(home: Home, warc: StoredFile) -> None:
    for derived in (index_file(home, warc), report_file(home, warc), observations_file(home, warc)):
        derived.delete()


def _stated_ahead(warc: StoredFile) -> timedelta:
    try:
        seconds = read_info(warc).clock_ahead_seconds
    except DamagedWarcError:
        return timedelta()  # damaged since it was indexed; the stages name it
    return min(timedelta(seconds=max(0, min(seconds, 10**9))), _STATED_AHEAD_MAX)


def are_possible(found: SetAside, now: datetime) -> bool:
    """Tell whether all times of a file are possible by a clock."""
    return is_possible(found.first, now) and is_possible(found.last, now)


def times_of(home: Home, warc: StoredFile) -> SetAside:
    """Return an indexed file with its first and last time, of its report and its captures."""
    report = parse_any_report(report_file(home, warc).read())
    times = [report.started_at, report.ended_at]
    column = read_table(index_file(home, warc), ["captured_at"]).column(0)
    if len(column):
        times += [pc.min(column).as_py(), pc.max(column).as_py()]
    return SetAside(warc, min(times), max(times), report.kind == "import")


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
