"""Exclusive access to the warehouse for one stage: waits for the lock, and logs who holds it.

A stage that ends well leaves a note of how both files are. A load that finds them so need not read them whole, which
would take as long as they are large. Whatever else writes into them, a kill and an error included, leaves them without
a note that fits. What decays on the disk without being written is found by the nightly check, which reads everything.
Does not belong here: the lock (`warehouse.tables.lock`), and reading the files whole (`warehouse.tables.store`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dagster_project.stage import Log
from warehouse.archive.sealed import read_sealed, sealed
from warehouse.durable import replacing
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.lock import LockedError, hold

# A stage takes minutes at most, so a longer wait fails with an error that names the holder.
LOCK_TIMEOUT_SECONDS = 600.0
# After this wait, a line is logged that names the holder.
_QUIET_SECONDS = 1.0
_POLL_SECONDS = 0.25


@dataclass(slots=True)
class Access:
    """The warehouse while a stage has it for itself.

    Attributes:
        is_sound: whether both files are known to be undamaged, because a stage left them so or this one read them
            whole. If they are at the end, the next stage can rely on it.
    """

    is_sound: bool


@contextmanager
def using_warehouse(home: Home, purpose: str, log: Log) -> Iterator[Access]:
    """Lock the warehouse while the block runs; wait for it for about `LOCK_TIMEOUT_SECONDS`.

    Waits first for the lock, then for any process that has the file open without the lock. That is usually the dbt
    process of a killed run, which still runs for a while and then ends by itself.

    Raises:
        LockedError: the warehouse was still in use after that time.
        DamagedStoreError: the warehouse is damaged; only a load rebuilds it.
        StoreError: DuckDB raised an error in the block.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(home, purpose, min(_QUIET_SECONDS, LOCK_TIMEOUT_SECONDS)))
        except LockedError as error:
            log(f"waiting for {_holder(error)}")
            stack.enter_context(hold(home, purpose, LOCK_TIMEOUT_SECONDS))
        access = Access(_is_as_left(home))
        if _wait_until_closed(home, deadline, log):
            access.is_sound = False
        store.delete_spilled(home)
        _note_file(home).unlink(missing_ok=True)
        with store.explained(home):
            yield access
        if access.is_sound:
            _note(home)


def _note_file(home: Home) -> Path:
    return home.root / "warehouse_left.json"


def _is_as_left(home: Home) -> bool:
    """Tell whether nobody has written into the files since the last stage that ended well."""
    with suppress(OSError, ValueError):
        return read_sealed(_note_file(home).read_bytes()) == _stamps(home)
    return False


def _note(home: Home) -> None:
    with replacing(_note_file(home)) as temporary:
        temporary.write_text(sealed(json.dumps(_stamps(home))), encoding="utf-8")


def _stamps(home: Home) -> dict[str, list[int] | None]:
    """Return size and times of both files and their logs; nobody can set back the time of a change."""
    found: dict[str, list[int] | None] = {}
    for file in (home.warehouse_file, home.marts_file):
        for part in (file, file.with_name(f"{file.name}.wal")):
            try:
                stat = part.stat()
                found[part.name] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
            except FileNotFoundError:
                found[part.name] = None
    return found


def _wait_until_closed(home: Home, deadline: float, log: Log) -> bool:
    """Return once no process has the warehouse file open, and whether one had; the caller holds the lock.

    Raises:
        LockedError: a process still has it open at `deadline`, a time of `time.monotonic`.
    """
    is_logged = False
    while True:
        try:
            store.connect(home).close()
            return is_logged
        except store.DamagedStoreError:
            # Nobody has it open. Whoever needs its content says so; a load makes it again.
            return is_logged
        except LockedError as error:
            if time.monotonic() >= deadline:
                raise
            if not is_logged:
                log(f"waiting: {error}")
                is_logged = True
            time.sleep(_POLL_SECONDS)


def _holder(error: LockedError) -> str:
    if error.holder is None:
        return "another process that uses the warehouse"
    return f"{error.holder.purpose!r} of process {error.holder.pid} on {error.holder.host}"
