"""What killed crawls left: whole WARC files made of the records that were stored.

Not here: the search for whole records (`warehouse.archive.warc.recovery`), and files that were damaged later
(`warehouse.archive.upkeep.recover`).
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
    """Make whole WARC files of what killed crawls left; return them, and the errors of those that say nothing.

    Args:
        home: whose archive.
        portals: slugs of those to look at; None for all.
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
            # The part belongs to a crawl that is running.
            continue
        except DamagedWarcError as error:
            damaged.append(error)
    return recovered, damaged


def _recover_part(home: Home, part: Path) -> list[StoredFile]:
    warc = warc_file(home, part.parent.name, part.name.removesuffix(SUFFIX + PART_SUFFIX))
    if part.stat().st_size == 0:
        # Killed before the first record: there is nothing to lose.
        part.unlink()
        return []
    info = read_info(StoredFile.at(part))
    if info.imported_from is not None:
        # A part of an import would pass for the whole of it; the file that it came from still has everything.
        part.unlink()
        return []
    whole = part.with_name(f".{warc.name}.recovered")
    try:
        recover(part, whole, report_of_broken_crawl(info))
        warc.adopt(whole)
    finally:
        whole.unlink(missing_ok=True)
    part.unlink()
    return [warc]


def report_of_broken_crawl(info: CrawlInfo) -> CrawlReport:
    """Return the report of a crawl whose process ended before it could write one; what was stored decides its end."""
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
