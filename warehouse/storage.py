"""Where the archive's WARC files, its index, its reports and the Parquet files stand: the one way to them.

Objects have keys such as `archive/warc/my-duc/x.warc.gz`, and are put whole or not at all. An object store goes through
obstore. A folder does not: obstore's local store never syncs what it puts, a single name that is not UTF-8 or a link to
a folder above makes its listing fail, and reading single captures through it took more than twice as long.
Here: listing, reading, putting and deleting objects. Not here: which keys there are (`warehouse.home`), what stands in
the objects, files that grow (a WARC file is adopted when it is closed), locks, and the DuckDB and SQLite files.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import MemoryStore, ObjectStore

from warehouse.durable import put_in_place, sync

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore import ObjectMeta

# A segment of a key. Not one: what is hidden, what leaves the folder, `name#1`, which a killed put of obstore left, and
# what is not UTF-8, which Python reads as lone surrogates.
_SEGMENT = re.compile(r"(?!\.)(?!.*#\d+\Z)[^/\\\x00-\x1f\x7f\ud800-\udfff]+")
# What killed puts leave: `warehouse.durable`'s temporary files and this module's. Not obstore's `name#1`: no put here
# makes one, so that a file of such a name is somebody's own.
_LEFTOVER = re.compile(r"\..+\.\d+(-[0-9a-f]+)?\.tmp", re.DOTALL)
_RANGE_BYTES = 128 * 1024

LEFTOVER_AGE = timedelta(days=1)
"""What a killed put left is swept once it is older than any put that still runs."""
_CHUNK_BYTES = 5_000_000


class StorageError(OSError):
    """An object cannot be read or written; the message names it and says what to do."""

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class MissingObjectError(StorageError, FileNotFoundError):
    """There is no object of that key."""


class ObjectChangedError(StorageError):
    """An object was put again, or deleted, while it was being read."""


class UnwritableError(StorageError):
    """An object cannot be put or deleted; `errno` says why, and what stood there is as it was."""

    def __str__(self) -> str:
        way_out = (
            "Make room there"
            if self.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
            else "See to it that it can be written"
        )
        return (
            f"{self.filename}: cannot be written: {self.strerror}. "
            f"What stood there is as it was. {way_out}, and run the command again."
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing shows it.

    Attributes:
        modified_at: when it was put; for an adopted file, when that was written last. In UTC.
        mark: another one whenever the object is put again.
    """

    key: str
    size_bytes: int
    modified_at: datetime
    mark: str

    @property
    def name(self) -> str:
        """Return the last segment of the key."""
        return self.key.rpartition("/")[2]


