"""Writing a file so that a reader, or a killed process, meets the old one or the new one and nothing between.

Here: fsync, rename, fsync of the folder. Not here: what is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; put it in `path`'s place when the block ends well, remove it otherwise.

    Raises:
        OSError: the disk is full or the folder cannot be written; `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        put_in_place(temporary, path)
    except OSError as error:
        if error.filename is not None:
            raise
        # Arrow does not say which file it could not write.
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(written: Path, path: Path) -> None:
    """Make `written` durable and rename it to `path` on the same file system."""
    sync(written)
    written.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
