"""Where the archive stores WARC files, and the index, report and observations of each.

Belongs here: keys in the home's storage. Does not belong here: the files' content (`warehouse.archive.warc`,
`warehouse.archive.index`, `warehouse.archive.state`).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from warehouse.home import (
    CRAWLS_FOLDER,
    INDEX_FOLDER,
    OBSERVATIONS_FOLDER,
    SET_ASIDE_FOLDER,
    WARC_FOLDER,
    WARC_SUFFIX,
    Home,
)
from warehouse.storage import Storage, StoredFile, is_key

SUFFIX = WARC_SUFFIX
PART_SUFFIX = ".part"
# `<portal>/<file>`. A matching name is a safe relative path, even if it comes from an untrusted file.
WARC_NAME = re.compile(rf"[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*{re.escape(SUFFIX)}")


def warc_file(home: Home, portal: str, crawl_id: str) -> StoredFile:
    """Return where a crawl's WARC file is or will be."""
    return StoredFile(home.storage, f"{WARC_FOLDER}/{portal}/{crawl_id}{SUFFIX}")


def named_warc_file(storage: Storage, name: str) -> StoredFile:
    """Return the WARC file with a name relative to the folder of WARC files, such as `my-duc/x.warc.gz`."""
    return StoredFile(storage, f"{WARC_FOLDER}/{name}")


def warc_files(home: Home, portal: str | None = None) -> list[StoredFile]:
    """Return the complete WARC files, sorted by portal and crawl; `portal` None means all portals.

    Those that are set aside (`warehouse.archive.index.set_aside`) are left out.
    """
    aside = set_aside_crawls(home)
    return [warc for warc in all_warc_files(home, portal) if crawl_id_of(warc) not in aside]


def all_warc_files(home: Home, portal: str | None = None) -> list[StoredFile]:
    """Return the same as `warc_files`, with those that are set aside."""
    folder, depth = (WARC_FOLDER, 2) if portal is None else (f"{WARC_FOLDER}/{portal}", 1)
    return [StoredFile(home.storage, stored.key) for stored in home.storage.list(folder, SUFFIX, depth=depth)]


def archived_portals(home: Home) -> list[str]:
    """Return the slugs of the portals with files in the archive, sorted; they may be defined no more."""
    found = {stored.key.split("/")[2] for root in (WARC_FOLDER, INDEX_FOLDER) for stored in home.storage.list(root)}
    # If a portal's first crawl was killed, the portal has only a local folder.
    found |= {path.name for path in home.warc.glob("[!.]*") if path.is_dir() and is_key(path.name)}
    return sorted(found)


def odd_warc_files(home: Home) -> list[Path]:
    """Return what is named as a WARC file but is no plain file: a folder, a pipe, a link to nothing."""
    found: list[Path] = []
    for folder in home.warc.glob("[!.]*"):
        # Listings know which entries are plain files; asking for each one would take seconds with ten thousands.
        with suppress(NotADirectoryError, FileNotFoundError), os.scandir(folder) as entries:
            odd = [Path(entry.path) for entry in entries if not entry.is_file(follow_symlinks=False)]
        found += [path for path in odd if path.name.endswith(SUFFIX) and path.name[0] != "." and not path.is_file()]
    return sorted(found)


def part_path(home: Home, warc: StoredFile) -> Path:
    """Return the local file to which a crawl writes until the WARC file is complete."""
    return home.warc / warc.folder / f"{warc.name}{PART_SUFFIX}"


def crawl_id_of(warc: StoredFile) -> str:
    """Return the crawl's id, which is the WARC file's name without its suffix."""
    return warc.name.removesuffix(SUFFIX)


def index_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the index of a WARC file."""
    return StoredFile(home.storage, f"{INDEX_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.parquet")


def report_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the report of a WARC file's crawl."""
    return StoredFile(home.storage, f"{CRAWLS_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.json")


def observations_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the observations of a WARC file's crawl."""
    return StoredFile(home.storage, f"{OBSERVATIONS_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.json")


def set_aside_crawls(home: Home) -> frozenset[str]:
    """Return the ids of the crawls whose WARC files are set aside."""
    notes = home.storage.list(SET_ASIDE_FOLDER, ".json", depth=2)
    return frozenset(stored.name.removesuffix(".json") for stored in notes)


def note_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the note on a WARC file that is set aside; it exists for no other."""
    return StoredFile(home.storage, f"{SET_ASIDE_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.json")
