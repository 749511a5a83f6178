"""Exports a part of the archive as one WARC file, for replay tools and other archives.

Records are copied byte for byte, so they keep ids, times and digests.
Belongs here: selecting records and writing the file. Does not belong here: replaying the file (use pywb or similar).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from warehouse.archive.files import all_warc_files, named_warc_file
from warehouse.archive.warc.format import DamagedWarcError, StoredCapture
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.records import gzip_member, info_record
from warehouse.archive.warc.recovery import record_end
from warehouse.archive.warc.revisits import Revisits, UnresolvedRevisitError
from warehouse.durable import delete_leftovers, replacing
from warehouse.home import Home
from warehouse.storage import StoredFile


class NothingToExportError(Exception):
    """The portal has no capture in the requested period."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export.

    Attributes:
        captures: number of captures in the requested period.
        referred: number of responses outside the period, added because revisits in it refer to them.
        unresolved: a message for each revisit whose response is missing or damaged in the archive.
        damaged: one error per damaged WARC file of the portal; its captures after the damage are left out.
    """

    captures: int
    referred: int
    unresolved: tuple[str, ...]
    damaged: tuple[DamagedWarcError, ...] = ()


def export(
    home: Home, portal: str, destination: Path, since: datetime | None, until: datetime | None, now: datetime
) -> Exported:
    """Write a portal's captures in a period to one WARC file; after an error there is no file.

    Args:
        home: the home of the archive.
        portal: the portal's slug; the portal may no longer be configured.
        destination: the file to write; it must not exist.
        since: the earliest capture time; None for no limit.
        until: captures at this time or later are excluded; None for no limit.
        now: the date of the new file's first record.

    Raises:
        FileExistsError: `destination` exists.
        NothingToExportError: the period has no capture; nothing was written.
        DamagedWarcError: the same, and a WARC file of the portal is damaged.
        OSError: the file cannot be written.
    """
    if destination.exists():
        raise FileExistsError(f"{destination}: the file already exists; nothing was overwritten")
    delete_leftovers(destination.parent, destination.name)
    with replacing(destination) as temporary:
        with temporary.open("wb") as file:
            file.write(_info_member(portal, destination.name, now))
            selection = _Selection(home, file)
            for warc in all_warc_files(home, portal):
                selection.add_file(warc, since, until)
        if selection.captures == 0:
            if selection.damaged:
                raise selection.damaged[0]
            # On this error `replacing` deletes the temporary file.
            raise NothingToExportError(f"{portal}: the archive has no capture in this period; nothing was written")
    return Exported(selection.captures, selection.referred, tuple(selection.unresolved), tuple(selection.damaged))


class _Selection:
    """Writes the selected records, each only once."""

    def __init__(self, home: Home, file: BinaryIO) -> None:
        self.captures = 0
        self.referred = 0
        self.unresolved: list[str] = []
        self.damaged: list[DamagedWarcError] = []
        self._home = home
        self._file = file
        self._revisits = Revisits(home.storage)
        self._written: set[str] = set()

    def add_file(self, warc: StoredFile, since: datetime | None, until: datetime | None) -> None:
        """Write the captures of a file in a period; of a damaged file, those before the damage."""
        try:
            for stored in read_captures(warc):
                at = stored.capture.captured_at
                if (since is None or at >= since) and (until is None or at < until):
                    self.add(stored)
        except DamagedWarcError as error:
            self.damaged.append(error)

    def add(self, stored: StoredCapture) -> None:
        """Write a capture; if it is a revisit, write the response that it refers to first."""
        if stored.refers_to is not None and stored.refers_to.record_id not in self._written:
            try:
                self.referred += self._write(self._revisits.resolve(stored))
            except UnresolvedRevisitError as error:
                self.unresolved.append(str(error))
        if self._write(stored):
            self.captures += 1
        else:
            # It was written for an earlier revisit, so it was counted as outside the period.
            self.captures, self.referred = self.captures + 1, self.referred - 1

    def _write(self, stored: StoredCapture) -> bool:
        found = stored.capture
        if found.capture_id in self._written:
            return False
        self._written.add(found.capture_id)
        self._file.write(_member(named_warc_file(self._home.storage, found.warc_file), found.warc_offset))
        return True


def _member(warc: StoredFile, begin: int) -> bytes:
    with warc.local() as path, path.open("rb") as file:
        end = record_end(file, begin)
        if end is None:
            raise DamagedWarcError(warc, begin, "no intact record begins there")
        file.seek(begin)
        return file.read(end - begin)


def _info_member(portal: str, name: str, now: datetime) -> bytes:
    fields = {
        "software": "hanoi-corpus",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": portal,
    }
    content = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    return gzip_member(info_record(name, "application/warc-fields", now, content))
