"""The archive as a whole: its files, the index that DuckDB reads, and what a killed crawl left behind.

The index is made from the WARC files and from nothing else, so it can be deleted at any time. Not here: the format of
one WARC file (`warehouse.archive.warc.files`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from warehouse.archive.state.observations import to_json
from warehouse.archive.warc.files import (
    PART_SUFFIX,
    SUFFIX,
    DamagedWarcError,
    read_captures,
    read_info,
    read_observations,
    read_report,
)
from warehouse.archive.warc.recovery import recover
from warehouse.durable import put_in_place, replacing
from warehouse.home import Home
from warehouse.records import CAPTURE_SCHEMA, Capture, CrawlReport, to_table

_ANSWERED = frozenset({200, 301, 302, 303, 307, 308, 404, 410})


class PortalBusyError(Exception):
    """Another process is crawling the portal."""


@dataclass(frozen=True, slots=True)
class IndexedArchive:
    """What bringing the index up to date did.

    Attributes:
        indexed: WARC files that had no index and now have one.
        recovered: WARC files made from what killed crawls had stored.
        damaged: errors of the files that could not be read whole; they are not in the index.
    """

    indexed: tuple[Path, ...]
    recovered: tuple[Path, ...]
    damaged: tuple[DamagedWarcError, ...]


def warc_path(home: Home, portal: str, crawl_id: str) -> Path:
    """Return where the WARC file of a crawl stands."""
    return home.warc / portal / f"{crawl_id}{SUFFIX}"


def crawl_id_of(warc: Path) -> str:
    """Return the crawl that a WARC file is named after."""
    return warc.name.removesuffix(SUFFIX)


def index_path(home: Home, warc: Path) -> Path:
    """Return where the index of a WARC file stands."""
    return home.index / warc.parent.name / f"{crawl_id_of(warc)}.parquet"


def report_path(home: Home, warc: Path) -> Path:
    """Return where the report of a WARC file's crawl stands."""
    return home.crawls / warc.parent.name / f"{crawl_id_of(warc)}.json"


def observations_path(home: Home, warc: Path) -> Path:
    """Return where stands what the crawl of a WARC file saw besides its captures."""
    return home.observations / warc.parent.name / f"{crawl_id_of(warc)}.json"


def warc_files(home: Home) -> list[Path]:
    """Return every complete WARC file of the archive, by portal and crawl."""
    return sorted(home.warc.glob(f"*/*{SUFFIX}"))


