"""Recovers the unfinished WARC files of killed crawls, and lost crawl infos.

A crawl info is lost where a file's first record is damaged.
Does not belong here: finding intact records (`warehouse.archive.warc.recovery`), and files that were damaged
later (`warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from warehouse.archive.files import PART_SUFFIX, SUFFIX, crawl_id_of, report_file, warc_file, warc_files
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.index.reports import parse_any_report
from warehouse.archive.warc.format import CrawlInfo, DamagedWarcError
from warehouse.archive.warc.members.content import captured_at, is_capture, is_report, report_in
from warehouse.archive.warc.reader import MisplacedWarcError, read_info
from warehouse.archive.warc.recovery import parts_of, recover
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

# The crawl ID of an import ends with digits of the imported file's digest, and the number of the repetition.
_IMPORTED: Final = re.compile(r"-[0-9a-f]{12}(-\d+)?\Z")


def recover_parts(home: Home, portals: Collection[str] | None) -> tuple[list[StoredFile], list[DamagedWarcError]]:
    """Turn unfinished WARC files into complete ones; `portals` None means those of all portals.

    Files without a whole record and unfinished imports are deleted. A file that is damaged before its end is kept as
    `<name>.damaged`. A complete file of the same name is never replaced. Return the recovered files, and an error for
    each that was damaged or cannot be read.
    """
    recovered: list[StoredFile] = []
    damaged: list[DamagedWarcError] = []
    for part in sorted(home.warc.glob(f"[!.]*/[!.]*{SUFFIX}{PART_SUFFIX}")):
        if portals is not None and part.parent.name not in portals:
            continue
        try:
            with portal_lock(home, part.parent.name):
                if part.is_file():
                    recovered.extend(_recover_part(home, part, damaged))
                elif part.exists() or part.is_symlink():
                    damaged.append(DamagedWarcError(part, 0, "it is not a plain file", "Move it away"))
        except PortalBusyError:
            # A running crawl is still writing the file.
            continue
        except DamagedWarcError as error:
            damaged.append(error)
    return recovered, damaged


def _recover_part(home: Home, part: Path, damaged: list[DamagedWarcError]) -> list[StoredFile]:
    warc = warc_file(home, part.parent.name, part.name.removesuffix(SUFFIX + PART_SUFFIX))
    try:
        with part.open("rb") as file:
            first = next(parts_of(file, {}), None)
    except OSError as error:
        raise DamagedWarcError(
            part, 0, f"it cannot be read: {error.strerror or error}", "Make it readable, or move it out of the archive"
        ) from error
    info = None if first is None or first.is_cut else crawl_info(home, StoredFile.at(part), part, {})
    # The file has no whole record if the crawl was killed before it wrote the first one. A recovered part of an import
    # would count as the complete import: the file can be imported again instead.
    if info is None or info.imported_from is not None or _IMPORTED.search(crawl_id_of(warc)):
        part.unlink()
        return []
    temporary = part.with_name(f".{warc.name}.recovered")
    try:
        done = recover(part, temporary, info, report_of_killed_crawl(info), {})
        if not warc.exists():
            warc.adopt(temporary)
        elif not _is_in(temporary, warc):
            problem = f"it has captures that the complete file of its name, {warc}, lacks"
            raise DamagedWarcError(part, 0, problem, "Move one of the two out of the archive; nothing was changed")
    finally:
        temporary.unlink(missing_ok=True)
    if done.has_only_cut:
        part.unlink()
        return [warc]
    kept = _free_name(part)
    part.rename(kept)
    lost = done.lost[0]
    remedy = f"{done.captures} captures before it are kept, and the damaged file is kept as {kept}"
    damaged.append(DamagedWarcError(part, lost.begin, lost.problem, remedy))
    return [warc]


def _is_in(recovered: Path, warc: StoredFile) -> bool:
    """Tell whether a complete file has all captures of a recovered one: its recovery was killed late."""
    with warc.local() as complete:
        return _capture_ids(recovered) <= _capture_ids(complete)


def _capture_ids(path: Path) -> set[str]:
    with path.open("rb") as file:
        records = (part.record for part in parts_of(file, {}))
        return {record.headers.get("warc-record-id", "") for record in records if record and is_capture(record)}


def _free_name(part: Path) -> Path:
    """Return a name for a damaged unfinished file that no file has."""
    stem = part.name.removesuffix(SUFFIX + PART_SUFFIX)
    numbers = itertools.chain([""], (f".{count}" for count in itertools.count(2)))
    names = (f"{stem}{number}{SUFFIX}.damaged" for number in numbers)
    return next(path for path in map(part.with_name, names) if not path.exists())


def crawl_info(home: Home, file: StoredFile, path: Path, known: Mapping[int, str]) -> CrawlInfo:
    """Return the crawl info of a WARC file; rebuilt if the first record is damaged.

    The file may be unfinished.

    `path` is the file on this machine, and `known` as for `warehouse.archive.warc.recovery.parts_of`. Rebuilt, the info
    has the portal's definition in another file of the portal, or a definition of the slug alone.

    Raises:
        MisplacedWarcError: the file is of another portal or crawl.
    """
    try:
        return read_info(file)
    except MisplacedWarcError:
        raise
    except DamagedWarcError:
        warc = warc_file(home, file.folder, file.name.removesuffix(PART_SUFFIX).removesuffix(SUFFIX))
        report, started_at = _report_and_beginning(home, warc, path, known)
    return CrawlInfo(
        crawl_id=crawl_id_of(warc),
        portal=warc.folder,
        run_id=report.run_id if report else "unknown",
        started_at=started_at,
        user_agent="unknown: the record that said so was lost",
        portal_definition=_definition_elsewhere(home, warc),
        kind=report.kind if report else "full",
    )


def _report_and_beginning(
    home: Home, warc: StoredFile, path: Path, known: Mapping[int, str]
) -> tuple[CrawlReport | None, datetime]:
    """Return the report of a crawl, if one is left, and when the crawl began."""
    report: CrawlReport | None = None
    times: list[datetime] = []
    with path.open("rb") as file:
        for part in parts_of(file, known):
            if part.record and is_report(part.record):
                report = report_in(part.record)
            elif part.record and is_capture(part.record):
                times.append(captured_at(part.record))
    if report is None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            report = parse_any_report(report_file(home, warc).read())
    if report is not None:
        return report, report.started_at
    return None, min(times, default=datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _definition_elsewhere(home: Home, warc: StoredFile) -> dict[str, Any]:
    for other in sorted(warc_files(home, warc.folder), key=lambda one: (one.name < warc.name, one.name)):
        if other.name != warc.name:
            with suppress(DamagedWarcError):
                return read_info(other).portal_definition
    return {"slug": warc.folder}


def report_of_killed_crawl(info: CrawlInfo) -> CrawlReport:
    """Return a report for a crawl that wrote none; `recover` sets its `ended_at` and `captures`."""
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
        warc_file=f"{info.portal}/{info.crawl_id}{SUFFIX}",
    )
