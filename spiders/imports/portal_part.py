"""Writes one portal's captures of an imported file to a new WARC file of the archive.

Belongs here: what a capture keeps, which captures the archive has already, and revisits whose response comes later in
the file. Does not belong here: which records belong to the portal (`spiders.imports.survey`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from spiders.imports.survey import Refusal, Survey
from spiders.pages.syndication.dates import written_date
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import article_key, is_published_by
from spiders.portal import Portal
from warehouse.archive.index.build import index_warc
from warehouse.archive.index.references import (
    IndexedCapture,
    Key,
    KnownResponse,
    RecordId,
    References,
    keys_of_revisit,
    own_keys,
)
from warehouse.archive.state.queries import CrawlState
from warehouse.archive.warc.external_record import Digest, ExternalRecord, digest_of, stated_digest, uuid_in
from warehouse.archive.warc.format import CrawlInfo, RecordReference
from warehouse.archive.warc.http_block import Exchange
from warehouse.archive.warc.records import FEED_DATE, payload_digest, status_of
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.text.address import without_session

UNRESOLVED: Final = "revisit_unresolved"
"""Kind of refusal of a revisit whose response was not found; another file may have it."""

# A revisit may refer to a revisit. Each round resolves one more step, so a hostile chain ends here.
_ROUNDS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class _Revisit:
    record: ExternalRecord
    exchange: Exchange
    captured_at: datetime


class ArchivedCaptures:
    """The captures that the archive has of an imported file, those included that were written for it."""

    def __init__(self, captures: Iterable[IndexedCapture]) -> None:
        """Take what the archive's index has of the file's record IDs and URLs."""
        self._by_id: dict[str, IndexedCapture] = {}
        self._by_content: dict[tuple[str, str, datetime, str], IndexedCapture] = {}
        for one in captures:
            self.add(one)

    def add(self, one: IndexedCapture) -> None:
        """Add a capture that was written now."""
        self._by_id.setdefault(one.capture_id, one)
        self._by_content.setdefault((one.portal, one.url, one.captured_at, one.payload_digest), one)

    def with_id(self, portal: str, record: ExternalRecord) -> IndexedCapture | None:
        """Return the portal's capture with a record's ID and URL; None if there is none."""
        one = self._by_id.get(uuid_in(record.headers.get("warc-record-id")) or "")
        return one if one and (one.portal, one.url) == (portal, record.url) else None

    def with_content(self, portal: str, url: str, captured_at: datetime, digest: str) -> IndexedCapture | None:
        """Return the portal's capture of a URL at a time with a payload digest; None if there is none.

        It is the same capture even if another tool gave it another ID, or the archive did, since the ID was no UUID.
        """
        return self._by_content.get((portal, url, captured_at, digest))

    def new_id(self, record: ExternalRecord) -> str | None:
        """Return the record's UUID if no capture has it; None if the capture needs a new ID."""
        record_id = uuid_in(record.headers.get("warc-record-id"))
        return None if record_id in self._by_id else record_id


