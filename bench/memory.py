"""Memory of a process and its descendants, sampled from outside.

Reads `/proc`, so it works on Linux only. Adds up resident sizes: memory shared by processes is counted once per
process, so the sum is an upper bound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

_PROC = Path("/proc")
_EVERY_SECONDS = 0.05


@dataclass
class Peaks:
    """Peak memory by phase.

    Attributes:
        phase: the current phase, set by the user of this class.
        by_phase: peak in bytes by phase.
    """

    phase: str = "start"
    by_phase: dict[str, int] = field(default_factory=dict)

    @property
    def overall(self) -> int | None:
        """The overall peak in bytes; None if nothing could be read."""
        return max(self.by_phase.values(), default=None)

    def record(self, size: int) -> None:
        """Record a sample."""
        self.by_phase[self.phase] = max(size, self.by_phase.get(self.phase, 0))


@contextmanager
def watched(pid: int) -> Iterator[Peaks]:
    """Sample the process tree of `pid` while the block runs."""
    peaks = Peaks()
    done = Event()

    def sample() -> None:
        while not done.wait(_EVERY_SECONDS):
            if size := tree_bytes(pid):
                peaks.record(size)

    sampler = Thread(target=sample, name="memory")
    sampler.start()
    try:
        yield peaks
    finally:
        done.set()
        sampler.join()


def tree_bytes(root: int) -> int:
    """Return the resident bytes of a process and its descendants; 0 if it ended or without `/proc`."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            # After the name in brackets, which may contain anything: state, parent, …, resident pages (22nd).
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # the process has just ended
        pid = int(folder.name)
        children.setdefault(int(fields[1]), []).append(pid)
        resident[pid] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    total, pending = 0, [root]
    while pending:
        pid = pending.pop()
        total += resident.get(pid, 0)
        pending += children.get(pid, [])
    return total
