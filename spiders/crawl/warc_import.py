"""Imports WARC files of other crawlers: the only source of history for portals that are gone.

Each response keeps its capture time and, if its record ID is a new UUID, its record ID. Belongs here: which records
belong to which portal, and the new WARC file. Does not belong here: reading records (see
`warehouse.archive.warc.external`).
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
from warehouse.archive.state.queries import CrawlState, open_state
from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, check_space
from warehouse.archive.warc import external
from warehouse.archive.warc.external import Checked, Exchange, ExternalWarcError
from warehouse.archive.warc.format import CrawlInfo, RecordReference
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import INDEX_FOLDER, Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

_DIGEST_DIGITS = 12
# The free disk space is checked once per this many records: soon enough to stop before the disk is full.
_RECORDS_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of importing one file.

    Attributes:
        file: the imported file.
        reports: reports of the portals that got captures, by slug.
        already: WARC files of the archive into which the same file was imported before; they stay as they are.
        known: responses that the archive already has, under the same record ID.
        skipped: records that were skipped, by kind of record or reason.
        broken: where the file breaks off, if it does; everything before that was imported.
    """

    file: Path
    reports: Mapping[str, CrawlReport]
    already: tuple[StoredFile, ...]
    known: int
    skipped: Mapping[str, int]
    broken: ExternalWarcError | None


@dataclass(slots=True)
class _Survey:
    """Result of the first pass over a file: each portal's time range, and the IDs of wanted records."""

    times: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    record_ids: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    software: str = "unknown"
    broken: ExternalWarcError | None = None
    count: int = 0


class _Import:
    """One portal's part of a file, while it is being written."""

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
        # The records that revisits of the same file refer to, by record ID, and by URL and date.
        self._by_id: dict[str, RecordReference] = {}
        self._by_place: dict[tuple[str, str], RecordReference] = {}

    def store(self, record: WarcRecord, exchange: Exchange, captured_at: datetime, record_id: str | None) -> None:
        """Write one response or revisit; `record_id` is the ID that it may keep."""
        url = external.url_of(record)
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
        if own_id := external.uuid_of(record.record_id):
            self._by_id[own_id] = reference
        self._by_place[url, record.headers.get("WARC-Date") or ""] = reference

    def _store_revisit(
        self, record: WarcRecord, url: str, exchange: Exchange, captured_at: datetime, key: str | None
    ) -> None:
        record_id, place = external.referred_to(record)
        reference = self._by_id.get(record_id or "") or self._by_place.get(place)
        if reference is None:
            self._errors["revisit_unresolved"] += 1
            return
        self.writer.write_revisit(
            url, captured_at, exchange.status_line or b"HTTP/1.1 200 OK", exchange.headers, reference, article_key=key
        )
        self._revisits += 1

    def finish(self, home: Home, ended_at: datetime, file: Path) -> CrawlReport:
        """Complete the WARC file with its report, and return the report."""
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
    """Import a WARC file's responses within the portals' scopes; importing it again changes nothing.

    A response within the scope of several portals is imported for each of them. `on_progress` is called now and then
    with the number of records read so far. Memory: one record, and some hundred bytes for each imported response.

    Raises:
        ExternalWarcError: the file has no WARC record.
        PortalBusyError: a portal that would get captures is being crawled.
        DiskAlmostFullError: too little disk space is free; nothing of the file was kept.
        OSError: the file cannot be read, or the archive cannot be written.
    """
    checked = external.check(file)
    survey = _survey(file, checked, portals)
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
            # An incomplete import would look complete, so it is discarded; it can be repeated.
            stack.callback(one.writer.discard)
            imports.append(one)
        if imports:
            taken = _known_record_ids(home, survey.record_ids)
            # The survey has already reported where the file breaks off.
            with suppress(ExternalWarcError):
                for count, record in enumerate(external.records(file, checked)):
                    if count % _RECORDS_A_STEP == 0:
                        check_space(home.warc, least_free_bytes)
                        if on_progress:
                            on_progress(count)
                    _import_record(record, file, imports, taken)
        reports = {
            one.portal.slug: one.finish(home, survey.times[one.portal.slug][1], file)
            for one in imports
            if one.writer.captures
        }
    known = sum(one.known for one in imports)
    return Imported(file, reports, tuple(already), known, survey.skipped, survey.broken)


