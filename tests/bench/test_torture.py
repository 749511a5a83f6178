"""A seeded slice of `make torture`: commands killed once each; and that what is wrong is found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from bench.torture.__main__ import PARTS, run_parts
from bench.torture.ground import Ground, leftovers
from bench.torture.kills import Scene, killed
from bench.torture.tally import Tally, Turn, as_table
from tests.demonstration import Demo
from warehouse.home import Home

SEED = int(os.environ.get("HANOI_CORPUS_TEST_SEED", 13))
# Builds and crawls that are killed have tests of their own, in `tests/end_to_end/test_killed.py`.
SLICE = ("import, killed", "restore, killed", "recover, killed")


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("part", SLICE)
def test_a_killed_command_that_is_run_again_gives_what_an_undisturbed_one_gives(
    demo: Demo, tmp_path: Path, part: str
) -> None:
    (tally,) = run_parts(Ground(demo.home, tmp_path), [part], SEED, 0.0, 1, 1)
    assert tally.violations == [], f"seed {SEED}"


@pytest.mark.slow
@pytest.mark.process
def test_another_outcome_and_leftovers_are_violations(tmp_path: Path) -> None:
    """A command that does nothing, in a folder with a temporary file, on a home that differs at each look."""
    outcomes = iter(range(10))

    @contextmanager
    def setting(ground: Ground) -> Iterator[Scene]:
        (ground.folder / ".half.tmp").touch()
        yield Scene(ground.home, ("--help",), lambda: next(outcomes), ground.folder)

    tally = Tally("help")
    from_home = Ground(_empty_home(tmp_path), tmp_path)
    killed(setting)(Turn(from_home, Random(1), time.monotonic(), 1), tally)  # noqa: S311 - no secret
    assert [line.partition(": ")[2].partition(": ")[0] for line in tally.violations] == ["another outcome", "left over"]


def test_a_part_that_breaks_off_is_a_violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_turn: Turn, _tally: Tally) -> None:
        raise OSError("no such thing")

    monkeypatch.setitem(PARTS, "broken", broken)
    (tally,) = run_parts(Ground(_empty_home(tmp_path), tmp_path), ["broken"], 1, 0.0, 1, 1)
    assert tally.violations == ["broke off: OSError: no such thing"]


def test_the_table_names_what_was_done_and_each_violation() -> None:
    tally = Tally("build, killed", seconds=12.3)
    tally.counts["kills"] += 1234
    tally.require(True, "not shown")
    tally.require(False, "rows\ndiffer")
    skipped = Tally("full disks", skipped="skipped: only root may mount a tmpfs")
    assert as_table([tally, skipped]).splitlines()[2:] == [
        "| build, killed | 1,234 kills | 1 | 12 |",
        "| full disks | skipped: only root may mount a tmpfs | 0 | 0 |",
        "VIOLATION build, killed: rows differ",
    ]


def test_temporary_files_are_leftovers_and_locks_are_not(tmp_path: Path) -> None:
    for name in (
        "archive/warc/xa/.lock",
        "archive/warc/xa/a.warc.gz",
        "logs/.x.tmp",
        "articles/.a.parquet.tmp",
        "b.part",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert leftovers(tmp_path) == ["articles/.a.parquet.tmp", "b.part"]


def _empty_home(folder: Path) -> Home:
    home = Home(folder / "home")
    home.root.mkdir()
    return home
