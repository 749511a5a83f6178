"""The preview of a run: five rows, in Hanoi's time, and nothing in them that a page could use as markup."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.operations.preview import article_preview
from warehouse.records import ARTICLE_SCHEMA

MINIMUM: dict[str, Any] = {
    "portal": "my-duc",
    "published_at": datetime(2025, 9, 7, 17, 30, tzinfo=UTC),
    "word_count": 7,
    "quality_flags": ["short_body", "wrong_charset"],
}


def articles_file(path: Path, *titles: str | None) -> Path:
    columns = ["title", *MINIMUM]
    schema = pa.schema([ARTICLE_SCHEMA.field(name) for name in columns])
    pq.write_table(pa.Table.from_pylist([{"title": title, **MINIMUM} for title in titles], schema=schema), path)
    return path


def test_five_rows_are_taken_from_as_many_files_as_it_needs(tmp_path: Path) -> None:
    files = [articles_file(tmp_path / f"{n}", *(f"Tin {n}.{m}" for m in range(3))) for n in range(3)]
    head, rule, *rows = article_preview(files).splitlines()
    assert [row.split(" | ")[0] for row in rows] == [f"| Tin {n}" for n in ("0.0", "0.1", "0.2", "1.0", "1.1")]
    assert head.count("|") == rule.count("|") == rows[0].count("|")


def test_times_are_hanois(tmp_path: Path) -> None:
    preview = article_preview([articles_file(tmp_path / "a", "Tin")])
    assert r"| 2025\-09\-08 00:30 | 7 | short\_body, wrong\_charset |" in preview


def test_a_title_stays_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)> | **đậm** [đây](javascript:x)\n| thêm | cột |"
    (*_, row) = article_preview([articles_file(tmp_path / "a", hostile)]).splitlines()
    assert "<" not in row
    assert row.replace(r"\|", "").count("|") == 6
    assert r"\*\*đậm\*\* \[đây\]\(javascript:x\)" in row


def test_an_article_without_a_title_has_a_row(tmp_path: Path) -> None:
    assert article_preview([articles_file(tmp_path / "a", None)]).splitlines()[2].startswith("|  | my")
