"""Writes a crawl's WARC file record by record, safe against a killed process and a full disk.

Does not belong here: building single records (`warehouse.archive.warc.records`), and reading
(`warehouse.archive.warc.reader`).
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from fastwarc.warc import WarcRecord, WarcRecordType

from warehouse.archive.files import part_path, warc_file
from warehouse.archive.observations import Observations, to_json
from warehouse.archive.warc.format import (
    OBSERVATIONS_TYPE,
    REFERRED_AT,
    REPORT_TYPE,
    CrawlInfo,
    RecordReference,
    uuid_of,
)
from warehouse.archive.warc.records import (
    Headers,
    gzip_member,
    http_record,
    info_record,
    metadata_record,
    payload_digest,
    status_of,
    warc_date,
)
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

# Profiles of revisit records (ISO 28500, 6.7.2 and 6.7.3).
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class WarcWriter:
    """Writes one crawl's WARC file, under a temporary name until `close`.

    Each record is written completely before the next, so after a killed process all earlier records are readable.
    """

    def __init__(self, home: Home, info: CrawlInfo) -> None:
        """Create the crawl's file with its first record; it is a local file until it is complete.

        Raises:
            OSError: the folder cannot be written, the disk is full, or the unfinished file already exists.
        """
        self.warc = warc_file(home, info.portal, info.crawl_id)
        self.info = info
        self.captures = 0
        self._part = part_path(home, self.warc)
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb", buffering=0)
        self._append(_info_record(self.warc.name, info))

    @property
    def name(self) -> str:
        """The WARC file's name in records and in the index: `<portal>/<crawl_id>.warc.gz`."""
        return f"{self.warc.folder}/{self.warc.name}"

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file, which keeps its temporary name unless `close` was called."""
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
        feed_date: str | None = None,
        record_id: str | None = None,
        truncated: str | None = None,
    ) -> RecordReference:
        """Store one response; return the reference to it for later revisits.

        `payload` is the body before content decoding. Imported captures keep their `record_id` (a UUID, None for a new
        one) and the reason why the body is `truncated` (a value of ISO 28500, 5.13; None if it is not).

        Raises:
            OSError: the record cannot be written, such as on a full disk. The records before it are kept.
        """
        record = http_record(
            WarcRecordType.response,
            url,
            captured_at,
            status_line,
            headers,
            payload,
            ip_address,
            article_key,
            feed_date,
            record_id,
        )
        digest = payload_digest(payload)
        record.headers["WARC-Payload-Digest"] = digest
        if truncated:
            record.headers["WARC-Truncated"] = truncated
        offset = self._append(record)
        self.captures += 1
        return RecordReference(uuid_of(record.record_id), url, captured_at, self.name, offset, digest)

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
        feed_date: str | None = None,
        record_id: str | None = None,
    ) -> None:
        """Store one response whose body is in an earlier record: the same bytes again, or status 304.

        The record's profile is server-not-modified for status 304, and identical-payload-digest otherwise. The headers
        are those of this response. Imported captures keep their `record_id`, as in `write`.

        Raises:
            OSError: the record cannot be written, such as on a full disk. The records before it are kept.
        """
        record = http_record(
            WarcRecordType.revisit,
            url,
            captured_at,
            status_line,
            headers,
            b"",
            ip_address,
            article_key,
            feed_date,
            record_id,
        )
        if status_of(status_line) == 304:
            record.headers["WARC-Profile"] = _NOT_MODIFIED
        else:
            record.headers["WARC-Profile"] = _SAME_PAYLOAD
            record.headers["WARC-Truncated"] = "length"
        record.headers["WARC-Payload-Digest"] = refers_to.payload_digest
        record.headers["WARC-Refers-To"] = f"<urn:uuid:{refers_to.record_id}>"
        record.headers["WARC-Refers-To-Target-URI"] = refers_to.url
        record.headers["WARC-Refers-To-Date"] = warc_date(refers_to.captured_at)
        record.headers[REFERRED_AT] = f"{refers_to.warc_file} {refers_to.warc_offset}"
        self._append(record)
        self.captures += 1

    def discard(self) -> None:
        """Delete the unfinished file; call it only if the content can be obtained again."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def close(self, report: CrawlReport, observations: Observations | None = None) -> StoredFile:
        """Write observations (if any) and report as the last records, and move the file into the archive.

        Raises:
            OSError: writing or moving failed. The file keeps its temporary name, and the next build recovers it.
        """
        if observations is not None:
            self._append(metadata_record(OBSERVATIONS_TYPE, report.ended_at, to_json(observations).encode()))
        self._append(_report_record(report))
        self._file.close()
        self.warc.adopt(self._part)
        return self.warc

    def _append(self, record: WarcRecord) -> int:
        """Write a record and return its offset; if it cannot be written completely, remove it."""
        offset = self._file.tell()
        member = gzip_member(record)
        try:
            _write_all(self._file, member)
        except OSError:
            # An incomplete record at the end would count as damage.
            self._file.truncate(offset)
            raise
        return offset


def info_member(name: str, info: CrawlInfo) -> bytes:
    """Return the crawl info as a gzip member, to be the first one of the WARC file `name`."""
    return gzip_member(_info_record(name, info))


def report_member(report: CrawlReport) -> bytes:
    """Return the report as a gzip member, to be the last one of a WARC file."""
    return gzip_member(_report_record(report))


def _info_record(name: str, info: CrawlInfo) -> WarcRecord:
    return info_record(name, "application/json", info.started_at, _to_json(info))


def _report_record(report: CrawlReport) -> WarcRecord:
    return metadata_record(REPORT_TYPE, report.ended_at, _to_json(report))


def _to_json(value: CrawlInfo | CrawlReport) -> bytes:
    return json.dumps(asdict(value), default=_json_default, ensure_ascii=False).encode()


def _json_default(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} is not allowed in a WARC record's JSON")


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.write(file.fileno(), view)
        view = view[written:]
