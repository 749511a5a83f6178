"""WARC files that other crawlers made: their records, up to where the file breaks.

wget, Heritrix, Browsertrix, Common Crawl and the Internet Archive differ in what they put around a response; here it is
taken off: gzip by record or by file, angle brackets around addresses, chunks of the transfer. Here: bytes. Not here:
which records are wanted, and what becomes of them (`spiders.crawl.warc_import`). fastwarc reads them, as it reads ours:
it is there already, several times as fast as warcio, and takes the same files.
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

# Longer records are films and disk images, not what a portal publishes; each is held in memory once.
RECORD_MAX_BYTES = 200_000_000

_STEP_BYTES = 1_000_000
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_UUID = re.compile(r"<?urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>?")


class ForeignWarcError(Exception):
    """A file that is no WARC file, or breaks off; says which, where and how."""

    def __init__(self, path: Path, offset: int, problem: str) -> None:
        """Name the file, the byte, and what is wrong there."""
        super().__init__(f"{path}: breaks at byte {offset}: {problem}")
        self.path = path
        self.offset = offset
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it stands on the disk.

    Attributes:
        sha256: of all its bytes, in hex.
        is_gzip: whether it is compressed.
        whole_bytes: how many bytes from its beginning are whole gzip members; all of a file that is not compressed.
        problem: what is wrong behind them; None where nothing is.
    """

    sha256: str
    is_gzip: bool
    whole_bytes: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """An HTTP response as a record holds it, without what its transfer added.

    Attributes:
        headers: as received, without the transfer encoding that was undone.
        payload: the body before content decoding; empty for a revisit.
        truncated: why the body is not whole; None where it is.
    """

    status_line: bytes
    headers: Headers
    payload: bytes
    truncated: str | None


def check(path: Path) -> Checked:
    """Read a file once: its digest, and where its compression breaks. It is not held in memory."""
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
    """Yield the records of a file as far as they are whole; each must be read before the next.

    Raises:
        ForeignWarcError: the file breaks off, or is no WARC file; what stood before has been yielded.
    """
    offset, count, length = 0, 0, 0
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                offset = record.stream_pos
                # A file that is one gzip member has records in it that are whole although the member is not.
                if checked.problem and 0 < checked.whole_bytes <= offset:
                    break
                length = record.content_length
                yield record
                count += 1
    except (OSError, ValueError) as error:
        # A file of many gzip members breaks where the first broken one begins, not where the last whole one does.
        raise ForeignWarcError(path, checked.whole_bytes if checked.problem else offset, str(error)) from error
    if checked.problem:
        raise ForeignWarcError(path, checked.whole_bytes, checked.problem)
    if count == 0:
        raise ForeignWarcError(path, 0, "there is no WARC record in it")
    if not checked.is_gzip:
        _check_end(path, offset, length)


def _check_end(path: Path, offset: int, length: int) -> None:
    """Raise where an uncompressed file does not end with its last record: fastwarc takes what is cut for its end."""
    with path.open("rb") as file:
        file.seek(offset)
        end = offset + file.read(_STEP_BYTES).find(b"\r\n\r\n") + 4 + length
        size = file.seek(0, 2)
        file.seek(min(end, size))
        left = file.read(_STEP_BYTES)
    if end > size:
        raise ForeignWarcError(path, offset, f"the record is cut short: {end - size} bytes are missing")
    if left.strip(b"\r\n"):
        raise ForeignWarcError(path, end, "what follows is no whole record")


def is_response(record: WarcRecord) -> bool:
    """Tell whether a record is an HTTP response or a revisit of one."""
    is_http = (record.headers.get("Content-Type") or "").lower().startswith("application/http")
    is_capture = record.record_type in (WarcRecordType.response, WarcRecordType.revisit)
    return is_capture and (is_http or record.record_type == WarcRecordType.revisit)


def url_of(record: WarcRecord) -> str:
    """Return the address that a record is of, as it was requested."""
    return _bare(record.headers.get("WARC-Target-URI"))


def uuid_of(record_id: str | None) -> str | None:
    """Return the UUID of a record's id in lower case; None where the id is of another kind."""
    found = _UUID.fullmatch(record_id or "")
    return found[1].lower() if found else None


def date_of(record: WarcRecord) -> datetime | None:
    """Return when a record was captured; None where it does not say."""
    try:
        found = record.record_date
    except ValueError:
        return None
    return found if isinstance(found, datetime) and found.tzinfo else None


def software_of(record: WarcRecord) -> str | None:
    """Return what a `warcinfo` record says wrote the file, or None."""
    found = re.search(rb"^software:[ \t]*([^\r\n]{1,200})", record.reader.read(_STEP_BYTES), re.MULTILINE)
    return found[1].decode("utf-8", "replace").strip() if found else None


def referred_to(record: WarcRecord) -> tuple[str | None, tuple[str, str]]:
    """Return what a revisit says of its response: the UUID, and address with date as written."""
    headers = record.headers
    where = (_bare(headers.get("WARC-Refers-To-Target-URI")), headers.get("WARC-Refers-To-Date") or "")
    return uuid_of(headers.get("WARC-Refers-To")), where


def exchange_of(record: WarcRecord, path: Path) -> Exchange:
    """Read a record's HTTP response.

    Raises:
        ForeignWarcError: the record is cut short.
    """
    declared_bytes = record.content_length
    offset = record.stream_pos
    try:
        block = record.reader.read()
    except OSError as error:
        raise ForeignWarcError(path, offset, str(error)) from error
    if len(block) < declared_bytes:
        raise ForeignWarcError(path, offset, f"the record is cut short: {len(block)} of {declared_bytes} bytes")
    head, _, payload = _divided(block)
    status_line, *lines = head.splitlines() or [b""]
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    is_chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in headers)
    if is_chunked:
        headers = [(name, value) for name, value in headers if name.lower() != b"transfer-encoding"]
        payload = _without_chunks(payload)
    return Exchange(status_line, headers, payload, record.headers.get("WARC-Truncated"))


class _GzipMembers:
    """Follows the members of a gzip file through blocks of it."""

    def __init__(self) -> None:
        self.whole_bytes = 0
        self._seen_bytes = 0
        self._problem: str | None = None
        self._unpacker = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> None:
        while data and self._problem is None:
            try:
                # What comes out is of no use here; taken in steps, it needs no room either.
                self._unpacker.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                self._problem = f"the compression is broken: {error}"
                return
            left = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
            self._seen_bytes += len(data) - len(left)
            data = left
            if self._unpacker.eof:
                self.whole_bytes = self._seen_bytes
                self._unpacker = zlib.decompressobj(wbits=31)

    def problem_at(self, size: int) -> str | None:
        if self._problem is None and self.whole_bytes < size:
            return "it ends in the middle of a record"
        return self._problem


def _bare(uri: str | None) -> str:
    """Return an address without the angle brackets that WARC 1.0 was read to ask for, by wget for one."""
    text = (uri or "").strip()
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _divided(block: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the HTTP head, the empty line and the body; some servers end their lines with a bare LF."""
    return block.partition(b"\r\n\r\n") if b"\r\n\r\n" in block else block.partition(b"\n\n")


def _without_chunks(body: bytes) -> bytes:
    """Return a body without its transfer's chunks; as it is where there are none: some crawlers undo them."""
    parts: list[bytes] = []
    position = 0
    while found := _CHUNK_SIZE.match(body, position):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + size])
        position = found.end() + size + 2
    # Broken off in mid-transfer, or never chunked.
    return b"".join(parts) if parts else body
