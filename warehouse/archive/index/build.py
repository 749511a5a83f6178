"""The index, the reports and the observations: made from the WARC files, and from nothing else.

They can be deleted at any time. Here: what brings them up to date. Not here: the format of one WARC file
(`warehouse.archive.warc`), and what is recovered of unfinished ones (`warehouse.archive.index.recovery`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import index_file, observations_file, report_file, warc_file, warc_files
from warehouse.archive.index.recovery import recover_parts
from warehouse.archive.index.reports import parse_report, report_json
from warehouse.archive.observations import to_json
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.archive.warc.reader import read_captures, read_observations, read_report
from warehouse.datasets import CAPTURES
from warehouse.home import ARCHIVE_FOLDER, CRAWLS_FOLDER, INDEX_FOLDER, OBSERVATIONS_FOLDER, Home
from warehouse.parquet import parquet_bytes
from warehouse.records import Capture
from warehouse.storage import LEFTOVER_AGE, StoredFile


@dataclass(frozen=True, slots=True)
class IndexedArchive:
    """What bringing the index up to date did.

    Attributes:
        indexed: WARC files that had no index and now have one.
        recovered: WARC files made from what killed crawls had stored.
        damaged: errors of the files that could not be read whole; they are not in the index.
    """

    indexed: tuple[StoredFile, ...]
    recovered: tuple[StoredFile, ...]
    damaged: tuple[DamagedWarcError, ...]


def update_index(home: Home, portals: Collection[str] | None = None) -> IndexedArchive:
    """Recover what killed crawls left, index every WARC file that has no index yet, forget those that are gone.

    Args:
        home: whose archive.
        portals: slugs of those to look at, since each file costs a look; None for all.
    """
    home.storage.sweep(LEFTOVER_AGE, ARCHIVE_FOLDER)
    recovered, damaged = recover_parts(home, portals)
    _forget_missing(home)
    indexed = []
    for warc in warc_files(home):
        if (portals is not None and warc.folder not in portals) or _is_indexed(home, warc):
            continue
        try:
            index_warc(home, warc)
        except DamagedWarcError as error:
            damaged.append(error)
        else:
            indexed.append(warc)
    return IndexedArchive(tuple(indexed), tuple(recovered), tuple(damaged))


def index_warc(home: Home, warc: StoredFile) -> list[Capture]:
    """Read a WARC file from end to end, write its index, observations and report, and return its captures.

    Raises:
        DamagedWarcError: the file is not whole; nothing was written.
    """
    captures = [stored.capture for stored in read_captures(warc)]
    report = read_report(warc)
    if report is None:
        raise DamagedWarcError(warc, warc.size_bytes, "the crawl's report is missing at its end")
    observations = to_json(read_observations(warc))
    index_file(home, warc).put(parquet_bytes(CAPTURES.table(captures)))
    observations_file(home, warc).put(observations.encode())
    report_file(home, warc).put(report_json(report).encode())
    return captures


def _is_indexed(home: Home, warc: StoredFile) -> bool:
    return (
        _is_readable(index_file(home, warc))
        and observations_file(home, warc).exists()
        and _is_readable_report(report_file(home, warc))
    )


def _is_readable(index: StoredFile) -> bool:
    """Tell whether an index file is there and whole; a spoilt one is made again from its WARC file."""
    try:
        with index.open() as file:
            return pq.read_metadata(file).num_columns == len(CAPTURES.schema.names)
    except (pa.ArrowException, OSError):
        return False


def _is_readable_report(report: StoredFile) -> bool:
    """Tell whether a report is there, and says all that today's reports do."""
    try:
        parse_report(report.read())
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _forget_missing(home: Home) -> None:
    """Remove what the index says of WARC files that were taken away: it is made from the files and nothing else."""
    for folder, suffix in ((INDEX_FOLDER, ".parquet"), (OBSERVATIONS_FOLDER, ".json"), (CRAWLS_FOLDER, ".json")):
        for stored in home.storage.list(folder, suffix):
            portal, _, name = stored.key.removeprefix(f"{folder}/").removesuffix(suffix).rpartition("/")
            # Asked of each: a crawl may have put its file since any list of them was made.
            if portal and "/" not in portal and not warc_file(home, portal, name).exists():
                home.storage.delete(stored.key)
