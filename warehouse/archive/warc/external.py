"""Reads WARC files of other crawlers, and goes on after damage where that is safe.

Files of wget, Heritrix, Browsertrix, Common Crawl and the Internet Archive differ in form: gzip per record or per file,
WARC 0.17 to 1.1, lengths that are wrong by some bytes. fastwarc reads sound ones, but stops at the first fault without
the means to go on, so the framing of records is read here.
Does not belong here: what a record states (`warehouse.archive.warc.external_record`), uncompressing
(`warehouse.archive.warc.unpacking`), HTTP (`warehouse.archive.warc.http_block`), which records to import, and the
import itself (`spiders.imports`).
"""

from __future__ import annotations

import hashlib
import mmap
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from warehouse.archive.warc.codecs import GZIP_MAGIC
from warehouse.archive.warc.external_record import ExternalRecord, Fault, Item, headers_from, stated_digest, url_in
from warehouse.archive.warc.members.digests import problem_of_digests
from warehouse.archive.warc.members.resuming import FileIds, next_member
from warehouse.archive.warc.unpacking import UnpackedFile

RECORD_MAX_BYTES: Final = 200_000_000
"""Longer records are videos or disk images, not pages of a portal. Importing a record loads it into memory."""

_STEP_BYTES: Final = 1_000_000
_HEAD_STEP_BYTES: Final = 4096
_HEAD_MAX_BYTES: Final = 262_144
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_VERSION: Final = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n")
_BOUNDARY: Final = re.compile(rb"\r\n\r\n(?=WARC/\d\.\d{1,2}\r\n)")
_LENGTH: Final = re.compile(r"\d{1,15}")
_END: Final = b"\r\n\r\n"
# Their content is the crawler's own, so a line in it that looks like a record is one.
_WITHOUT_PAGES: Final = frozenset({"warcinfo", "request"})
# Each repair reads a part of the file again.
_REPAIRS_MAX: Final = 100
# A page may contain any number of lines that look like a record.
_BOUNDARIES_MAX: Final = 10_000
# An HTTP length may differ from the record's for good reasons; this far from the stated end it proves nothing.
_HTTP_LENGTH_WINDOW_BYTES: Final = 64
_OTHER_FORMATS: Final = {
    b"\x28\xb5\x2f\xfd": "it is compressed with Zstandard; uncompress it with `zstd -d` first",
    b"\x5d\x2a\x4d\x18": "it is compressed with Zstandard and a dictionary; write it anew with gzip first",
    b"PK\x03\x04": "it is a ZIP file; if it is a WACZ, unpack it and import the files in its folder `archive`",
    b"BZh": "it is compressed with bzip2; uncompress it with `bunzip2` first",
    b"\xfd7zXZ": "it is compressed with xz; uncompress it with `unxz` first",
    b"filedesc:": "it is an ARC file; convert it with `warcio recompress` first",
}


class ExternalWarcError(Exception):
    """A file is not a WARC file; the message says which, why, and what helps."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file before its records are read.

    Attributes:
        sha256: SHA-256 of the file in hex.
        is_gzip: whether the file is compressed.
    """

    sha256: str
    is_gzip: bool


def check(path: Path) -> Checked:
    """Compute a file's digest, and find out whether it is compressed.

    Raises:
        ExternalWarcError: the file is empty, or of another known format.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        if size == 0:
            raise ExternalWarcError(f"{path}: it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            is_gzip = data[: len(GZIP_MAGIC)] == GZIP_MAGIC
            begin = UnpackedFile(data, is_gzip).peek(16)
            for magic, meaning in _OTHER_FORMATS.items():
                if begin.startswith(magic):
                    raise ExternalWarcError(f"{path}: {meaning}")
            # The first byte of a compressed file may be the damaged one.
            is_gzip = is_gzip or (
                not begin.lstrip().startswith(b"WARC/") and next_member(data, 0, FileIds()) is not None
            )
    return Checked(sha256, is_gzip)


def records(path: Path, checked: Checked) -> Iterator[Item]:
    """Yield the records of a file in its order, and its faults; the same at each call.

    After a fault, records are read from the next gzip member on. In a plain file, or inside a member, the next record
    is looked for only where no bytes of a page can be taken for one: else the rest is lost, and the fault says so.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from _Reader(data, checked.is_gzip).items()


@dataclass(frozen=True, slots=True)
class _Head:
    """A record's WARC headers, and their length in bytes."""

    position: int
    offset: int
    size: int
    headers: Mapping[str, str]
    has_lf_lines: bool

    @property
    def length(self) -> int | None:
        stated = self.headers.get("content-length", "")
        return int(stated) if _LENGTH.fullmatch(stated) else None

    def record(self, block: bytes | None) -> ExternalRecord:
        return ExternalRecord(self.offset, self.headers.get("warc-type", "").lower(), self.headers, block)


