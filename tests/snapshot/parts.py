"""The parts of a snapshot: the demo, five days, the gold cases.

Belongs here: running the project for each part. Does not belong here: turning a published file
(`tests.snapshot.published`) or the gold cases (`tests.snapshot.gold`) into tables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.snapshot.gold import gold_tables
from tests.snapshot.published import published_tables
from tests.snapshot.store import Tables, write

PROGRAM: Final = Path(sys.executable).parent / "hanoi-corpus"
TIMEOUT_SECONDS: Final = 900

DAYS: Final = range(1, 6)
BUILT_AFTER: Final = (3, 5)
# Every known article is refetched on every day, as in `tests/end_to_end/test_five_days.py`.
SETTINGS: Final = (
    "refetch: {" + ", ".join(f"{tier}: [1d, 2d, 3d, 4d, 30d]" for tier in ("hourly", "daily", "weekly")) + "}\n"
)
# Exit code of `crawl` if a portal failed; one of the test portals always does.
SOME_PORTAL_FAILED: Final = 3


class SnapshotError(Exception):
    """A snapshot cannot be taken, or does not exist."""


def take(folder: Path, parts: Sequence[str], log: Callable[[str], None]) -> None:
    """Write the parts to a folder; parts that it already has are replaced.

    Raises:
        SnapshotError: a command of the project failed.
    """
    for part in parts:
        began = time.monotonic()
        for name, tables in PARTS[part]():
            write(folder / part / name, tables)
        log(f"{part}: {time.monotonic() - began:.0f} seconds")


def _demo() -> Iterator[tuple[str, Tables]]:
    """Yield the tables that the demo publishes."""
    with tempfile.TemporaryDirectory(prefix="snapshot-demo-") as home:
        _run(Path(home), "demo")
        yield "", published_tables(Path(home) / "corpus.duckdb")


def _five_days() -> Iterator[tuple[str, Tables]]:
    """Yield the tables published after the third and after the fifth day of the test portals."""
    with tempfile.TemporaryDirectory(prefix="snapshot-five-days-") as name:
        home = Path(name)
        (home / "settings.yml").write_text(SETTINGS, encoding="utf-8")
        for day in DAYS:
            # The day that the test portals simulate; the crawl's clock starts when this file is written.
            (home / "demo.json").write_text(json.dumps({"day": day}), encoding="utf-8")
            _run(home, "crawl", allowed=(0, SOME_PORTAL_FAILED))
            if day in BUILT_AFTER:
                _run(home, "build")
                yield f"day-{day}", published_tables(home / "corpus.duckdb")


def _gold() -> Iterator[tuple[str, Tables]]:
    """Yield what is extracted from the gold cases."""
    yield "", gold_tables()


def _run(home: Path, *arguments: str, allowed: Sequence[int] = (0,)) -> None:
    """Run a command of the project and wait, without the user's project settings."""
    own = ("HANOI_CORPUS_PORTALS", "DAGSTER_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    try:
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            env={**environment, "HANOI_CORPUS_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SnapshotError(f"`hanoi-corpus {' '.join(arguments)}` did not finish: {error}") from error
    if done.returncode not in allowed:
        last = "\n".join(done.stdout.splitlines()[-30:])
        raise SnapshotError(f"`hanoi-corpus {' '.join(arguments)}` ended with {done.returncode}:\n{last}")


PARTS: Final[Mapping[str, Callable[[], Iterator[tuple[str, Tables]]]]] = {
    "demo": _demo,
    "five-days": _five_days,
    "gold": _gold,
}
"""By part: a generator of (subfolder, tables)."""
