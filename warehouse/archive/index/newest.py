"""Finds a portal's newest articles in the archive's index.

Does not belong here: extracting them (`spiders.extract.newest`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from warehouse.archive.files import index_file, named_warc_file, warc_files
from warehouse.home import Home
from warehouse.parquet import DamagedTableError, read_table
from warehouse.storage import MissingObjectError, StoredFile

_COLUMNS = ["crawl_id", "captured_at", "status", "article_key", "warc_file", "warc_offset"]


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """Where an article's first capture with status 200 is stored: WARC file and offset in bytes."""

    warc: StoredFile
    offset: int


def first_captures(home: Home, portal: str, count: int) -> list[FirstCapture]:
    """Return at most `count` first captures of articles: newest crawl first, then in WARC file order.

    Nothing is written: a missing or damaged index is left out until the next build makes it again.
    """
    found = (_rows(home, warc) for warc in warc_files(home, portal))
    tables = [rows for rows in found if rows is not None]
    if not tables:
        return []
    with duckdb.connect() as connection:
        connection.register("captures", pa.concat_tables(tables))
        rows = connection.execute(
            "select min_by(warc_file, captured_at), min_by(warc_offset, captured_at) as first_offset"
            " from captures where status = 200 and article_key is not null"
            " group by article_key order by min_by(crawl_id, captured_at) desc, first_offset limit $count",
            {"count": count},
        ).fetchall()
    return [FirstCapture(named_warc_file(home.storage, warc_file), offset) for warc_file, offset in rows]


def _rows(home: Home, warc: StoredFile) -> pa.Table | None:
    try:
        return read_table(index_file(home, warc), _COLUMNS)
    except (MissingObjectError, DamagedTableError):
        return None
