"""WARC/1.1 files (ISO 28500): writing captures into one and reading them back.

One gzip member a record, so that each can be read by its offset alone. A file begins with a `warcinfo` record
(the crawl, the portal's definition, the crawler's name), holds one `response` record a capture, and ends with a
`metadata` record: the crawl's report. Everything else that the project knows of a crawl is made from these files.
Not here: which files there are, and the index of them (`warehouse.archive.index`).
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from warehouse.durable import put_in_place, sync
from warehouse.records import Capture, CrawlReport

SUFFIX = ".warc.gz"
PART_SUFFIX = ".part"

# Extension fields, which WARC readers must ignore if they do not know them (ISO 28500, 5.1).
_ARTICLE_KEY = "Hanoi-Corpus-Article-Key"
_INFO_TYPE = "application/json"
_REPORT_TYPE = "application/vnd.hanoi-corpus.crawl-report+json"
# zlib's own default: fastwarc's, 9, costs the crawler more time than the last percent of room is worth.
_GZIP_LEVEL = 6
# gzip can pack a thousand bytes into one. Lists that repeat one row for ever come to fifty; no honest page comes near
# these bounds.
DECODED_MAX_BYTES = 200_000_000
DECODED_MAX_RATIO = 200
_RATIO_FREE_BYTES = 1_000_000

# Encodings that exist; the crawler does not offer to take them (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
_NOT_UNDERSTOOD = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})

Headers = Sequence[tuple[bytes, bytes]]


class DamagedWarcError(Exception):
    """A WARC file with bytes that are no whole record; says which file, where, and what to do."""

    def __init__(self, path: Path, offset: int, problem: str) -> None:
        """Name the file, the offset in bytes at which reading failed, and the problem."""
        super().__init__(
            f"{path}: damaged at byte {offset}: {problem}. "
            f"`hanoi-corpus archive recover {path}` keeps every whole record and sets the damaged file aside."
        )
        self.path = path
        self.offset = offset
        self.problem = problem

    def __reduce__(self) -> tuple[type[DamagedWarcError], tuple[Path, int, str]]:
        """Let a worker process hand the error to its parent."""
        return type(self), (self.path, self.offset, self.problem)


class UndecodableBodyError(Exception):
    """A body whose content encoding is unknown or broken."""


@dataclass(frozen=True, slots=True)
class CrawlInfo:
    """What a WARC file says of itself in its first record."""

    crawl_id: str
    portal: str
    run_id: str
    started_at: datetime
    user_agent: str
    portal_definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture with its bytes, as read from a WARC file."""

    capture: Capture
    headers: Headers
    payload: bytes

    def body(self) -> bytes:
        """Return the payload after content decoding.

        Raises:
            UndecodableBodyError: the content encoding is unknown, or the bytes do not fit it.
        """
        encodings = [
            encoding.strip().lower()
            for name, value in self.headers
            if name.lower() == b"content-encoding"
            for encoding in value.decode("latin-1").split(",")
        ]
        body = self.payload
        for encoding in reversed(encodings):
            body = _decode(body, encoding)
        return body


class WarcWriter:
    """Writes one crawl's WARC file, under a temporary name until `close`.

    Every record is complete on its own: whatever moment the process is killed at, the records before are readable.
    """

    def __init__(self, path: Path, info: CrawlInfo) -> None:
        """Begin the file that will be `path` when it is complete.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        self.path = path
        self.info = info
        self.captures = 0
        self._part = path.with_name(path.name + PART_SUFFIX)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb", buffering=0)
        self._append(_info_record(info, path.name))

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave what was written under the temporary name, unless `close` has been called."""
        self._file.close()

    def write(
        self,
        url: str,
        captured_at: datetime,
        status_line: bytes,
        headers: Headers,
        payload: bytes,
        *,
        ip_address: str | None = None,
        article_key: str | None = None,
    ) -> None:
        """Store one response: body as received, before content decoding; headers as the crawler reports them.

        Raises:
            OSError: the disk is full. The file then ends with the last whole record.
        """
        self._append(
            _response_record(
                url, captured_at, status_line, headers, payload, ip_address=ip_address, article_key=article_key
            )
        )
        self.captures += 1

    def close(self, report: CrawlReport) -> Path:
        """Write the report as the last record, make the file durable, give it its final name and return that."""
        self._append(_report_record(report))
        self._file.close()
        put_in_place(self._part, self.path)
        return self.path

    def _append(self, record: WarcRecord) -> None:
        offset = self._file.tell()
        member = _gzip_member(record)
        try:
            _write_all(self._file, member)
        except OSError:
            # Half a record at the end would be read as damage.
            self._file.truncate(offset)
            raise


