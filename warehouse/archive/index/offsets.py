"""Where a WARC file had records when it was whole, by its index: the proof a recovery needs.

Belongs here: the offsets of captures, and of the records after them. Does not belong here: finding records
(`warehouse.archive.warc.recovery`).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from warehouse.archive.files import index_file
from warehouse.archive.warc.reader import CrawlContent
from warehouse.home import Home
from warehouse.parquet import DamagedTableError, read_table
from warehouse.storage import StoredFile

_KEY: Final = b"hanoi_corpus.other_offsets"


def with_other_offsets(index: pa.Table, content: CrawlContent) -> pa.Table:
    """Return an index's table, with the offsets of observations and report as metadata."""
    offsets = " ".join(map(str, content.other_offsets))
    return index.replace_schema_metadata({**(index.schema.metadata or {}), _KEY: offsets.encode()})


def known_offsets(home: Home, warc: StoredFile) -> dict[int, str]:
    """Return the offsets of a WARC file's records by its index, for a recovery.

    The form is that of `warehouse.archive.warc.recovery.parts_of`. Empty if there is no index, or it is damaged.
    """
    try:
        index = read_table(index_file(home, warc), ["warc_offset", "capture_id"])
        known: dict[int, str] = {row["warc_offset"]: row["capture_id"] for row in index.to_pylist()}
        others = (index.schema.metadata or {}).get(_KEY, b"").split()
        return known | {int(offset): "" for offset in others}
    except (DamagedTableError, OSError, ValueError):
        return {}
