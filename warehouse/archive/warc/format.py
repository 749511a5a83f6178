"""WARC/1.1 files (ISO 28500) as this project writes them: what their records say, as values.

One gzip member a record, so that each can be read by its offset alone. A file begins with a `warcinfo` record
(the crawl, the portal's definition, the crawler's name), holds one `response` record a capture (a `revisit` record
where the body stands in an earlier one), and ends with a `metadata` record: the crawl's report. Everything else that
the project knows of a crawl is made from these files.
Here: the values, the project's own names of headers and types, and the error of a damaged file. Not here: writing and
reading the files (`warehouse.archive.warc.writer`, `warehouse.archive.warc.reader`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.archive.warc.encoding import decoded
from warehouse.archive.warc.records import Headers
from warehouse.records import Capture, CrawlKind
from warehouse.stages import DamagedInputError

REFERRED_AT = "Hanoi-Corpus-Refers-To-Offset"
"""An extension field. Where the record stands that a revisit refers to: `<portal>/<file>.warc.gz <offset>`."""

REPORT_TYPE = "application/vnd.hanoi-corpus.crawl-report+json"
OBSERVATIONS_TYPE = "application/vnd.hanoi-corpus.crawl-observations+json"


class DamagedWarcError(DamagedInputError):
    """A WARC file with bytes that are no whole record; says which file, where, and what to do.

    Attributes:
        file: where it stands.
        offset: in bytes.
    """

    def __init__(self, file: object, offset: int, problem: str) -> None:
        """Name the file, the offset in bytes at which reading failed, and the problem."""
        super().__init__(
            f"{file}: damaged at byte {offset}: {problem}. "
            f"`hanoi-corpus archive recover {file}` keeps every whole record and sets the damaged file aside."
        )
        self.file = str(file)
        self.offset = offset
        self.problem = problem

    def __reduce__(self) -> tuple[type[DamagedWarcError], tuple[str, int, str]]:
        """Let a worker process hand the error to its parent."""
        return type(self), (self.file, self.offset, self.problem)


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


def uuid_of(record_id: str | None) -> str:
    """Return a record's UUID, without the `urn:uuid:` prefix; empty where there is none."""
    return (record_id or "").removeprefix("<urn:uuid:").removesuffix(">")
