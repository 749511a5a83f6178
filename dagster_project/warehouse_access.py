"""Exclusive access to the warehouse for one stage: waits for the lock, and logs who holds it.

Does not belong here: the lock (`warehouse.tables.lock`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster_project.stage import Log
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.lock import LockedError, hold

# A stage takes minutes at most, so a longer wait fails with an error that names the holder.
LOCK_TIMEOUT_SECONDS = 600.0
# After this wait, a line is logged that names the holder.
_QUIET_SECONDS = 1.0
_POLL_SECONDS = 0.25


@contextmanager
def using_warehouse(home: Home, purpose: str, log: Log) -> Iterator[None]:
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
        _wait_until_closed(home, deadline, log)
        store.delete_spilled(home)
        with store.explained(home):
            yield


def _wait_until_closed(home: Home, deadline: float, log: Log) -> None:
    """Return once no process has the warehouse file open; the caller holds the lock.

    Raises:
        LockedError: a process still has it open at `deadline`, a time of `time.monotonic`.
    """
    is_logged = False
    while True:
        try:
            store.connect(home).close()
            return
        except store.DamagedStoreError:
            # Nobody has it open. Whoever needs its content says so; a load makes it again.
            return
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
