"""Atomic, durable file writes: readers see the old file or the new one, even if the process is killed.

The temporary file of a write is locked (`flock`) as long as its process lives, so that the files of killed processes
are known at once, whatever their age, process ID or container.
Belongs here: fsync, rename, fsync of the folder, copying; deleting the temporary files of killed processes.
Does not belong here: the content that is written.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What a kernel or file system without `copy_file_range` answers.
_NOT_WITHIN_THE_KERNEL = frozenset({errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})
_COPIED_BYTES = 1 << 20

# With a process ID, and in this version a random part.
_TEMPORARY = re.compile(r"\..+\.\d+(-[0-9a-f]+)?\.tmp", re.DOTALL)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file beside `path`; rename it to `path` if the block succeeds, else delete it.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    make_folder(path.parent)
    try:
        with temporary_file(path) as temporary:
            yield temporary
            put_in_place(temporary, path)
    except OSError as error:
        if error.filename is not None:
            raise
        # Arrow's errors do not name the file.
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside `path`, and delete it unless the block has moved it.

    The block may write the file by its name, but must not put another file in its place.
    """
    while True:
        # The name is unique, since two threads may write the same file.
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        # Between the two calls, another process may have taken the file for that of a killed one.
        if _lock(descriptor) and temporary.exists():
            break
        os.close(descriptor)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)


def delete_leftovers(folder: Path, name: str | None = None) -> list[Path]:
    """Delete the temporary files in a folder whose processes were killed; return their paths.

    `name` limits this to the temporary files of one file. Files that cannot be opened are kept.

    Raises:
        OSError: the folder cannot be read or written.
    """
    deleted = []
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and (name is None or entry.name.startswith(f".{name}.")):
                path = Path(entry.path)
                if not entry.is_dir(follow_symlinks=False) and _delete_if_left(path):
                    deleted.append(path)
    return sorted(deleted)


def _delete_if_left(path: Path) -> bool:
    """Delete a temporary file, unless the process that writes it is alive."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        else:
            path.unlink()
            return True
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ELOOP):
            return False
        raise
    try:
        # Delete it while it is locked: a process that has just made it notices.
        if not _lock(descriptor):
            return False
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents; sync the parent of each, so that a crash does not lose them."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def put_in_place(written: Path, path: Path) -> None:
    """Sync the file `written` and rename it to `path`, which must be on the same file system."""
    sync(written)
    written.replace(path)
    sync(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, the two share what stays equal, and nothing is copied.

    The copy is not synced. An unfinished one is left to the caller.

    Raises:
        OSError: the disk is full, or a file cannot be read or written.
    """
    with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as written:
        left = os.fstat(read.fileno()).st_size
        try:
            while left and (copied := os.copy_file_range(read.fileno(), written.fileno(), left)):
                left -= copied
        except OSError as error:
            if error.errno not in _NOT_WITHIN_THE_KERNEL:
                raise
            read.seek(written.tell())
            shutil.copyfileobj(read, written, _COPIED_BYTES)


def mark(path: Path) -> str:
    """Return a text that changes whenever the file is written.

    Raises:
        OSError: there is no such file.
    """
    status = path.stat()
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def sync(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
