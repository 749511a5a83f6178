"""Finds what the archive has of an imported file: captures, and the responses of revisits.

Belongs here: the keys by which revisits of other crawlers refer to responses, and looking them up. Does not belong
here: reading those files (`warehouse.archive.warc.external`), and resolving revisits that are stored
(`warehouse.archive.warc.revisits`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.archive.files import named_warc_file, warc_files
from warehouse.archive.index.build import read_index, update_index
from warehouse.archive.warc.external_record import (
    Digest,
    ExternalRecord,
    date_in,
    digest_of,
    stated_digest,
    url_in,
    uuid_in,
)
from warehouse.archive.warc.format import DamagedWarcError, RecordReference
from warehouse.archive.warc.reader import read_capture, read_captures
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.home import Home
from warehouse.storage import StoredFile

_COLUMNS: Final = (
    "capture_id",
    "portal",
    "url",
    "captured_at",
    "payload_digest",
    "status",
    "is_revisit",
    "warc_file",
    "warc_offset",
)


class RecordId(NamedTuple):
    """A record's ID; a UUID alone, or as it is written."""

    text: str


class Place(NamedTuple):
    """The URL and the time of a response."""

    url: str
    captured_at: datetime


Key: TypeAlias = RecordId | Place | Digest


class IndexedCapture(NamedTuple):
    """A capture that the archive has: some columns of the index."""

    capture_id: str
    portal: str
    url: str
    captured_at: datetime
    payload_digest: str
    status: int
    is_revisit: bool
    warc_file: str
    warc_offset: int


class KnownResponse(NamedTuple):
    """A response that a revisit may refer to.

    Attributes:
        reference: where it is in the archive.
        status: its HTTP status code.
        stated: the payload digest that its record in the imported file states; None if unknown.
    """

    reference: RecordReference
    status: int
    stated: Digest | None = None


def record_id_in(text: str | None) -> RecordId | None:
    """Return the key of a record ID; None if there is none."""
    written = (text or "").strip().strip("<>")
    return RecordId(uuid_in(written) or written) if written else None


def own_keys(record: ExternalRecord, captured_at: datetime) -> list[Key]:
    """Return the keys by which a revisit can refer to a record: ID, place, and the digest that it states."""
    keys = (
        record_id_in(record.headers.get("warc-record-id")),
        Place(record.url, captured_at),
        stated_digest(record.headers.get("warc-payload-digest")),
    )
    return [key for key in keys if key is not None]


def keys_of_revisit(record: ExternalRecord) -> list[Key]:
    """Return the keys of the response that a revisit refers to, most exact first; empty if it names none."""
    headers = record.headers
    url, at = url_in(headers.get("warc-refers-to-target-uri")), date_in(headers.get("warc-refers-to-date"))
    keys = (
        record_id_in(headers.get("warc-refers-to")),
        Place(url, at) if url and at else None,
        stated_digest(headers.get("warc-payload-digest")),
    )
    return [key for key in keys if key is not None]


def indexed_captures(
    home: Home, ids: Collection[str], urls: Collection[str], digests: Collection[str]
) -> list[IndexedCapture]:
    """Return the archive's captures that have one of the IDs, URLs, or payload digests (`sha256:<hex>`)."""
    wanted = {"capture_id": ids, "url": urls, "payload_digest": digests}
    values = {name: pa.array(sorted(some), pa.string()) for name, some in wanted.items() if some}
    found: list[IndexedCapture] = []
    for warc in warc_files(home) if values else ():
        index = read_index(home, warc, _COLUMNS)
        if index is None:
            continue
        masks = [pc.is_in(index.column(name), value_set=some) for name, some in values.items()]
        for mask in masks[1:]:
            masks[0] = pc.or_(masks[0], mask)
        found += (IndexedCapture(**row) for row in index.filter(masks[0]).to_pylist())
    return found


