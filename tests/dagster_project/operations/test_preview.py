"""The preview of a run: five rows, times in Hanoi time, and page content escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from dagster_project.operations.preview import article_preview
from warehouse.datasets import ARTICLES
from warehouse.parquet import parquet_bytes
from warehouse.storage import MemoryStorage

MINIMUM: dict[str, Any] = {
    "portal": "my-duc",
    "published_at": datetime(2025, 9, 7, 17, 30, tzinfo=UTC),
    "word_count": 7,
    "quality_flags": ["short_body", "wrong_charset"],
}


def preview_of(*files: Sequence[str | None]) -> str:
    """Return the preview of articles files with these titles."""
    storage = MemoryStorage()
    schema = pa.schema([ARTICLES.schema.field(name) for name in ("title", *MINIMUM)])
    for number, titles in enumerate(files):
        table = pa.Table.from_pylist([{"title": title, **MINIMUM} for title in titles], schema=schema)
        storage.put(f"articles/{number}.parquet", parquet_bytes(table))
    return article_preview(storage, storage.list("articles"))


def test_five_rows_are_taken_from_as_many_files_as_needed() -> None:
    head, rule, *rows = preview_of(*([f"Tin {n}.{m}" for m in range(3)] for n in range(3))).splitlines()
    assert [row.split(" | ")[0] for row in rows] == [f"| Tin {n}" for n in ("0.0", "0.1", "0.2", "1.0", "1.1")]
    assert head.count("|") == rule.count("|") == rows[0].count("|")


def test_times_are_in_hanoi_time() -> None:
    preview = preview_of(["Tin"])
    assert r"| 2025\-09\-08 00:30 | 7 | short\_body, wrong\_charset |" in preview


def test_titles_are_escaped() -> None:
    hostile = "<img src=x onerror=alert(1)> | **đậm** [đây](javascript:x)\n| thêm | cột |"
    (*_, row) = preview_of([hostile]).splitlines()
    assert "<" not in row
    assert row.replace(r"\|", "").count("|") == 6
    assert r"\*\*đậm\*\* \[đây\]\(javascript:x\)" in row


def test_an_article_without_a_title_has_a_row() -> None:
    assert preview_of([None]).splitlines()[2].startswith("|  | my")
