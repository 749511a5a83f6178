"""WARC files of other crawlers, brought into the archive: for portals that are gone, the only way to their history.

Each response keeps its own capture time and, where it has a UUID that the archive does not, its record id. Here: which
records belong to which portal, and the WARC file and report that are made of them. Not here: how foreign records read
(`warehouse.archive.warc.external`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
from fastwarc.warc import WarcRecord, WarcRecordType

from spiders.platforms import PLATFORMS
from spiders.portal import Portal
from warehouse.archive.files import SUFFIX, warc_files
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.locks import portal_lock
from warehouse.archive.state.questions import CrawlState, open_state
from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, check_space
from warehouse.archive.warc.external import (
    RECORD_MAX_BYTES,
    Checked,
    Exchange,
    ForeignWarcError,
    check,
    date_of,
    exchange_of,
    is_response,
    records,
    referred_to,
    software_of,
    url_of,
    uuid_of,
)
from warehouse.archive.warc.format import CrawlInfo, RecordReference
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

_DIGEST_DIGITS = 12
# Often enough to stop before a disk is full, seldom enough to cost nothing.
_RECORDS_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    Attributes:
        file: the file that was imported.
        reports: of the portals that something came for, by slug.
        already: WARC files of the archive that this very file was imported into before; nothing was done for them.
        known: responses that the archive had already, under the same record id.
        skipped: records that were not taken, by kind of record or reason.
        broken: where the file breaks off, if it does; what stood before was imported.
    """

    file: Path
    reports: Mapping[str, CrawlReport]
    already: tuple[StoredFile, ...]
    known: int
    skipped: Mapping[str, int]
    broken: ForeignWarcError | None


@dataclass(slots=True)
class _Survey:
    """What a first reading of a file found: for each portal the times, and all record ids that are wanted."""

    times: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    record_ids: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    software: str = "unknown"
    broken: ForeignWarcError | None = None
    count: int = 0


class _Import:
    """One portal's share of a file, while it is being written."""

    def __init__(self, home: Home, portal: Portal, state: CrawlState, info: CrawlInfo) -> None:
        self.portal = portal
        self.info = info
        self.writer = WarcWriter(home, info)
        self.known = 0
        self._state = state
        self._articles: set[str] = set()
        self._articles_captured: set[str] = set()
        self._errors: Counter[str] = Counter()
        self._revisits = 0
        # Where the bodies stand that revisits of the same file refer to, by record id and by address and date.
        self._by_id: dict[str, RecordReference] = {}
        self._by_place: dict[tuple[str, str], RecordReference] = {}

    def store(self, record: WarcRecord, exchange: Exchange, captured_at: datetime, record_id: str | None) -> None:
        """Write one response or revisit; `record_id` is the id that it may keep."""
        url = url_of(record)
        platform = PLATFORMS[self.portal.platform]
        key = None
        if platform.is_article_url(url, self.portal):
            key = platform.article_key(url) or platform.canonical_url(url)
            self._articles.add(key)
        if record.record_type == WarcRecordType.revisit:
            self._store_revisit(record, url, exchange, captured_at, key)
            return
        if exchange.truncated:
            self._errors["truncated"] += 1
        reference = self.writer.write(
            url,
            captured_at,
            exchange.status_line,
            exchange.headers,
            exchange.payload,
            ip_address=record.headers.get("WARC-IP-Address"),
            article_key=key,
            record_id=record_id,
            truncated=exchange.truncated,
        )
        if key and re.match(rb"\S+ 200(?: |$)", exchange.status_line):
            self._articles_captured.add(key)
        if own_id := uuid_of(record.record_id):
            self._by_id[own_id] = reference
        self._by_place[url, record.headers.get("WARC-Date") or ""] = reference

    def _store_revisit(
        self, record: WarcRecord, url: str, exchange: Exchange, captured_at: datetime, key: str | None
    ) -> None:
        record_id, place = referred_to(record)
        reference = self._by_id.get(record_id or "") or self._by_place.get(place)
        if reference is None:
            self._errors["revisit_unresolved"] += 1
            return
        self.writer.write_revisit(
            url, captured_at, exchange.status_line or b"HTTP/1.1 200 OK", exchange.headers, reference, article_key=key
        )
        self._revisits += 1

    def finish(self, home: Home, ended_at: datetime, file: Path) -> CrawlReport:
        """Complete the WARC file with its report, and return that."""
        known = (self._state.article(key) for key in self._articles_captured)
        new = sum(article is None or article.first_captured_at is None for article in known)
        info = self.info
        report = CrawlReport(
            crawl_id=info.crawl_id,
            portal=info.portal,
            run_id=info.run_id,
            started_at=info.started_at,
            ended_at=ended_at,
            verdict="ok" if new else "no_news",
            verdict_reason=f"{self.writer.captures} captures imported from {file.name}",
            requests=0,
            captures=self.writer.captures,
            list_rows_seen=0,
            articles_found=len(self._articles),
            articles_new=new,
            errors=dict(self._errors),
            warc_file=self.writer.name,
            kind="import",
            articles_captured=len(self._articles_captured),
            not_modified=self._revisits,
        )
        index_warc(home, self.writer.close(report))
        return report


