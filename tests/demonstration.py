"""Run the demo once for all tests that read its result; give tests copies of its home to change.

Belongs here: running the command line in a process.
Does not belong here: what the corpus must hold (`tests.end_to_end`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from dagster_project.corpus import PORTALS_VARIABLE
from warehouse.home import HOME_VARIABLE, Home
from warehouse.tables.publish import MARTS

DEMO_TIMEOUT_SECONDS = 400
COMMAND_TIMEOUT_SECONDS = 200
PROGRAM = str(Path(sys.executable).parent / "hanoi-corpus")


@dataclass(frozen=True)
class Demo:
    """A finished demo; tests must not change its home.

    Attributes:
        output: its standard output.
    """

    home: Home
    output: str

    def copy(self, folder: Path, *, archive_only: bool = False) -> Home:
        """Return a copy of the demo's home, or of its archive only."""
        folder.mkdir(parents=True)
        shutil.copytree(self.home.warc, Home(folder).warc)
        shutil.copy2(self.home.root / "demo.json", folder)  # marks a home as a demo home: it has the test portals
        if not archive_only:
            shutil.copytree(self.home.root, folder, dirs_exist_ok=True)
        return Home(folder)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Return the demo; it runs once, however many pytest workers there are."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home, output = Home(folder / "demo"), folder / "demo.txt"
    with FileLock(folder / "demo.lock"):
        if not output.exists():
            done = hanoi_corpus(home, "demo", timeout=DEMO_TIMEOUT_SECONDS)
            assert done.returncode == 0, done.stderr
            output.write_text(done.stdout, encoding="utf-8")
    return Demo(home, output.read_text(encoding="utf-8"))


def environment(home: Home, **variables: str) -> dict[str, str]:
    """Return this process's environment with the given home, without the user's project settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in (PORTALS_VARIABLE, "DAGSTER_HOME")}
    return {**inherited, HOME_VARIABLE: str(home.root), **variables}


def hanoi_corpus(
    home: Home, *arguments: str, timeout: float = COMMAND_TIMEOUT_SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for its end."""
    return subprocess.run(
        [PROGRAM, *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@contextmanager
def started(home: Home, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command in its own process group; kill the group if it still runs after the block."""
    with subprocess.Popen(
        [PROGRAM, *arguments],
        env=environment(home, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for_line(process: subprocess.Popen[str], beginning: str) -> list[str]:
    """Read a command's output until a line with this beginning; return the lines."""
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith(beginning):
            return lines
    raise AssertionError(f"the command ended without a line {beginning!r}:\n" + "\n".join(lines))


def differences(one: Path, other: Path) -> Mapping[str, tuple[int, int]]:
    """Return the marts that differ, with the count of rows only in `one` and only in `other`."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for mart in MARTS:
            counts = connection.execute(
                f"select (select count(*) from (from one.{mart} except all from other.{mart})),"  # noqa: S608 - constants
                f" (select count(*) from (from other.{mart} except all from one.{mart}))"
            ).fetchall()[0]
            if counts != (0, 0):
                found[mart] = counts
    return found
