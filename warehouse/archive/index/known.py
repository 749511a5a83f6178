"""What an update of the index knows without reading: which files there are, and which are right.

Belongs here: listing WARC files and the files derived from them, their entries in the storage's register, and deleting
what belongs to no WARC file.
Does not belong here: reading and rebuilding these files (`warehouse.archive.index.build`).
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import fields
from datetime import datetime
from typing import Final

from warehouse.archive.files import all_warc_files, crawl_id_of, warc_file
from warehouse.archive.index.set_aside import SetAside, are_possible
from warehouse.datasets import CAPTURES
from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, OBSERVATIONS_FOLDER, SET_ASIDE_FOLDER, Home
from warehouse.records import CrawlReport
from warehouse.storage import Register, Stored, StoredFile

# The index first: its entry has the times of the file.
_FOLDERS: Final = {INDEX_FOLDER: ".parquet", CRAWLS_FOLDER: ".json", OBSERVATIONS_FOLDER: ".json"}
# Files of other columns and keys are of an earlier version, and made again.
_SHAPE: Final = hashlib.sha256(
    " ".join([CAPTURES.digest, *(field.name for field in fields(CrawlReport))]).encode()
).hexdigest()[:16]
_GONE: Final = (
    "the file is gone, so what was read in it leaves the corpus. If nobody meant to delete it, restore it from a "
    "backup: `hanoi-corpus archive restore`"
)

_logger = logging.getLogger(__name__)


class Known:
    """The files of an archive, as they were listed once.

    Attributes:
        warcs: all WARC files, those that are set aside too.
    """

    def __init__(self, home: Home, now: datetime) -> None:
        """List the files; `now` is the time of the home's clock.

        Raises:
            OSError: the storage failed.
        """
        self._home = home
        self._now = now
        self._register = Register(home.storage)
        self._derived = {folder: _by_name(home, folder) for folder in _FOLDERS}
        self._notes = _by_name(home, SET_ASIDE_FOLDER)
        # Last: whatever was derived before has its WARC file by now.
        self.warcs = all_warc_files(home)
        self._marks: dict[str, str] = {}
        self._learned: dict[str, str] = {}

    def delete_orphans(self) -> None:
        """Delete what was derived from WARC files that no longer exist, and the notes on them.

        Raises:
            UnwritableError: a file cannot be deleted.
        """
        there = {_name_of(warc) for warc in self.warcs}
        for files in (*self._derived.values(), self._notes):
            for name in files.keys() - there:
                portal, _, crawl = name.rpartition("/")
                warc = warc_file(self._home, portal, crawl)
                # Look again: a crawl may have added its WARC file since the listing.
                if portal and "/" not in portal and not warc.exists():
                    if files is self._derived[INDEX_FOLDER]:
                        _logger.warning("%s: %s", warc, _GONE)
                    self._home.storage.delete(files[name].key)

    def is_right(self, warc: StoredFile) -> bool:
        """Tell whether all that is derived from a file is as it was found right, and its times possible."""
        name = _name_of(warc)
        learned = [self._register.learned(self._derived[folder].get(name)) for folder in _FOLDERS]
        if name in self._notes or None in learned:
            return False
        shapes = {(text or "").partition(" ")[0] for text in learned}
        if shapes != {_SHAPE}:
            return False
        first, last = (datetime.fromisoformat(at) for at in (learned[0] or "").split(" ")[1:])
        return are_possible(SetAside(warc, first, last, is_import=False), self._now)

    def note(self, times: SetAside, *, was_made: bool) -> None:
        """Keep that what is derived from a file is right; `was_made` means that it was made just now."""
        name = _name_of(times.warc)
        for folder, suffix in _FOLDERS.items():
            key = f"{folder}/{name}{suffix}"
            stored = self._home.storage.find(key) if was_made else self._derived[folder].get(name)
            if stored is not None:
                self._marks[key] = stored.mark
                self._learned[key] = _SHAPE
        self._learned[f"{INDEX_FOLDER}/{name}.parquet"] = f"{_SHAPE} {times.first.isoformat()} {times.last.isoformat()}"

    def write(self) -> None:
        """Write what was noted into the register, of files that nobody has written since.

        Raises:
            UnwritableError: the register cannot be written.
        """
        for folder in _FOLDERS:
            present = _by_name(self._home, folder)
            for stored in present.values():
                if self._marks.get(stored.key) == stored.mark:
                    self._register.note(stored, self._learned[stored.key])
            self._register.keep_only(folder, {stored.key for stored in present.values()})
        self._register.write()


def _by_name(home: Home, folder: str) -> dict[str, Stored]:
    """Return the files below a folder by the name of their crawl, `<portal>/<crawl_id>`."""
    suffix = _FOLDERS.get(folder, ".json")
    return {
        stored.key.removeprefix(f"{folder}/").removesuffix(suffix): stored
        for stored in home.storage.list(folder, suffix)
    }


def _name_of(warc: StoredFile) -> str:
    return f"{warc.folder}/{crawl_id_of(warc)}"
