"""Imports WARC files of other crawlers: the only source of history for portals that are gone.

Each capture keeps its time and, if its record ID is a new UUID, its record ID. Belongs here: the import of a file, and
of several that refer to each other. Does not belong here: rules on records (`spiders.imports.survey`), what a capture
keeps (`spiders.imports.portal_part`), and reading the files (`warehouse.archive.warc.external`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from spiders.imports.portal_part import UNRESOLVED, ArchivedCaptures, PortalPart
from spiders.imports.survey import Refusal, Survey, portals_of, reason_to_skip, refusal_of, survey
from spiders.platforms.keys import key_rule
from spiders.portal import Portal
from warehouse.archive.files import SUFFIX, all_warc_files
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.index.references import References, indexed_captures, wanted_of
from warehouse.archive.state.queries import open_state
from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, check_space
from warehouse.archive.warc import external
from warehouse.archive.warc.external import Checked, ExternalWarcError
from warehouse.archive.warc.external_record import ExternalRecord, Fault
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.http_block import HttpBlockError, exchange_from
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

_DIGEST_DIGITS: Final = 12
# The free disk space is checked once per this many records: soon enough to stop before the disk is full.
_RECORDS_A_STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of importing one file.

    Attributes:
        file: the imported file.
        reports: reports of the portals that got captures, by slug.
        already: WARC files of the archive into which the same file was imported before, without anything new now.
        known: captures that the archive has from other files.
        skipped: records that are no captures of a portal, by `WARC-Type` or `out_of_scope`.
        faults: damage in the file.
        refused: records that were not imported.
        has_captures: whether any record is in the scope of a portal, refused ones included.
        error: why nothing of the file can be read; None if something can.
    """

    file: Path
    reports: Mapping[str, CrawlReport] = field(default_factory=dict)
    already: tuple[StoredFile, ...] = ()
    known: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    refused: tuple[Refusal, ...] = ()
    has_captures: bool = True
    error: ExternalWarcError | None = None

    @property
    def unresolved(self) -> tuple[Refusal, ...]:
        """The refused revisits whose response may be in another file."""
        return tuple(one for one in self.refused if one.kind == UNRESOLVED)


def import_warcs(
    home: Home,
    portals: Sequence[Portal],
    files: Sequence[Path],
    run_id: str,
    now: datetime,
    *,
    least_free_bytes: int = LEAST_FREE_BYTES,
    on_progress: Callable[[Path, int], None] | None = None,
) -> Iterator[Imported]:
    """Import WARC files; yield the outcome of each, and what files after it added to it.

    A revisit may refer to a response in any of the files. Those whose response is nowhere are refused at the end, in an
    outcome of their own. Raises what `import_warc` does, but for `ExternalWarcError`, which becomes an outcome.
    """
    references = References(home, now)

    def one(file: Path) -> Imported:
        try:
            return import_warc(
                home,
                portals,
                file,
                run_id,
                now,
                references=references,
                least_free_bytes=least_free_bytes,
                on_progress=(lambda count: on_progress(file, count)) if on_progress else None,
            )
        except ExternalWarcError as error:
            return Imported(file, error=error)

    waiting: list[Imported] = []
    for file in files:
        done = one(file)
        yield replace(done, refused=tuple(refusal for refusal in done.refused if refusal.kind != UNRESOLVED))
        if done.unresolved:
            waiting.append(done)
    is_resolving = len(files) > 1
    while waiting and is_resolving:
        repeated = [one(done.file) for done in waiting]
        yield from (Imported(done.file, done.reports) for done in repeated if done.reports)
        is_resolving = any(done.reports for done in repeated)
        waiting = [done for done in repeated if done.unresolved]
    yield from (Imported(done.file, refused=done.unresolved) for done in waiting)


