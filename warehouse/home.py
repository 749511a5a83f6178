"""The folder layout below `HANOI_CORPUS_HOME`; other modules take every path from here.

Belongs here: paths, folders in the storage, and their names.
Does not belong here: reading or writing files; the folders of derived datasets (`warehouse.stages`).
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warehouse.errors import WarehouseError
from warehouse.storage import FolderStorage, Storage

HOME_VARIABLE = "HANOI_CORPUS_HOME"

ARCHIVE_FOLDER = "archive"

WARC_FOLDER = "archive/warc"
"""WARC files in the home's storage: `<portal>/<crawl_id>.warc.gz`."""

WARC_SUFFIX = ".warc.gz"

INDEX_FOLDER = "archive/index"
"""The archive's index, one Parquet file per WARC file: `<portal>/<crawl_id>.parquet`."""

OBSERVATIONS_FOLDER = "archive/observations"
"""What a crawl recorded besides its captures, one JSON file per WARC file: `<portal>/<crawl_id>.json`."""

CRAWLS_FOLDER = "archive/crawls"
"""Crawl reports, one JSON file per WARC file: `<portal>/<crawl_id>.json`."""

SET_ASIDE_FOLDER = "archive/set_aside"
"""Notes on WARC files with times that cannot be, one JSON file each: `<portal>/<crawl_id>.json`."""


# Control characters, and bytes that are no UTF-8: they cannot be shown in a line or stored as text.
_REFUSED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# DuckDB takes the part of a path after ? for the options of an address, and looks for the log of a file that it writes
# in another folder; dbt takes the part after # for no part of the file's name. Links do not help: DuckDB follows them.
_NOT_WRITTEN: Final = re.compile("[#?]")
# Leaves room for the names below the home; Linux takes paths of up to 4095 bytes.
_BYTES_MAX: Final = 3_000
_SHOWN_MAX: Final = 200


class HomeError(WarehouseError):
    """A folder cannot be a home; the message says why."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders and files of one corpus.

    WARC files and settings cannot be replaced. Index, datasets and tables can be rebuilt from the WARC files.
    """

    root: Path

    def __post_init__(self) -> None:
        """Check the path.

        Raises:
            HomeError: the path cannot be shown or stored as text, or it is too long.
        """
        path = str(self.root)
        if refused := _REFUSED.search(path):
            why = f"its path has the character {refused[0]!r}, which messages and tables cannot hold"
            raise HomeError(f"{_named(self.root)}: cannot be a home: {why}. Move or rename the folder")
        if len(os.fsencode(path)) > _BYTES_MAX:
            raise HomeError(f"{_named(self.root)}: cannot be a home: its path has more than {_BYTES_MAX} bytes")

    @classmethod
    def from_environment(cls) -> Home:
        """Return the home that `HANOI_CORPUS_HOME` names; `./data` if the variable is unset or empty.

        The folder need not exist; a leading `~` is the user's home.

        Raises:
            HomeError: the path is refused, or what is there is no folder that can be read.
        """
        root = expanded(os.environ.get(HOME_VARIABLE) or "data")
        home = cls(root.absolute())
        try:
            os.scandir(home.root).close()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not os.path.lexists(root):
                return home  # the first command that writes makes the folder
            raise HomeError(f"{_named(root)}: cannot be a home: {error.strerror}") from error
        return home

    @property
    def settings_file(self) -> Path:
        """The operator's settings; the file may be missing."""
        return self.root / "settings.yml"

    @property
    def storage(self) -> Storage:
        """Storage of the archive and all Parquet files; other files are always on this machine's disk."""
        return FolderStorage(self.root)

    @property
    def warc(self) -> Path:
        """Local folder of WARC files while they are written, and of the portals' locks."""
        return self.root / WARC_FOLDER

    @property
    def state(self) -> Path:
        """Folder of the crawl state, which summarises each portal's earlier crawls: `<portal>.sqlite`."""
        return self.root / "archive" / "state"

    @property
    def duckdb(self) -> Path:
        """Folder in which DuckDB writes its files: the home, if it can write there.

        Otherwise one of this home's own in the user's cache (`XDG_CACHE_HOME`). All these files can be rebuilt.

        Raises:
            HomeError: DuckDB cannot write there either.
        """
        folder = os.path.realpath(self.root)
        if not _NOT_WRITTEN.search(folder):
            return self.root
        cache = expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache").absolute()
        if _NOT_WRITTEN.search(os.path.realpath(cache)):
            why = "DuckDB writes no file in a path with # or ?, and that of the user's cache has one, too"
            raise HomeError(f"{_named(self.root)}: {why}: {_named(cache)}. Set XDG_CACHE_HOME to another folder")
        return cache / "hanoi-corpus" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]

    @property
    def warehouse_file(self) -> Path:
        """The pipeline's own DuckDB file; analysts use `corpus_file`."""
        return self.duckdb / "warehouse.duckdb"

    @property
    def marts_file(self) -> Path:
        """The pipeline's DuckDB file of the marts, an image of the next release; dbt derives the same path."""
        return self.warehouse_file.with_name(f"{self.warehouse_file.stem}-marts.duckdb")

    @property
    def lock_file(self) -> Path:
        """The lock to hold while `warehouse_file` or `marts_file` is open."""
        return self.root / "warehouse.lock"

    @property
    def corpus_file(self) -> Path:
        """The published DuckDB file, for analysts."""
        return self.root / "corpus.duckdb"

    @property
    def portal_health_file(self) -> Path:
        """The figures of all portals as of the last build, for the pages of operators."""
        return self.root / "portal_health.json"

    @property
    def build_steps(self) -> Path:
        """Folder of how long each step of a build last took: `<step>.json`."""
        return self.root / "build_steps"

    @property
    def releases(self) -> Path:
        """Folder of kept releases: `<release_id>.duckdb`."""
        return self.root / "releases"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder (`DAGSTER_HOME`)."""
        return self.root / "dagster"


def expanded(folder: str) -> Path:
    """Return the path of a folder that a variable names; a leading `~` or `~name` is that user's home.

    Shells leave it to programs within quotes and in files of variables.
    """
    try:
        return Path(folder).expanduser()
    except RuntimeError:  # no such user: the folder of that name
        return Path(folder)


def _named(path: Path) -> str:
    """Return a path as text that can be shown, whatever its bytes are."""
    text = ascii(str(path)) if _REFUSED.search(str(path)) else str(path)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
