"""The parts of a snapshot: the demo, five days, the gold cases.

Here: running the project for each part. Not here: what is made of a published file (`tests.snapshot.published`) and of
the gold cases (`tests.snapshot.gold`).
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
# Every known article is looked at on every day, as in `tests/end_to_end/test_five_days.py`.
SETTINGS: Final = (
    "refetch: {" + ", ".join(f"{tier}: [1d, 2d, 3d, 4d, 30d]" for tier in ("hourly", "daily", "weekly")) + "}\n"
)
# What `crawl` says where a portal could not be read: there is one of that kind among the test portals.
SOME_PORTAL_FAILED: Final = 3


class SnapshotError(Exception):
    """A snapshot that cannot be taken or is not there."""


def take(folder: Path, parts: Sequence[str], tell: Callable[[str], None]) -> None:
    """Write the parts into a folder, in place of those that it holds.

    Raises:
        SnapshotError: a command of the project failed.
    """
    for part in parts:
        began = time.monotonic()
        for name, tables in PARTS[part]():
            write(folder / part / name, tables)
        tell(f"{part}: {time.monotonic() - began:.0f} seconds")


def _demo() -> Iterator[tuple[str, Tables]]:
    """Yield what the demo publishes."""
    with tempfile.TemporaryDirectory(prefix="snapshot-demo-") as home:
        _run(Path(home), "demo")
        yield "", published_tables(Path(home) / "corpus.duckdb")


def _five_days() -> Iterator[tuple[str, Tables]]:
    """Yield what is published after the third and after the fifth day of the test portals."""
    with tempfile.TemporaryDirectory(prefix="snapshot-five-days-") as name:
        home = Path(name)
        (home / "settings.yml").write_text(SETTINGS, encoding="utf-8")
        for day in DAYS:
            # The day that the test portals play; the crawl's clock counts from when this was written.
            (home / "demo.json").write_text(json.dumps({"day": day}), encoding="utf-8")
            _run(home, "crawl", allowed=(0, SOME_PORTAL_FAILED))
            if day in BUILT_AFTER:
                _run(home, "build")
                yield f"day-{day}", published_tables(home / "corpus.duckdb")


def _gold() -> Iterator[tuple[str, Tables]]:
    """Yield what is read of the gold cases."""
    yield "", gold_tables()


def _run(home: Path, *arguments: str, allowed: Sequence[int] = (0,)) -> None:
    """Run a command of the project to its end, without the user's settings for the project."""
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
        raise SnapshotError(f"`hanoi-corpus {' '.join(arguments)}` did not come to its end: {error}") from error
    if done.returncode not in allowed:
        last = "\n".join(done.stdout.splitlines()[-30:])
        raise SnapshotError(f"`hanoi-corpus {' '.join(arguments)}` ended with {done.returncode}:\n{last}")


PARTS: Final[Mapping[str, Callable[[], Iterator[tuple[str, Tables]]]]] = {
    "demo": _demo,
    "five-days": _five_days,
    "gold": _gold,
}
"""What there is of each part: the folder below the part's, and the tables in it."""