class PortalPart:
    """One portal's part of a file, while it is being written.

    Attributes:
        writer: the new WARC file.
        known: number of captures that the archive has already.
    """

    def __init__(
        self,
        home: Home,
        portal: Portal,
        state: CrawlState,
        info: CrawlInfo,
        survey: Survey,
        archived: ArchivedCaptures,
        references: References,
    ) -> None:
        """Create the new WARC file.

        Raises:
            OSError: as for `WarcWriter`.
        """
        self.portal = portal
        self.writer = WarcWriter(home, info)
        self.known = 0
        self._info = info
        self._state = state
        self._survey = survey
        self._algorithms = {key.algorithm for key in survey.wanted if isinstance(key, Digest)}
        self._archived = archived
        self._references = references
        self._articles: set[str] = set()
        self._articles_captured: set[str] = set()
        self._truncated = 0
        self._revisits = 0
        self._waiting: list[_Revisit] = []

    def store(self, record: ExternalRecord, exchange: Exchange, captured_at: datetime) -> None:
        """Write a response or revisit, unless the archive has it; a revisit may have to wait for its response."""
        if record.kind == "revisit":
            revisit = _Revisit(record, replace(exchange, payload=b"", received=b""), captured_at)
            if not self._store_revisit(revisit):
                self._waiting.append(revisit)
            return
        slug, digest = self.portal.slug, payload_digest(exchange.payload)
        one = self._archived.with_id(slug, record) or self._archived.with_content(slug, record.url, captured_at, digest)
        if one is not None:
            self.known += 1
            response = self._references.response_of(one)
        else:
            response = KnownResponse(self._write(record, exchange, captured_at), status_of(exchange.status_line))
        if response is not None:
            stated = stated_digest(record.headers.get("warc-payload-digest"))
            keys = self._leading_keys(record, exchange, captured_at)
            self._references.add(keys, response._replace(stated=stated))

    def settle(self) -> list[Refusal]:
        """Write the revisits whose response came after them; return the refusals of those that have none."""
        for _ in range(_ROUNDS_MAX):
            waiting = [revisit for revisit in self._waiting if not self._store_revisit(revisit)]
            if len(waiting) == len(self._waiting):
                break
            self._waiting = waiting
        return [
            Refusal(one.record.offset, one.record.url, UNRESOLVED, _unresolved(one.record)) for one in self._waiting
        ]

    def finish(self, home: Home, ended_at: datetime, file: Path, refused: Sequence[Refusal]) -> CrawlReport:
        """Complete the WARC file with its report, and return the report."""
        known = (self._state.article(key) for key in self._articles_captured)
        new = sum(article is None or article.first_captured_at is None for article in known)
        info = self._info
        errors = Counter(one.kind for one in refused if is_published_by(self.portal, one.url))
        if self._truncated:
            errors["truncated"] = self._truncated
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
            errors=dict(errors),
            warc_file=self.writer.name,
            kind="import",
            articles_captured=len(self._articles_captured),
            not_modified=self._revisits,
        )
        index_warc(home, self.writer.close(report))
        return report

    def _write(self, record: ExternalRecord, exchange: Exchange, captured_at: datetime) -> RecordReference:
        key, status = self._article_key(record.url), status_of(exchange.status_line)
        reference = self.writer.write(
            record.url,
            captured_at,
            exchange.status_line,
            exchange.headers,
            exchange.payload,
            ip_address=record.headers.get("warc-ip-address"),
            article_key=key,
            feed_date=self._feed_date(record),
            record_id=self._archived.new_id(record),
            truncated=exchange.truncated,
        )
        self._truncated += exchange.truncated is not None
        if key and status == 200:
            self._articles_captured.add(key)
        self._remember(reference, status, is_revisit=False)
        return reference

    def _store_revisit(self, revisit: _Revisit) -> bool:
        """Write a revisit, unless the archive has it; return False if its response is not known (yet)."""
        record, slug, at = revisit.record, self.portal.slug, revisit.captured_at
        one = self._archived.with_id(slug, record)
        if one is not None:
            response = self._references.response_of(one)
        else:
            response = self._references.find(slug, keys_of_revisit(record))
            if response is None:
                return False
            one = self._archived.with_content(slug, record.url, at, response.reference.payload_digest)
        if one is not None:
            self.known += 1
        elif response is not None:
            self._write_revisit(revisit, response)
        if response is not None:
            # A later revisit may refer to this one.
            keys = [key for key in own_keys(record, at) if self._leads_to_response(key)]
            self._references.add(keys, response)
        return True

    def _write_revisit(self, revisit: _Revisit, response: KnownResponse) -> None:
        record, exchange = revisit.record, revisit.exchange
        record_id = self._archived.new_id(record)
        self.writer.write_revisit(
            record.url,
            revisit.captured_at,
            exchange.status_line or f"HTTP/1.1 {response.status}".encode(),
            exchange.headers,
            response.reference,
            ip_address=record.headers.get("warc-ip-address"),
            article_key=self._article_key(record.url),
            feed_date=self._feed_date(record),
            record_id=record_id,
        )
        self._revisits += 1
        written = replace(
            response.reference, record_id=record_id or "", url=record.url, captured_at=revisit.captured_at
        )
        self._remember(written, response.status, is_revisit=True)

    def _remember(self, written: RecordReference, status: int, *, is_revisit: bool) -> None:
        self._archived.add(
            IndexedCapture(
                capture_id=written.record_id,
                portal=self.portal.slug,
                url=written.url,
                captured_at=written.captured_at,
                payload_digest=written.payload_digest,
                status=status,
                is_revisit=is_revisit,
                warc_file=written.warc_file,
                warc_offset=written.warc_offset,
            )
        )

    def _leading_keys(self, record: ExternalRecord, exchange: Exchange, captured_at: datetime) -> list[Key]:
        """Return the keys by which revisits may refer to a response."""
        stated = stated_digest(record.headers.get("warc-payload-digest"))
        keys = [key for key in own_keys(record, captured_at) if self._leads_to_response(key)]
        if stated and exchange.received != exchange.payload:
            # It may be of the body with its chunks, which the archive does not have.
            keys.append(stated)
        bodies = {exchange.payload, exchange.received}
        digests = (digest_of(algorithm, body) for algorithm in self._algorithms for body in bodies)
        return keys + [digest for digest in digests if digest in self._survey.wanted]

    def _leads_to_response(self, key: Key) -> bool:
        """Tell whether a revisit of this file uses a key, or one of another may that the index does not know."""
        return key in self._survey.wanted or (isinstance(key, RecordId) and uuid_in(f"urn:uuid:{key.text}") is None)

    def _article_key(self, url: str) -> str | None:
        platform = PLATFORMS[self.portal.platform]
        if not platform.is_article_url(without_session(url), self.portal):
            return None
        key = article_key(url, self.portal)
        self._articles.add(key)
        return key

    def _feed_date(self, record: ExternalRecord) -> str | None:
        """Return the feed's date that a capture of this project has; others' headers mean something else."""
        element, _, text = record.headers.get(FEED_DATE.lower(), "").partition(" ")
        return written_date(element, text) if self._survey.is_own and element else None


def _unresolved(record: ExternalRecord) -> str:
    names = ("warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date", "warc-payload-digest")
    stated = ", ".join(record.headers[name][:300] for name in names if name in record.headers)
    if not stated:
        return "the revisit does not say to which response it refers"
    return f"the response to which the revisit refers ({stated}) is not in the archive, nor in the files given"
