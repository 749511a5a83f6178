"""Homes written by earlier versions, one archive file each, unpacked for a test.

`before_stages`: version 0.1.0 before stages and storage (November 2026). It has two crawls of one test portal and their
build, and the unfinished WARC file of a killed crawl of another portal.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from warehouse.home import Home

HOMES = Path(__file__).parent
NAMES = sorted(path.name for path in HOMES.glob("*.tar.xz"))


def unpacked(name: str, folder: Path) -> Home:
    """Unpack a home to a folder and return it."""
    with tarfile.open(HOMES / name) as file:
        file.extractall(folder, filter="data")
    return Home(folder)
