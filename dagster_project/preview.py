"""A few article rows as a Markdown table, for someone who looks at a run.

Page content is hostile: what goes into the table is escaped so that it stays text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from warehouse.text.dates import VIETNAM

_ROWS = 5
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def article_preview(files: Sequence[Path], rows: int = _ROWS) -> str:
    """Return the first rows of articles files as a Markdown table, one file after the other until there are enough."""
    columns = ["title", "portal", "published_at", "word_count", "quality_flags"]
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for file in files:
        wanted = rows - (len(lines) - 2)
        if wanted <= 0:
            break
        table = pq.ParquetFile(file).read(columns=columns).slice(0, wanted)
        lines += [f"| {' | '.join(_cell(value) for value in row.values())} |" for row in table.to_pylist()]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = f"{value.astimezone(VIETNAM):%Y-%m-%d %H:%M}"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return _MARKDOWN.sub(r"\\\1", html.escape(" ".join(text.split())[:120]))
