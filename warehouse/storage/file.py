"""One object key together with its storage."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.storage.base import Storage
from warehouse.storage.errors import missing
from warehouse.storage.folder import FolderStorage


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The key of an object, which may not exist yet, and its storage. `str()` gives the location."""

    storage: Storage
    key: str

    def __str__(self) -> str:
        return self.storage.location(self.key)

    @classmethod
    def at(cls, path: Path) -> StoredFile:
        """Return a file on this machine's disk, regardless of the home's storage."""
        return cls(FolderStorage(path.parent.parent), f"{path.parent.name}/{path.name}")

    @property
    def name(self) -> str:
        """The last segment of the key."""
        return self.key.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The segment before the name; for a file of the archive, the portal."""
        return self.key.split("/")[-2]

    @property
    def size_bytes(self) -> int:
        """The object's size.

        Raises:
            MissingObjectError: the object does not exist.
        """
        found = self.storage.find(self.key)
        if found is None:
            raise missing(str(self))
        return found.size_bytes

    def exists(self) -> bool:
        """Tell whether the object exists."""
        return self.storage.find(self.key) is not None

    def open(self, begin: int = 0) -> BinaryIO:
        """Open the object for reading, like `Storage.open`."""
        return self.storage.open(self.key, begin)

    def read(self) -> bytes:
        """Return the object's bytes, like `Storage.read`."""
        return self.storage.read(self.key)

    def put(self, data: bytes | memoryview) -> None:
        """Put the object, like `Storage.put`."""
        self.storage.put(self.key, data)

    def adopt(self, file: Path) -> None:
        """Move a local file to the object's place, like `Storage.adopt`."""
        self.storage.adopt(self.key, file)

    def delete(self) -> None:
        """Delete the object, like `Storage.delete`."""
        self.storage.delete(self.key)

    def local(self) -> AbstractContextManager[Path]:
        """Provide the object as a local file, like `Storage.local`."""
        return self.storage.local(self.key)
