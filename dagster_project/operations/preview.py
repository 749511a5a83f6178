"""A few article rows as a Markdown table, for someone who looks at a run.

Not here: how values are made safe to show (`dagster_project.operations.markdown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from dagster_project.operations import markdown
from warehouse.records import Article
from warehouse.storage import Storage, Stored

_ROWS = 5
_COLUMNS = ("title", "portal", "published_at", "word_count", "quality_flags")


def article_preview(storage: Storage, files: Sequence[Stored], rows: int = _ROWS) -> str:
    """Return the first rows of articles files as a Markdown table, one file after the other until there are enough."""
    found = (row.values() for file in files for row in _read(storage, file, rows))
    return markdown.table(_COLUMNS, [list(values) for values in islice(found, rows)])


def newest_table(articles: Iterable[Article]) -> str:
    """Return articles as a Markdown table: what each says it is called, when it appeared, and where."""
    rows = [
        (markdown.Link(article.title or "", article.url), article.published_at, article.captured_at)
        for article in articles
    ]
    return markdown.table(("article", "published", "first captured"), rows)


def _read(storage: Storage, file: Stored, rows: int) -> list[dict[str, Any]]:
    with storage.open(file.key) as opened:
        read: list[dict[str, Any]] = pq.ParquetFile(opened).read(columns=list(_COLUMNS)).slice(0, rows).to_pylist()
    return read
