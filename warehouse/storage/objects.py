"""Objects in an object store, through obstore."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import MemoryStore, ObjectStore

from warehouse.storage.base import Storage, Stored, is_key
from warehouse.storage.errors import MissingObjectError, ObjectChangedError, missing, unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore import ObjectMeta

_RANGE_BYTES = 128 * 1024
_CHUNK_BYTES = 5_000_000


class ObjectStorage(Storage):
    """Objects in an object store, through obstore."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        """Keep the store and its URL; an object's location is that URL, a slash and the key."""
        self._store = store
        self._url = url

    def location(self, key: str) -> str:
        """Return the object's URL."""
        return f"{self._url}/{key}"

    def read_range(self, stored: Stored, begin: int, end: int) -> bytes:
        """Return an object's bytes from `begin` up to, but not including, `end`.

        Raises:
            ObjectChangedError: the object was replaced or deleted since `stored` was listed.
        """
        try:
            result = obstore.get(self._store, stored.key, options={"range": (begin, end)})
            data = result.bytes().to_bytes()
            is_same = _stored(result.meta).mark == stored.mark
        except (BaseError, FileNotFoundError) as error:
            # These errors also arise if a new object is shorter than the range.
            now = self._find(stored.key)
            is_same = now is not None and now.mark == stored.mark
            if is_same:
                raise unreadable(self.location(stored.key), error) from error
        if not is_same:
            raise ObjectChangedError(
                errno.ESTALE,
                "it was replaced or deleted while it was being read. Run the command again.",
                self.location(stored.key),
            )
        return data

    def _list(self, prefix: str, suffix: str) -> Iterator[Stored]:
        with self._reading(prefix):
            for metas in obstore.list(self._store, prefix or None):
                for meta in metas:
                    if meta["path"].endswith(suffix) and is_key(meta["path"]):
                        yield _stored(meta)

    def _find(self, key: str) -> Stored | None:
        try:
            with self._reading(key):
                return _stored(obstore.head(self._store, key))
        except MissingObjectError:
            return None

    def _open(self, key: str, begin: int) -> BinaryIO:
        stored = self._find(key)
        if stored is None:
            raise missing(self.location(key))
        return io.BufferedReader(_RangeReader(self, stored, begin), _RANGE_BYTES)

    def _read(self, key: str) -> bytes:
        with self._reading(key):
            return obstore.get(self._store, key).bytes().to_bytes()

    def _put(self, key: str, data: bytes | memoryview) -> None:
        obstore.put(self._store, key, data)

    def _adopt(self, key: str, file: Path) -> None:
        with file.open("rb") as opened:
            obstore.put(self._store, key, opened)
        file.unlink()

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            obstore.delete(self._store, key)

    def _delete_folder(self, prefix: str) -> None:
        for metas in obstore.list(self._store, prefix):
            obstore.delete(self._store, [meta["path"] for meta in metas])

    @contextmanager
    def _local(self, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, key.rpartition("/")[2])
            with self._reading(key):
                chunks = obstore.get(self._store, key).stream(min_chunk_size=_CHUNK_BYTES)
                with path.open("wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
            yield path

    def _sweep(self, prefix: str) -> Iterator[str]:
        return iter(())  # an object store shows no partial objects

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except BaseError as error:
            raise unreadable(self.location(key), error) from error
        except FileNotFoundError as error:
            raise missing(self.location(key)) from error


class MemoryStorage(ObjectStorage):
    """Objects in the memory of this process, for tests."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), "memory://")


class _RangeReader(io.RawIOBase):
    """Reads one object by range requests."""

    def __init__(self, storage: ObjectStorage, stored: Stored, begin: int) -> None:
        self._storage = storage
        self._stored = stored
        self._position = begin

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._stored.size_bytes}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), self._storage.location(self._stored.key))
        self._position = start + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._next(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._next(self._stored.size_bytes)

    def _next(self, count: int) -> bytes:
        end = min(self._position + count, self._stored.size_bytes)
        if end <= self._position:
            return b""
        data = self._storage.read_range(self._stored, self._position, end)
        self._position += len(data)
        return data


def _stored(meta: ObjectMeta) -> Stored:
    modified_at, size = meta["last_modified"].astimezone(UTC), meta["size"]
    mark = meta["e_tag"] or f"{modified_at.isoformat()}-{size}"
    return Stored(meta["path"], size, modified_at, mark, mark)
