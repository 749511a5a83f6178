"""Free disk space: a crawl stops in good order before there is none.

A full disk takes more than the crawl with it: nothing can be built, published or logged any more. Here: the check. Not
here: when it is made, and what a crawl does then.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

LEAST_FREE_BYTES: Final = 2_000_000_000
"""The limit where an operator has set none: room for a build of a large corpus."""


class DiskAlmostFullError(OSError):
    """Less space is free than the operator wants to keep; names the folder, both figures and the way out."""

    def __init__(self, folder: Path, free_bytes: int, least_free_bytes: int) -> None:
        """Name the folder, what is free where it stands, and what should be."""
        super().__init__(errno.ENOSPC, "less disk space is free than is to be kept")
        self.folder = folder
        self.free_bytes = free_bytes
        self.least_free_bytes = least_free_bytes

    def __str__(self) -> str:
        """Return the message."""
        return (
            f"{self.folder}: {_spelled(self.free_bytes)} are free, and {_spelled(self.least_free_bytes)} are to stay "
            f"free. Free some space, move the home to a larger disk, or lower the limit; what was stored stays"
        )


def check_space(path: Path, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
    """Return where enough space is free on the disk of `path`, which need not exist yet.

    Raises:
        DiskAlmostFullError: less than `least_free_bytes` are free to this user.
    """
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < least_free_bytes:
        raise DiskAlmostFullError(path, free_bytes, least_free_bytes)


def _spelled(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 100_000_000 else f"{count / 1e6:.1f} MB"
