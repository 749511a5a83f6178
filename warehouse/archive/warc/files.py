"""WARC/1.1 files (ISO 28500): writing captures into one and reading them back.

One gzip member a record, so that each can be read by its offset alone. A file begins with a `warcinfo` record
(the crawl, the portal's definition, the crawler's name), holds one `response` record a capture (a `revisit` record
where the body stands in an earlier one), and ends with a `metadata` record: the crawl's report. Everything else that
the project knows of a crawl is made from these files.
Here: those files, written and read. Not here: the make-up of single records (`warehouse.archive.warc.records`), which
files there are, and the index of them (`warehouse.archive.index.build`).
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from warehouse.archive.state.observations import Observations, from_json, to_json
from warehouse.archive.warc.encoding import decoded
from warehouse.archive.warc.records import (
    ARTICLE_KEY,
    Headers,
    gzip_member,
    http_record,
    metadata_record,
    payload_digest,
    warc_date,
)
from warehouse.durable import put_in_place
from warehouse.records import Capture, CrawlKind, CrawlReport

SUFFIX = ".warc.gz"
PART_SUFFIX = ".part"
# `<portal>/<file>`: what is held to this form, from wherever it comes, is safe as a path below a folder.
WARC_NAME = re.compile(rf"[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*{re.escape(SUFFIX)}")

# Another extension field. Where the record stands that a revisit refers to: `<portal>/<file>.warc.gz <offset>`.
_REFERRED_AT = "Hanoi-Corpus-Refers-To-Offset"
# What a revisit's body is (ISO 28500, 6.7.2 and 6.7.3).
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_INFO_TYPE = "application/json"
REPORT_TYPE = "application/vnd.hanoi-corpus.crawl-report+json"
_OBSERVATIONS_TYPE = "application/vnd.hanoi-corpus.crawl-observations+json"


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


@dataclass(frozen=True, slots=True)
class CrawlInfo:
    """What a WARC file says of itself in its first record.

    Attributes:
        kind: how far the crawl was to go.
        imported_from: name and SHA-256 of the file that another crawler wrote; None where the crawl was ours.
    """

    crawl_id: str
    portal: str
    run_id: str
    started_at: datetime
    user_agent: str
    portal_definition: dict[str, Any]
    imported_from: dict[str, str] | None = None
    kind: CrawlKind = "full"


@dataclass(frozen=True, slots=True)
class RecordReference:
    """The record in which a revisit's body stands: a `response`, never another revisit.

    Attributes:
        record_id: UUID of the record, without the `urn:uuid:` prefix.
        url: the address that was requested then.
        captured_at: when that response arrived.
        warc_file: name of its WARC file, relative to the archive's `warc/` folder.
        warc_offset: where the record's gzip member begins in that file, in bytes; after a recovery of the file the
            record may stand elsewhere in it.
        payload_digest: `sha256:<hex>` of its body as received.
    """

    record_id: str
    url: str
    captured_at: datetime
    warc_file: str
    warc_offset: int
    payload_digest: str


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture with its bytes, as read from a WARC file.

    Attributes:
        capture: its row in the index.
        headers: as received.
        payload: the body as received; empty for a revisit.
        refers_to: of a revisit, where its body stands; None for a response.
    """

    capture: Capture
    headers: Headers
    payload: bytes
    refers_to: RecordReference | None = None

    @property
    def reference(self) -> RecordReference:
        """Return what a later revisit of this response says of it."""
        one = self.capture
        return RecordReference(
            one.capture_id, one.url, one.captured_at, one.warc_file, one.warc_offset, one.payload_digest
        )

    def body(self) -> bytes:
        """Return the payload after content decoding.

        Raises:
            UndecodableBodyError: the content encoding is unknown, or the bytes do not fit it.
        """
        return decoded(self.payload, self.headers)


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
        record_id: str | None = None,
        truncated: str | None = None,
    ) -> RecordReference:
        """Store one response: body as received, before content decoding; headers as the crawler reports them.

        What another crawler captured may have a `record_id` (a UUID) already, and say why its body is `truncated` (in
        the words of ISO 28500, 5.13). Returned is what a later revisit says of this record.

        Raises:
            OSError: the disk is full. The file then ends with the last whole record.
        """
        record = http_record(
            WarcRecordType.response, url, captured_at, status_line, headers, payload, ip_address, article_key, record_id
        )
        digest = payload_digest(payload)
        record.headers["WARC-Payload-Digest"] = digest
        if truncated:
            record.headers["WARC-Truncated"] = truncated
        offset = self._append(record)
        self.captures += 1
        warc_file = f"{self.path.parent.name}/{self.path.name}"
        return RecordReference(_uuid(record.record_id), url, captured_at, warc_file, offset, digest)

    def write_revisit(
        self,
        url: str,
        captured_at: datetime,
        status_line: bytes,
        headers: Headers,
        refers_to: RecordReference,
        *,
        ip_address: str | None = None,
        article_key: str | None = None,
    ) -> None:
        """Store one response whose body stands in an earlier record: the same bytes again, or status 304.

        With status 304 the record says that the server called the page unmodified, with any other that the payload has
        the digest of the `response` record that it refers to. The headers are the answer's own.

        Raises:
            OSError: the disk is full. The file then ends with the last whole record.
        """
        record = http_record(
            WarcRecordType.revisit, url, captured_at, status_line, headers, b"", ip_address, article_key
        )
        if _status(status_line) == 304:
            record.headers["WARC-Profile"] = _NOT_MODIFIED
        else:
            record.headers["WARC-Profile"] = _SAME_PAYLOAD
            record.headers["WARC-Truncated"] = "length"
        record.headers["WARC-Payload-Digest"] = refers_to.payload_digest
        record.headers["WARC-Refers-To"] = f"<urn:uuid:{refers_to.record_id}>"
        record.headers["WARC-Refers-To-Target-URI"] = refers_to.url
        record.headers["WARC-Refers-To-Date"] = warc_date(refers_to.captured_at)
        record.headers[_REFERRED_AT] = f"{refers_to.warc_file} {refers_to.warc_offset}"
        self._append(record)
        self.captures += 1

    def discard(self) -> None:
        """Remove the unfinished file: for what can be had again."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def close(self, report: CrawlReport, observations: Observations | None = None) -> Path:
        """Write what the crawl saw and its report as the last records, make the file durable and give it its name.

        Returns:
            The file's final name.
        """
        if observations is not None:
            self._append(metadata_record(_OBSERVATIONS_TYPE, report.ended_at, to_json(observations).encode()))
        self._append(_report_record(report))
        self._file.close()
        put_in_place(self._part, self.path)
        return self.path

    def _append(self, record: WarcRecord) -> int:
        """Write a record, and return where it begins."""
        offset = self._file.tell()
        member = gzip_member(record)
        try:
            _write_all(self._file, member)
        except OSError:
            # Half a record at the end would be read as damage.
            self._file.truncate(offset)
            raise
        return offset


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
        if record.headers.get("Content-Type") == REPORT_TYPE:
            return _report_from(json.loads(record.reader.read()))
    return None


def read_observations(path: Path) -> Observations:
    """Return what the crawl of a WARC file saw; nothing where it did not live to write it.

    Raises:
        DamagedWarcError: the record is none that this version knows.
    """
    for offset, record in _records(path):
        if record.headers.get("Content-Type") == _OBSERVATIONS_TYPE:
            try:
                return from_json(record.reader.read())
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedWarcError(path, offset, f"its observations cannot be read: {error}") from error
    return Observations()


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
        elif record.headers.get("Content-Type") == REPORT_TYPE:
            has_report = True
    if not has_report:
        # A broken gzip header can look like the end of the file.
        raise DamagedWarcError(path, offset, "it ends before the crawl's report")


def read_capture(path: Path, offset: int) -> StoredCapture:
    """Return the one capture that stands at an offset.

    Raises:
        DamagedWarcError: no whole capture begins there.
        FileNotFoundError: there is no such file.
    """
    info = read_info(path)
    for _, record in _records(path, offset):
        if record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            return _stored_capture(record, info, path, offset)
        break
    raise DamagedWarcError(path, offset, "no capture begins there")


def _records(path: Path, begin: int = 0) -> Iterator[tuple[int, WarcRecord]]:
    """Yield offset and record; turn every way in which reading can fail into one error that names the place."""
    offset = begin
    try:
        with path.open("rb") as file:
            file.seek(begin)
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
        capture_id=_uuid(record.record_id),
        crawl_id=info.crawl_id,
        portal=info.portal,
        url=record.headers.get("WARC-Target-URI") or "",
        captured_at=record.record_date,
        status=_status(status_line),
        content_type=_header(headers, b"content-type"),
        payload_digest=digest,
        is_revisit=is_revisit,
        bytes=len(payload),
        article_key=record.headers.get(ARTICLE_KEY),
        warc_file=f"{path.parent.name}/{path.name}",
        warc_offset=offset,
        etag=_header(headers, b"etag"),
        last_modified=_header(headers, b"last-modified"),
    )
    return StoredCapture(capture, headers, payload, _reference(record, path, offset) if is_revisit else None)


def _reference(record: WarcRecord, path: Path, offset: int) -> RecordReference:
    """Return what a revisit says of the record that it refers to."""
    warc_file, _, warc_offset = (record.headers.get(_REFERRED_AT) or "").rpartition(" ")
    try:
        return RecordReference(
            record_id=_uuid(record.headers.get("WARC-Refers-To")),
            url=record.headers.get("WARC-Refers-To-Target-URI") or "",
            captured_at=datetime.fromisoformat(record.headers.get("WARC-Refers-To-Date") or ""),
            warc_file=warc_file,
            warc_offset=int(warc_offset),
            payload_digest=record.headers.get("WARC-Payload-Digest") or "",
        )
    except ValueError as error:
        raise DamagedWarcError(path, offset, f"the revisit does not say where its body stands: {error}") from error


def _uuid(record_id: str | None) -> str:
    return (record_id or "").removeprefix("<urn:uuid:").removesuffix(">")


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _status(status_line: bytes) -> int:
    """Return the status code; 0 where the server sent a number that is none of HTTP's."""
    found = re.match(rb"\S+ ([1-9]\d\d)(?: |$)", status_line)
    return int(found[1]) if found else 0


def _info_record(info: CrawlInfo, name: str) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.record_date = info.started_at
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = _INFO_TYPE
    record.set_bytes_content(_to_json(info))
    return record


def _report_record(report: CrawlReport) -> WarcRecord:
    return metadata_record(REPORT_TYPE, report.ended_at, _to_json(report))


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


def report_member(report: CrawlReport) -> bytes:
    """Return the report as the gzip member that ends a WARC file."""
    return gzip_member(_report_record(report))


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.write(file.fileno(), view)
        view = view[written:]
