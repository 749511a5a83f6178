"""Reads WARC files of other crawlers, up to the first damage.

Files of wget, Heritrix, Browsertrix, Common Crawl and the Internet Archive differ in form: gzip per record or per file,
angle brackets around URLs, chunked transfer encoding. This module accepts all of these. fastwarc accepts the same files
as warcio, is several times as fast, and is already a dependency.
Does not belong here: which records to import, and the import itself (`spiders.crawl.warc_import`).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from warehouse.archive.warc.records import Headers

# Longer records are videos or disk images, not pages of a portal. Importing a record loads it into memory.
RECORD_MAX_BYTES = 200_000_000

_STEP_BYTES = 1_000_000
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_UUID = re.compile(r"<?urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>?")


class ExternalWarcError(Exception):
    """A file is not a WARC file, or is damaged; the message says which file, where and how."""

    def __init__(self, path: Path, offset: int, problem: str) -> None:
        """Take the file, the byte offset, and the problem there."""
        super().__init__(f"{path}: damaged at byte {offset}: {problem}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking a file's bytes.

    Attributes:
        sha256: SHA-256 of the file in hex.
        is_gzip: whether the file is compressed.
        whole_bytes: total length of the intact gzip members at the start; the file's size if it is not compressed.
        problem: what is wrong after `whole_bytes`; None if nothing is.
    """

    sha256: str
    is_gzip: bool
    whole_bytes: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The HTTP response in a record, after transfer decoding.

    Attributes:
        headers: as received; without `Transfer-Encoding` if the body was chunked.
        payload: the body before content decoding; empty for a revisit.
        truncated: the reason in `WARC-Truncated`, such as `length`; None if the record has no such header.
    """

    status_line: bytes
    headers: Headers
    payload: bytes
    truncated: str | None


def check(path: Path) -> Checked:
    """Compute a file's digest and find the first broken gzip member, without loading the file into memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        is_gzip = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        members = _GzipMembers()
        while data := file.read(_STEP_BYTES):
            digest.update(data)
            if is_gzip:
                members.feed(data)
        size = file.tell()
    if not is_gzip:
        return Checked(digest.hexdigest(), False, size, None)
    return Checked(digest.hexdigest(), True, members.whole_bytes, members.problem_at(size))


def records(path: Path, checked: Checked) -> Iterator[WarcRecord]:
    """Yield the records of a file up to the first damage; read each one before you request the next.

    Raises:
        ExternalWarcError: the file is damaged or is not a WARC file; the records before the damage were yielded.
    """
    offset, count, length = 0, 0, 0
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                offset = record.stream_pos
                # If the whole file is one broken gzip member, the records before the damage can still be read.
                if checked.problem and 0 < checked.whole_bytes <= offset:
                    break
                length = record.content_length
                yield record
                count += 1
    except (OSError, ValueError) as error:
        # Report the start of the first broken gzip member; `offset` is the start of the last record before it.
        raise ExternalWarcError(path, checked.whole_bytes if checked.problem else offset, str(error)) from error
    if checked.problem:
        raise ExternalWarcError(path, checked.whole_bytes, checked.problem)
    if count == 0:
        raise ExternalWarcError(path, 0, "the file contains no WARC record")
    if not checked.is_gzip:
        _check_end(path, offset, length)


def _check_end(path: Path, offset: int, length: int) -> None:
    """Raise if an uncompressed file does not end with its last record; fastwarc does not check this."""
    with path.open("rb") as file:
        file.seek(offset)
        end = offset + file.read(_STEP_BYTES).find(b"\r\n\r\n") + 4 + length
        size = file.seek(0, 2)
        file.seek(min(end, size))
        left = file.read(_STEP_BYTES)
    if end > size:
        raise ExternalWarcError(path, offset, f"the record is truncated: {end - size} bytes are missing")
    if left.strip(b"\r\n"):
        raise ExternalWarcError(path, end, "the bytes after the last record are not a complete record")


