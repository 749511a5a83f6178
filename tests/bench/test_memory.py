"""Memory of a process tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.memory import Peaks, tree_bytes

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="memory is read from /proc")

# A child process that starts a child, which allocates 60 MB, prints a line and waits.
_HOLDS = "import sys; held = b'x' * 60_000_000; print('held', flush=True); sys.stdin.read()"
_STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_HOLDS!r}])"


def test_memory_of_grandchildren_is_included() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        assert tree_bytes(child.pid) > 60_000_000
        assert tree_bytes(os.getpid()) > tree_bytes(child.pid)
        child.stdin.close()
    assert tree_bytes(child.pid) == 0


def test_peaks_are_recorded_by_phase() -> None:
    peaks = Peaks()
    for phase, size in (("load", 5), ("load", 9), ("load", 7), ("publish", 3)):
        peaks.phase = phase
        peaks.record(size)
    assert peaks.by_phase == {"load": 9, "publish": 3}
