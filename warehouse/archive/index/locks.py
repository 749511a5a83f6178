"""The lock of a portal: only one crawl, import or recovery of a portal runs at a time.

It is an operating system lock on a local file, even if the archive is in an object store. If a process is killed, the
system releases its locks. Does not belong here: the lock of the warehouse (`warehouse.tables.lock`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from warehouse.errors import BusyError
from warehouse.home import Home

_FILE = ".lock"


class PortalBusyError(BusyError):
    """The portal is locked by another crawl, import or recovery."""


@contextmanager
def portal_lock(home: Home, portal: str, timeout_seconds: float = 0) -> Iterator[None]:
    """Hold the lock of a portal.

    Raises:
        PortalBusyError: the portal is still locked after `timeout_seconds`.
    """
    folder = home.warc / portal
    folder.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(folder / _FILE).acquire(timeout=timeout_seconds)
    except Timeout as error:
        raise PortalBusyError(
            f"portal {portal}: another crawl of it is running; wait for it to end, or stop it"
        ) from error
    with held:
        yield


def is_being_crawled(home: Home, portal: str) -> bool:
    """Tell whether a crawl, import or recovery holds the portal's lock now."""
    if not (home.warc / portal / _FILE).exists():
        return False
    try:
        with portal_lock(home, portal):
            return False
    except PortalBusyError:
        return True
