"""The register of a storage: which objects were read whole and found right, and need not be again.

An entry says: the object with this key and this stamp was read to its end, its checksum matched, and this was learned
from it. It stays true until the object is written again, which changes the stamp. What decays on the disk without being
written is found only by reading everything, as the nightly check does. The register can be deleted at any time.
Belongs here: the entries, their file, and dropping what is doubtful.
Does not belong here: what is learned from an object, and reading it (`warehouse.stages`, `warehouse.archive.index`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from warehouse.storage.base import Storage, Stored
from warehouse.storage.errors import MissingObjectError

REGISTER_KEY: Final = "register.tsv"

# Increase it if what is learned from the same object changes.
_FORMAT: Final = "hanoi-corpus register 1"

_Entry: TypeAlias = tuple[str, str]  # the stamp, and what was learned

_logger = logging.getLogger(__name__)


class Register:
    """What was learned from the objects of a storage, as long as they are as they were.

    If two processes write it at the same moment, entries of one may be lost; these objects are then read once more.
    """

    def __init__(self, storage: Storage) -> None:
        """Read the register; a missing one is empty.

        So is one that is damaged or of another version, and the log says so.

        Raises:
            OSError: the storage failed.
        """
        self._storage = storage
        self._entries = _read(storage)
        self._changed: dict[str, _Entry | None] = {}

    def learned(self, stored: Stored | None) -> str | None:
        """Return what was learned from an object; None if it is missing, or must be read."""
        if stored is None or stored.stamp is None:
            return None
        entry = self._entries.get(stored.key)
        return entry[1] if entry is not None and entry[0] == stored.stamp else None

    def note(self, stored: Stored, learned: str) -> None:
        """Note that an object was read whole and found right; one that changed just now is not noted.

        `learned` has no tabs and no line breaks.
        """
        if stored.stamp is not None:
            self._change(stored.key, (stored.stamp, learned))

    def forget(self, key: str) -> None:
        """Drop the entry of an object, so that the next build reads it."""
        self._change(key, None)

    def keep_only(self, folder: str, keys: Collection[str]) -> None:
        """Drop the entries of the objects below a folder that no longer exist; `keys` are those that do."""
        prefix = f"{folder}/"
        for key in [key for key in self._entries if key.startswith(prefix) and key not in keys]:
            self.forget(key)

    def write(self) -> None:
        """Put the register into the storage if it has changed, as atomically as any object.

        Raises:
            UnwritableError: the disk is full, or the object cannot be written for another reason.
        """
        if self._changed:
            # Other processes may have written since it was read: a build, and crawls of other portals.
            self._entries = _read(self._storage)
            _apply(self._entries, self._changed)
            self._storage.put(REGISTER_KEY, _bytes_of(self._entries))
            self._changed = {}

    def _change(self, key: str, entry: _Entry | None) -> None:
        if self._entries.get(key) != entry:
            _apply(self._entries, {key: entry})
            self._changed[key] = entry


def _apply(entries: dict[str, _Entry], changed: Mapping[str, _Entry | None]) -> None:
    """Change entries; None stands for an entry that is dropped."""
    for key, entry in changed.items():
        if entry is None:
            entries.pop(key, None)
        else:
            entries[key] = entry


def _read(storage: Storage) -> dict[str, _Entry]:
    try:
        return _entries_of(storage.read(REGISTER_KEY))
    except MissingObjectError:
        return {}
    except ValueError as error:
        _logger.warning("%s: %s; all files are read again", storage.location(REGISTER_KEY), error)
        return {}


def _bytes_of(entries: Mapping[str, _Entry]) -> bytes:
    body = "".join(f"{key}\t{stamp}\t{learned}\n" for key, (stamp, learned) in sorted(entries.items())).encode()
    return f"{_FORMAT} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _entries_of(data: bytes) -> dict[str, _Entry]:
    """Return the entries by key.

    Raises:
        ValueError: the data is damaged, or of another version.
    """
    head, _, body = data.partition(b"\n")
    format_, _, digest = head.rpartition(b" ")
    if format_ != _FORMAT.encode():
        raise ValueError("it is no register of this version")
    if digest != hashlib.sha256(body).hexdigest().encode():
        raise ValueError("damaged: the content does not match its checksum")
    lines = (line.split("\t") for line in body.decode().split("\n")[:-1])
    return {key: (stamp, learned) for key, stamp, learned in lines}
