"""Run the demo once for all tests that read its result; give tests copies of its home to change.

It is run from the installed wheel, in a folder that is not the checkout, as by someone who has only that.
Belongs here: running the command line in a process.
Does not belong here: what the corpus must hold (`tests.end_to_end`).
"""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from dagster_project.corpus import PORTALS_VARIABLE
from tests.installed import Installed, installed, shared_folder
from warehouse.home import HOME_VARIABLE, Home
from warehouse.tables.publish import MARTS

__all__ = ["installed"]

ODD_NAME = "kho \"dữ liệu\" #1?%20'a';&{{x}}[b]*=$c"
"""A folder's name with the characters that libraries read as something else in a path."""

DEMO_TIMEOUT_SECONDS = 900
COMMAND_TIMEOUT_SECONDS = 200
PROGRAM = str(Path(sys.executable).parent / "hanoi-corpus")


@dataclass(frozen=True)
class Demo:
    """A finished demo; tests must not change its home.

    Attributes:
        output: its standard output.
        shown: what it wrote to the terminal that was its standard error.
        silence_seconds: the longest time in which it wrote nothing to the terminal, between its first and last sign.
    """

    home: Home
    output: str
    shown: str
    silence_seconds: float

    def copy(self, folder: Path, *, archive_only: bool = False) -> Home:
        """Return a copy of the demo's home, or of its archive only."""
        folder.mkdir(parents=True)
        shutil.copytree(self.home.warc, Home(folder).warc)
        shutil.copy2(self.home.root / "demo.json", folder)  # marks a home as a demo home: it has the test portals
        if not archive_only:
            shutil.copytree(self.home.root, folder, dirs_exist_ok=True)
            for file in (Home(folder).warehouse_file, Home(folder).marts_file):
                if file.parent != folder:  # DuckDB cannot write in that folder
                    file.parent.mkdir(parents=True, exist_ok=True)
                    (folder / file.name).replace(file)
        return Home(folder)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, installed: Installed) -> Demo:
    """Return the demo; it runs once, however many pytest workers there are."""
    folder = shared_folder(tmp_path_factory)
    home, result = Home(folder / "demo"), folder / "demo.json"
    with FileLock(folder / "demo.lock"):
        if not result.exists():
            program = installed.program
            status, *done = on_a_terminal(program, home, "demo", folder=folder, timeout=DEMO_TIMEOUT_SECONDS)
            assert status == 0, done
            result.write_text(json.dumps(done), encoding="utf-8")
    return Demo(home, *json.loads(result.read_text(encoding="utf-8")))


def on_a_terminal(
    program: str, home: Home, *arguments: str, folder: Path | None = None, timeout: float, **variables: str
) -> tuple[int, str, str, float]:
    """Run a command on a terminal; return exit code, output, what was shown, and the longest silence.

    Only its standard error is the terminal. The silence, in seconds, counts from the first to the last sign of life.
    """
    ours, its = pty.openpty()
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        subprocess.Popen(
            [program, *arguments],
            env=environment(home, **{"TERM": "xterm", "NO_COLOR": "", **variables}),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=its,
        ) as process,
    ):
        os.close(its)
        deadline = time.monotonic() + timeout
        signs: list[float] = []
        shown = b""
        while (left := deadline - time.monotonic()) > 0 and select.select([ours], [], [], left)[0]:
            try:
                shown += (part := os.read(ours, 65536))
            except OSError:  # Linux says so at the end of a terminal
                break
            signs.append(time.monotonic())
            if not part:
                break
        else:
            process.kill()
            raise AssertionError(f"the command runs for more than {timeout} s; it has shown: {shown[-2000:]!r}")
        os.close(ours)
        status = process.wait(COMMAND_TIMEOUT_SECONDS)
        output.seek(0)
        silence = max((later - earlier for earlier, later in pairwise(signs)), default=0.0)
        return status, output.read(), shown.decode("utf-8", "replace"), silence


def environment(home: Home, **variables: str) -> dict[str, str]:
    """Return this process's environment with the given home, without the user's project settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in (PORTALS_VARIABLE, "DAGSTER_HOME")}
    return {**inherited, HOME_VARIABLE: str(home.root), **variables}


def hanoi_corpus(
    home: Home, *arguments: str, timeout: float = COMMAND_TIMEOUT_SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for its end."""
    return run(PROGRAM, home, *arguments, folder=None, timeout=timeout, **variables)


def run(
    program: str, home: Home, *arguments: str, folder: Path | None = None, timeout: float, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of an installed project in a folder, and wait for its end."""
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
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
