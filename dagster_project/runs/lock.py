"""Locks of processes: others can tell whether the process of a run, or of a home's UI, still exists.

They are operating system locks: a killed process leaves none, and a process ID that is used again means nothing. The
file of a run's lock lies in the run's own folder of the Dagster instance, and is deleted with it.
Belongs here: holding and testing these locks. Does not belong here: what follows for the run
(`dagster_project.runs.launcher`), and portals' locks (`warehouse.archive.index.locks`).
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

_FILE = "process.lock"
_BEGINNING = "a process that is just beginning"

# Held until the process ends: a run that is over but not yet recorded as such must not look dead.
_held: dict[Path, IO[str]] = {}


class TakenError(Exception):
    """Another process holds the lock; the message says which, and since when."""


@dataclass(frozen=True, slots=True)
class RunProcess:
    """What a run's lock tells of its process.

    Attributes:
        is_alive: whether the process holds the lock now.
        description: which process and since when; empty before the process has begun.
    """

    is_alive: bool
    description: str

    def interrupt(self) -> bool:
        """Interrupt the process, as *Terminate* in the UI does; return whether it is on this machine."""
        found = re.match(r"process (\d+) on (\S+),", self.description)
        if not self.is_alive or found is None or found[2] != socket.gethostname():
            return False
        os.kill(int(found[1]), signal.SIGINT)
        return True


def prepare(storage: Path, run_id: str) -> None:
    """Create the lock's file before the run is launched: a run without it is not known on this machine."""
    folder = storage / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _FILE).touch()


def hold(storage: Path, run_id: str, now: datetime) -> None:
    """Hold a run's lock until this process ends; wait for checks of the lock, which take milliseconds."""
    prepare(storage, run_id)
    path = storage / run_id / _FILE
    if path not in _held:
        _held[path] = file = path.open("r+", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        _describe(file, now)


def process_of(storage: Path, run_id: str) -> RunProcess | None:
    """Return what is known of a run's process; None if the run is not known on this machine."""
    try:
        file = (storage / run_id / _FILE).open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        return RunProcess(_is_held(file), file.read())


def description_of_holder(path: Path) -> str | None:
    """Return how the process that holds the lock of a file described itself; None if none holds it."""
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        return (file.read() or _BEGINNING) if _is_held(file) else None


def _is_held(file: IO[str]) -> bool:
    try:
        # Shared, so that two checks at once do not take each other for the holder.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def take(path: Path, now: datetime) -> IO[str]:
    """Take the lock of a file, and return the open file, which holds it until it is closed.

    Raises:
        TakenError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    file = path.open("r+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            raise TakenError(file.read() or _BEGINNING) from None
    _describe(file, now)
    return file


def _describe(file: IO[str], now: datetime) -> None:
    file.truncate()
    file.write(f"process {os.getpid()} on {socket.gethostname()}, begun at {now.isoformat(timespec='seconds')}")
    file.flush()
