"""Which of a portal's articles came last, by the archive's index: from where the first capture of each is read.

Not here: what the captures say (`spiders.extract.stage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class FirstCapture:
    """Where the first capture of an article with status 200 stands."""

    warc: Path
    offset: int


def first_captures(home: Home, portal: str, count: int) -> list[FirstCapture]:
    """Return the first captures of the articles that came last: newest crawl first, within it in the lists' order."""
    files = [str(file) for file in sorted((home.index / portal).glob("[!.]*.parquet"))]
    if not files:
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select min_by(warc_file, captured_at), min_by(warc_offset, captured_at) as first_offset"
            " from read_parquet($files, union_by_name = true) where status = 200 and article_key is not null"
            " group by article_key order by min_by(crawl_id, captured_at) desc, first_offset limit $count",
            {"files": files, "count": count},
        ).fetchall()
    return [FirstCapture(home.warc / warc_file, offset) for warc_file, offset in rows]