def read_info(path: Path) -> CrawlInfo:
    """Return the first record of a WARC file of ours.

    Raises:
        DamagedWarcError: the file does not begin with it.
    """
    for _, record in _records(path):
        if record.record_type == WarcRecordType.warcinfo:
            return _info_from(record, path)
        break
    raise DamagedWarcError(path, 0, "it does not begin with a warcinfo record of hanoi-corpus")


def read_report(path: Path) -> CrawlReport | None:
    """Return the report that ends a WARC file, or None where the crawl did not live to write it."""
    for _, record in _records(path):
        if record.headers.get("Content-Type") == _REPORT_TYPE:
            return _report_from(json.loads(record.reader.read()))
    return None


def read_captures(path: Path) -> Iterator[StoredCapture]:
    """Yield the captures of a WARC file in the order in which they were made.

    Raises:
        DamagedWarcError: a record is cut short or its payload does not have the digest that its header states. All
            captures before it have been yielded.
    """
    info: CrawlInfo | None = None
    offset, has_report = 0, False
    for offset, record in _records(path):
        if record.record_type == WarcRecordType.warcinfo:
            info = _info_from(record, path)
        elif record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            if info is None:
                raise DamagedWarcError(path, offset, "a capture stands before the warcinfo record")
            yield _stored_capture(record, info, path, offset)
        elif record.headers.get("Content-Type") == _REPORT_TYPE:
            has_report = True
    if not has_report:
        # A broken gzip header can look like the end of the file.
        raise DamagedWarcError(path, offset, "it ends before the crawl's report")


def recover(path: Path, destination: Path, report: CrawlReport | None = None) -> int:
    """Copy every whole record of a damaged or unfinished WARC file to `destination`; return how many captures.

    A damaged record is skipped, and reading goes on at the next gzip member that begins a record.

    Args:
        path: the file to read; it is not altered.
        destination: the file to write, complete or not at all.
        report: the report to end with, where `path` may lack one; its `captures` is set to what was found.

    Raises:
        DamagedWarcError: not even the first record can be read, so that nobody can say whose captures these are.
    """
    read_info(path)
    captures = 0
    has_report = False
    part = destination.with_name(destination.name + PART_SUFFIX + ".recovered")
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        part.open("wb") as out,
    ):
        for begin, end in _whole_members(data):
            record = next(iter(ArchiveIterator(io.BytesIO(data[begin:end]), parse_http=False)))
            captures += record.record_type in (WarcRecordType.response, WarcRecordType.revisit)
            has_report |= record.headers.get("Content-Type") == _REPORT_TYPE
            out.write(data[begin:end])
        if report is not None and not has_report:
            out.write(_gzip_member(_report_record(replace(report, captures=captures))))
    sync(part)
    put_in_place(part, destination)
    return captures


def _records(path: Path) -> Iterator[tuple[int, WarcRecord]]:
    """Yield offset and record; turn every way in which reading can fail into one error that names the place."""
    offset = 0
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                offset = record.stream_pos
                yield offset, record
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise DamagedWarcError(path, offset, str(error)) from error


def _stored_capture(record: WarcRecord, info: CrawlInfo, path: Path, offset: int) -> StoredCapture:
    declared_bytes = record.content_length
    block = record.reader.read()
    if len(block) < declared_bytes:
        raise DamagedWarcError(path, offset, f"the record is cut short: {len(block)} of {declared_bytes} bytes")
    head, _, payload = block.partition(b"\r\n\r\n")
    digest = record.headers.get("WARC-Payload-Digest") or ""
    is_revisit = record.record_type == WarcRecordType.revisit
    if not is_revisit and payload_digest(payload) != digest:
        raise DamagedWarcError(path, offset, "the payload does not have the digest that the record states")
    status_line, *lines = head.split(b"\r\n")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    capture = Capture(
        capture_id=(record.record_id or "").removeprefix("<urn:uuid:").removesuffix(">"),
        crawl_id=info.crawl_id,
        portal=info.portal,
        url=record.headers.get("WARC-Target-URI") or "",
        captured_at=record.record_date,
        status=_status(status_line),
        content_type=_header(headers, b"content-type"),
        payload_digest=digest,
        is_revisit=is_revisit,
        bytes=len(payload),
        article_key=record.headers.get(_ARTICLE_KEY),
        warc_file=f"{path.parent.name}/{path.name}",
        warc_offset=offset,
        etag=_header(headers, b"etag"),
        last_modified=_header(headers, b"last-modified"),
    )
    return StoredCapture(capture, headers, payload)


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _status(status_line: bytes) -> int:
    """Return the status code; 0 where the server sent a number that is none of HTTP's."""
    found = re.match(rb"\S+ ([1-9]\d\d)(?: |$)", status_line)
    return int(found[1]) if found else 0


