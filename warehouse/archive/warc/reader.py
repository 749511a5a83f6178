"""Reads this project's WARC files: all captures, a capture by its offset, and data about the crawl.

Every record is read and checked as a whole before it is yielded, so that damage anywhere in a file is a
`DamagedWarcError` with the record's offset.
Does not belong here: which files exist (`warehouse.archive.files`), files of other crawlers
(`warehouse.archive.warc.external`), and recovering damaged files (`warehouse.archive.warc.recovery`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from warehouse.archive.files import PART_SUFFIX, SUFFIX, WARC_NAME
from warehouse.archive.observations import Observations
from warehouse.archive.warc.format import CrawlInfo, DamagedWarcError, StoredCapture
from warehouse.archive.warc.members.content import (
    capture_in,
    info_in,
    is_capture,
    is_info,
    is_observations,
    is_report,
    observations_in,
    report_in,
)
from warehouse.archive.warc.members.framing import BrokenRecordError, Record, record_in
from warehouse.archive.warc.members.unpacking import MemberReader
from warehouse.records import Capture, CrawlReport
from warehouse.storage import StorageError, StoredFile

RECORD_MAX_BYTES: Final = 1_000_000_000
"""Records of this project are shorter: a crawl and an import hold them in memory before they write them."""
TWICE: Final = "the record stands in the file twice"
"""Problem of a capture whose record ID an earlier one of the file has."""


class MisplacedWarcError(DamagedWarcError):
    """A WARC file is of another portal or crawl than its folder and name say; its records may be intact."""


_Item: TypeAlias = StoredCapture | Record


@dataclass(frozen=True, slots=True)
class CrawlContent:
    """What a whole WARC file holds, without the captures' headers and bodies.

    Attributes:
        captures: in the order of the file.
        observations: empty ones if it has none (an import, or a killed crawl).
        other_offsets: where the observations and the report begin, in bytes.
    """

    captures: list[Capture]
    observations: Observations
    report: CrawlReport
    other_offsets: tuple[int, ...]


def read_info(warc: StoredFile) -> CrawlInfo:
    """Return the content of a WARC file's first record.

    Raises:
        DamagedWarcError: the file does not begin with a `warcinfo` record of this project.
        MisplacedWarcError: the record is of another portal or crawl than the file's folder and name.
    """
    for offset, record in _records(warc):
        if is_info(record):
            return _info(record, warc, offset)
        break
    raise DamagedWarcError(warc, 0, "the file does not begin with a warcinfo record of hanoi-corpus")


def read_report(warc: StoredFile) -> CrawlReport | None:
    """Return the crawl report at the end of a WARC file; None if the file has none.

    Raises:
        DamagedWarcError: a record before it is damaged, or this version cannot parse the report.
    """
    for offset, record in _records(warc):
        if is_report(record):
            with _naming(warc, offset):
                return report_in(record)
    return None


def read_observations(warc: StoredFile) -> Observations:
    """Return the observations in a WARC file; empty ones if it has none (an import, or a killed crawl).

    Raises:
        DamagedWarcError: a record is damaged, or this version cannot parse the observations.
    """
    for offset, record in _records(warc):
        if is_observations(record):
            with _naming(warc, offset):
                return observations_in(record)
    return Observations()


def read_captures(warc: StoredFile) -> Iterator[StoredCapture]:
    """Yield the captures of a WARC file in the order of the file.

    Raises:
        DamagedWarcError: a record is damaged or its payload does not match its digest, or the crawl report is missing.
            All captures before the damage were yielded.
    """
    for _, item in _items(warc):
        if isinstance(item, StoredCapture):
            yield item


def read_crawl(warc: StoredFile) -> CrawlContent:
    """Return what a whole WARC file holds.

    Raises:
        DamagedWarcError: as for `read_captures`, or this version cannot parse observations or report.
    """
    captures: list[Capture] = []
    observations, report = Observations(), None
    offsets: list[int] = []
    for offset, item in _items(warc):
        if isinstance(item, StoredCapture):
            captures.append(item.capture)
        elif is_observations(item) or is_report(item):
            offsets.append(offset)
            with _naming(warc, offset):
                if is_report(item):
                    report = report or report_in(item)
                else:
                    observations = observations_in(item)
    if report is None:
        raise DamagedWarcError(warc, 0, "the file ends without a crawl report")
    return CrawlContent(captures, observations, report, tuple(offsets))


def read_capture(warc: StoredFile, offset: int) -> StoredCapture:
    """Return the capture at an offset.

    Raises:
        DamagedWarcError: no intact capture begins there, or the file's first record is damaged.
        FileNotFoundError: there is no such file.
    """
    info = read_info(warc)
    # A reference in a record may have any number.
    for _, record in _records(warc, offset) if offset >= 0 else ():
        if is_capture(record):
            with _naming(warc, offset):
                return capture_in(record, info, _name(warc), offset)
        break
    raise DamagedWarcError(warc, offset, "no capture begins there")


def _items(warc: StoredFile) -> Iterator[tuple[int, _Item]]:
    """Yield each capture, and each other record after the first, with its offset.

    Raises:
        DamagedWarcError: as for `read_captures`.
    """
    info: CrawlInfo | None = None
    offset, has_report = 0, False
    ids: set[str] = set()
    for offset, record in _records(warc):
        if is_info(record):
            info = _info(record, warc, offset)
        elif is_capture(record):
            if info is None:
                raise DamagedWarcError(warc, offset, "a capture precedes the warcinfo record")
            with _naming(warc, offset):
                stored = capture_in(record, info, _name(warc), offset)
            if stored.capture.capture_id in ids:
                raise DamagedWarcError(warc, offset, TWICE)
            ids.add(stored.capture.capture_id)
            yield offset, stored
        else:
            has_report |= is_report(record)
            yield offset, record
    if not has_report:
        raise DamagedWarcError(warc, offset, "the file ends without a crawl report")


def _records(warc: StoredFile, begin: int = 0) -> Iterator[tuple[int, Record]]:
    """Yield each record with its offset; raise `DamagedWarcError` with the offset if reading fails."""
    offset = begin
    try:
        with warc.open(begin) as file:
            members = MemberReader(file, begin, RECORD_MAX_BYTES)
            while (member := members.read()) is not None:
                offset = member.begin
                if member.problem is not None:
                    raise DamagedWarcError(warc, offset, member.problem)
                yield offset, record_in(member.content)
                offset = member.end or offset
    except StorageError:
        # The storage failed; the file may be intact.
        raise
    except PermissionError as error:
        raise DamagedWarcError(warc, offset, "it may not be read", "Give this user the right to read it") from error
    except OSError as error:
        raise DamagedWarcError(warc, offset, f"it cannot be read: {error.strerror or error}") from error
    except BrokenRecordError as error:
        raise DamagedWarcError(warc, offset, str(error)) from error


@contextmanager
def _naming(warc: StoredFile, offset: int) -> Iterator[None]:
    """Turn what is wrong with a record into an error that names its file and offset."""
    try:
        yield
    except BrokenRecordError as error:
        raise DamagedWarcError(warc, offset, str(error)) from error


def _info(record: Record, warc: StoredFile, offset: int) -> CrawlInfo:
    with _naming(warc, offset):
        info = info_in(record)
    crawl_id = warc.name.removesuffix(PART_SUFFIX).removesuffix(SUFFIX)
    if (info.portal, info.crawl_id) != (warc.folder, crawl_id):
        name = f"{info.portal}/{info.crawl_id}{SUFFIX}"
        place = f"`{name}`" if WARC_NAME.fullmatch(name) else "the name and folder that its first record states"
        raise MisplacedWarcError(
            warc,
            offset,
            f"the file is the crawl {info.crawl_id!r} of portal {info.portal!r}, not one of {warc.folder}",
            f"Move it to {place} in the archive's folder `warc`, or out of the archive",
        )
    return info


def _name(warc: StoredFile) -> str:
    return f"{warc.folder}/{warc.name}"
