"""One writer at a time: the lock over everything that opens the warehouse file.

Here: the OS file lock, who holds it, and the error of whoever waited in vain. Load, dbt and publish run under it,
started by Dagster or by hand. Not here: the warehouse itself (`warehouse.tables.store`).

The lock is the operating system's (`flock`), so a holder that is killed lets go by dying; nothing has to be cleaned
up. A file beside it says who holds it, for the message of whoever waits; it is never what decides.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import WarehouseError
from warehouse.home import Home

_HANOI = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, as the holder itself wrote it down.

    Attributes:
        purpose: what it does with the warehouse, in a word or two: `load`, `dbt build`, `publish`.
        since: when it got the lock.
    """

    pid: int
    host: str
    purpose: str
    since: datetime


class LockedError(WarehouseError):
    """The warehouse is in use by another; the message says by whom, since when and what to do.

    Attributes:
        holder: who holds it; None where that is not known.
    """

    def __init__(self, message: str, holder: Holder | None = None) -> None:
        super().__init__(message)
        self.holder = holder


@contextmanager
def hold(home: Home, purpose: str, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock over `home.warehouse_file` while the block runs.

    Re-entrant within a thread: a function that holds it may call another that does, and the outermost `hold` lets
    go. Two threads of one process exclude each other like two processes.

    Args:
        home: whose warehouse.
        purpose: told to others who wait.
        timeout_seconds: how long to wait for another holder; 0 tries once.

    Raises:
        LockedError: another held it all the while.
    """
    lock = _lock(home)
    home.root.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout as error:
        holder = _read_holder(home)
        raise LockedError(_explain(home, holder, timeout_seconds), holder) from error
    is_outermost = lock.lock_counter == 1
    try:
        if is_outermost:
            _write_holder(home, Holder(os.getpid(), socket.gethostname(), purpose, datetime.now(_HANOI)))
        yield
    finally:
        if is_outermost:
            _holder_file(home).unlink(missing_ok=True)
        lock.release()


def is_held(home: Home) -> bool:
    """Tell whether the calling thread holds the lock."""
    return _lock(home).is_locked


def _lock(home: Home) -> FileLock:
    # A singleton with a context per thread: this is what makes `hold` re-entrant within a thread and only there.
    return FileLock(home.lock_file, is_singleton=True, thread_local=True)


def _holder_file(home: Home) -> Path:
    return home.lock_file.with_name(home.lock_file.name + ".json")


def _write_holder(home: Home, holder: Holder) -> None:
    file = _holder_file(home)
    beside = file.with_suffix(".tmp")
    beside.write_text(json.dumps(asdict(holder) | {"since": holder.since.isoformat()}), encoding="utf-8")
    beside.replace(file)


def _read_holder(home: Home) -> Holder | None:
    """Return who holds the lock; None where the note is missing, spoilt or left behind by a process that is gone."""
    try:
        note = json.loads(_holder_file(home).read_text(encoding="utf-8"))
        holder = Holder(
            pid=int(note["pid"]),
            host=str(note["host"]),
            purpose=str(note["purpose"]),
            since=datetime.fromisoformat(note["since"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return holder if holder.host != socket.gethostname() or _is_alive(holder.pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _explain(home: Home, holder: Holder | None, waited_seconds: float) -> str:
    who = "by a process that has not said who it is"
    if holder is not None:
        since = holder.since.astimezone(_HANOI).strftime("%Y-%m-%d %H:%M:%S %z")
        who = f"for {holder.purpose!r} by process {holder.pid} on {holder.host} since {since}"
    return (
        f"{home.warehouse_file} is in use {who}; waited {waited_seconds:g} s. "
        "Wait until it is done and try again, or end that process: the lock is free as soon as it is gone."
    )