def import_warc(
    home: Home,
    portals: Sequence[Portal],
    file: Path,
    run_id: str,
    now: datetime,
    *,
    references: References | None = None,
    least_free_bytes: int = LEAST_FREE_BYTES,
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Import a WARC file's captures in the portals' scopes; a repeated import adds what was refused.

    A capture within the scope of several portals is imported for each of them.

    Args:
        home: the home of the archive.
        portals: the portals.
        file: the file.
        run_id: the run ID of the reports.
        now: the time of the home's clock; captures with a later date are refused.
        references: what other files of the same command said of their responses.
        least_free_bytes: the disk space that must stay free.
        on_progress: called now and then with the number of records read so far.

    Memory: one record, and some hundred bytes for each imported capture.

    Raises:
        ExternalWarcError: the file has no WARC record.
        PortalBusyError: a portal that would get captures is being crawled.
        DiskAlmostFullError: too little disk space is free; nothing of the file was kept.
        OSError: the file cannot be read, or the archive cannot be written.
    """
    checked = external.check(file)
    found = survey(file, checked, portals, now)
    if found.count == 0:
        reason = (
            f"damaged at byte {found.faults[0].offset}: {found.faults[0].problem}" if found.faults else "it is empty"
        )
        raise ExternalWarcError(f"{file}: {reason}")
    wanted = {portal.slug: portal for portal in portals if portal.slug in found.times}
    references = references or References(home, now)
    references.update_index(wanted)
    with ExitStack() as stack:
        for slug in wanted:
            stack.enter_context(portal_lock(home, slug))
        earlier = {slug: _earlier_imports(home, slug, checked) for slug in wanted}
        archived = _archived(home, found, references)
        parts = []
        for slug, portal in wanted.items():
            state = stack.enter_context(open_state(home, slug, key_rule(portal)))
            info = _info(portal, file, checked, found, run_id, len(earlier[slug]))
            part = PortalPart(home, portal, state, info, found, archived, references)
            # An incomplete import would look complete, so it is discarded; it can be repeated.
            stack.callback(part.writer.discard)
            parts.append(part)
        refused = list(found.refused)
        if parts:
            for count, item in enumerate(external.records(file, checked)):
                if count % _RECORDS_A_STEP == 0:
                    check_space(home.warc, least_free_bytes)
                    if on_progress:
                        on_progress(count)
                if isinstance(item, ExternalRecord):
                    refused += _store(item, parts, now)
        for part in parts:
            refused += part.settle()
        refused = sorted(set(refused), key=lambda one: one.offset)
        reports = {
            part.portal.slug: part.finish(home, found.times[part.portal.slug][1], file, refused)
            for part in parts
            if part.writer.captures
        }
    return Imported(
        file,
        reports,
        already=tuple(warc for slug in wanted if slug not in reports for warc in earlier[slug][:1]),
        known=sum(part.known for part in parts if not earlier[part.portal.slug]),
        skipped=found.skipped,
        faults=tuple(found.faults),
        refused=tuple(refused),
        has_captures=bool(found.times or found.refused),
    )


def _store(record: ExternalRecord, parts: Sequence[PortalPart], now: datetime) -> list[Refusal]:
    """Write a record for each portal to which it belongs; return why it was refused, if it was."""
    portals = [part.portal for part in parts]
    captured_at = record.captured_at
    if record.kind == "warcinfo" or reason_to_skip(record, portals) or refusal_of(record, now) or captured_at is None:
        return []
    try:
        exchange = exchange_from(
            record.block or b"", record.headers.get("warc-truncated"), is_revisit=record.kind == "revisit"
        )
    except HttpBlockError as error:
        return [Refusal(record.offset, record.url, "not_http", str(error))]
    slugs = {portal.slug for portal in portals_of(record.url, portals)}
    for part in parts:
        if part.portal.slug in slugs:
            part.store(record, exchange, captured_at)
    return []


def _archived(home: Home, found: Survey, references: References) -> ArchivedCaptures:
    """Return what the archive has of a file's captures, and remember the responses of its revisits."""
    ids, urls, digests = wanted_of(found.wanted)
    captures = indexed_captures(home, ids | found.ids, urls | found.urls, digests)
    references.add_indexed(captures, found.wanted)
    return ArchivedCaptures(captures)


def _earlier_imports(home: Home, slug: str, checked: Checked) -> list[StoredFile]:
    """Return the WARC files into which the same file was imported before; the first import is the first."""
    ending = re.compile(rf".*-{checked.sha256[:_DIGEST_DIGITS]}(?:-(\d+))?{re.escape(SUFFIX)}")
    found = [(match, warc) for warc in all_warc_files(home, slug) if (match := ending.fullmatch(warc.name))]
    return [warc for _, warc in sorted(found, key=lambda one: int(one[0][1] or 1))]


def _info(portal: Portal, file: Path, checked: Checked, found: Survey, run_id: str, imports_before: int) -> CrawlInfo:
    """Return the crawl info of the new WARC file; its crawl ID identifies the imported file."""
    started_at = found.times[portal.slug][0]
    number = f"-{imports_before + 1}" if imports_before else ""
    return CrawlInfo(
        crawl_id=f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{checked.sha256[:_DIGEST_DIGITS]}{number}",
        portal=portal.slug,
        run_id=run_id,
        started_at=started_at,
        user_agent=found.software,
        kind="import",
        portal_definition=portal.model_dump(mode="json"),
        imported_from={"file": file.name, "sha256": checked.sha256},
    )