class Storage(ABC):
    """Objects by key, in a folder or an object store. Every method refuses what is no key with `ValueError`.

    A key has segments between slashes, none of them empty, hidden (`.name`) or of the form `name#1`, and neither
    backslashes nor control characters. Keys may come from the content of a file that somebody else wrote.
    """

    def list(self, prefix: str = "", suffix: str = "") -> builtins.list[Stored]:
        """Return the objects at any depth below the folder `prefix` whose keys end with `suffix`, sorted by key.

        A folder that is missing is an empty one. What is no object's name (hidden files, what a killed put left) is
        left out.
        """
        _check_folder(prefix)
        return sorted(self._list(prefix, suffix), key=lambda stored: stored.key)

    def find(self, key: str) -> Stored | None:
        """Return what a listing would show of one object, or None where there is none."""
        _check(key)
        return self._find(key)

    def open(self, key: str, begin: int = 0) -> BinaryIO:
        """Open an object for reading at byte `begin`: buffered, seekable, and never read into memory as a whole.

        Raises:
            MissingObjectError: there is none.
            ObjectChangedError: when reading from the file, where the object is no longer what was opened. What was
                read before is all of the old one. In a folder the old one can be read to its end.
        """
        _check(key)
        if begin < 0:
            raise ValueError(f"{begin} is no place in a file")
        return self._open(key, begin)

    def read(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises:
            MissingObjectError: there is none.
        """
        _check(key)
        return self._read(key)

    def put(self, key: str, data: bytes | memoryview) -> None:
        """Put an object, in the place of the one that stands there: readers and killed processes meet either, whole.

        Raises:
            UnwritableError: the disk is full, or it cannot be written for another reason.
        """
        _check(key)
        with _writing(self.location(key)):
            self._put(key, data)

    def adopt(self, key: str, file: Path) -> None:
        """Make a finished local file the object; it is gone from where it was. As atomic as `put`.

        Raises:
            FileNotFoundError: there is no such file.
            UnwritableError: the object cannot be written; the file is where it was.
        """
        _check(key)
        if not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        with _writing(self.location(key)):
            self._adopt(key, file)

    def create(self, key: str, data: bytes | memoryview) -> bool:
        """Put an object where there is none and return True; False where there is one. Of many at once, one has True.

        Raises:
            UnwritableError: as `put`.
        """
        _check(key)
        with _writing(self.location(key)):
            return self._create(key, data)

    def delete(self, key: str) -> None:
        """Delete an object; one that is missing is no error.

        Raises:
            UnwritableError: it cannot be deleted.
        """
        _check(key)
        with _writing(self.location(key)):
            self._delete(key)

    def delete_folder(self, prefix: str) -> None:
        """Delete all that stands below the folder `prefix`, hidden files too, and the folder.

        Raises:
            UnwritableError: something cannot be deleted; a part may be gone.
        """
        _check(prefix)
        with _writing(self.location(prefix)):
            self._delete_folder(prefix)

    @abstractmethod
    def location(self, key: str) -> str:
        """Return how a message names the object: its path, or its URL."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Give the object as a local file of the same name, which may be mapped into memory but not written.

        Raises:
            MissingObjectError: there is none.
        """
        _check(key)
        return self._local(key)

    def sweep(self, older_than: timedelta, prefix: str = "") -> builtins.list[str]:
        """Remove what killed puts left below `prefix`, and return the names; younger ones may be a put that runs."""
        _check_folder(prefix)
        return sorted(self._sweep(prefix, time.time() - older_than.total_seconds()))

    # What a kind of storage does; keys are checked, and errors of writing told, before they come here.

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
    def _create(self, key: str, data: bytes | memoryview) -> bool: ...

    @abstractmethod
    def _delete(self, key: str) -> None: ...

    @abstractmethod
    def _delete_folder(self, prefix: str) -> None: ...

    @abstractmethod
    def _local(self, key: str) -> AbstractContextManager[Path]: ...

    @abstractmethod
    def _sweep(self, prefix: str, written_before: float) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object, whether it is there or not, and the storage that it stands in; told by its location."""

    storage: Storage
    key: str

    def __str__(self) -> str:
        return self.storage.location(self.key)

    @classmethod
    def at(cls, path: Path) -> StoredFile:
        """Return a file on this machine's disk, whatever the storage of the home."""
        return cls(FolderStorage(path.parent.parent), f"{path.parent.name}/{path.name}")

    @property
    def name(self) -> str:
        """The last segment of the key."""
        return self.key.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The segment before the name; of an archive's file, the portal."""
        return self.key.split("/")[-2]

    @property
    def size_bytes(self) -> int:
        """How large it is.

        Raises:
            MissingObjectError: it is not there.
        """
        found = self.storage.find(self.key)
        if found is None:
            raise _missing(str(self))
        return found.size_bytes

    def exists(self) -> bool:
        """Tell whether it is there."""
        return self.storage.find(self.key) is not None

    def open(self, begin: int = 0) -> BinaryIO:
        """Open it for reading, as `Storage.open`."""
        return self.storage.open(self.key, begin)

    def read(self) -> bytes:
        """Return its bytes, as `Storage.read`."""
        return self.storage.read(self.key)

    def put(self, data: bytes | memoryview) -> None:
        """Put it, as `Storage.put`."""
        self.storage.put(self.key, data)

    def adopt(self, file: Path) -> None:
        """Make a local file of it, as `Storage.adopt`."""
        self.storage.adopt(self.key, file)

    def delete(self) -> None:
        """Delete it, as `Storage.delete`."""
        self.storage.delete(self.key)

    def local(self) -> AbstractContextManager[Path]:
        """Give it as a local file, as `Storage.local`."""
        return self.storage.local(self.key)


@dataclass(frozen=True, slots=True)
class FolderStorage(Storage):
    """Objects as the files below a folder, which is made when the first is put. What is put is durable."""

    root: Path

    def location(self, key: str) -> str:
        """Return the file's path."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.root / key

    def _list(self, prefix: str, suffix: str) -> Iterator[Stored]:
        try:
            found = self._path(prefix).stat()
        except (FileNotFoundError, NotADirectoryError):
            return iter(())
        return _files(str(self._path(prefix)), prefix and prefix + "/", suffix, frozenset({_identity(found)}))

    def _find(self, key: str) -> Stored | None:
        try:
            found = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _stored_file(key, found) if stat.S_ISREG(found.st_mode) else None

    def _open(self, key: str, begin: int) -> BinaryIO:
        with self._missing_told(key):
            file = self._path(key).open("rb")
        file.seek(begin)
        return file

    def _read(self, key: str) -> bytes:
        with self._missing_told(key):
            return self._path(key).read_bytes()

    def _put(self, key: str, data: bytes | memoryview) -> None:
        path = self._path(key)
        with _temporary(path) as temporary:
            temporary.write_bytes(data)
            put_in_place(temporary, path)

    def _adopt(self, key: str, file: Path) -> None:
        path = self._path(key)
        _make_folder(path.parent)
        try:
            put_in_place(file, path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with _temporary(path) as temporary:
                shutil.copyfile(file, temporary)
                put_in_place(temporary, path)
            file.unlink()

    def _create(self, key: str, data: bytes | memoryview) -> bool:
        path = self._path(key)
        if path.exists():
            return False
        with _temporary(path) as temporary:
            temporary.write_bytes(data)
            sync(temporary)
            try:
                path.hardlink_to(temporary)  # a rename would replace what another has put since
            except FileExistsError:
                return False
            sync(path.parent)
            return True

    def _delete(self, key: str) -> None:
        try:
            self._path(key).unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return

    def _delete_folder(self, prefix: str) -> None:
        top = self._path(prefix)
        if not top.is_dir():
            return
        for folder, folders, files in os.walk(top, topdown=False):
            for name in (*files, *folders):
                _remove(Path(folder, name))
        _remove(top)

    @contextmanager
    def _local(self, key: str) -> Iterator[Path]:
        if self._find(key) is None:
            raise _missing(self.location(key))
        yield self._path(key)

    def _sweep(self, prefix: str, written_before: float) -> Iterator[str]:
        for folder, folders, files in os.walk(self._path(prefix)):
            folders[:] = [name for name in folders if _SEGMENT.fullmatch(name)]
            for path in (Path(folder, name) for name in files if _LEFTOVER.fullmatch(name)):
                with _writing(str(path)):
                    try:
                        if path.lstat().st_mtime >= written_before:
                            continue
                        path.unlink()
                    except FileNotFoundError:
                        continue
                yield path.relative_to(self.root).as_posix()

    @contextmanager
    def _missing_told(self, key: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise _missing(self.location(key)) from error


class ObjectStorage(Storage):
    """Objects in a store of obstore."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        """Take the store, and the URL to which a slash and a key are added to name an object."""
        self._store = store
        self._url = url

    def location(self, key: str) -> str:
        """Return the object's URL."""
        return f"{self._url}/{key}"

    def range_of(self, stored: Stored, begin: int, end: int) -> bytes:
        """Return bytes `begin` up to `end` of an object, if it still is the one that was found.

        Raises:
            ObjectChangedError: it is another one, or gone.
        """
        try:
            result = obstore.get(self._store, stored.key, options={"range": (begin, end)})
            data = result.bytes().to_bytes()
            is_same = _stored_object(result.meta).mark == stored.mark
        except (BaseError, FileNotFoundError) as error:
            # A range that ends behind the end of a new, shorter object fails like any other error.
            now = self._find(stored.key)
            is_same = now is not None and now.mark == stored.mark
            if is_same:
                raise _unreadable(self.location(stored.key), error) from error
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
                        yield _stored_object(meta)

    def _find(self, key: str) -> Stored | None:
        try:
            with self._reading(key):
                return _stored_object(obstore.head(self._store, key))
        except MissingObjectError:
            return None

    def _open(self, key: str, begin: int) -> BinaryIO:
        stored = self._find(key)
        if stored is None:
            raise _missing(self.location(key))
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

    def _create(self, key: str, data: bytes | memoryview) -> bool:
        try:
            # In parts, nothing would say whether another has put it meanwhile.
            obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    def _delete(self, key: str) -> None:
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

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

    def _sweep(self, prefix: str, written_before: float) -> Iterator[str]:
        return iter(())  # a store keeps no half of an object

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except BaseError as error:
            raise _unreadable(self.location(key), error) from error
        except FileNotFoundError as error:
            raise _missing(self.location(key)) from error


class MemoryStorage(ObjectStorage):
    """Objects in the memory of this process, for tests."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), "memory://")


class _RangeReader(io.RawIOBase):
    """Reads one object of a store by ranges."""

    def __init__(self, storage: ObjectStorage, stored: Stored, begin: int) -> None:
        self._storage = storage
        self._stored = stored
        self._position = begin

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

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
        data = self._storage.range_of(self._stored, self._position, end)
        self._position += len(data)
        return data


def is_key(key: str) -> bool:
    """Tell whether a text can be a key."""
    return all(_SEGMENT.fullmatch(segment) for segment in key.split("/"))


def _check(key: str) -> None:
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of an object")


def _check_folder(prefix: str) -> None:
    if prefix:
        _check(prefix)


def _files(folder: str, prefix: str, suffix: str, above: frozenset[tuple[int, int]]) -> Iterator[Stored]:
    """Yield the files at any depth below a folder; they, and folders, may vanish meanwhile.

    Args:
        folder: its path.
        prefix: of the keys of what stands in it.
        suffix: of the keys that are wanted.
        above: the folder and those above it: a link to one of them would never end.
    """
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            key = prefix + entry.name
            # The file system's own, which nobody but root may read.
            if not _SEGMENT.fullmatch(entry.name) or entry.name == "lost+found":
                continue
            try:
                if entry.is_dir():
                    identity = _identity(Path(entry.path).stat())
                    if identity not in above:
                        yield from _files(entry.path, key + "/", suffix, above | {identity})
                elif key.endswith(suffix) and entry.is_file():
                    yield _stored_file(key, entry.stat())
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                    raise


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _stored_file(key: str, found: os.stat_result) -> Stored:
    modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
    # Not the inode: a home that was copied, times and all, is the home that it was.
    return Stored(key, found.st_size, modified_at, f"{found.st_mtime_ns:x}-{found.st_size:x}")


def _stored_object(meta: ObjectMeta) -> Stored:
    modified_at, size = meta["last_modified"].astimezone(UTC), meta["size"]
    return Stored(meta["path"], size, modified_at, meta["e_tag"] or f"{modified_at.isoformat()}-{size}")


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside `path` that no other thread has; what stands there after the block is removed."""
    _make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, durably: a lost folder loses what was put into it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def _remove(path: Path) -> None:
    """Remove a file, an empty folder, or a link to either."""
    try:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    except FileNotFoundError:
        return


@contextmanager
def _writing(location: str) -> Iterator[None]:
    """Tell every way in which writing fails as one error that names the object."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or _first_line(error)
        raise UnwritableError(error.errno or errno.EIO, reason, location) from error
    except BaseError as error:
        raise UnwritableError(errno.EIO, _first_line(error), location) from error


def _missing(location: str) -> MissingObjectError:
    return MissingObjectError(
        errno.ENOENT, "it is missing: never written, or deleted meanwhile. Run the command again.", location
    )


def _unreadable(location: str, error: Exception) -> StorageError:
    return StorageError(errno.EIO, f"cannot be read: {_first_line(error)}. Run the command again.", location)


def _first_line(error: Exception) -> str:
    """Return what an error says; obstore's carry a dump of its internals after their first line."""
    return str(error).partition("\n")[0]
