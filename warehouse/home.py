"""The folder layout below `HANOI_CORPUS_HOME`; other modules take every path from here.

Belongs here: paths, folders in the storage, and their names.
Does not belong here: reading or writing files; the folders of derived datasets (`warehouse.stages`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Home:
    """The folders and files of one corpus.

    WARC files and settings cannot be replaced. Index, datasets and tables can be rebuilt from the WARC files.
    """

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """Return the home that `HANOI_CORPUS_HOME` names; `./data` if the variable is unset or empty."""
        return cls(Path(os.environ.get(HOME_VARIABLE) or "data").absolute())

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
    def warehouse_file(self) -> Path:
        """The pipeline's own DuckDB file; analysts use `corpus_file`."""
        return self.root / "warehouse.duckdb"

    @property
    def lock_file(self) -> Path:
        """The lock to hold while `warehouse_file` is open."""
        return self.root / "warehouse.lock"

    @property
    def corpus_file(self) -> Path:
        """The published DuckDB file, for analysts."""
        return self.root / "corpus.duckdb"

    @property
    def portal_health_file(self) -> Path:
        """The HTML page of all portals' health, for operators."""
        return self.root / "portal_health.html"

    @property
    def releases(self) -> Path:
        """Folder of kept releases: `<release_id>.duckdb`."""
        return self.root / "releases"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder (`DAGSTER_HOME`)."""
        return self.root / "dagster"