def import_warc(
    home: Home,
    portals: Sequence[Portal],
    file: Path,
    run_id: str,
    *,
    least_free_bytes: int = LEAST_FREE_BYTES,
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Bring the responses of a WARC file that are in a portal's scope into the archive; once, however often called.

    Memory: one record, and some hundred bytes for each response that is taken.

    Args:
        home: whose archive.
        portals: to which responses may belong; one that several cover comes to each of them.
        file: a `.warc` or `.warc.gz` file by any crawler.
        run_id: the run that the reports name.
        least_free_bytes: how much space is to stay free.
        on_progress: called with the count of records, every so many.

    Raises:
        ForeignWarcError: there is not one WARC record in the file.
        PortalBusyError: a portal that something belongs to is being crawled.
        DiskAlmostFullError: less space is free than should be; nothing of the file was kept.
        OSError: the file cannot be read, or the archive cannot be written.
    """
    checked = check(file)
    survey = _surveyed(file, checked, portals)
    if survey.count == 0 and survey.broken:
        raise survey.broken
    wanted = {portal.slug: portal for portal in portals if portal.slug in survey.times}
    with ExitStack() as stack:
        for slug in wanted:
            stack.enter_context(portal_lock(home, slug))
        already = [warc for slug in wanted for warc in _earlier_imports(home, slug, checked)]
        for warc in already:
            del wanted[warc.folder]
        imports = []
        for portal in wanted.values():
            state = stack.enter_context(open_state(home, portal.slug))
            one = _Import(home, portal, state, _info(portal, file, checked, survey, run_id))
            # What was not completed can be had from the file again, and would pass for the whole of it.
            stack.callback(one.writer.discard)
            imports.append(one)
        if imports:
            taken = _taken(home, survey.record_ids)
            # That the file breaks off, and where, its survey has told.
            with suppress(ForeignWarcError):
                for count, record in enumerate(records(file, checked)):
                    if count % _RECORDS_A_STEP == 0:
                        check_space(home.warc, least_free_bytes)
                        if on_progress:
                            on_progress(count)
                    _take(record, file, imports, taken)
        reports = {
            one.portal.slug: one.finish(home, survey.times[one.portal.slug][1], file)
            for one in imports
            if one.writer.captures
        }
    known = sum(one.known for one in imports)
    return Imported(file, reports, tuple(already), known, survey.skipped, survey.broken)


def _surveyed(file: Path, checked: Checked, portals: Sequence[Portal]) -> _Survey:
    """Read a file once without its bodies."""
    survey = _Survey()
    try:
        for record in records(file, checked):
            survey.count += 1
            if record.record_type == WarcRecordType.warcinfo:
                survey.software = software_of(record) or survey.software
            elif reason := _reason_to_skip(record, portals):
                survey.skipped[reason] += 1
            elif captured_at := date_of(record):
                survey.record_ids.update(filter(None, [uuid_of(record.record_id)]))
                for portal in _belongs_to(record, portals):
                    first, last = survey.times.get(portal.slug, (captured_at, captured_at))
                    survey.times[portal.slug] = (min(first, captured_at), max(last, captured_at))
    except ForeignWarcError as error:
        survey.broken = error
    return survey


def _reason_to_skip(record: WarcRecord, portals: Sequence[Portal]) -> str | None:
    """Return why a record is not taken: its kind, or what it lacks."""
    if not is_response(record):
        return (record.headers.get("WARC-Type") or "unknown").lower()
    if not _belongs_to(record, portals):
        return "out_of_scope"
    if date_of(record) is None:
        return "undated"
    return "too_large" if record.content_length > RECORD_MAX_BYTES else None


def _belongs_to(record: WarcRecord, portals: Sequence[Portal]) -> list[Portal]:
    url = url_of(record)
    return [portal for portal in portals if portal.scope.covers(url)]


def _earlier_imports(home: Home, slug: str, checked: Checked) -> list[StoredFile]:
    """Return the WARC file into which this very file was imported before, if it was."""
    ending = f"-{checked.sha256[:_DIGEST_DIGITS]}{SUFFIX}"
    return [warc for warc in warc_files(home, slug) if warc.name.endswith(ending)][:1]


def _info(portal: Portal, file: Path, checked: Checked, survey: _Survey, run_id: str) -> CrawlInfo:
    """Return the first record of the WARC file to be; equal for every import of the same file."""
    started_at = survey.times[portal.slug][0]
    return CrawlInfo(
        crawl_id=f"{portal.slug}-{started_at:%Y%m%dT%H%M%SZ}-{checked.sha256[:_DIGEST_DIGITS]}",
        portal=portal.slug,
        run_id=run_id,
        started_at=started_at,
        user_agent=survey.software,
        kind="import",
        portal_definition=portal.model_dump(mode="json"),
        imported_from={"file": file.name, "sha256": checked.sha256},
    )


def _taken(home: Home, record_ids: set[str]) -> dict[str, tuple[str, str]]:
    """Return which record ids the archive has already: portal and address of each."""
    taken: dict[str, tuple[str, str]] = {}
    for index in home.storage.list(INDEX_FOLDER, ".parquet"):
        with home.storage.open(index.key) as file:
            rows = pq.ParquetFile(file).iter_batches(columns=["capture_id", "portal", "url"])
            for row in (row for batch in rows for row in batch.to_pylist()):
                if row["capture_id"] in record_ids:
                    taken[row["capture_id"]] = (row["portal"], row["url"])
    return taken


def _take(record: WarcRecord, file: Path, imports: Sequence[_Import], taken: dict[str, tuple[str, str]]) -> None:
    """Write a record into the share of each portal that it belongs to."""
    portals = [one.portal for one in imports]
    captured_at = date_of(record)
    if _reason_to_skip(record, portals) or captured_at is None:
        return
    exchange = exchange_of(record, file)
    belonging = _belongs_to(record, portals)
    record_id = uuid_of(record.record_id)
    url = url_of(record)
    for one in (one for one in imports if one.portal in belonging):
        if record_id is not None and taken.get(record_id) == (one.portal.slug, url):
            one.known += 1
            continue
        one.store(record, exchange, captured_at, None if record_id in taken else record_id)
        if record_id is not None:
            # A second portal's, or a second record's of the same id, gets one of its own.
            taken.setdefault(record_id, ("", ""))
