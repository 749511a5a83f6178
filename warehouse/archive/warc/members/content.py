"""What the records of this project's WARC files hold: crawl info, captures, observations and report.

Every value is checked as it is read: a record whose bytes are right may still be no record of this project.
Belongs here: one function per kind of record. Does not belong here: the records' frame
(`warehouse.archive.warc.members.framing`), and reading files (`warehouse.archive.warc.reader`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from warehouse.archive.observations import Observations, from_json
from warehouse.archive.warc.format import (
    OBSERVATIONS_TYPE,
    REFERRED_AT,
    REPORT_TYPE,
    CrawlInfo,
    RecordReference,
    StoredCapture,
    uuid_of,
)
from warehouse.archive.warc.members.framing import TAIL_BYTES, BrokenRecordError, Record
from warehouse.archive.warc.records import ARTICLE_KEY, FEED_DATE, Headers, payload_digest, status_of
from warehouse.records import Capture, CrawlReport, report_from

_ID: Final = re.compile(r"<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>", re.IGNORECASE)
_DIGEST: Final = re.compile(r"sha256:(?:[0-9a-f]{2}){1,32}")
_OFFSET: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_CAPTURE_KINDS: Final = ("response", "revisit")
_INFO: Final = TypeAdapter(CrawlInfo)
_REPORT: Final = TypeAdapter(CrawlReport)
# The tables hold counts as 64-bit integers.
_COUNT_MAX: Final = 2**53


def is_info(record: Record) -> bool:
    """Tell whether a record is the first of a WARC file."""
    return record.kind == "warcinfo"


def is_capture(record: Record) -> bool:
    """Tell whether a record is a response or a revisit."""
    return record.kind in _CAPTURE_KINDS


def is_report(record: Record) -> bool:
    """Tell whether a record is the crawl report."""
    return record.headers.get("content-type") == REPORT_TYPE


def is_observations(record: Record) -> bool:
    """Tell whether a record is the crawl's observations."""
    return record.headers.get("content-type") == OBSERVATIONS_TYPE


def info_in(record: Record) -> CrawlInfo:
    """Return the content of a WARC file's first record.

    Raises:
        BrokenRecordError: it is not a `warcinfo` record of this project.
    """
    try:
        values = _checked(_INFO, record.block)
        info = CrawlInfo(**{**values, "started_at": datetime.fromisoformat(values["started_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenRecordError(f"the warcinfo record is not one of hanoi-corpus: {_reason(error)}") from error
    if info.started_at.tzinfo is None:
        raise BrokenRecordError("the warcinfo record is not one of hanoi-corpus: its time has no time zone")
    return info


def report_in(record: Record) -> CrawlReport:
    """Return the crawl report in a record.

    Raises:
        BrokenRecordError: this version cannot parse it.
    """
    try:
        report = report_from(_checked(_REPORT, record.block))
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenRecordError(f"the crawl report cannot be parsed: {_reason(error)}") from error
    counts = [getattr(report, name) for name in CrawlReport.__slots__]
    counts += [*report.errors.values(), *report.requests_for.values()]
    if any(isinstance(count, int) and not 0 <= count < _COUNT_MAX for count in counts):
        raise BrokenRecordError("the crawl report cannot be parsed: a count is out of range")
    return report


def observations_in(record: Record) -> Observations:
    """Return the observations in a record.

    Raises:
        BrokenRecordError: this version cannot parse them.
    """
    try:
        return from_json(record.block)
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenRecordError(f"the observations cannot be parsed: {error}") from error


def capture_in(record: Record, info: CrawlInfo, warc_file: str, offset: int) -> StoredCapture:
    """Return the capture in a record.

    `info` is of the first record of the file; `warc_file` and `offset` say where the record is.

    Raises:
        BrokenRecordError: its payload does not match its digest, or one of its WARC headers is missing or invalid.
    """
    content, headers = record.content, record.headers
    head_end = content.find(b"\r\n\r\n", record.block_at)
    if head_end < 0 or head_end > len(content) - 2 * TAIL_BYTES:
        raise BrokenRecordError("the HTTP head of the record has no end")
    payload = content[head_end + 4 : -TAIL_BYTES]
    digest = headers.get("warc-payload-digest", "")
    is_revisit = record.kind == "revisit"
    if not is_revisit and payload_digest(payload) != digest:
        raise BrokenRecordError("the payload does not match the record's digest")
    if is_revisit and not _DIGEST.fullmatch(digest):
        raise BrokenRecordError("the revisit states no digest of its payload")
    if not _ID.fullmatch(headers.get("warc-record-id", "")):
        raise BrokenRecordError("the record has no WARC-Record-ID")
    if not (url := headers.get("warc-target-uri")):
        raise BrokenRecordError("the record has no WARC-Target-URI")
    status_line, *lines = content[record.block_at : head_end].split(b"\r\n")
    http_headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    reference = _reference(record) if is_revisit else None
    capture = Capture(
        capture_id=uuid_of(headers["warc-record-id"]),
        crawl_id=info.crawl_id,
        portal=info.portal,
        url=url,
        captured_at=captured_at(record),
        status=status_of(status_line),
        content_type=_header(http_headers, b"content-type"),
        payload_digest=digest,
        is_revisit=is_revisit,
        bytes=len(payload),
        article_key=headers.get(ARTICLE_KEY.lower()),
        warc_file=warc_file,
        warc_offset=offset,
        refers_to=reference.record_id if reference else None,
        etag=_header(http_headers, b"etag"),
        last_modified=_header(http_headers, b"last-modified"),
        feed_date=headers.get(FEED_DATE.lower()),
    )
    return StoredCapture(capture, http_headers, payload, reference)


def captured_at(record: Record) -> datetime:
    """Return the time of a capture.

    Raises:
        BrokenRecordError: its `WARC-Date` is missing or invalid.
    """
    return _moment(record.headers, "warc-date")


def _reference(record: Record) -> RecordReference:
    """Return a revisit's reference to the record with its body."""
    headers = record.headers
    warc_file, _, warc_offset = headers.get(REFERRED_AT.lower(), "").rpartition(" ")
    try:
        at = _moment(headers, "warc-refers-to-date")
    except BrokenRecordError as error:
        raise BrokenRecordError(f"the revisit's reference to its body is invalid: {error}") from error
    if not _OFFSET.fullmatch(warc_offset):
        raise BrokenRecordError(f"the revisit's reference to its body is invalid: it has no {REFERRED_AT}")
    return RecordReference(
        record_id=uuid_of(headers.get("warc-refers-to")),
        url=headers.get("warc-refers-to-target-uri", ""),
        captured_at=at,
        warc_file=warc_file,
        warc_offset=int(warc_offset),
        payload_digest=headers.get("warc-payload-digest", ""),
    )


def _moment(headers: Mapping[str, str], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(headers.get(name, ""))
    except ValueError as error:
        raise BrokenRecordError(f"its {name} is no time") from error
    if found.tzinfo is None:
        raise BrokenRecordError(f"its {name} has no time zone")
    return found


def _checked(adapter: TypeAdapter[Any], text: bytes) -> dict[str, Any]:
    """Return a JSON object whose values have the types of a dataclass.

    Raises:
        ValueError: they do not, or the text is no JSON object.
    """
    adapter.validate_json(text, strict=True)
    values: dict[str, Any] = json.loads(text)
    return values


def _reason(error: Exception) -> str:
    """Return an error's reason in one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)
