"""Recovers the unfinished WARC files of killed crawls.

Does not belong here: finding intact records (`warehouse.archive.warc.recovery`), and files that were damaged
later (`warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from warehouse.archive.files import PART_SUFFIX, SUFFIX, warc_file
from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.archive.warc.format import CrawlInfo, DamagedWarcError
from warehouse.archive.warc.reader import read_info
from warehouse.archive.warc.recovery import recover
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile


def recover_parts(home: Home, portals: Collection[str] | None) -> tuple[list[StoredFile], list[DamagedWarcError]]:
    """Turn unfinished WARC files into complete ones; `portals` None means those of all portals.

    Empty files and unfinished imports are deleted. Return the recovered files, and an error for each file without a
    readable first record.
    """
    recovered: list[StoredFile] = []
    damaged: list[DamagedWarcError] = []
    for part in sorted(home.warc.glob(f"[!.]*/[!.]*{SUFFIX}{PART_SUFFIX}")):
        if portals is not None and part.parent.name not in portals:
            continue
        try:
            with portal_lock(home, part.parent.name):
                if part.exists():
                    recovered.extend(_recover_part(home, part))
        except PortalBusyError:
            # A running crawl is still writing the file.
            continue
        except DamagedWarcError as error:
            damaged.append(error)
    return recovered, damaged


def _recover_part(home: Home, part: Path) -> list[StoredFile]:
    warc = warc_file(home, part.parent.name, part.name.removesuffix(SUFFIX + PART_SUFFIX))
    # The file is empty if the crawl was killed before it wrote the first record.
    info = read_info(StoredFile.at(part)) if part.stat().st_size else None
    # A recovered part would count as the complete import. The file can be imported again instead.
    if info is None or info.imported_from is not None:
        part.unlink()
        return []
    recovered = part.with_name(f".{warc.name}.recovered")
    try:
        recover(part, recovered, report_of_killed_crawl(info))
        warc.adopt(recovered)
    finally:
        recovered.unlink(missing_ok=True)
    part.unlink()
    return [warc]


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
