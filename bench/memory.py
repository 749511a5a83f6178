"""The memory of a process and of all that it started, sampled from outside.

Here: reading `/proc`, so on Linux alone. Resident sizes are added up: what processes share is counted once for each,
which makes the sum an upper bound.
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
    """The largest sum seen, by the phase that was current.

    Attributes:
        phase: set by whoever knows what the processes are doing.
        by_phase: bytes.
    """

    phase: str = "start"
    by_phase: dict[str, int] = field(default_factory=dict)

    @property
    def overall(self) -> int | None:
        """The largest of all, in bytes; None where nothing could be read."""
        return max(self.by_phase.values(), default=None)

    def note(self, size: int) -> None:
        """Take a sample into account."""
        self.by_phase[self.phase] = max(size, self.by_phase.get(self.phase, 0))


@contextmanager
def watched(pid: int) -> Iterator[Peaks]:
    """Sample the tree of `pid` while the block runs."""
    peaks = Peaks()
    done = Event()

    def sample() -> None:
        while not done.wait(_EVERY_SECONDS):
            if size := tree_bytes(pid):
                peaks.note(size)

    sampler = Thread(target=sample, name="memory")
    sampler.start()
    try:
        yield peaks
    finally:
        done.set()
        sampler.join()


def tree_bytes(root: int) -> int:
    """Return the resident bytes of a process and everything below it; 0 where it is gone or there is no `/proc`."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            # Behind the name in brackets, which may hold anything: state, parent, …, resident pages (22nd).
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(folder.name)
        children.setdefault(int(fields[1]), []).append(pid)
        resident[pid] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += resident.get(pid, 0)
        waiting += children.get(pid, [])
    return total
