"""The file of a portal's crawl state: whether it is intact, and bringing it up to date.

SQLite does not notice a flipped bit in a value, so the SHA-256 of the file is kept beside it.
Belongs here: the file, its checksum, and which crawls it lacks. Does not belong here: the tables (see
`warehouse.archive.state.tables`), and how a crawl is added to them (see `warehouse.archive.state.applying`).
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from warehouse.archive.files import crawl_id_of, index_file, report_file, warc_files
from warehouse.archive.state.applying import apply_crawl
from warehouse.archive.state.tables import fingerprint, made_from, prepare
from warehouse.durable import replacing
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.storage import StoredFile
from warehouse.text.address import KeyRule

_DIGEST_SUFFIX = ".sha256"

_logger = logging.getLogger(__name__)


class StateError(WarehouseError):
    """The file of a portal's crawl state cannot be written; the message names it and says what to do."""


def bring_up_to_date(home: Home, portal: str, path: Path, rule: KeyRule) -> None:
    """Add the crawls that a state lacks; one that is not usable is rebuilt, and the log says why.

    Raises:
        StateError: the file cannot be written, for example because the disk is full; the next call rebuilds it.
    """
    crawls = {crawl_id_of(warc): warc for warc in warc_files(home, portal)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if problem := damage_of(path) or _outdated(path, crawls, rule):
            _logger.warning("%s: %s; rebuilt from the archive", path, problem)
            delete_state(path)
        if _add_crawls(home, path, crawls, rule) or not _digest_file(path).exists():
            with replacing(_digest_file(path)) as temporary:
                temporary.write_text(f"{_digest_of(path)}\n", encoding="ascii")
    except (sqlite3.Error, OSError) as error:
        raise StateError(_explain(path, error)) from error


def damage_of(path: Path) -> str | None:
    """Return what is wrong with a state's file; None if it is intact, or missing."""
    if not path.exists():
        return None
    if not path.is_file():
        return "damaged: it is not a plain file"
    try:
        _roll_back(path)
        recorded = _digest_file(path).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return "it has no checksum: an earlier version or a killed process wrote it"
    except (sqlite3.Error, ValueError) as error:
        return f"damaged: {error}"
    return None if recorded == _digest_of(path) else "damaged: it does not match its checksum"


def delete_state(path: Path) -> None:
    """Delete a state's file, its checksum, and the rollback journal of a killed process."""
    # The checksum goes first: without it, no file counts as intact.
    for file in (_digest_file(path), path, _journal(path)):
        file.unlink(missing_ok=True)


def _add_crawls(home: Home, path: Path, crawls: Mapping[str, StoredFile], rule: KeyRule) -> bool:
    """Add the crawls that the state lacks; tell whether the file was written."""
    with closing(sqlite3.connect(path)) as database:
        is_new = prepare(database, rule.digest)
        known = {crawl_id for (crawl_id,) in database.execute("select crawl_id from crawls")}
        # A damaged WARC file has no index; every build reports the damage.
        new = [
            crawls[crawl_id]
            for crawl_id in sorted(crawls.keys() - known)
            if report_file(home, crawls[crawl_id]).exists() and index_file(home, crawls[crawl_id]).exists()
        ]
        # A single transaction: with one per crawl, a rebuild would wait for a disk sync for every crawl.
        with database:
            added = [apply_crawl(database, home, warc, rule) for warc in new]
    return is_new or any(added)


def _outdated(path: Path, crawls: Mapping[str, StoredFile], rule: KeyRule) -> str | None:
    """Return why an intact state cannot be used any more; None if it can, or is missing."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as database:
        marks = made_from(database, rule.digest)
    if marks is None:
        return "it was made by another version or another rule of keys"
    changed = sorted(crawl_id for crawl_id, mark in marks.items() if mark != _mark_of(crawls.get(crawl_id)))
    return f"the WARC file of crawl {changed[0]} has changed or is gone" if changed else None


def _mark_of(warc: StoredFile | None) -> str | None:
    return None if warc is None else fingerprint(warc)


def _roll_back(path: Path) -> None:
    """Undo the unfinished transaction of a killed process, which SQLite does before it reads."""
    if _journal(path).exists():
        with closing(sqlite3.connect(path)) as database:
            database.execute("select count(*) from sqlite_master").fetchone()


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _digest_file(path: Path) -> Path:
    return path.with_name(f"{path.name}{_DIGEST_SUFFIX}")


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _explain(path: Path, error: Exception) -> str:
    free = ""
    with suppress(OSError):
        free = f" {shutil.disk_usage(path.parent).free / 1e6:.1f} MB are free there."
    return (
        f"{path}: the crawl state cannot be written: {error}.{free} Nothing stored is lost: the file is rebuilt from "
        "the archive. Free some space or check the permissions, and crawl the portal again."
    )