class References:
    """The responses that the revisits of imported files may refer to, over all files of one command."""

    def __init__(self, home: Home, now: datetime | None = None) -> None:
        """Take the home of the archive, and the time as for `update_index`."""
        self._home = home
        self._revisits = Revisits(home.storage)
        self._now = now
        self._known: dict[Key, KnownResponse] = {}
        self._up_to_date: set[str] = set()
        # Offsets in the archive's files, by portal and algorithm, and the files that were read for them.
        self._by_digest: dict[tuple[str, str], dict[bytes, tuple[StoredFile, int]]] = {}
        self._digested_files: set[tuple[str, str]] = set()

    def update_index(self, portals: Collection[str]) -> None:
        """Bring the index of some portals up to date, once: captures that it lacks would be imported again.

        Unfinished files of killed imports are deleted. Damaged files of the archive are left out: builds name them.
        """
        if new := set(portals) - self._up_to_date:
            update_index(self._home, new, now=self._now)
            self._up_to_date |= new

    def add(self, keys: Iterable[Key], known: KnownResponse) -> None:
        """Remember a response by its keys."""
        for key in keys:
            self._known.setdefault(key, known)

    def add_indexed(self, captures: Iterable[IndexedCapture], wanted: Collection[Key]) -> None:
        """Remember captures of the archive, as far as one of the wanted keys leads to them."""
        for one in captures:
            kind, _, digest = one.payload_digest.partition(":")
            keys = (RecordId(one.capture_id), Place(one.url, one.captured_at), Digest(kind, bytes.fromhex(digest)))
            leading = [key for key in keys if key in wanted and key not in self._known]
            if leading and (known := self.response_of(one)):
                self.add(leading, known)

    def response_of(self, one: IndexedCapture) -> KnownResponse | None:
        """Return a capture of the archive as a response; of a revisit, its response. None if it is lost."""
        if not one.is_revisit:
            reference = RecordReference(
                one.capture_id, one.url, one.captured_at, one.warc_file, one.warc_offset, one.payload_digest
            )
            return KnownResponse(reference, one.status)
        with suppress(DamagedWarcError, FileNotFoundError, UnresolvedRevisitError):
            revisit = read_capture(named_warc_file(self._home.storage, one.warc_file), one.warc_offset)
            if revisit.refers_to is not None:
                response = self._revisits.resolve(revisit)
                return KnownResponse(response.reference, response.capture.status)
        return None

    def find(self, portal: str, keys: Iterable[Key]) -> KnownResponse | None:
        """Return the response of a revisit, by the revisit's keys; None if nothing has it.

        A digest is searched for in the portal's archive. A response that states another digest than the revisit, by the
        same algorithm, is another one.
        """
        keys = list(keys)
        digest = next((key for key in keys if isinstance(key, Digest)), None)
        for key in keys:
            known = self._known.get(key)
            if known and not _contradicts(known.stated, digest):
                return known
        # The index has this digest of every payload.
        if digest is None or digest.algorithm == "sha256":
            return None
        return self._archived(portal, digest)

    def _archived(self, portal: str, digest: Digest) -> KnownResponse | None:
        """Return the portal's archived response with a digest; each file is read once for each algorithm."""
        algorithm = digest.algorithm
        offsets = self._by_digest.setdefault((portal, algorithm), {})
        for warc in warc_files(self._home, portal):
            if (warc.key, algorithm) in self._digested_files:
                continue
            self._digested_files.add((warc.key, algorithm))
            # If the file is damaged, only the captures before the damage are found; `archive verify` reports it.
            with suppress(DamagedWarcError):
                for stored in read_captures(warc):
                    if not stored.capture.is_revisit:
                        value = digest_of(algorithm, stored.payload).value
                        offsets.setdefault(value, (warc, stored.capture.warc_offset))
        if digest.value not in offsets:
            return None
        with suppress(DamagedWarcError, FileNotFoundError):
            found = read_capture(*offsets[digest.value])
            return KnownResponse(found.reference, found.capture.status, digest)
        return None


def _contradicts(stated: Digest | None, wanted: Digest | None) -> bool:
    return bool(stated and wanted and stated.algorithm == wanted.algorithm and stated != wanted)


def wanted_of(keys: Iterable[Key]) -> tuple[set[str], set[str], set[str]]:
    """Return the IDs, URLs and payload digests for `indexed_captures` that keys stand for."""
    ids, urls, digests = set(), set(), set()
    for key in keys:
        if isinstance(key, RecordId):
            ids.add(key.text)
        elif isinstance(key, Place):
            urls.add(key.url)
        elif key.algorithm == "sha256":
            digests.add(f"sha256:{key.value.hex()}")
    return ids, urls, digests
