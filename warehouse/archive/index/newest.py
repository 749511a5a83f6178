"""Which of a portal's articles came last, by the archive's index: from where the first capture of each is read.

Not here: what the captures say (`spiders.extract.newest`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.files import named_warc_file
from warehouse.home import INDEX_FOLDER, Home
from warehouse.storage import StoredFile

_COLUMNS = ["crawl_id", "captured_at", "status", "article_key", "warc_file", "warc_offset"]


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """Where the first capture of an article with status 200 stands."""

    warc: StoredFile
    offset: int


def first_captures(home: Home, portal: str, count: int) -> list[FirstCapture]:
    """Return the first captures of the articles that came last: newest crawl first, within it in the lists' order."""
    tables: list[pa.Table] = []
    for stored in home.storage.list(f"{INDEX_FOLDER}/{portal}", ".parquet"):
        with home.storage.open(stored.key) as file:
            tables.append(pq.ParquetFile(file).read(columns=_COLUMNS))
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