def is_response(record: WarcRecord) -> bool:
    """Tell whether a record is an HTTP response or a revisit of one."""
    is_http = (record.headers.get("Content-Type") or "").lower().startswith("application/http")
    return record.record_type == WarcRecordType.revisit or (is_http and record.record_type == WarcRecordType.response)


def url_of(record: WarcRecord) -> str:
    """Return a record's URL without angle brackets; empty if it has none."""
    return _without_brackets(record.headers.get("WARC-Target-URI"))


def uuid_of(record_id: str | None) -> str | None:
    """Return the UUID in a record's id in lower case; None if the id is not a UUID."""
    found = _UUID.fullmatch(record_id or "")
    return found[1].lower() if found else None


def date_of(record: WarcRecord) -> datetime | None:
    """Return a record's date; None if it is missing, invalid or without a time zone."""
    try:
        found = record.record_date
    except ValueError:
        return None
    return found if isinstance(found, datetime) and found.tzinfo else None


def software_of(record: WarcRecord) -> str | None:
    """Return the software that a `warcinfo` record names; None if it names none."""
    found = re.search(rb"^software:[ \t]*([^\r\n]{1,200})", record.reader.read(_STEP_BYTES), re.MULTILINE)
    return found[1].decode("utf-8", "replace").strip() if found else None


def referred_to(record: WarcRecord) -> tuple[str | None, tuple[str, str]]:
    """Return which response a revisit refers to: UUID or None, and URL and date as written or empty."""
    headers = record.headers
    target = (_without_brackets(headers.get("WARC-Refers-To-Target-URI")), headers.get("WARC-Refers-To-Date") or "")
    return uuid_of(headers.get("WARC-Refers-To")), target


def exchange_of(record: WarcRecord, path: Path) -> Exchange:
    """Read a record's HTTP response.

    Raises:
        ExternalWarcError: the record is damaged or truncated.
    """
    declared_bytes = record.content_length
    offset = record.stream_pos
    try:
        block = record.reader.read()
    except OSError as error:
        raise ExternalWarcError(path, offset, str(error)) from error
    if len(block) < declared_bytes:
        raise ExternalWarcError(path, offset, f"the record is truncated: it has {len(block)} of {declared_bytes} bytes")
    # Some servers end header lines with LF instead of CRLF.
    head, _, payload = block.partition(b"\r\n\r\n" if b"\r\n\r\n" in block else b"\n\n")
    status_line, *lines = head.splitlines() or [b""]
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    is_chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers)
    if is_chunked:
        headers = [(name, value) for name, value in headers if name.lower() != b"transfer-encoding"]
        payload = _without_chunks(payload)
    return Exchange(status_line, headers, payload, record.headers.get("WARC-Truncated"))


class _GzipMembers:
    """Finds the intact members of a gzip file that is read in blocks."""

    def __init__(self) -> None:
        self.whole_bytes = 0
        self._seen_bytes = 0
        self._problem: str | None = None
        self._unpacker = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> None:
        while data and self._problem is None:
            try:
                # The output is not needed; the limit on its length saves memory.
                self._unpacker.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                self._problem = f"the compressed data is corrupt: {error}"
                return
            left = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
            self._seen_bytes += len(data) - len(left)
            data = left
            if self._unpacker.eof:
                self.whole_bytes = self._seen_bytes
                self._unpacker = zlib.decompressobj(wbits=31)

    def problem_at(self, size: int) -> str | None:
        if self._problem is None and self.whole_bytes < size:
            return "the file ends in the middle of a record"
        return self._problem


def _without_brackets(uri: str | None) -> str:
    """Return a URL without angle brackets; wget and others add them, following the grammar of WARC 1.0."""
    text = (uri or "").strip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _without_chunks(body: bytes) -> bytes:
    """Return a body without the chunked transfer encoding, which some crawlers have already removed."""
    parts: list[bytes] = []
    position = 0
    while found := _CHUNK_SIZE.match(body, position):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + size])
        position = found.end() + size + 2
    # No last chunk: the transfer was interrupted, or the body is not chunked.
    return b"".join(parts) if parts else body
