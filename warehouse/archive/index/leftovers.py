"""Deletes the temporary files that killed processes left in a home.

Belongs here: where in a home to look. Does not belong here: telling the files of killed processes from those in use
(`warehouse.durable`), unfinished WARC files (`warehouse.archive.index.recovery`), and the files of DuckDB
(`warehouse.tables`).
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from warehouse.archive.index.locks import PortalBusyError, portal_lock
from warehouse.durable import delete_leftovers as delete_in_folder
from warehouse.home import Home
from warehouse.storage import is_key

# Their many files belong to Dagster, dbt and Scrapy.
_OTHERS: Final = frozenset({"dagster", "dbt", "logs"})
# Files beside WARC files that are written only under the portal's lock.
_UNDER_LOCK: Final = re.compile(r"\..+\.warc\.gz\.(recovered|repaired|aside|restoring)", re.DOTALL)

_logger = logging.getLogger(__name__)


def delete_leftovers(home: Home) -> list[str]:
    """Delete the temporary files of killed processes; log and return their names relative to the home.

    Files that running processes write are not disturbed.

    Raises:
        OSError: a file cannot be deleted.
    """
    found = [path.relative_to(home.root).as_posix() for path in delete_in_folder(home.root)]
    folders = [path.name for path in home.root.glob("[!.]*") if path.name not in _OTHERS and is_key(path.name)]
    for folder in sorted(folders):
        found += home.storage.sweep(folder)
    found += [path.relative_to(home.root).as_posix() for path in _delete_under_lock(home)]
    for name in found:
        _logger.warning("%s: a temporary file of a killed process; deleted", home.root / name)
    return found


def _delete_under_lock(home: Home) -> list[Path]:
    deleted = []
    for path in sorted(home.warc.glob("[!.]*/.*")):
        if _UNDER_LOCK.fullmatch(path.name) and not path.parent.is_symlink():
            with suppress(PortalBusyError), portal_lock(home, path.parent.name):
                path.unlink(missing_ok=True)
                deleted.append(path)
    return deleted
