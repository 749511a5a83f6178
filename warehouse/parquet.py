"""Parquet serialisation: whole tables, compressed with zstd, with the schema's metadata.

Does not belong here: where the files are (`warehouse.storage`), and their columns (`warehouse.datasets`).
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file; its pages have checksums."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()
