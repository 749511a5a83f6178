"""Reads the bytes that a citation names, and checks them against the digest that was recorded.

Belongs here: finding the record, also after a recovery moved it, and the body of a revisit. Does not belong here: which
capture a row of a release cites (`warehouse.corpus.citation`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from warehouse.archive.files import WARC_NAME, named_warc_file
from warehouse.archive.warc.format import DamagedWarcError, StoredCapture
from warehouse.archive.warc.reader import read_capture, read_captures
from warehouse.archive.warc.records import payload_digest
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.errors import WarehouseError
from warehouse.storage import Storage

_WAY_OUT: Final = "If there is a backup, `hanoi-corpus archive restore` brings missing files back."


class CitedBytesError(WarehouseError):
    """The bytes that a row cites are missing, damaged or others; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CitedBytes:
    """The record with the body of a cited capture.

    Attributes:
        response: the capture with the body.
        revisit: the cited capture if it is a revisit, which refers to `response`; else None.
        digest: `sha256:<hex>`, computed from the body as received.
    """

    response: StoredCapture
    revisit: StoredCapture | None
    digest: str


def read_cited(storage: Storage, capture_id: str, warc_file: str, warc_offset: int, digest: str) -> CitedBytes:
    """Return the bytes of a capture.

    Args:
        storage: the storage of the archive.
        capture_id: the capture, which may be a revisit.
        warc_file: the WARC file of its own record, relative to the archive's folder.
        warc_offset: where the record was in that file when it was cited.
        digest: the recorded `sha256:<hex>` of the body.

    Raises:
        CitedBytesError: the record, or the one to which it refers, is missing or damaged, or has another digest.
    """
    cited = _record(storage, capture_id, warc_file, warc_offset)
    response = cited
    if cited.refers_to is not None:
        try:
            response = Revisits(storage).resolve(cited)
        except UnresolvedRevisitError as error:
            raise CitedBytesError(f"{error}. {_WAY_OUT}") from error
    found = payload_digest(response.payload)
    if found != digest:
        place = f"{response.capture.warc_file} at byte {response.capture.warc_offset}"
        raise CitedBytesError(f"{place}: the bytes are not those that were cited: {found}, recorded {digest}")
    return CitedBytes(response, cited if cited.refers_to is not None else None, found)


def _record(storage: Storage, capture_id: str, warc_file: str, warc_offset: int) -> StoredCapture:
    """Return the capture with an id, at the given place or where a recovery moved it."""
    warc = named_warc_file(storage, warc_file)
    if not WARC_NAME.fullmatch(warc_file) or not warc.exists():
        raise CitedBytesError(f"{warc_file} is not in the archive. {_WAY_OUT}")
    with suppress(DamagedWarcError):
        found = read_capture(warc, warc_offset)
        if found.capture.capture_id == capture_id:
            return found
    try:
        for stored in read_captures(warc):
            if stored.capture.capture_id == capture_id:
                return stored
    except DamagedWarcError as error:
        raise CitedBytesError(str(error)) from error
    raise CitedBytesError(f"{warc}: the record {capture_id} is no longer in this file. {_WAY_OUT}")
