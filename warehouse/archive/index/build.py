"""Builds the index, reports and observations from the WARC files; all three can be rebuilt.

Belongs here: updating them. Does not belong here: the format of a WARC file (`warehouse.archive.warc`), and recovering
unfinished files (`warehouse.archive.index.recovery`).
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
    """The result of updating the index.

    Attributes:
        indexed: WARC files without a usable index, which were indexed now; includes `recovered`.
        recovered: WARC files made from unfinished files of killed crawls.
        damaged: one error per damaged file; these are not indexed.
    """

    indexed: tuple[StoredFile, ...]
    recovered: tuple[StoredFile, ...]
    damaged: tuple[DamagedWarcError, ...]


def update_index(home: Home, portals: Collection[str] | None = None) -> IndexedArchive:
    """Recover the files of killed crawls, index new WARC files, and delete the indexes of deleted ones.

    Old temporary files are deleted too. `portals` limits only recovery and indexing, which take time per file; None
    means all portals.
    """
    home.storage.sweep(LEFTOVER_AGE, ARCHIVE_FOLDER)
    recovered, damaged = recover_parts(home, portals)
    _delete_orphans(home)
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
    """Read all of a WARC file, write its index, observations and report, and return its captures.

    Raises:
        DamagedWarcError: the file is damaged; nothing was written.
    """
    captures = [stored.capture for stored in read_captures(warc)]
    report = read_report(warc)
    if report is None:
        raise DamagedWarcError(warc, warc.size_bytes, "the file does not end with a crawl report")
    observations = to_json(read_observations(warc))
    index_file(home, warc).put(parquet_bytes(CAPTURES.table(captures)))
    observations_file(home, warc).put(observations.encode())
    report_file(home, warc).put(report_json(report).encode())
    return captures


def _is_indexed(home: Home, warc: StoredFile) -> bool:
    """Tell whether all three exist, and the index's footer and the report are valid in this version."""
    try:
        with index_file(home, warc).open() as index:
            columns = pq.read_metadata(index).num_columns
        parse_report(report_file(home, warc).read())
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        return False
    return columns == len(CAPTURES.schema.names) and observations_file(home, warc).exists()


def _delete_orphans(home: Home) -> None:
    """Delete the indexes, observations and reports of WARC files that no longer exist."""
    for folder, suffix in ((INDEX_FOLDER, ".parquet"), (OBSERVATIONS_FOLDER, ".json"), (CRAWLS_FOLDER, ".json")):
        for stored in home.storage.list(folder, suffix):
            portal, _, name = stored.key.removeprefix(f"{folder}/").removesuffix(suffix).rpartition("/")
            # Check each file: a crawl may have added its WARC file since a listing.
            if portal and "/" not in portal and not warc_file(home, portal, name).exists():
                home.storage.delete(stored.key)
