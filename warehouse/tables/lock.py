"""The lock of the warehouse file, which allows one process at a time to use it.

Load, dbt and publish hold the lock, whether Dagster or an operator starts them. The operating system manages the lock
(`flock`), so it is released if its holder is killed, and nothing has to be cleaned up. Another file names the holder,
for messages only.
Belongs here: the lock, its holder, and the error if the lock is not free in time.
Does not belong here: the warehouse itself (`warehouse.tables.store`).
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.clock import HANOI_TIME
from warehouse.durable import replacing
from warehouse.errors import BusyError
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the lock, as it described itself.

    Attributes:
        purpose: what the process does, in a word or two: `load`, `dbt build`, `publish`.
        since: when the process acquired the lock.
    """

    pid: int
    host: str
    purpose: str
    since: datetime


class LockedError(BusyError):
    """The warehouse is in use by another process or thread, which the message names if it is known.

    Attributes:
        holder: the process; None if it is unknown.
    """

    def __init__(self, message: str, holder: Holder | None = None) -> None:
        super().__init__(message)
        self.holder = holder


@contextmanager
def hold(home: Home, purpose: str, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock of `home.warehouse_file` while the block runs.

    Re-entrant within a thread: nested calls are allowed, and the outermost one releases the lock. Two threads of one
    process exclude each other like two processes.

    `purpose` appears in the errors of other processes. If `timeout_seconds` is 0, the call does not wait.

    Raises:
        LockedError: the lock was not free within `timeout_seconds`.
    """
    lock = _lock(home)
    home.root.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout as error:
        holder = holder_of(home)
        raise LockedError(_explain(home, holder, timeout_seconds), holder) from error
    is_outermost = lock.lock_counter == 1
    try:
        if is_outermost:
            _write_holder(home, Holder(os.getpid(), socket.gethostname(), purpose, datetime.now(HANOI_TIME)))
        yield
    finally:
        if is_outermost:
            _holder_file(home).unlink(missing_ok=True)
        lock.release()


def is_held(home: Home) -> bool:
    """Tell whether the calling thread holds the lock."""
    return _lock(home).is_locked


def _lock(home: Home) -> FileLock:
    # A singleton with a context per thread makes `hold` re-entrant, but only within one thread.
    return FileLock(home.lock_file, is_singleton=True, thread_local=True)


def _holder_file(home: Home) -> Path:
    return home.lock_file.with_name(home.lock_file.name + ".json")


def _write_holder(home: Home, holder: Holder) -> None:
    file = _holder_file(home)
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(asdict(holder) | {"since": holder.since.isoformat()}), encoding="utf-8")


def holder_of(home: Home) -> Holder | None:
    """Return the process that holds the lock, as it described itself; None if none is known.

    The lock itself is left alone. What an ended process of this host left does not count.
    """
    try:
        note = json.loads(_holder_file(home).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(note["since"])
        holder = Holder(int(note["pid"]), str(note["host"]), str(note["purpose"]), since)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return holder if holder.host != socket.gethostname() or _is_alive(holder.pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _explain(home: Home, holder: Holder | None, waited_seconds: float) -> str:
    who = "by an unknown process"
    if holder is not None:
        since = holder.since.astimezone(HANOI_TIME).strftime("%Y-%m-%d %H:%M:%S %z")
        who = f"for {holder.purpose!r} by process {holder.pid} on {holder.host} since {since}"
    return (
        f"{home.warehouse_file} is in use {who}; waited {waited_seconds:g} s. "
        "Wait until it is done and try again, or end that process: the lock is free as soon as it is gone."
    )
