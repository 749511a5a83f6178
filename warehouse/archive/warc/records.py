"""Builds single WARC records: responses, revisits and metadata.

Does not belong here: writing files (`warehouse.archive.warc.writer`), and
reading them (`warehouse.archive.warc.reader`).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

ARTICLE_KEY = "Hanoi-Corpus-Article-Key"
"""Extension header with the article key. WARC readers must ignore unknown headers (ISO 28500, 5.1)."""
FEED_DATE = "Hanoi-Corpus-Feed-Date"
"""Extension header with the date that entries of feeds and sitemaps state for the article (see `Capture.feed_date`)."""
# zlib's default. fastwarc's default, 9, saves only 1 % more space but takes the crawler more time.
_GZIP_LEVEL = 6


def http_record(
    kind: WarcRecordType,
    url: str,
    captured_at: datetime,
    status_line: bytes,
    headers: Headers,
    payload: bytes,
    ip_address: str | None,
    article_key: str | None,
    feed_date: str | None,
    record_id: str | None = None,
) -> WarcRecord:
    """Return a response or revisit record, with the headers that are common to both."""
    record = WarcRecord()
    record.init_headers(kind, record_urn=f"uuid:{record_id}".encode() if record_id else None)
    record.record_date = captured_at
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    if ip_address:
        record.headers["WARC-IP-Address"] = ip_address
    if article_key:
        record.headers[ARTICLE_KEY] = article_key
    if feed_date:
        record.headers[FEED_DATE] = feed_date
    head = [status_line, *(name + b": " + value for name, value in headers)]
    record.set_bytes_content(b"\r\n".join(head) + b"\r\n\r\n" + payload)
    return record


def payload_digest(payload: bytes) -> str:
    """Return `sha256:<hex>` of a body as received."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def warc_date(at: datetime) -> str:
    """Return a time in the format of `WARC-Date`; replay tools look records up by it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def info_record(name: str, content_type: str, at: datetime, content: bytes) -> WarcRecord:
    """Return the first record of the WARC file `name`."""
    return _record(WarcRecordType.warcinfo, {"WARC-Filename": name, "Content-Type": content_type}, at, content)


def metadata_record(content_type: str, at: datetime, content: bytes) -> WarcRecord:
    """Return a record with metadata about the crawl."""
    return _record(WarcRecordType.metadata, {"Content-Type": content_type}, at, content)


def _record(kind: WarcRecordType, headers: Mapping[str, str], at: datetime, content: bytes) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind)
    record.record_date = at
    for name, value in headers.items():
        record.headers[name] = value
    record.set_bytes_content(content)
    return record


def gzip_member(record: WarcRecord) -> bytes:
    """Return a record compressed as one gzip member."""
    plain, buffer = io.BytesIO(), io.BytesIO()
    # A record is written in many pieces; compressing them one by one takes a third longer.
    record.write(plain)
    writer = GzipWriter(buffer, compression_level=_GZIP_LEVEL)
    writer.write(plain.getvalue())
    # finish() ends the gzip member. Otherwise the next record would continue it and have no offset to read from.
    writer.finish()
    return buffer.getvalue()


def status_of(status_line: bytes) -> int:
    """Return the status code of a status line; 0 if it is invalid."""
    found = re.match(rb"\S+ ([1-9]\d\d)(?: |$)", status_line)
    return int(found[1]) if found else 0