class _Reader:
    """Reads the records of one file."""

    def __init__(self, data: mmap.mmap, is_gzip: bool) -> None:
        self._data = data
        self._file = UnpackedFile(data, is_gzip)
        # Whether each gzip member so far began with a record, so that the next one does, too.
        self._members_begin_records = is_gzip
        self._repairs = 0
        self._ids = FileIds()

    def items(self) -> Iterator[Item]:
        while True:
            self._skip_any(b"\r\n\0")
            if self._file.peek(1):
                goes_on = yield from self._next()
            elif self._file.problem:
                goes_on = yield from self._after_damage("")
            else:
                return
            if not goes_on:
                return

    def _next(self) -> Generator[Item, None, bool]:
        """Yield the next record or what is wrong with it; return whether there may be more."""
        head = self._head()
        if head is None or head.length is None:
            problem = "no WARC record begins there" if head is None else "the record states no Content-Length"
            return (yield from self._after_fault(head, self._file.position if head is None else head.position, problem))
        if head.length <= RECORD_MAX_BYTES:
            block: bytes | None = self._file.read(head.length)
            size = len(block or b"")
        else:
            block, size = None, self._file.skip(head.length)
        end = self._file.position
        problem_or_none = self._problem(head, block, size)
        if problem_or_none is not None:
            return (yield from self._after_fault(head, head.position, problem_or_none))
        self._members_begin_records &= not self._file.spans_parts(head.position, end)
        record = head.record(block)
        if problem_or_none := problem_of_digests(record, has_checksum=self._has_checksum(head.position)):
            lost = f"{problem_or_none}; the record was not read, {head.size + size:,} bytes"
            yield Fault(head.offset, record.url, lost)
        else:
            yield record
        return True

    def _has_checksum(self, position: int) -> bool:
        """Tell whether the record that was read last, from a position on, is all of its gzip member."""
        if not (self._file.is_gzip and self._file.begins_part(position)):
            return False
        return not self._file.peek(1) or self._file.begins_part(self._file.position)

    def _head(self) -> _Head | None:
        """Read the next record's headers; None, and nothing is read, if there are none."""
        position, size = self._file.position, _HEAD_STEP_BYTES
        begin = self._file.peek(size)
        if not _VERSION.match(begin):
            return None
        while not (end := _BLANK_LINE.search(begin)) and len(begin) == size and size < _HEAD_MAX_BYTES:
            size *= 2
            begin = self._file.peek(size)
        if end is None:
            return None
        self._file.read(end.end())
        headers = headers_from(begin[: end.start()])
        self._ids.add(headers.get("warc-type", "").lower(), headers)
        has_lf_lines = b"\r\n" not in begin[: end.end()]
        return _Head(position, self._file.offset_of(position), end.end(), headers, has_lf_lines)

    def _problem(self, head: _Head, block: bytes | None, size: int) -> str | None:
        """Read the line ends after a record; return why it does not end where its length says, or None."""
        length = head.length or 0
        stated = f"its Content-Length of {length:,} bytes"
        # The record is all of its gzip member, so far.
        is_alone = self._file.begins_part(head.position)
        tail = self._skip_any(b"\r\n")
        after = self._file.peek(5)
        if self._file.problem and not after and is_alone and self._file.problem_at == head.offset:
            return self._file.problem
        if size < length:
            return f"{stated} is more than what follows, {size:,} bytes"
        # The next record may be cut off.
        if after.strip(b"\0") and not b"WARC/".startswith(after):
            return f"{stated} ends inside the record"
        if tail == _END or (head.has_lf_lines and tail == b"\n\n"):
            return None
        last = (block or b"")[-4:]
        if len(tail) < len(_END) and (last + tail).endswith(_END) and len(last + tail) > len(tail):
            return f"{stated} is {len(_END) - len(tail)} bytes too long"
        return f"{stated} is too short: {len(tail)} bytes of line ends follow" if len(tail) > len(_END) else None

    def _after_fault(self, head: _Head | None, position: int, problem: str) -> Generator[Item, None, bool]:
        """Yield what can be said of a faulty record, and go to the next; return whether there is one."""
        url = url_in(head.headers.get("warc-target-uri")) if head else ""
        offset = self._file.offset_of(position)
        is_damaged = self._file.problem and not self._file.peek(1)
        if is_damaged and (self._file.problem_at == offset or not self._members_begin_records):
            return (yield from self._after_damage(url))
        if head is not None and (block := self._proven_block(head)) is not None:
            self._file.go_back(position)
            self._file.skip(head.size + len(block))
            yield head.record(block)
            # If only the line ends after it are odd, nothing is lost and nothing was guessed.
            if len(block) != head.length:
                yield Fault(offset, url, f"{problem}; its digest or HTTP length proves {len(block):,}: it was read so")
            return True
        if head is not None and head.headers.get("warc-type", "").lower() in _WITHOUT_PAGES:
            rest = self._rest(head)
            if found := _BOUNDARY.search(rest):
                self._file.go_back(position)
                self._file.skip(head.size + found.start())
                yield Fault(offset, url, problem)
                return True
        if not self._file.is_gzip:
            lost = len(self._data) - offset
            yield Fault(offset, url, f"{problem}; {lost:,} bytes from there to the end of the file were not read")
            return False
        lost = sum(map(len, self._file.part_from(position)))
        if self._members_begin_records:
            yield Fault(offset, url, f"{problem}; the record was not read, {lost:,} bytes")
            return True
        yield Fault(offset, url, f"{problem}; it and all records after it were not read")
        return False

    def _after_damage(self, url: str) -> Generator[Item, None, bool]:
        """Yield where the compressed data is broken, and go to the next member; return whether there is one."""
        begin, problem = self._file.problem_at, self._file.problem
        after = next_member(self._data, begin, self._ids)
        end = len(self._data) if after is None else after
        yield Fault(begin, url, f"{problem}; {end - begin:,} bytes up to byte {end} were not read")
        if after is not None:
            self._file.resume(after)
        return after is not None

    def _rest(self, head: _Head) -> bytearray:
        """Return what follows a record's headers: to the end of its gzip member or file, or its own end."""
        rest = bytearray()
        for part in self._file.part_from(head.position):
            rest += part
            if len(rest) > RECORD_MAX_BYTES:
                break
        # A record may continue in the next gzip member.
        stated = min(head.size + (head.length or 0), RECORD_MAX_BYTES)
        if len(rest) < stated:
            rest += self._file.read(stated + _HTTP_LENGTH_WINDOW_BYTES - len(rest))
        del rest[: head.size]
        return rest

    def _proven_block(self, head: _Head) -> bytes | None:
        """Return a faulty record's block if its digest or HTTP length proves where it ends, else None.

        A boundary alone proves nothing: a page may contain lines that look like a record.
        """
        self._repairs += 1
        if self._repairs > _REPAIRS_MAX:
            return None
        rest = self._rest(head)
        boundaries = (found.start() for found in islice(_BOUNDARY.finditer(rest), _BOUNDARIES_MAX))
        whole = len(rest) - (len(_END) if rest.endswith(_END) else 0)
        ends = sorted({*boundaries, whole, min(head.length or 0, len(rest))})
        found = _BLANK_LINE.search(rest)
        body_at = found.end() if found else len(rest)
        stated = ((0, head.headers.get("warc-block-digest")), (body_at, head.headers.get("warc-payload-digest")))
        for begin, text in stated:
            if (digest := stated_digest(text)) is None:
                continue
            sum_so_far, done = hashlib.new(digest.algorithm, usedforsecurity=False), begin
            for end in ends:
                if end < begin:
                    continue
                sum_so_far.update(memoryview(rest)[done:end])
                done = end
                if sum_so_far.digest() == digest.value:
                    return bytes(rest[:end])
        wanted = body_at + _http_length(bytes(rest[:body_at]))
        is_near = abs(wanted - (head.length or 0)) <= _HTTP_LENGTH_WINDOW_BYTES
        # Bytes of the body may be missing, so that both lengths reach into the records after it.
        is_end = not (after := rest[wanted : wanted + 1024].lstrip(b"\r\n\0")[:5]) or b"WARC/".startswith(after)
        if not (wanted > body_at and is_near and is_end and wanted in ends):
            return None
        block = bytes(rest[:wanted])
        return None if problem_of_digests(head.record(block), has_checksum=False) else block

    def _skip_any(self, characters: bytes) -> bytes:
        """Skip any number of some characters; return the first of them, at most a thousand."""
        skipped = b""
        while found := self._file.peek(1024):
            count = len(found) - len(found.lstrip(characters))
            part = self._file.read(count)
            skipped = skipped or part
            if count < len(found):
                break
        return skipped


def _http_length(head: bytes) -> int:
    """Return the Content-Length of an HTTP head; 0 if it has none, or the body was sent in chunks."""
    if re.search(rb"^transfer-encoding:", head, re.IGNORECASE | re.MULTILINE):
        return 0
    found = re.search(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", head, re.IGNORECASE | re.MULTILINE)
    return int(found[1]) if found else 0
