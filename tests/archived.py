"""Paths and contents of a test home's archive and derived files."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import crawl_id_of
from warehouse.datasets import Dataset
from warehouse.storage import FolderStorage, StoredFile


def path_of(file: StoredFile) -> Path:
    """Return the path on disk of a stored file, for tests that damage it or list its folder."""
    assert isinstance(file.storage, FolderStorage)
    return file.storage.root / file.key


def flipped(data: bytes, bit: int) -> bytes:
    """Return data with one bit flipped."""
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def derived_file(dataset: Dataset, version: str, warc: StoredFile) -> StoredFile:
    """Return the Parquet file that one stage version derives from a WARC file."""
    return StoredFile(warc.storage, f"{dataset.name}/{version}/{warc.folder}/{crawl_id_of(warc)}.parquet")


def rows_of(file: StoredFile) -> pa.Table:
    """Return the rows of a Parquet file."""
    return pq.ParquetFile(io.BytesIO(file.read())).read()
