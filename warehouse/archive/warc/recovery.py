"""Copies the intact records of a damaged or unfinished WARC file to a new file.

Belongs here: finding the gzip members that contain a record, and skipping all other bytes.
Does not belong here: which files to recover (`warehouse.archive.index.recovery`, `warehouse.archive.upkeep.recover`).
"""

from __future__ import annotations

import io
import mmap
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from warehouse.archive.warc.format import REPORT_TYPE
from warehouse.archive.warc.writer import report_member
from warehouse.records import CrawlReport


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
    magic = b"\x1f\x8b\x08"
    begin = data.find(magic)
    while begin != -1:
        end = member_end(data, begin)
        if end is not None:
            yield begin, end
        begin = data.find(magic, begin + 1 if end is None else end)


def member_end(data: mmap.mmap, begin: int, step: int = 65536) -> int | None:
    """Return the end of the gzip member at `begin`; None if it is corrupt, truncated or not a WARC record."""
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
