"""Homes that earlier versions wrote, each a file beside this one, unpacked for a test.

A file holds a home of a few test crawls, as the version that its name tells left it. `before_stages`: version 0.1.0
before stages and storage (November 2026), two crawls of one test portal and their build, and the unfinished file of a
crawl of another that was killed.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from warehouse.home import Home

HOMES = Path(__file__).parent
NAMES = sorted(path.name for path in HOMES.glob("*.tar.xz"))


def unpacked(name: str, folder: Path) -> Home:
    """Return the home that a file holds, unpacked into a folder."""
    with tarfile.open(HOMES / name) as file:
        file.extractall(folder, filter="data")
    return Home(folder)
