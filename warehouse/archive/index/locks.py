"""One crawl of a portal at a time: the lock over the folder in which its WARC files grow.

The lock is the operating system's, on this machine's disk wherever the archive stands: a killed process lets go by
dying. Not here: the lock over the warehouse (`warehouse.tables.lock`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from warehouse.home import Home


class PortalBusyError(Exception):
    """Another process is crawling the portal."""


@contextmanager
def portal_lock(home: Home, portal: str, timeout_seconds: float = 0) -> Iterator[None]:
    """Hold a portal's WARC folder against other crawls of the same portal; a killed process lets go by itself.

    Raises:
        PortalBusyError: another process crawls the portal.
    """
    folder = home.warc / portal
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=timeout_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise PortalBusyError(
            f"portal {portal}: another crawl of it is running; wait for it to end, or stop it"
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_being_crawled(home: Home, portal: str) -> bool:
    """Tell whether another process crawls the portal at this moment."""
    try:
        with portal_lock(home, portal):
            return False
    except PortalBusyError:
        return True