@contextmanager
def portal_lock(home: Home, portal: str, timeout_seconds: float = 0) -> Iterator[None]:
    """Hold a portal's WARC folder against other crawls of the same portal; a killed process lets go by itself.

    Raises:
        PortalBusyError: another process crawls the portal.
    """
    folder = home.warc / portal
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=timeout_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise PortalBusyError(
            f"portal {portal}: another crawl of it is running; wait for it to end, or stop it"
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_being_crawled(home: Home, portal: str) -> bool:
    """Tell whether another process crawls the portal at this moment."""
    try:
        with portal_lock(home, portal):
            return False
    except PortalBusyError:
        return True


def update_index(home: Home, portals: Collection[str] | None = None) -> IndexedArchive:
    """Recover what killed crawls left, index every WARC file that has no index yet, forget those that are gone.

    Args:
        home: whose archive.
        portals: slugs of those to look at, since each file costs a look; None for all.
    """
    recovered, damaged = _recover_parts(home, portals)
    _forget_missing(home)
    indexed = []
    for warc in warc_files(home):
        if not _is_among(warc, portals) or _is_indexed(home, warc):
            continue
        try:
            index_warc(home, warc)
        except DamagedWarcError as error:
            damaged.append(error)
        else:
            indexed.append(warc)
    return IndexedArchive(tuple(indexed), tuple(recovered), tuple(damaged))


def index_warc(home: Home, warc: Path) -> list[Capture]:
    """Read a WARC file from end to end, write its index, observations and report, and return its captures.

    Raises:
        DamagedWarcError: the file is not whole; nothing was written.
    """
    captures = [stored.capture for stored in read_captures(warc)]
    report = read_report(warc)
    if report is None:
        raise DamagedWarcError(warc, warc.stat().st_size, "the crawl's report is missing at its end")
    with replacing(index_path(home, warc)) as temporary:
        pq.write_table(to_table(captures, CAPTURE_SCHEMA), temporary, compression="zstd")
    with replacing(observations_path(home, warc)) as temporary:
        temporary.write_text(to_json(read_observations(warc)), "utf-8")
    with replacing(report_path(home, warc)) as temporary:
        temporary.write_text(report_json(report), "utf-8")
    return captures


def report_json(report: CrawlReport) -> str:
    """Return a report as it stands beside the archive."""
    return json.dumps(asdict(report), default=datetime.isoformat, ensure_ascii=False)


class Place(NamedTuple):
    """Where a capture stands: its WARC file, relative to the archive's folder, and the offset in bytes."""

    warc_file: str
    warc_offset: int


def stored_pages(home: Home, portal: str, crawl_ids: Iterable[str]) -> dict[str, Place]:
    """Return where the pages stand that crawls of a portal stored, by address; of two captures the later one.

    Refusals and failures of the server are left out: what they hide may be there the next time.
    """
    found: dict[str, Place] = {}
    for crawl_id in crawl_ids:
        with pq.ParquetFile(index_path(home, warc_path(home, portal, crawl_id))) as index:
            rows: list[dict[str, Any]] = index.read(
                columns=["url", "status", "is_revisit", "warc_file", "warc_offset"]
            ).to_pylist()
        for row in rows:
            if row["status"] in _ANSWERED and not row["is_revisit"]:
                found[row["url"]] = Place(row["warc_file"], row["warc_offset"])
    return found


def recover_warc(home: Home, warc: Path) -> int:
    """Replace a damaged WARC file by its whole records; keep the damaged one as `<name>.damaged`.

    Returns:
        How many captures were kept.

    Raises:
        DamagedWarcError: not even its first record can be read.
    """
    if not warc.name.endswith(SUFFIX):
        raise DamagedWarcError(warc, 0, f"its name does not end in {SUFFIX}: the next build recovers unfinished files")
    with portal_lock(home, warc.parent.name):
        mended = warc.with_name(f".{warc.name}.mended")
        captures = recover(warc, mended, _report_of_broken_crawl(warc))
        # A second name first, then one replacement: at no moment is there no file, and nothing set aside is replaced.
        aside = warc.with_name(f"{warc.name}.damaged")
        if not (aside.exists() and aside.samefile(warc)):
            os.link(warc, aside)
        # What was read of the damaged file may tell of records that are gone.
        for made in (home.articles, home.unread_pages, home.identities):
            for stale in made("").glob(f"*/{warc.parent.name}/{warc.name.removesuffix(SUFFIX)}.parquet"):
                stale.unlink()
        put_in_place(mended, warc)
        for stale in (index_path(home, warc), observations_path(home, warc), report_path(home, warc)):
            stale.unlink(missing_ok=True)
        index_warc(home, warc)
    return captures


def _is_indexed(home: Home, warc: Path) -> bool:
    return (
        _is_readable(index_path(home, warc))
        and observations_path(home, warc).exists()
        and _is_readable_report(report_path(home, warc))
    )


def _is_readable(index: Path) -> bool:
    """Tell whether an index file is there and whole; a spoilt one is made again from its WARC file."""
    try:
        return pq.read_metadata(index).num_columns == len(CAPTURE_SCHEMA.names)
    except (pa.ArrowException, OSError):
        return False


def _is_readable_report(path: Path) -> bool:
    """Tell whether a report is there, and says all that today's reports do."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.keys() == {field.name for field in fields(CrawlReport)}


def _is_among(warc: Path, portals: Collection[str] | None) -> bool:
    return portals is None or warc.parent.name in portals


def _recover_parts(home: Home, portals: Collection[str] | None) -> tuple[list[Path], list[DamagedWarcError]]:
    recovered: list[Path] = []
    damaged: list[DamagedWarcError] = []
    for part in sorted(home.warc.glob(f"*/*{SUFFIX}{PART_SUFFIX}")):
        if not _is_among(part, portals):
            continue
        try:
            with portal_lock(home, part.parent.name):
                if part.exists():
                    recovered.extend(_recover_part(part))
        except PortalBusyError:
            # The part belongs to a crawl that is running.
            continue
        except DamagedWarcError as error:
            damaged.append(error)
    return recovered, damaged


def _forget_missing(home: Home) -> None:
    """Remove what the index says of WARC files that were taken away: it is made from the files and nothing else."""
    derived = ((home.index, "parquet"), (home.observations, "json"), (home.crawls, "json"))
    for file in (file for folder, suffix in derived for file in folder.glob(f"*/[!.]*.{suffix}")):
        if not warc_path(home, file.parent.name, file.stem).exists():
            file.unlink(missing_ok=True)


def _recover_part(part: Path) -> list[Path]:
    warc = part.with_name(part.name.removesuffix(PART_SUFFIX))
    if part.stat().st_size == 0:
        # Killed before the first record: there is nothing to lose.
        part.unlink()
        return []
    if read_info(part).imported_from is not None:
        # A part of an import would pass for the whole of it; the file that it came from still has everything.
        part.unlink()
        return []
    recover(part, warc, _report_of_broken_crawl(part))
    part.unlink()
    return [warc]


def _report_of_broken_crawl(warc: Path) -> CrawlReport:
    """Return the report of a crawl whose process ended before it could write one; what was stored decides its end."""
    info = read_info(warc)
    return CrawlReport(
        kind=info.kind,
        crawl_id=info.crawl_id,
        portal=info.portal,
        run_id=info.run_id,
        started_at=info.started_at,
        ended_at=info.started_at,
        verdict="partial",
        verdict_reason="the crawl's process ended before its end; what it had stored was recovered",
        requests=0,
        captures=0,
        list_rows_seen=0,
        articles_found=0,
        articles_new=0,
        errors={"process_ended": 1},
        warc_file=f"{warc.parent.name}/{warc.name.removesuffix(PART_SUFFIX)}",
    )
