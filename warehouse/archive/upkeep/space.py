"""Checks free disk space, so that a crawl stops in an orderly way before the disk is full.

On a full disk no build, publication or log works either.
Belongs here: the check, with a limit that is given or that of a home's settings. Does not belong here: when to check,
and stopping a crawl.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

from warehouse.home import Home
from warehouse.settings import settings_or_defaults

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
    free = free_bytes(path)
    if free < least_free_bytes + needed_bytes:
        needed = f"{size_text(needed_bytes)} are needed, and " if needed_bytes else ""
        raise DiskAlmostFullError(
            errno.ENOSPC,
            f"{path}: {size_text(free)} are free, but {needed}{size_text(least_free_bytes)} must stay free. "
            "Free some space, move the home to a larger disk, or lower the limit (free_space_min_gb in settings.yml); "
            "stored data is kept",
        )


def check_space_of(home: Home) -> None:
    """Check before a crawl or a step of a build that `free_space_min_gb` is free on the home's disk.

    Wrong settings stop no build: their default limit counts then.

    Raises:
        DiskAlmostFullError: less than that is free.
    """
    check_space(home.root, settings_or_defaults(home).free_space_min_bytes)


def free_bytes(path: Path) -> int:
    """Return the bytes that are free to this user on the disk of `path`, which need not exist yet."""
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(folder).free


def size_text(count: int) -> str:
    """Return a number of bytes as text in GB or MB."""
    return f"{count / 1e9:.1f} GB" if count >= 100_000_000 else f"{count / 1e6:.1f} MB"
