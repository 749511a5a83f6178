"""The content of this project's WARC/1.1 files (ISO 28500).

Each record is a separate gzip member, so it can be read by its offset. A file begins with a `warcinfo` record (the
crawl, the portal's definition, the user agent). One `response` record per capture follows (a `revisit` record if the
body is in an earlier record), then two `metadata` records: the observations and, last, the crawl report. All other data
about a crawl is built from these files.
Belongs here: value types, the project's own header and content type names, and the error for a damaged file.
Does not belong here: file access (`warehouse.archive.warc.writer`, `warehouse.archive.warc.reader`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.archive.warc.encoding import DecodedBody, decode
from warehouse.archive.warc.records import Headers
from warehouse.records import Capture, CrawlKind
from warehouse.stages import DamagedInputError

REFERRED_AT = "Hanoi-Corpus-Refers-To-Offset"
"""Extension header of a revisit: where its response is, as `<portal>/<file>.warc.gz <offset in bytes>`."""

REPORT_TYPE = "application/vnd.hanoi-corpus.crawl-report+json"
OBSERVATIONS_TYPE = "application/vnd.hanoi-corpus.crawl-observations+json"

_PROBLEM_MAX_CHARACTERS = 300


class DamagedWarcError(DamagedInputError):
    """A WARC file is damaged; the message says which file, where, and what to do.

    Attributes:
        file: its location.
        offset: the byte at which reading failed.
        problem: what is wrong there.
        remedy: what to do about it.
    """

    def __init__(self, file: object, offset: int, problem: str, remedy: str | None = None) -> None:
        """Take the values of the attributes; without a `remedy`, the message names the recovery.

        The file's own bytes may stand in `problem`: it is cut, and what is not printable is replaced.
        """
        self.file = str(file)
        self.offset = offset
        self.problem = "".join(one if one.isprintable() else "?" for one in problem[:_PROBLEM_MAX_CHARACTERS])
        self.remedy = remedy or (
            f"`hanoi-corpus archive recover {file}` keeps every intact record and a copy of the damaged file"
        )
        super().__init__(f"{self.file}: damaged at byte {offset}: {self.problem}. {self.remedy}.")

    def __reduce__(self) -> tuple[type[DamagedWarcError], tuple[str, int, str, str]]:
        """Make the error picklable: worker processes send it to their parent."""
        return type(self), (self.file, self.offset, self.problem, self.remedy)


@dataclass(frozen=True, slots=True)
class CrawlInfo:
    """The content of a WARC file's first record.

    Attributes:
        imported_from: name and SHA-256 of the other crawler's file; None for a crawl of this project.
        clock_ahead_seconds: how far the crawl's clock was set ahead of the machine's, as tests of several days do.
    """

    crawl_id: str
    portal: str
    run_id: str
    started_at: datetime
    user_agent: str
    portal_definition: dict[str, Any]
    imported_from: dict[str, str] | None = None
    kind: CrawlKind = "full"
    clock_ahead_seconds: int = 0


@dataclass(frozen=True, slots=True)
class RecordReference:
    """A reference from a revisit to the record with its body: a `response`, never another revisit.

    Attributes:
        record_id: UUID of the record, without the `urn:uuid:` prefix.
        url: the URL of that response.
        captured_at: when that response arrived.
        warc_file: name of its WARC file, relative to the archive's `warc/` folder.
        warc_offset: offset of the record's gzip member in that file, in bytes; a recovery of the file may change it.
        payload_digest: `sha256:<hex>` of the body as received.
    """

    record_id: str
    url: str
    captured_at: datetime
    warc_file: str
    warc_offset: int
    payload_digest: str


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture with its headers and body, as read from a WARC file.

    Attributes:
        capture: its row in the index.
        headers: as received.
        payload: the body as received; empty for a revisit.
        refers_to: a revisit's reference to its body; None for a response.
    """

    capture: Capture
    headers: Headers
    payload: bytes
    refers_to: RecordReference | None = None

    @property
    def reference(self) -> RecordReference:
        """Return the reference for a later revisit of this response."""
        found = self.capture
        return RecordReference(
            found.capture_id, found.url, found.captured_at, found.warc_file, found.warc_offset, found.payload_digest
        )

    def body(self) -> DecodedBody:
        """Return the payload after content decoding.

        Raises:
            UndecodableBodyError: as for `warehouse.archive.warc.encoding.decode`.
        """
        return decode(self.payload, self.headers)


def uuid_of(record_id: str | None) -> str:
    """Return a record's UUID without the `urn:uuid:` prefix; empty if there is none."""
    return (record_id or "").removeprefix("<urn:uuid:").removesuffix(">")
