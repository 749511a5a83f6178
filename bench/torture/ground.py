"""The ground that torture stands on: a small home, commands on copies of it, and comparing.

Belongs here: making the home, running and killing a command, and reading what a home holds. Does not belong here: what
is broken, and what must hold then (`bench.torture.kills`, `bench.torture.full_disks` …).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from dagster_project.corpus import PORTALS_VARIABLE, DemoCorpus
from dagster_project.instance import program
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures
from warehouse.home import HOME_VARIABLE, Home
from warehouse.tables.publish import MARTS

PORTALS: Final = ("my-duc-thu-nghiem", "so-van-hoa-thu-nghiem", "bao-thu-do-thu-nghiem")
"""The test portals of the home."""

_COMMAND_SECONDS: Final = 120.0
# Files of dbt, Dagster and the logs, which are no part of what a home stores.
_NOT_STORED: Final = frozenset({"dbt", "dagster", "logs"})
_TEMPORARY: Final = (".part", ".tmp", ".aside", ".repaired", ".wal")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: exit code, everything that it printed, and its seconds."""

    status: int
    output: str
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether it ended as the documentation says: with a known exit code, and without a traceback."""
        return self.status in range(5) and "Traceback" not in self.output

    def __str__(self) -> str:
        """Return the exit code and the end of the output."""
        return f"exit {self.status}: …{self.output.strip()[-400:]}"


@dataclass(frozen=True, slots=True)
class Ground:
    """A home that is never changed, with a crawl of each portal and a release; and a folder for copies."""

    home: Home
    folder: Path

    @contextmanager
    def copy(self, *parts: str) -> Iterator[Home]:
        """Yield a copy of the home, whole or only some of its parts, in a folder that is deleted afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield self.copy_into(Path(folder) / "home", *parts)

    def copy_into(self, root: Path, *parts: str) -> Home:
        """Copy the home, or some of its parts, into a new folder; file times are kept."""
        root.mkdir(parents=True)
        for name in ("demo.json", "settings.yml", *(parts or (path.name for path in self.home.root.iterdir()))):
            source, target = self.home.root / name, root / name
            if source.is_dir() and name not in _NOT_STORED:
                shutil.copytree(source, target)
            elif source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        return Home(root)


def make_ground(folder: Path) -> Ground:
    """Crawl the first day of the portals and build; takes about a minute.

    Raises:
        RuntimeError: a command failed.
    """
    home = Home(folder / "ground")
    home.root.mkdir()
    DemoCorpus.begin_day(home, 1)
    # Disks of some megabytes are part of the torture.
    home.settings_file.write_text("free_space_min_gb: 0\n", encoding="utf-8")
    for arguments in (["crawl", *PORTALS], ["build"]):
        if (done := run(home, *arguments)).status != 0:
            raise RuntimeError(f"{' '.join(arguments)}: {done}")
    return Ground(home, folder)


def environment(home: Home) -> dict[str, str]:
    """Return the environment of a command on a home, without the user's own settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in (PORTALS_VARIABLE, "DAGSTER_HOME")}
    return {**inherited, HOME_VARIABLE: str(home.root)}


def start(home: Home, *arguments: str, prefix: Sequence[str] = (), log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a command in its own process group; `prefix` replaces the program `hanoi-corpus`."""
    output = log.open("wb") if log else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [*(prefix or [program("hanoi-corpus")]), *arguments],
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        if not isinstance(output, int):
            output.close()


def run(home: Home, *arguments: str, prefix: Sequence[str] = ()) -> Ended:
    """Run a command to its end; kill it after two minutes, which counts as exit code -9."""
    started_at = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        process = start(home, *arguments, prefix=prefix, log=log)
        try:
            process.wait(_COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            kill_tree(process)
        return Ended(process.returncode, log.read_text(errors="replace"), time.monotonic() - started_at)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all its descendants, in any process group, as a power cut would."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):  # the process has ended
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [process.pid]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def differences(one: Path, other: Path, portals: Sequence[str] | None = None) -> dict[str, tuple[int, int]]:
    """Return the marts that differ, with the count of rows only in `one` and only in `other`.

    `portals` restricts the comparison to the articles of some portals.
    """
    found = {}
    tables: Mapping[str, str] = MARTS if portals is None else {"fct_articles": ""}
    which = f" where portal in ({', '.join(repr(slug) for slug in portals)})" if portals else ""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for mart in tables:
            counts = connection.execute(
                f"select (select count(*) from (from one.{mart}{which} except all from other.{mart}{which})),"  # noqa: S608 - constants
                f" (select count(*) from (from other.{mart}{which} except all from one.{mart}{which}))"
            ).fetchall()[0]
            if counts != (0, 0):
                found[mart] = counts
    return found


def captures_of(home: Home) -> list[tuple[str, str, str]]:
    """Return URL, time and digest of every capture in the archive, sorted.

    Raises:
        warehouse.archive.warc.format.DamagedWarcError: a WARC file is damaged.
    """
    captures = (stored.capture for warc in warc_files(home) for stored in read_captures(warc))
    return sorted((one.url, one.captured_at.isoformat(), one.payload_digest) for one in captures)


def digests_in(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder by its path there, without locks."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def leftovers(root: Path) -> list[str]:
    """Return the temporary files in a folder, whose processes are all dead."""
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.relative_to(root).parts[0] not in _NOT_STORED
        and path.name != ".lock"
        and (path.name.startswith(".") or path.name.endswith(_TEMPORARY))
    ]
