"""Parquet files as this project writes them: whole tables, compressed, with what they were made from beside them.

Not here: where they stand (`warehouse.storage`), and their columns (`warehouse.datasets`).
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table, with its schema's metadata, as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
