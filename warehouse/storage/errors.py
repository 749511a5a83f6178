"""Storage errors: each names the object and says what to do."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from obstore.exceptions import BaseError

from warehouse.errors import WarehouseError


class StorageError(OSError, WarehouseError):
    """An object cannot be read or written; the message names it and says what to do."""

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class MissingObjectError(StorageError, FileNotFoundError):
    """There is no object with that key."""


class ObjectChangedError(StorageError):
    """An object was replaced or deleted while it was being read."""


class UnwritableError(StorageError):
    """An object cannot be put or deleted; `errno` says why, and the old object is unchanged."""

    def __str__(self) -> str:
        is_full = self.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        remedy = (
            f"{_free_space(self.filename)}Free some space there" if is_full else "Check the permissions and the path"
        )
        return (
            f"{self.filename}: cannot be written: {self.strerror}. "
            f"The old content is unchanged. {remedy}, and run the command again."
        )


def _free_space(location: str) -> str:
    """Return a sentence with the free space on the disk of a path; empty for an object store."""
    with suppress(OSError):
        return f"{shutil.disk_usage(Path(location).parent).free / 1e6:.1f} MB are free there. "
    return ""


def missing(location: str) -> MissingObjectError:
    """Return the error for an object that does not exist."""
    return MissingObjectError(
        errno.ENOENT, "it is missing: never written, or deleted meanwhile. Run the command again.", location
    )


def unreadable(location: str, error: Exception) -> StorageError:
    """Return the error for an object that cannot be read."""
    return StorageError(errno.EIO, f"cannot be read: {_first_line(error)}. Run the command again.", location)


@contextmanager
def writing(location: str) -> Iterator[None]:
    """Convert errors of writing in the block to an `UnwritableError` that names the object."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or _first_line(error)
        raise UnwritableError(error.errno or errno.EIO, reason, location) from error
    except BaseError as error:
        raise UnwritableError(errno.EIO, _first_line(error), location) from error


def _first_line(error: Exception) -> str:
    """Return the first line of an error's message; obstore appends a dump of its internals."""
    return str(error).partition("\n")[0]
