"""A part of the archive as one WARC file, for replay tools and for other archives.

Records are copied as they are, so they keep ids, times and digests. Here: which records, and the file. Not here:
replaying it (pywb and others do that).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import WarcRecord, WarcRecordType

from warehouse.archive.files import named_warc_file, warc_files
from warehouse.archive.warc.format import DamagedWarcError, StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.records import gzip_member
from warehouse.archive.warc.recovery import member_end
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.storage import StoredFile


class NothingToExportError(Exception):
    """No capture of the portal is of the time that was asked for."""

    def __init__(self, portal: str) -> None:
        """Name the portal."""
        super().__init__(f"{portal}: the archive has no capture of that time; nothing was written")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        captures: records of the time asked for.
        referred: records of other times, to which revisits among them refer.
        unresolved: revisits whose body is not in the archive, in words.
    """

    captures: int
    referred: int
    unresolved: tuple[str, ...]


def export(
    home: Home, portal: str, destination: Path, since: datetime | None, until: datetime | None, now: datetime
) -> Exported:
    """Write a portal's captures of a time to one WARC file, complete or not at all.

    Args:
        home: whose archive.
        portal: whose captures; also one that only the archive knows.
        destination: the file to write; none may be there.
        since: the earliest capture time; None for no bound.
        until: the time before which captures count; None for no bound.
        now: when the export is made.

    Raises:
        FileExistsError: there is a file at `destination`.
        NothingToExportError: no capture is of that time; nothing was written.
        DamagedWarcError: a WARC file of the portal is damaged; nothing was written.
        OSError: the file cannot be written.
    """
    if destination.exists():
        raise FileExistsError(f"{destination}: there is such a file already; nothing was overwritten")
    with replacing(destination) as temporary:
        with temporary.open("wb") as file:
            file.write(_info_member(portal, destination.name, now))
            share = _Share(home, file)
            for stored in _captures(home, portal, since, until):
                share.add(stored)
        if share.captures == 0:
            # Nothing takes the destination's place; what stands beside it is removed.
            raise NothingToExportError(portal)
    return Exported(share.captures, share.referred, tuple(share.unresolved))


class _Share:
    """The records that are written, each once."""

    def __init__(self, home: Home, file: BinaryIO) -> None:
        self.captures = 0
        self.referred = 0
        self.unresolved: list[str] = []
        self._home = home
        self._file = file
        self._revisits = Revisits(home.storage)
        self._written: set[str] = set()

    def add(self, stored: StoredCapture) -> None:
        """Write a capture, before it the response that it refers to."""
        if stored.refers_to is not None and stored.refers_to.record_id not in self._written:
            try:
                self.referred += self._write(self._revisits.resolve(stored))
            except UnresolvedRevisitError as error:
                self.unresolved.append(str(error))
        if self._write(stored):
            self.captures += 1
        else:
            # It was written for a revisit that came before it, and is one of those asked for.
            self.captures, self.referred = self.captures + 1, self.referred - 1

    def _write(self, stored: StoredCapture) -> bool:
        one = stored.capture
        if one.capture_id in self._written:
            return False
        self._written.add(one.capture_id)
        self._file.write(_member(named_warc_file(self._home.storage, one.warc_file), one.warc_offset))
        return True


def _captures(home: Home, portal: str, since: datetime | None, until: datetime | None) -> Iterator[StoredCapture]:
    for warc in warc_files(home, portal):
        for stored in read_captures(warc):
            at = stored.capture.captured_at
            if (since is None or at >= since) and (until is None or at < until):
                yield stored


def _member(warc: StoredFile, begin: int) -> bytes:
    with warc.local() as path, path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = member_end(data, begin)
        if end is None:
            raise DamagedWarcError(warc, begin, "no whole gzip member begins there")
        return data[begin:end]


def _info_member(portal: str, name: str, now: datetime) -> bytes:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.record_date = now
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    fields = {
        "software": "hanoi-corpus",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": portal,
    }
    record.set_bytes_content("".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode())
    return gzip_member(record)
