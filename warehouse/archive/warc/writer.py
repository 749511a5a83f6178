"""Writing a crawl's WARC file, record by record; what makes it survive a killed process and a full disk.

Not here: the make-up of single records (`warehouse.archive.warc.records`), and reading them back
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
    metadata_record,
    payload_digest,
    status_of,
    warc_date,
)
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

# What a revisit's body is (ISO 28500, 6.7.2 and 6.7.3).
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_INFO_TYPE = "application/json"


class WarcWriter:
    """Writes one crawl's WARC file, under a temporary name until `close`.

    Every record is complete on its own: whatever moment the process is killed at, the records before are readable.
    """

    def __init__(self, home: Home, info: CrawlInfo) -> None:
        """Begin the file of the crawl that `info` names, in a local file until it is complete.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        self.warc = warc_file(home, info.portal, info.crawl_id)
        self.info = info
        self.captures = 0
        self._part = part_path(home, self.warc)
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("xb", buffering=0)
        self._append(_info_record(info, self.warc.name))

    @property
    def name(self) -> str:
        """The WARC file's name as records and rows give it: `<portal>/<crawl_id>.warc.gz`."""
        return f"{self.warc.folder}/{self.warc.name}"

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
        """Remove the unfinished file: for what can be had again."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def close(self, report: CrawlReport, observations: Observations | None = None) -> StoredFile:
        """Write what the crawl saw and its report as the last records, and put the file into the archive.

        Raises:
            OSError: it cannot be put; it stays where it grew, and the next build recovers it.
        """
        if observations is not None:
            self._append(metadata_record(OBSERVATIONS_TYPE, report.ended_at, to_json(observations).encode()))
        self._append(_report_record(report))
        self._file.close()
        self.warc.adopt(self._part)
        return self.warc

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


def report_member(report: CrawlReport) -> bytes:
    """Return the report as the gzip member that ends a WARC file."""
    return gzip_member(_report_record(report))


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


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.write(file.fileno(), view)
        view = view[written:]
