"""Finds in the archive's index the pages that interrupted crawls stored.

Does not belong here: which crawls to resume (`spiders.crawl.plan`), and reading the pages (`spiders.fetch.replay`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from warehouse.archive.files import warc_file
from warehouse.archive.index.build import read_index
from warehouse.home import Home
from warehouse.records import GONE_STATUSES

_COLUMNS = ("url", "status", "is_revisit", "warc_file", "warc_offset")
_REUSABLE_STATUSES = frozenset({200, 301, 302, 303, 307, 308}) | GONE_STATUSES


class Place(NamedTuple):
    """Where a capture is stored: the name of its WARC file as in the index, and the offset in bytes."""

    warc_file: str
    warc_offset: int


def stored_pages(home: Home, portal: str, crawl_ids: Iterable[str]) -> dict[str, Place]:
    """Return where a portal's crawls stored their pages, by URL; the last capture of a URL counts.

    Left out are revisits, which have no body; refusals and server errors, since a new request may succeed; and crawls
    whose index and WARC file are damaged.
    """
    found: dict[str, Place] = {}
    for crawl_id in crawl_ids:
        index = read_index(home, warc_file(home, portal, crawl_id), _COLUMNS)
        rows: list[dict[str, Any]] = [] if index is None else index.to_pylist()
        for row in rows:
            if row["status"] in _REUSABLE_STATUSES and not row["is_revisit"]:
                found[row["url"]] = Place(row["warc_file"], row["warc_offset"])
    return found
