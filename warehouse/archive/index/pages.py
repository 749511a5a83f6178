"""Where the pages stand that an interrupted crawl stored, by the archive's index.

Not here: which crawls are gone on with (`spiders.crawl.plan`), and reading the pages (`spiders.fetch.replay`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from warehouse.archive.files import index_file, warc_file
from warehouse.home import Home

_ANSWERED = frozenset({200, 301, 302, 303, 307, 308, 404, 410})


class Place(NamedTuple):
    """Where a capture stands: its WARC file, relative to the archive's folder, and the offset in bytes."""

    warc_file: str
    warc_offset: int


def stored_pages(home: Home, portal: str, crawl_ids: Iterable[str]) -> dict[str, Place]:
    """Return where the pages stand that crawls of a portal stored, by address; of two captures the later one.

    Refusals and failures of the server are left out: what they hide may be there the next time.
    """
    found: dict[str, Place] = {}
    for crawl_id in crawl_ids:
        with index_file(home, warc_file(home, portal, crawl_id)).open() as index:
            rows: list[dict[str, Any]] = (
                pq.ParquetFile(index)
                .read(columns=["url", "status", "is_revisit", "warc_file", "warc_offset"])
                .to_pylist()
            )
        for row in rows:
            if row["status"] in _ANSWERED and not row["is_revisit"]:
                found[row["url"]] = Place(row["warc_file"], row["warc_offset"])
    return found
