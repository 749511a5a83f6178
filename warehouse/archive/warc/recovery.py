"""What of a damaged or unfinished WARC file is whole, and a new file made of it.

Here: the search for gzip members that hold a record, whatever stands between them. Not here: which file needs it and
what becomes of the damaged one (`warehouse.archive.index.recovery`).
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
    """Copy every whole record of a damaged or unfinished WARC file to `destination`; return how many captures.

    A damaged record is skipped, and reading goes on at the next gzip member that begins a record.

    Args:
        path: the file to read; it is not altered.
        destination: the local file to write; whole when this returns, and not yet durable.
        report: the report to end with, where `path` lacks one; its `captures` is set to what was found, and its
            end to when the last of them was made, by the crawl's own clock.
    """
    captures = 0
    ended_at = report.started_at
    has_report = False
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        destination.open("wb") as out,
    ):
        for begin, end in whole_members(data):
            record = next(iter(ArchiveIterator(io.BytesIO(data[begin:end]), parse_http=False)))
            if record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
                captures += 1
                ended_at = max(ended_at, record.record_date or ended_at)
            has_report |= record.headers.get("Content-Type") == REPORT_TYPE
            out.write(data[begin:end])
        if not has_report:
            out.write(report_member(replace(report, captures=captures, ended_at=ended_at)))
    return captures


def whole_members(data: mmap.mmap) -> Iterable[tuple[int, int]]:
    """Yield begin and end of each gzip member of `data` that unpacks without error and holds a WARC record."""
    magic = b"\x1f\x8b\x08"
    begin = data.find(magic)
    while begin != -1:
        end = member_end(data, begin)
        if end is not None:
            yield begin, end
        begin = data.find(magic, begin + 1 if end is None else end)


def member_end(data: mmap.mmap, begin: int, step: int = 65536) -> int | None:
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