def _survey(file: Path, checked: Checked, portals: Sequence[Portal]) -> _Survey:
    """Return the result of the first pass over a file, which skips bodies."""
    survey = _Survey()
    try:
        for record in external.records(file, checked):
            survey.count += 1
            if record.record_type == WarcRecordType.warcinfo:
                survey.software = external.software_of(record) or survey.software
            elif reason := _reason_to_skip(record, portals):
                survey.skipped[reason] += 1
            elif captured_at := external.date_of(record):
                survey.record_ids.update(filter(None, [external.uuid_of(record.record_id)]))
                for portal in _portals_of(record, portals):
                    first, last = survey.times.get(portal.slug, (captured_at, captured_at))
                    survey.times[portal.slug] = (min(first, captured_at), max(last, captured_at))
    except ExternalWarcError as error:
        survey.broken = error
    return survey


def _reason_to_skip(record: WarcRecord, portals: Sequence[Portal]) -> str | None:
    """Return why a record is skipped: its WARC type or what is wrong with it; None if it is imported."""
    if not external.is_response(record):
        return (record.headers.get("WARC-Type") or "unknown").lower()
    if not _portals_of(record, portals):
        return "out_of_scope"
    if external.date_of(record) is None:
        return "undated"
    return "too_large" if record.content_length > external.RECORD_MAX_BYTES else None


def _portals_of(record: WarcRecord, portals: Sequence[Portal]) -> list[Portal]:
    url = external.url_of(record)
    return [portal for portal in portals if portal.scope.covers(url)]


def _earlier_imports(home: Home, slug: str, checked: Checked) -> list[StoredFile]:
    """Return the WARC file into which the same file was imported before, if it was."""
    ending = f"-{checked.sha256[:_DIGEST_DIGITS]}{SUFFIX}"
    return [warc for warc in warc_files(home, slug) if warc.name.endswith(ending)][:1]


def _info(portal: Portal, file: Path, checked: Checked, survey: _Survey, run_id: str) -> CrawlInfo:
    """Return the crawl info of the new WARC file; its crawl ID identifies the imported file."""
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


def _known_record_ids(home: Home, record_ids: set[str]) -> dict[str, tuple[str, str]]:
    """Return which record IDs the archive already has, with portal and URL of each."""
    taken: dict[str, tuple[str, str]] = {}
    for index in home.storage.list(INDEX_FOLDER, ".parquet"):
        with home.storage.open(index.key) as file:
            rows = pq.ParquetFile(file).iter_batches(columns=["capture_id", "portal", "url"])
            for row in (row for batch in rows for row in batch.to_pylist()):
                if row["capture_id"] in record_ids:
                    taken[row["capture_id"]] = (row["portal"], row["url"])
    return taken


def _import_record(
    record: WarcRecord, file: Path, imports: Sequence[_Import], taken: dict[str, tuple[str, str]]
) -> None:
    """Write a record for each portal that it belongs to."""
    captured_at = external.date_of(record)
    if captured_at is None or _reason_to_skip(record, [one.portal for one in imports]):
        return
    exchange = external.exchange_of(record, file)
    url, record_id = external.url_of(record), external.uuid_of(record.record_id)
    for one in (one for one in imports if one.portal.scope.covers(url)):
        if record_id is not None and taken.get(record_id) == (one.portal.slug, url):
            one.known += 1
            continue
        one.store(record, exchange, captured_at, None if record_id in taken else record_id)
        if record_id is not None:
            # A second record with this ID, or the same record for a second portal, gets a new ID.
            taken.setdefault(record_id, ("", ""))
