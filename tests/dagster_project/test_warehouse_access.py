"""Stages trust a warehouse that the last one left undamaged, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.warehouse_access import using_warehouse
from tests.archived import flipped
from warehouse.home import Home
from warehouse.tables import store

FILES: tuple[Callable[[Home], Path], ...] = (lambda home: home.warehouse_file, lambda home: home.marts_file)


def use(home: Home, *, reads_all: bool = False) -> bool:
    """Use a warehouse as a stage does that writes into it; return whether it was known as sound."""
    with using_warehouse(home, "test", lambda _line: None) as access:
        was_sound = access.is_sound
        with store.connect(home) as warehouse:
            warehouse.execute("create or replace table notes as select range as number from range(20000)")
            warehouse.execute("create or replace table marts.notes as select range as number from range(20000)")
        access.is_sound |= reads_all
    return was_sound


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    assert not use(home)
    assert not use(home, reads_all=True)
    assert use(home)
    return home


def test_what_a_stage_left_is_trusted_after_any_number_of_stages(home: Home) -> None:
    assert [use(home) for _ in range(3)] == [True] * 3


def test_stages_within_a_stage_leave_it_trusted(home: Home) -> None:
    with using_warehouse(home, "outer", lambda _line: None):
        use(home)
    assert use(home)


@pytest.mark.parametrize("file", FILES, ids=["warehouse", "marts"])
@pytest.mark.parametrize("sets_back_its_time", [True, False])
def test_a_file_that_somebody_wrote_is_not(home: Home, file: Callable[[Home], Path], sets_back_its_time: bool) -> None:
    path = file(home)
    times = path.stat()
    data = path.read_bytes()
    path.write_bytes(flipped(data, 8 * (len(data) - 100)))
    if sets_back_its_time:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with using_warehouse(home, "test", lambda _line: None) as access:
        assert not access.is_sound


@pytest.mark.parametrize("file", FILES, ids=["warehouse", "marts"])
def test_a_file_that_is_gone_is_not(home: Home, file: Callable[[Home], Path]) -> None:
    file(home).unlink()
    assert not use(home)


def test_a_stage_that_failed_leaves_no_trust(home: Home) -> None:
    with pytest.raises(RuntimeError), using_warehouse(home, "test", lambda _line: None):
        raise RuntimeError("a fault of the stage")
    assert not use(home, reads_all=True)
    assert use(home)


def test_a_stage_that_was_killed_leaves_no_trust(home: Home) -> None:
    script = (
        "import os; from pathlib import Path; from warehouse.home import Home\n"
        "from dagster_project.warehouse_access import using_warehouse\n"
        f"with using_warehouse(Home(Path({str(home.root)!r})), 'killed', print): os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert not use(home)


def test_a_copied_home_is_not_trusted(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.root, tmp_path / "copy")
    assert not use(Home(tmp_path / "copy"))
    assert use(home)


@pytest.mark.parametrize("content", [b"", b"{}", b"no note", b"\xff"])
def test_a_note_that_cannot_be_read_is_none(home: Home, content: bytes) -> None:
    (home.root / "warehouse_left.json").write_bytes(content)
    assert not use(home)
