"""Examines where a home is: whose folders they are, what is free on the disk, and the clocks.

Nothing is left behind: a temporary file, which shows the file system's clock, has no name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dagster_project.corpus import Corpus
from dagster_project.diagnosis.diagnoses import FAIL, OK, WARN, Diagnosis
from warehouse.archive.index.reports import crawl_reports
from warehouse.archive.upkeep.space import LEAST_FREE_BYTES, DiskAlmostFullError, check_space, free_bytes, size_text
from warehouse.clock import AHEAD_MAX, HANOI_TIME, WrongClockError, check_clock
from warehouse.home import Home
from warehouse.settings import SettingsError, load_settings

# Those of the stages, the releases, the logs, the UI …, and the portals' in the archive.
_FOLDERS = ("*", "archive/*", "archive/*/*")
# Clocks of machines differ by that much, and files show full seconds on some file systems.
_CLOCKS_DIFFER_SECONDS = 5.0
# dbt, crawls and DuckDB keep less than this in temporary files.
_TEMPORARY_BYTES_MIN = 200_000_000


def examine_folders(home: Home) -> Iterator[Diagnosis]:
    """Yield a diagnosis of the home's folders: this user must be able to write there, and own them."""
    if not home.root.exists():
        above = next(folder for folder in home.root.parents if folder.exists())
        can = os.access(above, os.W_OK | os.X_OK)
        way_out = "" if can else f"{above} is closed: make the folder, and give it to this user"
        yield Diagnosis(
            "home", OK if can else FAIL, f"{home.root}: does not exist yet; the first command makes it", way_out
        )
        return
    folders = [home.root, *(path for pattern in _FOLDERS for path in sorted(home.root.glob(pattern)) if path.is_dir())]
    wrong = [problem for folder in folders if (problem := _problem_of(folder))]
    yield Diagnosis(
        "home",
        FAIL if wrong else OK,
        "; ".join(wrong) or f"{home.root}: every folder can be written and is this user's",
        f"run commands as the user whose home it is, or: chown -R {os.geteuid()} {home.root}" if wrong else "",
    )


def _problem_of(folder: Path) -> str | None:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return f"{folder} cannot be read and written"
    owner = folder.stat().st_uid
    return None if owner == os.geteuid() else f"{folder} is owned by user {owner}, and not by this one, {os.geteuid()}"


def examine_space(home: Home) -> Iterator[Diagnosis]:
    """Yield a diagnosis of the disk of the home, and of that of temporary files."""
    try:
        least = load_settings(home).free_space_min_bytes
    except SettingsError:  # another diagnosis says so
        least = LEAST_FREE_BYTES
    try:
        check_space(home.root, least)
    except DiskAlmostFullError as error:
        yield Diagnosis("disk", FAIL, str(error), "docs/operate.md#the-disk-is-full")
    else:
        found = f"{size_text(free_bytes(home.root))} free on the disk of {home.root}, {size_text(least)} must stay free"
        yield Diagnosis("disk", OK, found)
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield Diagnosis("temporary files", FAIL, str(error), "set TMPDIR to a folder that this user can write")
        return
    is_short = free < _TEMPORARY_BYTES_MIN
    found = f"{size_text(free)} free on the disk of {folder}"
    yield Diagnosis("temporary files", WARN if is_short else OK, found, "free some, or set TMPDIR" if is_short else "")


def examine_clock(corpus: Corpus) -> Iterator[Diagnosis]:
    """Yield a diagnosis of the clock: it can be right, and agrees with the disk and the archive."""
    now = corpus.clock.now()
    wrong: list[str] = []
    try:
        check_clock(now)
    except WrongClockError as error:
        wrong.append(str(error))
    if (behind := _file_clock_differs_seconds(corpus.home)) and abs(behind) > _CLOCKS_DIFFER_SECONDS:
        wrong.append(f"the clock of the home's file system differs by {behind:.0f} seconds from this machine's")
    for slug in corpus.slugs:
        newest = next(iter(crawl_reports(corpus.home, slug)), None)
        if newest is not None and newest.ended_at - now > AHEAD_MAX:
            wrong.append(f"the archive has a crawl of {slug} that ended at {newest.ended_at.astimezone(HANOI_TIME)}")
    yield Diagnosis(
        "clock",
        FAIL if wrong else OK,
        "; ".join(wrong) or f"{now.astimezone(HANOI_TIME):%Y-%m-%d %H:%M} in Hanoi",
        "docs/operate.md#the-clock-was-wrong" if wrong else "",
    )


def _file_clock_differs_seconds(home: Home) -> float | None:
    """Return how far the home's file system is ahead of this machine; None if it cannot be known."""
    try:
        with tempfile.TemporaryFile(dir=home.root) as file:
            file.write(b"x")
            file.flush()
            return os.fstat(file.fileno()).st_mtime - time.time()
    except OSError:  # the diagnosis of the folders says so
        return None
