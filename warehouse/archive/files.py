"""Where the archive's files stand: WARC files, and beside them what is made of each, under one name.

Here: keys in the home's storage. Not here: what the files hold (`warehouse.archive.warc`, `warehouse.archive.index`,
`warehouse.archive.state`).
"""

from __future__ import annotations

import re
from pathlib import Path

from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, OBSERVATIONS_FOLDER, WARC_FOLDER, WARC_SUFFIX, Home
from warehouse.storage import Storage, StoredFile

SUFFIX = WARC_SUFFIX
PART_SUFFIX = ".part"
# `<portal>/<file>`: what is held to this form, from wherever it comes, is safe as a path below a folder.
WARC_NAME = re.compile(rf"[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*{re.escape(SUFFIX)}")


def warc_file(home: Home, portal: str, crawl_id: str) -> StoredFile:
    """Return the WARC file of a crawl."""
    return StoredFile(home.storage, f"{WARC_FOLDER}/{portal}/{crawl_id}{SUFFIX}")


def named_warc_file(storage: Storage, name: str) -> StoredFile:
    """Return the WARC file that records name so, relative to the archive's folder, as in `my-duc/x.warc.gz`."""
    return StoredFile(storage, f"{WARC_FOLDER}/{name}")


def warc_files(home: Home, portal: str | None = None) -> list[StoredFile]:
    """Return every complete WARC file of the archive, or of one portal, by portal and crawl."""
    folder = WARC_FOLDER if portal is None else f"{WARC_FOLDER}/{portal}"
    depth = WARC_FOLDER.count("/") + 2
    return [
        StoredFile(home.storage, stored.key)
        for stored in home.storage.list(folder, SUFFIX)
        if stored.key.count("/") == depth
    ]


def part_path(home: Home, warc: StoredFile) -> Path:
    """Return the local file in which a WARC file grows until it is complete and put."""
    return home.warc / warc.folder / f"{warc.name}{PART_SUFFIX}"


def crawl_id_of(warc: StoredFile) -> str:
    """Return the crawl that a WARC file is named after."""
    return warc.name.removesuffix(SUFFIX)


def index_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the index of a WARC file."""
    return StoredFile(home.storage, f"{INDEX_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.parquet")


def report_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return the report of a WARC file's crawl."""
    return StoredFile(home.storage, f"{CRAWLS_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.json")


def observations_file(home: Home, warc: StoredFile) -> StoredFile:
    """Return what the crawl of a WARC file saw besides its captures."""
    return StoredFile(home.storage, f"{OBSERVATIONS_FOLDER}/{warc.folder}/{crawl_id_of(warc)}.json")
