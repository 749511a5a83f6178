"""Objects as files below a local folder.

The local store of obstore is not used: it does not sync new files, its listing fails on a name that is not UTF-8 and on
a link to a parent folder, and reading single captures took more than twice as long.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from warehouse.durable import delete_leftovers, make_folder, put_in_place, replacing
from warehouse.storage.base import Storage, Stored, is_segment
from warehouse.storage.errors import missing, writing

# Of common file systems, FAT has the coarsest times.
_COARSEST_STEP_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FolderStorage(Storage):
    """Objects as the files below a folder, which the first put creates. Every put is durable."""

    root: Path

    def location(self, key: str) -> str:
        """Return the file's path."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.root / key

    def _list(self, prefix: str, suffix: str) -> Iterator[Stored]:
        return _files(str(self._path(prefix)), prefix and prefix + "/", suffix)

    def _find(self, key: str) -> Stored | None:
        try:
            found = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _stored(key, found) if stat.S_ISREG(found.st_mode) else None

    def _open(self, key: str, begin: int) -> BinaryIO:
        with self._reading(key):
            file = self._path(key).open("rb")
        file.seek(begin)
        return file

    def _read(self, key: str) -> bytes:
        with self._reading(key):
            return self._path(key).read_bytes()

    def _put(self, key: str, data: bytes | memoryview) -> None:
        with replacing(self._path(key)) as temporary:
            temporary.write_bytes(data)

    def _adopt(self, key: str, file: Path) -> None:
        path = self._path(key)
        make_folder(path.parent)
        try:
            put_in_place(file, path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with replacing(path) as temporary:
                shutil.copyfile(file, temporary)
            file.unlink()

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            self._path(key).unlink()

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
            raise missing(self.location(key))
        yield self._path(key)

    def _sweep(self, prefix: str) -> Iterator[str]:
        for folder, folders, _ in os.walk(self._path(prefix)):
            folders[:] = [name for name in folders if is_segment(name)]
            with writing(folder):
                deleted = delete_leftovers(Path(folder))
            yield from (path.relative_to(self.root).as_posix() for path in deleted)

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise missing(self.location(key)) from error


def _files(folder: str, prefix: str, suffix: str, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Stored]:
    """Yield the files below a folder, skipping links to the folders `above`; files may vanish meanwhile."""
    try:
        found = Path(folder).stat()
        identity = found.st_dev, found.st_ino
        if identity in above:
            return
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            key = prefix + entry.name
            # `lost+found` belongs to the file system; only root may read it.
            if not is_segment(entry.name) or entry.name == "lost+found":
                continue
            try:
                if entry.is_dir():
                    yield from _files(entry.path, key + "/", suffix, above | {identity})
                elif key.endswith(suffix) and entry.is_file():
                    yield _stored(key, entry.stat())
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                    raise


def _stored(key: str, found: os.stat_result) -> Stored:
    modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
    # The mark does not include the inode, so a home that is copied with its file times keeps its marks.
    mark = f"{found.st_mtime_ns:x}-{found.st_size:x}"
    # No program can set the time of the last change of a file's status. A change after a listing may have the same time
    # as one before it if the file system counts in coarse steps.
    is_settled = abs(time.time_ns() - found.st_ctime_ns) > _COARSEST_STEP_NS
    return Stored(key, found.st_size, modified_at, mark, f"{mark}-{found.st_ctime_ns:x}" if is_settled else None)


def _remove(path: Path) -> None:
    """Remove a file, an empty folder, or a link to either."""
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
