"""What dbt prints is bounded, and a full disk is one line; a script stands in for dbt."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.children import LINE_MAX, run_child
from dagster_project.dbt.project import LINES_MAX, full_disk_cause, run_dbt
from dagster_project.stage import StageError

pytestmark = pytest.mark.process

Dbt = Callable[[str], list[str]]


@pytest.fixture
def dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dbt:
    """Return a function that runs a Python script in place of dbt and returns what was logged."""
    script = tmp_path / "dbt"
    monkeypatch.setattr("dagster_project.dbt.project.program", lambda _name: str(script))

    def run(source: str) -> list[str]:
        script.write_text(f"#!{sys.executable}\nimport sys\n{source}", encoding="utf-8")
        script.chmod(0o700)
        lines: list[str] = []
        run_dbt(("build",), tmp_path / "target", tmp_path, {}, lines.append, failure="dbt build failed.")
        return lines

    return run


@pytest.mark.parametrize(
    "complaint",
    [
        "OSError: [Errno 28] No space left on device",
        "OSError: [Errno 27] File too large",
        "OSError: [Errno 122] Disk quota exceeded",
        'IO Error: Could not write file "warehouse.duckdb.wal": No space left on device',
        'IO Error: Could not write all required bytes to file "warehouse.duckdb": wrote 12288 out of 262144 bytes',
        "Out of Memory Error: failed to offload data block of size 256.0 KiB (22.1 MiB/22.3 MiB used).",
    ],
)
def test_a_full_disk_is_one_line(dbt: Dbt, tmp_path: Path, complaint: str) -> None:
    traceback = "--- Logging error ---\\nTraceback (most recent call last):\\n  File dbt\\n"
    with pytest.raises(StageError) as failed:
        dbt(f"print('{traceback}' * 6000)\nprint({complaint!r})\nprint('{traceback}' * 6000)\nsys.exit(2)")
    assert "\n" not in str(failed.value)
    assert str(failed.value).startswith("dbt build failed. The disk is full (")
    assert f"): {tmp_path} has " in str(failed.value)
    assert "Free some space and run the command again" in str(failed.value)


def test_the_model_that_needs_more_memory_is_named_with_the_setting(dbt: Dbt) -> None:
    lines = [
        "Runtime Error in model int_one (models/intermediate/int_one.sql)",
        "  Binder Error: no such column",
        "Runtime Error in model int_two (models/intermediate/int_two.sql)",
        "  Out of Memory Error: failed to allocate data of size 4.0 MiB (238.1 MiB/238.4 MiB used)",
    ]
    with pytest.raises(StageError) as failed:
        dbt(f"print({chr(10).join(lines)!r})\nsys.exit(1)")
    assert "\n" not in str(failed.value)
    assert "The model int_two needs more memory than the limit that DuckDB may use" in str(failed.value)
    assert "memory_limit_gb in settings.yml" in str(failed.value)


def test_other_failures_quote_the_last_lines(dbt: Dbt) -> None:
    with pytest.raises(StageError, match=r"dbt build failed\.\nline 4961\n(.*\n)*line 4999\nthe reason$"):
        dbt("for n in range(5000): print('line', n)\nprint('the reason')\nsys.exit(1)")


def test_no_more_than_the_first_lines_are_forwarded(dbt: Dbt) -> None:
    lines = dbt("for n in range(35_000): print('warning', n)")
    assert lines[:2] == ["warning 0", "warning 1"]
    assert len(lines) == LINES_MAX + 1
    assert lines[-1].startswith("34,800 more lines of dbt are not shown; dbt's own log is ")


def test_a_run_that_ends_well_is_not_taken_for_a_full_disk(dbt: Dbt) -> None:
    assert dbt("print('the disk had No space left on device before')") == [
        "the disk had No space left on device before"
    ]


def test_a_page_about_disks_is_no_full_disk() -> None:
    assert full_disk_cause("Failure in test not_null_fct_articles_title (marts/_marts.yml)") is None


def test_long_lines_of_a_child_are_cut() -> None:
    lines: list[str] = []
    source = "print('x' * 5_000_000); print('short'); print('y' * 2_000); print('z', end='')"
    status, last_lines = run_child([sys.executable, "-c", source], {}, lines.append)
    assert status == 0
    assert lines == ["x" * LINE_MAX, "short", "y" * LINE_MAX, "z"]
    assert last_lines == "\n".join(lines)
