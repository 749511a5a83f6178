"""Copies the intact records of a damaged or unfinished WARC file to a new file.

What the bytes of a page look like is no record: after damage, reading goes on only where the broken record is proven to
end, or where the archive's index, made when the file was whole, has a record. Everything else is lost, and reported.
Belongs here: dividing this project's files into intact records and lost bytes. Does not belong here: which files to
recover (`warehouse.archive.index.recovery`, `warehouse.archive.upkeep.recover`), and where to go on in files of other
crawlers (`warehouse.archive.warc.members.resuming`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.members.content import (
    capture_in,
    captured_at,
    info_in,
    is_capture,
    is_info,
    is_observations,
    is_report,
    observations_in,
    report_in,
)
from warehouse.archive.warc.members.framing import BrokenRecordError, Record, record_in
from warehouse.archive.warc.members.unpacking import GZIP_HEADER, member_at
from warehouse.archive.warc.reader import RECORD_MAX_BYTES, TWICE
from warehouse.archive.warc.writer import info_member, report_member
from warehouse.records import CrawlReport

_STEP_BYTES: Final = 1_000_000
_NOWHERE: Final = CrawlInfo("", "", "", datetime(1970, 1, 1, tzinfo=UTC), "", {})


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a WARC file: a record, or bytes that are none.

    Attributes:
        begin: its first byte.
        end: the byte after its last one.
        record: the record; None if the bytes are not one, or are damaged.
        problem: what is wrong; empty for an intact record. Of a record, only the gzip header can be damaged.
        is_cut: whether nothing is wrong but that the file ends inside a record, as after a kill, or in zero bytes. A
            record that was only begun has no header of another one after it: damaged data can seem to go on to the end.
    """

    begin: int
    end: int
    record: Record | None = None
    problem: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes of a damaged file that are not in the recovered one; `end` is the byte after the last one."""

    begin: int
    end: int
    problem: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """The result of a recovery.

    Attributes:
        captures: number of captures that were kept.
        lost: the ranges of the damaged file that were not kept, in its order.
        has_only_cut: whether nothing is lost but a last record that was never written completely.
    """

    captures: int
    lost: tuple[Lost, ...]
    has_only_cut: bool


def recover(path: Path, destination: Path, info: CrawlInfo, report: CrawlReport, known: Mapping[int, str]) -> Recovered:
    """Copy every record of a damaged or unfinished WARC file that is proven to be one.

    `path` is not changed; `destination` is a local file, which is not synced to the disk. `known` are offsets of
    records as for `parts_of`. If the first record of `path` is damaged, `info` takes its place. If no report is kept,
    `report` is added with `captures` set to the number found, and `ended_at` to the time of the last capture.
    """
    captures = 0
    ended_at = report.started_at
    has_report = False
    lost: list[Lost] = []
    is_cut = True
    ids: set[str] = set()
    with path.open("rb") as file, destination.open("wb") as out:
        for number, part in enumerate(parts_of(file, known)):
            record = part.record
            if number == 0 and not (record and is_info(record)):
                out.write(info_member(f"{info.crawl_id}.warc.gz", info))
            if record is None:
                lost.append(Lost(part.begin, part.end, part.problem))
                is_cut &= part.is_cut
                continue
            if is_capture(record):
                if (record_id := record.headers.get("warc-record-id", "").lower()) in ids:
                    lost.append(Lost(part.begin, part.end, TWICE))
                    is_cut = False
                    continue
                ids.add(record_id)
                captures += 1
                ended_at = max(ended_at, captured_at(record))
            has_report |= is_report(record)
            _copy(file, part, out)
        if not has_report:
            out.write(report_member(replace(report, captures=captures, ended_at=ended_at)))
    return Recovered(captures, tuple(lost), is_cut)


def parts_of(file: BinaryIO, known: Mapping[int, str]) -> Iterator[Part]:
    """Yield the parts of a WARC file, without a gap: intact records, and what lies between them.

    `known` are offsets at which the file had records when it was whole, each with the record's UUID; empty if only the
    offset is known.
    """
    size = file.seek(0, 2)
    position = 0
    while position < size:
        part, end = _part_at(file, position)
        if part.record is None and end is None:
            end = next((at for at in sorted(known) if at > position and _is_known(file, at, known[at])), size)
        end = part.end if end is None else end
        yield replace(part, end=end, is_cut=part.is_cut and end == size and not _has_header(file, position + 1))
        position = end


def record_end(file: BinaryIO, begin: int) -> int | None:
    """Return the end of the intact record at an offset; None if there is none."""
    part, _ = _part_at(file, begin)
    return part.end if part.record and not part.problem else None


def _part_at(file: BinaryIO, begin: int) -> tuple[Part, int | None]:
    """Return the record at an offset, or what is wrong with it, and where it is proven to end."""
    member = member_at(file, begin, RECORD_MAX_BYTES)
    if member is None:
        return Part(begin, begin, None, "the file ends there"), None
    problem = member.problem
    if member.is_checked or problem is None:
        try:
            record = record_in(member.content)
            _check(record)
        except BrokenRecordError as error:
            problem = problem or str(error)
        else:
            if member.end is not None:
                return Part(begin, member.end, record, problem or ""), member.end
    is_cut = member.is_cut or _is_zero(file, begin)
    return Part(begin, begin, None, problem or "no record begins there", is_cut), member.end


def _check(record: Record) -> None:
    """Read a record as every reader does.

    Raises:
        BrokenRecordError: it cannot be read.
    """
    if is_info(record):
        info_in(record)
    elif is_capture(record):
        capture_in(record, _NOWHERE, "", 0)
    elif is_report(record):
        report_in(record)
    elif is_observations(record):
        observations_in(record)


def _is_known(file: BinaryIO, at: int, record_id: str) -> bool:
    record = _part_at(file, at)[0].record
    return record is not None and (not record_id or f"<urn:uuid:{record_id}>" == record.headers.get("warc-record-id"))


def _is_zero(file: BinaryIO, begin: int) -> bool:
    """Tell whether a file has only zero bytes from an offset on: they were allocated, and never written."""
    file.seek(begin)
    while left := file.read(_STEP_BYTES):
        if left.strip(b"\0"):
            return False
    return True


def _has_header(file: BinaryIO, begin: int) -> bool:
    """Tell whether a file has the header of a member of this project anywhere from an offset on."""
    file.seek(begin)
    before = b""
    while step := file.read(_STEP_BYTES):
        if GZIP_HEADER in before + step:
            return True
        before = step[1 - len(GZIP_HEADER) :]
    return False


def _copy(file: BinaryIO, part: Part, out: BinaryIO) -> None:
    """Copy a record byte for byte, but for a damaged gzip header, which states nothing of the record."""
    file.seek(part.begin)
    header = file.read(len(GZIP_HEADER))
    out.write(GZIP_HEADER if part.problem else header)
    left = part.end - part.begin - len(header)
    while left and (piece := file.read(min(left, _STEP_BYTES))):
        out.write(piece)
        left -= len(piece)
