"""Where data lives: the one place that knows the folder layout below `HANOI_CORPUS_HOME`.

Here: paths, folders in the storage, and their names. Not here: reading or writing what stands there. What is derived
from the archive stands in the storage too, each dataset in the folder of its name (`warehouse.stages`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from warehouse.storage import FolderStorage, Storage

HOME_VARIABLE = "HANOI_CORPUS_HOME"

ARCHIVE_FOLDER = "archive"

WARC_FOLDER = "archive/warc"
"""WARC files, in the home's storage: `<portal>/<crawl_id>.warc.gz`."""

WARC_SUFFIX = ".warc.gz"

INDEX_FOLDER = "archive/index"
"""The archive's index, one Parquet file a WARC file: `<portal>/<crawl_id>.parquet`."""

OBSERVATIONS_FOLDER = "archive/observations"
"""What each crawl saw besides its captures, one JSON file a WARC file: `<portal>/<crawl_id>.json`."""

CRAWLS_FOLDER = "archive/crawls"
"""Crawl reports, one JSON file a crawl of a portal: `<portal>/<crawl_id>.json`."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders and files of one corpus.

    The archive alone cannot be made again; everything else is rebuilt from it.
    """

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """Return the home that `HANOI_CORPUS_HOME` names, `./data` where it is unset."""
        return cls(Path(os.environ.get(HOME_VARIABLE) or "data").absolute())

    @property
    def settings_file(self) -> Path:
        """The operator's settings; absent where all are the defaults."""
        return self.root / "settings.yml"

    @property
    def storage(self) -> Storage:
        """Where archive, index, reports and Parquet files stand; all else below stays on this machine's disk."""
        return FolderStorage(self.root)

    @property
    def warc(self) -> Path:
        """Folder in which WARC files grow until they are put, and that holds the portals' locks."""
        return self.root / WARC_FOLDER

    @property
    def state(self) -> Path:
        """Folder of what is known of each portal when a crawl begins: `<portal>.sqlite`."""
        return self.root / "archive" / "state"

    @property
    def warehouse_file(self) -> Path:
        """The pipeline's own DuckDB file. Analysts never open it."""
        return self.root / "warehouse.duckdb"

    @property
    def lock_file(self) -> Path:
        """The lock that whoever opens `warehouse_file` holds."""
        return self.root / "warehouse.lock"

    @property
    def corpus_file(self) -> Path:
        """The published DuckDB file: the analysts'."""
        return self.root / "corpus.duckdb"

    @property
    def portal_health_file(self) -> Path:
        """The page of all portals' health, for an operator's browser."""
        return self.root / "portal_health.html"

    @property
    def releases(self) -> Path:
        """Folder of kept releases: `<release_id>.duckdb`."""
        return self.root / "releases"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder (`DAGSTER_HOME`)."""
        return self.root / "dagster"
