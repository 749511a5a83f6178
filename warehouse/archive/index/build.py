"""Builds the index, reports and observations from the WARC files; all three can be rebuilt.

Belongs here: updating them, and reading an index; whatever is damaged is rebuilt, and the log names it. Does not belong
here: the format of a WARC file (`warehouse.archive.warc`), and recovering unfinished files
(`warehouse.archive.index.recovery`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from warehouse.archive.files import (
    index_file,
    observations_file,
    odd_warc_files,
    report_file,
    warc_files,
)
from warehouse.archive.index.known import Known
from warehouse.archive.index.leftovers import delete_leftovers
from warehouse.archive.index.offsets import with_other_offsets
from warehouse.archive.index.recovery import recover_parts
from warehouse.archive.index.reports import UNREADABLE, parse_any_report, parse_report, report_json
from warehouse.archive.index.set_aside import SetAside, noted, set_aside, times_of
from warehouse.archive.observations import to_json
from warehouse.archive.sealed import read_sealed, sealed
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_crawl
from warehouse.clock import Clock, check_clock
from warehouse.datasets import CAPTURES
from warehouse.home import Home
from warehouse.parquet import DamagedTableError, parquet_bytes, read_schema, read_table
from warehouse.records import Capture
from warehouse.storage import MissingObjectError, Register, StoredFile

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexedArchive:
    """The result of updating the index.

    Attributes:
        indexed: WARC files without a usable index, which were indexed now; includes `recovered`.
        recovered: WARC files made from unfinished files of killed crawls.
        damaged: one error per damaged file; these are not indexed.
        set_aside: the files with times that cannot be; these are not indexed either.
    """

    indexed: tuple[StoredFile, ...]
    recovered: tuple[StoredFile, ...]
    damaged: tuple[DamagedWarcError, ...]
    set_aside: tuple[SetAside, ...] = ()


def update_index(
    home: Home,
    portals: Collection[str] | None = None,
    *,
    now: datetime | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> IndexedArchive:
    """Recover the files of killed crawls, index new WARC files, and delete the indexes of deleted ones.

    Every index, report and file of observations that has changed since it was last read is compared with its checksum;
    damaged ones are rebuilt. Temporary files of killed processes are deleted from the whole home. `portals` limits only
    recovery and indexing, which take time per file; None means all portals. `now` is the time of the home's clock; None
    means that of this machine. `on_progress` is called with the number of files that are done, and of all.

    Raises:
        WrongClockError: the clock cannot be right; nothing was done.
    """
    now = now or Clock().now()
    check_clock(now)
    delete_leftovers(home)
    recovered, damaged = recover_parts(home, portals)
    known = Known(home, now)
    known.delete_orphans()
    damaged += [
        DamagedWarcError(path, 0, "it is not a plain file", "Move it away")
        for path in odd_warc_files(home)
        if portals is None or path.parent.name in portals
    ]
    indexed = []
    aside = []
    warcs = [warc for warc in known.warcs if portals is None or warc.folder in portals]
    for done, warc in enumerate(warcs):
        if on_progress:
            on_progress(done, len(warcs))
        if known.is_right(warc):
            continue
        if before := noted(home, warc, now):
            aside.append(before)
            continue
        problem = _problem(home, warc)
        if problem is not None:
            try:
                index_warc(home, warc)
            except DamagedWarcError as error:
                damaged.append(error)
                continue
            indexed.append(warc)
            if problem:
                _logger.warning("%s; rebuilt from %s", problem, warc)
        times = times_of(home, warc)
        if set_aside(home, times, now):
            aside.append(times)
        else:
            known.note(times, was_made=problem is not None)
    known.write()
    if on_progress:
        on_progress(len(warcs), len(warcs))
    return IndexedArchive(tuple(indexed), tuple(recovered), tuple(damaged), tuple(aside))


def index_warc(home: Home, warc: StoredFile) -> list[Capture]:
    """Read all of a WARC file, write its index, observations and report, and return its captures.

    Raises:
        DamagedWarcError: the file is damaged; nothing was written.
    """
    content = read_crawl(warc)
    index_file(home, warc).put(parquet_bytes(with_other_offsets(CAPTURES.table(content.captures), content)))
    observations_file(home, warc).put(sealed(to_json(content.observations)).encode())
    report_file(home, warc).put(report_json(content.report).encode())
    return content.captures


def read_index(home: Home, warc: StoredFile, columns: Sequence[str] | None = None) -> pa.Table | None:
    """Return the rows of a WARC file's index; a damaged index is rebuilt first.

    `columns` None means all columns. Return None if there is no index, or if the WARC file is damaged, too.

    Raises:
        OSError: the index cannot be written.
    """
    try:
        return read_table(index_file(home, warc), columns)
    except MissingObjectError:
        return None
    except DamagedTableError as error:
        try:
            index_warc(home, warc)
            rows = read_table(index_file(home, warc), columns)
        except (DamagedWarcError, MissingObjectError) as also:
            _logger.warning("%s; it cannot be rebuilt: %s", error, also)
            return None
        _logger.warning("%s; rebuilt from %s", error, warc)
        return rows


def damaged_index_files(home: Home) -> list[str]:
    """Read every index, report and file of observations; return a message for each damaged one.

    The next build makes these again.

    Raises:
        OSError: the storage failed.
    """
    register = Register(home.storage)
    damaged = []
    for warc in warc_files(home):
        if problem := _problem(home, warc):
            damaged.append(problem)
            for file in (index_file(home, warc), report_file(home, warc), observations_file(home, warc)):
                register.forget(file.key)
    register.write()
    return damaged


def _problem(home: Home, warc: StoredFile) -> str | None:
    """Return which derived file is damaged; empty if one is missing or old; None if all are usable."""
    index, report, observations = index_file(home, warc), report_file(home, warc), observations_file(home, warc)
    if not (index.exists() and report.exists() and observations.exists()):
        return ""
    try:
        schema = read_schema(index)
    except DamagedTableError as error:
        return str(error)
    if schema is None or schema.names != CAPTURES.schema.names:
        return ""  # of an earlier version
    try:
        read_sealed(observations.read())
    except UNREADABLE as error:
        return f"{observations}: damaged: {error}"
    try:
        parse_report(report.read())
    except UNREADABLE as error:
        with suppress(*UNREADABLE):
            parse_any_report(report.read())
            return ""  # of an earlier version
        return f"{report}: damaged: {error}"
    return None
