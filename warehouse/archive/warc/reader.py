"""Reads this project's WARC files: all captures, a capture by its offset, and data about the crawl.

Does not belong here: which files exist (`warehouse.archive.files`), files of other crawlers
(`warehouse.archive.warc.external`), and recovering damaged files (`warehouse.archive.warc.recovery`).
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
from warehouse.archive.warc.records import ARTICLE_KEY, FEED_DATE, Headers, payload_digest, status_of
from warehouse.records import Capture, CrawlReport, report_from
from warehouse.storage import StorageError, StoredFile


def read_info(warc: StoredFile) -> CrawlInfo:
    """Return the content of a WARC file's first record.

    Raises:
        DamagedWarcError: the file does not begin with a `warcinfo` record of this project.
    """
    for _, record in _records(warc):
        if record.record_type == WarcRecordType.warcinfo:
            return _info_from(record, warc)
        break
    raise DamagedWarcError(warc, 0, "the file does not begin with a warcinfo record of hanoi-corpus")


def read_report(warc: StoredFile) -> CrawlReport | None:
    """Return the crawl report at the end of a WARC file; None if the file has none."""
    for _, record in _records(warc):
        if record.headers.get("Content-Type") == REPORT_TYPE:
            return report_from(json.loads(record.reader.read()))
    return None


def read_observations(warc: StoredFile) -> Observations:
    """Return the observations in a WARC file; empty ones if it has none (an import, or a killed crawl).

    Raises:
        DamagedWarcError: a record is damaged, or this version cannot parse the observations.
    """
    for offset, record in _records(warc):
        if record.headers.get("Content-Type") == OBSERVATIONS_TYPE:
            try:
                return from_json(record.reader.read())
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedWarcError(warc, offset, f"the observations cannot be parsed: {error}") from error
    return Observations()


def read_captures(warc: StoredFile) -> Iterator[StoredCapture]:
    """Yield the captures of a WARC file in the order of the file.

    Raises:
        DamagedWarcError: a record is damaged or its payload does not match its digest, or the crawl report is missing.
            All captures before the damage were yielded.
    """
    info: CrawlInfo | None = None
    offset, has_report = 0, False
    for offset, record in _records(warc):
        if record.record_type == WarcRecordType.warcinfo:
            info = _info_from(record, warc)
        elif record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            if info is None:
                raise DamagedWarcError(warc, offset, "a capture precedes the warcinfo record")
            yield _stored_capture(record, info, warc, offset)
        elif record.headers.get("Content-Type") == REPORT_TYPE:
            has_report = True
    if not has_report:
        # fastwarc stops at a broken gzip header as at the end of the file.
        raise DamagedWarcError(warc, offset, "the file ends without a crawl report")


def read_capture(warc: StoredFile, offset: int) -> StoredCapture:
    """Return the capture at an offset.

    Raises:
        DamagedWarcError: no intact capture begins there, or the file's first record is damaged.
        FileNotFoundError: there is no such file.
    """
    info = read_info(warc)
    for _, record in _records(warc, offset):
        if record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            return _stored_capture(record, info, warc, offset)
        break
    raise DamagedWarcError(warc, offset, "no capture begins there")


def _records(warc: StoredFile, begin: int = 0) -> Iterator[tuple[int, WarcRecord]]:
    """Yield each record with its offset; raise `DamagedWarcError` with the offset if reading fails."""
    offset = begin
    try:
        with warc.open(begin) as file:
            for record in ArchiveIterator(file, parse_http=False):
                offset = record.stream_pos
                yield offset, record
    except StorageError:
        # The storage failed; the file may be intact.
        raise
    except (OSError, ValueError) as error:
        raise DamagedWarcError(warc, offset, str(error)) from error


def _stored_capture(record: WarcRecord, info: CrawlInfo, warc: StoredFile, offset: int) -> StoredCapture:
    declared_bytes = record.content_length
    block = record.reader.read()
    if len(block) < declared_bytes:
        raise DamagedWarcError(warc, offset, f"the record is truncated: it has {len(block)} of {declared_bytes} bytes")
    head, _, payload = block.partition(b"\r\n\r\n")
    digest = record.headers.get("WARC-Payload-Digest") or ""
    is_revisit = record.record_type == WarcRecordType.revisit
    if not is_revisit and payload_digest(payload) != digest:
        raise DamagedWarcError(warc, offset, "the payload does not match the record's digest")
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
        feed_date=record.headers.get(FEED_DATE),
    )
    return StoredCapture(capture, headers, payload, _reference(record, warc, offset) if is_revisit else None)


def _reference(record: WarcRecord, warc: StoredFile, offset: int) -> RecordReference:
    """Return a revisit's reference to the record with its body."""
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
        raise DamagedWarcError(warc, offset, f"the revisit's reference to its body is invalid: {error}") from error


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _info_from(record: WarcRecord, warc: StoredFile) -> CrawlInfo:
    try:
        values = json.loads(record.reader.read())
        return CrawlInfo(**{**values, "started_at": datetime.fromisoformat(values["started_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedWarcError(warc, 0, f"the warcinfo record is not one of hanoi-corpus: {error}") from error
