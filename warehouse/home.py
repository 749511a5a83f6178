"""Where data lives: the one place that knows the folder layout below `HANOI_CORPUS_HOME`.

Here: paths and their names. Not here: reading or writing what stands there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "HANOI_CORPUS_HOME"


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
    def warc(self) -> Path:
        """Folder of WARC files: `<portal>/<crawl_id>.warc.gz`."""
        return self.root / "archive" / "warc"

    @property
    def index(self) -> Path:
        """Folder of the archive's index, one Parquet file a WARC file: `<portal>/<crawl_id>.parquet`."""
        return self.root / "archive" / "index"

    @property
    def observations(self) -> Path:
        """Folder of what each crawl saw besides its captures, one JSON file a WARC file: `<portal>/<crawl_id>.json`."""
        return self.root / "archive" / "observations"

    @property
    def state(self) -> Path:
        """Folder of what is known of each portal when a crawl begins: `<portal>.sqlite`."""
        return self.root / "archive" / "state"

    @property
    def crawls(self) -> Path:
        """Folder of crawl reports, one JSON file a crawl of a portal: `<portal>/<crawl_id>.json`."""
        return self.root / "archive" / "crawls"

    def articles(self, extractor_version: str) -> Path:
        """Folder of extracted articles: `<portal>/<crawl_id>.parquet`."""
        return self.root / "articles" / extractor_version

    def unread_pages(self, extractor_version: str) -> Path:
        """Folder of the captures that should have shown an article and do not: `<portal>/<crawl_id>.parquet`."""
        return self.root / "unread_pages" / extractor_version

    def identities(self, extractor_version: str) -> Path:
        """Folder of the hashes of those articles: `<portal>/<crawl_id>.parquet`."""
        return self.root / "identities" / extractor_version

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
