"""The interface of a storage, and the rules for object keys."""

from __future__ import annotations

import builtins
import errno
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from warehouse.storage.errors import writing

# One segment of a key. Excluded: hidden names, paths that leave the folder, `name#1` (left by a killed put of obstore),
# and names that are not UTF-8, which Python decodes to lone surrogates.
_SEGMENT = re.compile(r"(?!\.)(?!.*#\d+\Z)[^/\\\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing shows it.

    Attributes:
        modified_at: when it was put, in UTC; for an adopted file, the file's own modification time.
        mark: a text that changes whenever the object is written again.
        stamp: like `mark`, also if the time of modification was set back afterwards; a copy has another one. None if
            the object was written just now: one more change might not show.
    """

    key: str
    size_bytes: int
    modified_at: datetime
    mark: str
    stamp: str | None

    @property
    def name(self) -> str:
        """Return the last segment of the key."""
        return self.key.rpartition("/")[2]


class Storage(ABC):
    """Objects by key, in a folder or an object store.

    A key has segments between slashes; none is empty, hidden (`.name`) or of the form `name#1`, or has backslashes or
    control characters. Every method but `location` raises `ValueError` for an invalid key: keys may come from the
    content of files that others wrote.
    """

    def list(self, prefix: str = "", suffix: str = "", *, depth: int | None = None) -> builtins.list[Stored]:
        """Return the objects below the folder `prefix` whose keys end with `suffix`, sorted by key.

        Objects are at any depth, or exactly `depth` levels below `prefix`. A missing folder counts as empty. Files
        whose names are not valid keys (hidden files, leftovers of killed puts) are left out.
        """
        _check_folder(prefix)
        found = self._list(prefix, suffix)
        if depth is not None:
            slashes = prefix.count("/") + depth
            found = (stored for stored in found if stored.key.count("/") == slashes)
        return sorted(found, key=lambda stored: stored.key)

    def find(self, key: str) -> Stored | None:
        """Return the listing entry of one object, or None if it does not exist."""
        _check(key)
        return self._find(key)

    def open(self, key: str, begin: int = 0) -> BinaryIO:
        """Open an object for reading at byte `begin`: buffered, seekable, and never held in memory as a whole.

        Raises:
            MissingObjectError: the object does not exist.
            ObjectChangedError: raised while reading, if the object was replaced or deleted since it was opened.
                Everything read before is from the old object. In a folder, the old object stays readable to its end.
        """
        _check(key)
        if begin < 0:
            raise ValueError(f"{begin} is not a valid offset")
        return self._open(key, begin)

    def read(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises:
            MissingObjectError: the object does not exist.
        """
        _check(key)
        return self._read(key)

    def put(self, key: str, data: bytes | memoryview) -> None:
        """Put an object atomically: readers see the old object or the new one, even if the process is killed.

        Raises:
            UnwritableError: the disk is full, or the object cannot be written for another reason.
        """
        _check(key)
        with writing(self.location(key)):
            self._put(key, data)

    def adopt(self, key: str, file: Path) -> None:
        """Move a complete local file to the object's place, as atomically as `put`.

        Raises:
            FileNotFoundError: the local file does not exist.
            UnwritableError: the object cannot be written; the local file is not moved.
        """
        _check(key)
        if not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        with writing(self.location(key)):
            self._adopt(key, file)

    def delete(self, key: str) -> None:
        """Delete an object; a missing object is not an error.

        Raises:
            UnwritableError: the object cannot be deleted.
        """
        _check(key)
        with writing(self.location(key)):
            self._delete(key)

    def delete_folder(self, prefix: str) -> None:
        """Delete the folder `prefix` and everything below it, hidden files too.

        Raises:
            UnwritableError: a file or folder cannot be deleted; others may already be deleted.
        """
        _check(prefix)
        with writing(self.location(prefix)):
            self._delete_folder(prefix)

    @abstractmethod
    def location(self, key: str) -> str:
        """Return the object's name in messages: its path, or its URL."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Provide the object as a local file of the same name, which the caller must not change.

        Raises:
            MissingObjectError: the object does not exist.
        """
        _check(key)
        return self._local(key)

    def sweep(self, prefix: str = "") -> builtins.list[str]:
        """Delete what killed puts left below `prefix`, and return the paths; running puts are not disturbed."""
        _check_folder(prefix)
        return sorted(self._sweep(prefix))

    # Each storage implements these methods; the methods above check keys and convert write errors.

    @abstractmethod
    def _list(self, prefix: str, suffix: str) -> Iterable[Stored]: ...

    @abstractmethod
    def _find(self, key: str) -> Stored | None: ...

    @abstractmethod
    def _open(self, key: str, begin: int) -> BinaryIO: ...

    @abstractmethod
    def _read(self, key: str) -> bytes: ...

    @abstractmethod
    def _put(self, key: str, data: bytes | memoryview) -> None: ...

    @abstractmethod
    def _adopt(self, key: str, file: Path) -> None: ...

    @abstractmethod
    def _delete(self, key: str) -> None: ...

    @abstractmethod
    def _delete_folder(self, prefix: str) -> None: ...

    @abstractmethod
    def _local(self, key: str) -> AbstractContextManager[Path]: ...

    @abstractmethod
    def _sweep(self, prefix: str) -> Iterable[str]: ...


def is_key(key: str) -> bool:
    """Tell whether a text is a valid key."""
    return all(is_segment(segment) for segment in key.split("/"))


def is_segment(name: str) -> bool:
    """Tell whether a text is a valid segment of a key."""
    return _SEGMENT.fullmatch(name) is not None


def _check(key: str) -> None:
    if not is_key(key):
        raise ValueError(f"{key!r} is not a valid object key")


def _check_folder(prefix: str) -> None:
    if prefix:
        _check(prefix)
