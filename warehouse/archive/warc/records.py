"""WARC records in the making: what a response, a revisit and a metadata record consist of, and their bytes.

Here: headers and blocks of single records. Not here: the order in which they make a file, and reading it
(`warehouse.archive.warc`).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

ARTICLE_KEY = "Hanoi-Corpus-Article-Key"
"""An extension field, which WARC readers must ignore if they do not know it (ISO 28500, 5.1)."""
# zlib's own default: fastwarc's, 9, costs the crawler more time than the last percent of room is worth.
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
    record_id: str | None = None,
) -> WarcRecord:
    """Return what a response and a revisit have in common."""
    record = WarcRecord()
    record.init_headers(kind, record_urn=f"uuid:{record_id}".encode() if record_id else None)
    record.record_date = captured_at
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    if ip_address:
        record.headers["WARC-IP-Address"] = ip_address
    if article_key:
        record.headers[ARTICLE_KEY] = article_key
    head = [status_line, *(name + b": " + value for name, value in headers)]
    record.set_bytes_content(b"\r\n".join(head) + b"\r\n\r\n" + payload)
    return record


def payload_digest(payload: bytes) -> str:
    """Return `sha256:<hex>` of a body as received."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def warc_date(at: datetime) -> str:
    """Return a time as `WARC-Date` has it, so that replay tools find the record by it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def metadata_record(content_type: str, at: datetime, content: bytes) -> WarcRecord:
    """Return a record that says something of the crawl."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.metadata)
    record.record_date = at
    record.headers["Content-Type"] = content_type
    record.set_bytes_content(content)
    return record


def gzip_member(record: WarcRecord) -> bytes:
    """Return a record as a gzip member of its own."""
    buffer = io.BytesIO()
    writer = GzipWriter(buffer, compression_level=_GZIP_LEVEL)
    record.write(writer)
    # Without finish() the next record would share this gzip member and could not be reached by its offset.
    writer.finish()
    return buffer.getvalue()


def status_of(status_line: bytes) -> int:
    """Return the status code; 0 where the server sent a number that is none of HTTP's."""
    found = re.match(rb"\S+ ([1-9]\d\d)(?: |$)", status_line)
    return int(found[1]) if found else 0