def unpacked_max_bytes(packed_bytes: int) -> int:
    """Return how large a body of that many bytes may be when it is unpacked; what unpacks to more is hostile."""
    return min(DECODED_MAX_BYTES, max(_RATIO_FREE_BYTES, DECODED_MAX_RATIO * packed_bytes))


def payload_digest(payload: bytes) -> str:
    """Return `sha256:<hex>` of a body as received."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def _response_record(
    url: str,
    captured_at: datetime,
    status_line: bytes,
    headers: Headers,
    payload: bytes,
    *,
    ip_address: str | None,
    article_key: str | None,
) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.record_date = captured_at
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.headers["WARC-Payload-Digest"] = payload_digest(payload)
    if ip_address:
        record.headers["WARC-IP-Address"] = ip_address
    if article_key:
        record.headers[_ARTICLE_KEY] = article_key
    head = [status_line, *(name + b": " + value for name, value in headers)]
    record.set_bytes_content(b"\r\n".join(head) + b"\r\n\r\n" + payload)
    return record


def _info_record(info: CrawlInfo, name: str) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.record_date = info.started_at
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = _INFO_TYPE
    record.set_bytes_content(_to_json(info))
    return record


def _report_record(report: CrawlReport) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.metadata)
    record.record_date = report.ended_at
    record.headers["Content-Type"] = _REPORT_TYPE
    record.set_bytes_content(_to_json(report))
    return record


def _to_json(value: CrawlInfo | CrawlReport) -> bytes:
    return json.dumps(asdict(value), default=_json_default, ensure_ascii=False).encode()


def _json_default(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a WARC record's JSON")


def _info_from(record: WarcRecord, path: Path) -> CrawlInfo:
    try:
        values = json.loads(record.reader.read())
        return CrawlInfo(**{**values, "started_at": datetime.fromisoformat(values["started_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedWarcError(path, 0, f"its warcinfo record is not one of hanoi-corpus: {error}") from error


def _report_from(values: dict[str, Any]) -> CrawlReport:
    times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
    return CrawlReport(**{**values, **times})


def _gzip_member(record: WarcRecord) -> bytes:
    buffer = io.BytesIO()
    writer = GzipWriter(buffer, compression_level=_GZIP_LEVEL)
    record.write(writer)
    # Without finish() the next record would share this gzip member and could not be reached by its offset.
    writer.finish()
    return buffer.getvalue()


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.write(file.fileno(), view)
        view = view[written:]


def _whole_members(data: mmap.mmap) -> Iterable[tuple[int, int]]:
    """Yield begin and end of each gzip member of `data` that unpacks without error and holds a WARC record."""
    magic = b"\x1f\x8b\x08"
    begin = data.find(magic)
    while begin != -1:
        end = _member_end(data, begin)
        if end is not None:
            yield begin, end
        begin = data.find(magic, begin + 1 if end is None else end)


def _member_end(data: mmap.mmap, begin: int, step: int = 65536) -> int | None:
    """Return where the gzip member at `begin` ends; None where it is broken, cut short, or no WARC record."""
    unpacker = zlib.decompressobj(wbits=31)
    position = begin
    head = b""
    try:
        while not unpacker.eof and position < len(data):
            unpacked = unpacker.decompress(data[position : position + step])
            head = head or unpacked[:7]
            position += step
    except zlib.error:
        return None
    if not unpacker.eof or head != b"WARC/1.":
        return None
    return min(position, len(data)) - len(unpacker.unused_data)


def _decode(body: bytes, encoding: str) -> bytes:
    if encoding in ("gzip", "x-gzip"):
        return _inflate(body, wbits=31)
    if encoding == "deflate":
        # RFC 9110 means zlib's format by `deflate`; some servers send the bare stream.
        try:
            return _inflate(body, wbits=15)
        except UndecodableBodyError:
            return _inflate(body, wbits=-15)
    if encoding in _NOT_UNDERSTOOD:
        raise UndecodableBodyError(f"content encoding {encoding!r} is not understood")
    # A header such as `utf-8` names no encoding; browsers show such a body as it is.
    return body


def _inflate(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    max_bytes = unpacked_max_bytes(len(body))
    try:
        decoded = unpacker.decompress(body, max_bytes)
    except zlib.error as error:
        raise UndecodableBodyError(f"the body does not fit its content encoding: {error}") from error
    if unpacker.unconsumed_tail:
        raise UndecodableBodyError(f"the body unpacks to more than {max_bytes} bytes")
    if not unpacker.eof:
        raise UndecodableBodyError("the body ends before its content encoding does")
    return decoded
