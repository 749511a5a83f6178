"""Copies the intact records of a damaged or unfinished WARC file to a new file.

Belongs here: finding the gzip members that contain a record, skipping all other bytes, and where to go on after a
broken member of another crawler's file. Does not belong here: which files to recover
(`warehouse.archive.index.recovery`, `warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

import io
import mmap
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastwarc.warc import ArchiveIterator, WarcRecordType

from warehouse.archive.warc.codecs import GZIP_MAGIC, CorruptStreamError, gzip_content
from warehouse.archive.warc.format import REPORT_TYPE
from warehouse.archive.warc.unpacking import is_padding
from warehouse.archive.warc.writer import report_member
from warehouse.records import CrawlReport

_HEAD_MAX_BYTES: Final = 65_536
_CONTENT_LENGTH: Final = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LEAST_GZIP_HEADER_BYTES: Final = 10
_GZIP_TRAILER_BYTES: Final = 8
# Pages can contain gzip members that look like records, so that each try at one costs time.
_TRIES_MAX: Final = 100


def recover(path: Path, destination: Path, report: CrawlReport) -> int:
    """Copy every intact record of a damaged or unfinished WARC file; return the number of captures.

    Bytes that are not part of an intact record are skipped. `path` is not changed; `destination` is a local file, which
    is not synced to the disk. If `path` has no report, `report` is added with `captures` set to the number found, and
    `ended_at` to the time of the last capture.
    """
    captures = 0
    ended_at = report.started_at
    has_report = False
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        destination.open("wb") as out,
    ):
        for begin, end in intact_members(data):
            record = next(iter(ArchiveIterator(io.BytesIO(data[begin:end]), parse_http=False)))
            if record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
                captures += 1
                ended_at = max(ended_at, record.record_date or ended_at)
            has_report |= record.headers.get("Content-Type") == REPORT_TYPE
            out.write(data[begin:end])
        if not has_report:
            out.write(report_member(replace(report, captures=captures, ended_at=ended_at)))
    return captures


def intact_members(data: mmap.mmap) -> Iterable[tuple[int, int]]:
    """Yield begin and end of each gzip member that decompresses without error and contains a WARC record."""
    begin = data.find(GZIP_MAGIC)
    while begin != -1:
        end = member_end(data, begin)
        if end is not None:
            yield begin, end
        begin = data.find(GZIP_MAGIC, begin + 1 if end is None else end)


def member_end(data: mmap.mmap, begin: int, step: int = 65536) -> int | None:
    """Return the end of the gzip member at `begin`; None if it is corrupt, truncated or not a WARC record."""
    unpacker = zlib.decompressobj(wbits=31)
    position = begin
    head = b""
    try:
        while not unpacker.eof and position < len(data):
            unpacked = unpacker.decompress(data[position : position + step])
            head = head or unpacked[:5]
            position += step
    except zlib.error:
        return None
    if not unpacker.eof or head != b"WARC/":
        return None
    return min(position, len(data)) - len(unpacker.unused_data)


def next_member(data: mmap.mmap, begin: int) -> int | None:
    """Return where to go on after a broken gzip member or other bytes; None if that cannot be told.

    A page may contain gzip members that look like records, as may the broken member. A member counts as one of the file
    only if one of these holds:

    - The compressed data of the broken member can be read to its end, and the other begins there: only its bytes or its
      checksum are wrong.
    - The four bytes before it are the length of the broken record as that states it (ISIZE, RFC 1952, 2.3.1).
    - All members after it follow without a gap to the end of the file.
    """
    if (after := _after_its_data(data, begin)) is not None:
        return after
    size = _stated_isize(data, begin)
    candidates = _record_members(data, begin + 1)
    return next((at for at in candidates if data[at - 4 : at] == size or _reaches_end(data, at)), None)


def _reaches_end(data: mmap.mmap, at: int) -> bool:
    """Tell whether members follow each other from `at` to the end; broken ones must show where they end."""
    while not is_padding(data, at):
        end = member_end(data, at) or _after_its_data(data, at)
        if end is None and (size := _stated_isize(data, at)) is not None:
            end = next((after for after in _record_members(data, at + 1) if data[after - 4 : after] == size), None)
        if end is None:
            return False
        at = end
    return True


def _after_its_data(data: mmap.mmap, begin: int) -> int | None:
    """Return where the member after a broken one begins, if that one's data can be read to its end."""
    begins = {begin + _LEAST_GZIP_HEADER_BYTES}
    with suppress(CorruptStreamError):
        begins.add(gzip_content(data, begin) or len(data))
    for content in sorted(begins):
        end = _deflate_end(data, content)
        if end is not None and _head(data, end + _GZIP_TRAILER_BYTES).startswith(b"WARC/"):
            return end + _GZIP_TRAILER_BYTES
    return None


def _deflate_end(data: mmap.mmap, begin: int, step: int = 65536) -> int | None:
    """Return where a deflate stream ends; None if it cannot be read to its end."""
    unpacker = zlib.decompressobj(wbits=-15)
    position = begin
    try:
        while not unpacker.eof and position < len(data):
            unpacker.decompress(data[position : position + step])
            position += step
    except zlib.error:
        return None
    return min(position, len(data)) - len(unpacker.unused_data) if unpacker.eof else None


def _record_members(data: mmap.mmap, begin: int) -> Iterator[int]:
    """Yield where gzip members with a WARC record may begin; only the first `_TRIES_MAX`."""
    tries = 0
    at = data.find(GZIP_MAGIC, begin)
    while at != -1 and tries < _TRIES_MAX:
        if _head(data, at).startswith(b"WARC/"):
            tries += 1
            yield at
        at = data.find(GZIP_MAGIC, at + 1)


def _stated_isize(data: mmap.mmap, at: int) -> bytes | None:
    """Return the length of a member that holds one record, by the record's header, as gzip writes it."""
    head, blank, _ = _head(data, at).partition(b"\r\n\r\n")
    found = _CONTENT_LENGTH.search(head) if blank else None
    return ((len(head) + 8 + int(found[1])) % 2**32).to_bytes(4, "little") if found else None


def _head(data: mmap.mmap, at: int, step: int = 64) -> bytes:
    """Return the first uncompressed bytes of a gzip member, as far as they can be read."""
    unpacker = zlib.decompressobj(wbits=31)
    head = b""
    try:
        # Small steps: those before the damage are kept.
        while b"\r\n\r\n" not in head and len(head) < _HEAD_MAX_BYTES and at < len(data) and not unpacker.eof:
            head += unpacker.decompress(data[at : at + step], _HEAD_MAX_BYTES)
            at += step
            if not b"WARC/".startswith(head[:5]):
                break
    except zlib.error:
        pass
    return head
