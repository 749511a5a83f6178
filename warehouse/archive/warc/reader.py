"""Reading WARC files of ours: their captures in order, one capture by its offset, and what a crawl says of itself.

Not here: which files there are (`warehouse.archive.files`), files of other crawlers
(`warehouse.archive.warc.external`), and what can be saved of a damaged one (`warehouse.archive.warc.recovery`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from warehouse.archive.observations import Observations, from_json
from warehouse.archive.warc.format import (
    OBSERVATIONS_TYPE,
    REFERRED_AT,
    REPORT_TYPE,
    CrawlInfo,
    DamagedWarcError,
    RecordReference,
    StoredCapture,
    uuid_of,
)
from warehouse.archive.warc.records import ARTICLE_KEY, Headers, payload_digest, status_of
from warehouse.records import Capture, CrawlReport, report_from
from warehouse.storage import StorageError, StoredFile


def read_info(warc: StoredFile) -> CrawlInfo:
    """Return the first record of a WARC file of ours.

    Raises:
        DamagedWarcError: the file does not begin with it.
    """
    for _, record in _records(warc):
        if record.record_type == WarcRecordType.warcinfo:
            return _info_from(record, warc)
        break
    raise DamagedWarcError(warc, 0, "it does not begin with a warcinfo record of hanoi-corpus")


def read_report(warc: StoredFile) -> CrawlReport | None:
    """Return the report that ends a WARC file, or None where the crawl did not live to write it."""
    for _, record in _records(warc):
        if record.headers.get("Content-Type") == REPORT_TYPE:
            return report_from(json.loads(record.reader.read()))
    return None


def read_observations(warc: StoredFile) -> Observations:
    """Return what the crawl of a WARC file saw; nothing where it did not live to write it.

    Raises:
        DamagedWarcError: the record is none that this version knows.
    """
    for offset, record in _records(warc):
        if record.headers.get("Content-Type") == OBSERVATIONS_TYPE:
            try:
                return from_json(record.reader.read())
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedWarcError(warc, offset, f"its observations cannot be read: {error}") from error
    return Observations()


def read_captures(warc: StoredFile) -> Iterator[StoredCapture]:
    """Yield the captures of a WARC file in the order in which they were made.

    Raises:
        DamagedWarcError: a record is cut short or its payload does not have the digest that its header states. All
            captures before it have been yielded.
    """
    info: CrawlInfo | None = None
    offset, has_report = 0, False
    for offset, record in _records(warc):
        if record.record_type == WarcRecordType.warcinfo:
            info = _info_from(record, warc)
        elif record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            if info is None:
                raise DamagedWarcError(warc, offset, "a capture stands before the warcinfo record")
            yield _stored_capture(record, info, warc, offset)
        elif record.headers.get("Content-Type") == REPORT_TYPE:
            has_report = True
    if not has_report:
        # A broken gzip header can look like the end of the file.
        raise DamagedWarcError(warc, offset, "it ends before the crawl's report")


def read_capture(warc: StoredFile, offset: int) -> StoredCapture:
    """Return the one capture that stands at an offset.

    Raises:
        DamagedWarcError: no whole capture begins there.
        FileNotFoundError: there is no such file.
    """
    info = read_info(warc)
    for _, record in _records(warc, offset):
        if record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            return _stored_capture(record, info, warc, offset)
        break
    raise DamagedWarcError(warc, offset, "no capture begins there")


def _records(warc: StoredFile, begin: int = 0) -> Iterator[tuple[int, WarcRecord]]:
    """Yield offset and record; turn every way in which reading can fail into one error that names the place."""
    offset = begin
    try:
        with warc.open(begin) as file:
            for record in ArchiveIterator(file, parse_http=False):
                offset = record.stream_pos
                yield offset, record
    except StorageError:
        # It is gone, or cannot be had: that says nothing against what stands in it.
        raise
    except (OSError, ValueError) as error:
        raise DamagedWarcError(warc, offset, str(error)) from error


def _stored_capture(record: WarcRecord, info: CrawlInfo, warc: StoredFile, offset: int) -> StoredCapture:
    declared_bytes = record.content_length
    block = record.reader.read()
    if len(block) < declared_bytes:
        raise DamagedWarcError(warc, offset, f"the record is cut short: {len(block)} of {declared_bytes} bytes")
    head, _, payload = block.partition(b"\r\n\r\n")
    digest = record.headers.get("WARC-Payload-Digest") or ""
    is_revisit = record.record_type == WarcRecordType.revisit
    if not is_revisit and payload_digest(payload) != digest:
        raise DamagedWarcError(warc, offset, "the payload does not have the digest that the record states")
    status_line, *lines = head.split(b"\r\n")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    capture = Capture(
        capture_id=uuid_of(record.record_id),
        crawl_id=info.crawl_id,
        portal=info.portal,
        url=record.headers.get("WARC-Target-URI") or "",
        captured_at=record.record_date,
        status=status_of(status_line),
        content_type=_header(headers, b"content-type"),
        payload_digest=digest,
        is_revisit=is_revisit,
        bytes=len(payload),
        article_key=record.headers.get(ARTICLE_KEY),
        warc_file=f"{warc.folder}/{warc.name}",
        warc_offset=offset,
        etag=_header(headers, b"etag"),
        last_modified=_header(headers, b"last-modified"),
    )
    return StoredCapture(capture, headers, payload, _reference(record, warc, offset) if is_revisit else None)


def _reference(record: WarcRecord, warc: StoredFile, offset: int) -> RecordReference:
    """Return what a revisit says of the record that it refers to."""
    warc_file, _, warc_offset = (record.headers.get(REFERRED_AT) or "").rpartition(" ")
    try:
        return RecordReference(
            record_id=uuid_of(record.headers.get("WARC-Refers-To")),
            url=record.headers.get("WARC-Refers-To-Target-URI") or "",
            captured_at=datetime.fromisoformat(record.headers.get("WARC-Refers-To-Date") or ""),
            warc_file=warc_file,
            warc_offset=int(warc_offset),
            payload_digest=record.headers.get("WARC-Payload-Digest") or "",
        )
    except ValueError as error:
        raise DamagedWarcError(warc, offset, f"the revisit does not say where its body stands: {error}") from error


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _info_from(record: WarcRecord, warc: StoredFile) -> CrawlInfo:
    try:
        values = json.loads(record.reader.read())
        return CrawlInfo(**{**values, "started_at": datetime.fromisoformat(values["started_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedWarcError(warc, 0, f"its warcinfo record is not one of hanoi-corpus: {error}") from error
