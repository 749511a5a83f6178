"""The archive's files in tests, and what is derived from them: where they stand, and what they hold."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import crawl_id_of
from warehouse.datasets import Dataset
from warehouse.storage import FolderStorage, StoredFile


def path_of(file: StoredFile) -> Path:
    """Return where a file of a home in a folder stands on the disk: for what damages it, or looks beside it."""
    assert isinstance(file.storage, FolderStorage)
    return file.storage.root / file.key


def derived_file(dataset: Dataset, version: str, warc: StoredFile) -> StoredFile:
    """Return where the rows of a dataset stand that a version of a stage made of a WARC file."""
    return StoredFile(warc.storage, f"{dataset.name}/{version}/{warc.folder}/{crawl_id_of(warc)}.parquet")


def rows_of(file: StoredFile) -> pa.Table:
    """Return the rows of a Parquet file."""
    return pq.ParquetFile(io.BytesIO(file.read())).read()
