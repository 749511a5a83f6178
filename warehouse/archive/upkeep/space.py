"""Checks free disk space, so that a crawl stops in an orderly way before the disk is full.

On a full disk no build, publication or log works either.
Belongs here: the check. Does not belong here: when to check, and stopping a crawl.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

LEAST_FREE_BYTES: Final = 2_000_000_000
"""Default limit in bytes: enough space to build a large corpus."""


class DiskAlmostFullError(OSError):
    """Less disk space is free than the limit; the message names the folder, both sizes and what to do."""

    def __str__(self) -> str:
        return str(self.strerror)


def check_space(path: Path, least_free_bytes: int = LEAST_FREE_BYTES, needed_bytes: int = 0) -> None:
    """Check that enough space is free on the disk of `path`, which need not exist yet.

    `needed_bytes` are about to be written; `least_free_bytes` must still be free afterwards.

    Raises:
        DiskAlmostFullError: less than that is free to this user.
    """
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < least_free_bytes + needed_bytes:
        needed = f"{_size(needed_bytes)} are needed, and " if needed_bytes else ""
        raise DiskAlmostFullError(
            errno.ENOSPC,
            f"{path}: {_size(free_bytes)} are free, but {needed}{_size(least_free_bytes)} must stay free. "
            "Free some space, move the home to a larger disk, or lower the limit; stored data is kept",
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 100_000_000 else f"{count / 1e6:.1f} MB"
