"""A run's lock: held while its process exists, and free at once when the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.runs.lock import RunProcess, TakenError, prepare, process_of, take

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOLDING = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from dagster_project.runs.lock import hold
hold(Path(sys.argv[1]), "run", datetime(2026, 11, 29, 12, tzinfo=UTC))
print("held", flush=True)
time.sleep(60)
"""


def test_a_run_that_was_never_launched_here_is_unknown(tmp_path: Path) -> None:
    assert process_of(tmp_path, "run") is None


def test_a_launched_run_whose_process_has_not_begun_is_known_and_has_no_process(tmp_path: Path) -> None:
    prepare(tmp_path, "run")
    assert process_of(tmp_path, "run") == RunProcess(False, "")


@pytest.mark.process
def test_the_lock_of_a_killed_process_is_free_and_says_whose_it_was(tmp_path: Path) -> None:
    prepare(tmp_path, "run")
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        alive = process_of(tmp_path, "run")
        # Two checks at once: neither takes the other for the run.
        assert alive == process_of(tmp_path, "run")
        assert alive is not None
        assert alive.is_alive
        assert f"process {run.pid} on " in alive.description
        assert "2026-11-29T12:00:00" in alive.description
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    assert process_of(tmp_path, "run") == RunProcess(False, alive.description)


def test_a_second_taker_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    with take(path, NOW), pytest.raises(TakenError, match=f"process {os.getpid()} on .*2026-11-29T12:00"):
        take(path, NOW)
    take(path, NOW).close()
