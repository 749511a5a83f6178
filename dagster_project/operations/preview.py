"""A few article rows as a Markdown table, for the metadata of a run.

Does not belong here: escaping values (`dagster_project.operations.markdown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from dagster_project.operations import markdown
from warehouse.parquet import DamagedTableError, read_table
from warehouse.records import Article
from warehouse.storage import Storage, Stored, StoredFile

_ROWS = 5
_COLUMNS = ("title", "portal", "published_at", "word_count", "quality_flags")


def article_preview(storage: Storage, files: Sequence[Stored]) -> str:
    """Return the first five rows of article files as a Markdown table."""
    found = (row.values() for file in files for row in _read(storage, file))
    return markdown.table(_COLUMNS, [list(values) for values in islice(found, _ROWS)])


def newest_table(articles: Iterable[Article]) -> str:
    """Return articles as a Markdown table: linked title, publication time and first capture."""
    rows = [
        (markdown.Link(article.title or "", article.url), article.published_at, article.captured_at)
        for article in articles
    ]
    return markdown.table(("article", "published", "first captured"), rows)


def _read(storage: Storage, file: Stored) -> list[dict[str, Any]]:
    try:
        read: list[dict[str, Any]] = read_table(StoredFile(storage, file.key), _COLUMNS).slice(0, _ROWS).to_pylist()
    except DamagedTableError:
        return []  # the next build makes it again
    return read
