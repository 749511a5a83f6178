"""One stage's turn at the warehouse: waiting for it, and saying for whom.

Here: how long a stage waits and what it says meanwhile. Not here: the lock (`warehouse.tables.lock`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster_project.stage import Tell
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.lock import LockedError, hold

# A build takes minutes at most; who waits longer should be told who holds the warehouse.
LOCK_TIMEOUT_SECONDS = 600.0
# How long a build waits for the warehouse before it says whom it waits for.
_QUIET_SECONDS = 1.0
_POLL_SECONDS = 0.25


@contextmanager
def using_warehouse(home: Home, purpose: str, tell: Tell) -> Iterator[None]:
    """Hold the warehouse for one stage; say whom it waits for, and wait for `LOCK_TIMEOUT_SECONDS` at most.

    It waits for whoever holds the lock, and then for a process that has the file open without holding it. That is
    most often the dbt of a run that was killed: it outlives the run, and ends by itself.

    Raises:
        LockedError: the warehouse was in use all the while.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(home, purpose, min(_QUIET_SECONDS, LOCK_TIMEOUT_SECONDS)))
        except LockedError as error:
            tell(f"waiting for {_spelled_holder(error)}")
            stack.enter_context(hold(home, purpose, LOCK_TIMEOUT_SECONDS))
        _wait_until_closed(home, deadline, tell)
        yield


def _wait_until_closed(home: Home, deadline: float, tell: Tell) -> None:
    """Return when nobody has the warehouse file open; the caller holds the lock.

    Raises:
        LockedError: somebody still has at `deadline`, a time of `time.monotonic`.
    """
    is_told = False
    while True:
        try:
            store.connect(home).close()
            return
        except LockedError as error:
            if time.monotonic() >= deadline:
                raise
            if not is_told:
                tell(f"waiting: {error}")
                is_told = True
            time.sleep(_POLL_SECONDS)


def _spelled_holder(error: LockedError) -> str:
    if error.holder is None:
        return "another process that uses the warehouse"
    return f"{error.holder.purpose!r} of process {error.holder.pid} on {error.holder.host}"
