"""A comparison of snapshots shows real differences, and none between two runs of equal code."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.snapshot.__main__ import main
from tests.snapshot.compare import SHOWN_ROWS, compared
from tests.snapshot.published import normalised
from tests.snapshot.store import Row, read, write

ARTICLES: list[Row] = [
    {"article_id": "a", "portal": "ha-dong", "title": "Cầu dài 46m", "view_count": 7, "tags": ["cầu"]},
    {"article_id": "b", "portal": "ha-dong", "title": "Họp dân phố", "view_count": None, "tags": []},
]
TABLES: dict[str, list[Row]] = {"demo/articles": ARTICLES, "demo/portals": [{"slug": "ha-dong"}]}


def test_a_written_snapshot_reads_back_equal(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"articles": ARTICLES[::-1], "portals": TABLES["demo/portals"]})
    assert read(tmp_path, ["demo"]) == TABLES
    assert compared(TABLES, read(tmp_path, ["demo"])) == []
    assert read(tmp_path, ["gold"]) == {}


def test_writing_a_part_deletes_its_old_tables(tmp_path: Path) -> None:
    write(tmp_path, {"articles": ARTICLES, "gone": []})
    write(tmp_path, {"articles": ARTICLES})
    assert [path.name for path in tmp_path.iterdir()] == ["articles.jsonl"]


def test_a_changed_cell_is_shown_with_its_row_identified() -> None:
    changed = {**TABLES, "demo/articles": [{**ARTICLES[0], "title": "Cầu dài 48m"}, ARTICLES[1]]}
    assert compared(TABLES, changed) == [
        "demo/articles: 1 rows only in the first, 1 only in the second (of 2 and 2)",
        "  article_id a, portal ha-dong, view_count 7",
        "    - title: Cầu dài 46m",
        "    + title: Cầu dài 48m",
    ]


def test_a_long_value_is_cut_to_the_part_that_differs() -> None:
    one, other = ({"id": 1, "body": f"{chr(10) * 500}{figure}{chr(10) * 500}"} for figure in ("46m", "48m"))
    *_, before, after = compared({"t": [one]}, {"t": [other]})
    assert "46m" in before
    assert "48m" in after
    assert len(before.splitlines()) == 1
    assert len(before) < 150


def test_missing_and_duplicated_rows_are_shown() -> None:
    assert compared(TABLES, {**TABLES, "demo/articles": ARTICLES[:1]})[0].startswith("demo/articles: 1 rows only")
    twice = {**TABLES, "demo/articles": [*ARTICLES, ARTICLES[1]]}
    head, row = compared(TABLES, twice)
    assert head == "demo/articles: 0 rows only in the first, 1 only in the second (of 2 and 3)"
    assert row.startswith('  + {"article_id": "b"')


def test_added_tables_and_columns_are_shown() -> None:
    assert compared(TABLES, {**TABLES, "demo/events": [{}]}) == ["demo/events: only in the second snapshot, 1 rows"]
    assert compared({**TABLES, "gold/bars": []}, TABLES) == ["gold/bars: only in the first snapshot, 0 rows"]
    wider: dict[str, list[Row]] = {**TABLES, "demo/portals": [{"slug": "ha-dong", "owner": None}]}
    assert "    + owner: None" in compared(TABLES, wider)
    assert "    - owner: None" in compared(wider, TABLES)


def test_only_the_first_rows_are_shown() -> None:
    many: list[Row] = [{"id": number, "a": 1, "b": 2} for number in range(40)]
    lines = compared({"t": many}, {"t": [{**row, "a": 2} for row in many]})
    assert lines[0] == "t: 40 rows only in the first, 40 only in the second (of 40 and 40)"
    assert sum("    - a: 1" in line for line in lines) == SHOWN_ROWS


def test_the_command_compares_two_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rows in (("one", ARTICLES), ("same", ARTICLES[::-1]), ("less", ARTICLES[1:])):
        write(tmp_path / name / "gold", {"articles": rows})
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "same")]) == 0
    assert capsys.readouterr().out == "equal\n"
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "less")]) == 1
    assert "gold/articles: 1 rows only in the first" in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "less"), "--only", "demo"]) == 2
    assert main(["compare", str(tmp_path / "none")]) == 2


# --- Differences between two runs of equal code ----------------------------------------------------------------------

STATED_AT = datetime(2026, 10, 19, 23, 30, 5, tzinfo=UTC)
"""An article's stated time of publication; it falls into the time of the crawl."""


def a_run(seconds: int, change: Callable[[dict[str, list[dict[str, Any]]]], None] | None = None) -> Any:
    """Return the normalised tables of a run with random ids and a random token, started `seconds` later."""
    started_at = datetime(2026, 10, 19, 23, 30, tzinfo=UTC) + timedelta(seconds=seconds)
    crawl, page, pdf = f"hd-{started_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:4]}", str(uuid.uuid4()), str(uuid.uuid4())
    run, file = f"cli-{uuid.uuid4().hex}", f"hd/{crawl}.warc.gz"
    at = started_at + timedelta(seconds=9)
    capture = {"crawl_id": crawl, "captured_at": at, "warc_file": file}
    tables: dict[str, list[dict[str, Any]]] = {
        "fct_crawls": [
            {
                "crawl_id": crawl,
                "portal": "hd",
                "run_id": run,
                "started_at": started_at,
                "ended_at": at + timedelta(seconds=1),
                "verdict_reason": "2 list rows",
                "requests_for": {"list": 1, "attachment": 1},
            }
        ],
        "fct_captures": [
            {
                **capture,
                "capture_id": page,
                "url": "https://hd.test/1",
                "content_type": "text/html",
                "payload_digest": f"sha256:{uuid.uuid4().hex}",
                "bytes": 4000 + seconds,
                "warc_offset": 700 + seconds,
            },
            {
                **capture,
                "capture_id": pdf,
                "url": "https://hd.test/1.pdf",
                "content_type": "application/pdf",
                "payload_digest": "sha256:1",
                "bytes": 900,
                "warc_offset": 100,
            },
        ],
        "fct_articles": [
            {"article_id": "a", "title": "Cầu dài 46m", "published_at": STATED_AT, "capture_id": page, "run_id": run}
        ],
        "fct_article_events": [
            {
                "event_id": hashlib.sha256(f"a\npublished\n{page}".encode()).hexdigest()[:32],
                "article_id": "a",
                "event": "published",
                "capture_id": page,
                "seen_at": at,
            }
        ],
        "meta": [
            {"release_id": f"{seconds}", "built_at": at, "run_id": f"cli-{uuid.uuid4().hex}", "schema_version": 1}
        ],
    }
    if change:
        change(tables)
    return normalised(tables)


def test_two_runs_of_equal_code_are_equal() -> None:
    assert compared(a_run(1), a_run(4)) == []


def test_placeholders_of_ids_are_readable() -> None:
    run = a_run(1)
    page, pdf = run["fct_captures"]
    assert page["capture_id"] == "hd#1 https://hd.test/1"
    assert page["payload_digest"] == "as hd#1 https://hd.test/1"
    assert page["captured_at"] == "while crawling on 2026-10-20"
    assert (page["warc_file"], page["bytes"]) == ("hd/hd#1.warc.gz", "*")
    assert (pdf["payload_digest"], pdf["bytes"]) == ("sha256:1", 900)
    assert run["fct_articles"][0]["published_at"] == STATED_AT.isoformat()
    assert (run["fct_articles"][0]["run_id"], run["meta"][0]["run_id"]) == ("run 1", "the build")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("fct_crawls", "verdict_reason", "1 list rows"),
        ("fct_crawls", "requests_for", {"list": 2, "attachment": 1}),
        ("fct_captures", "content_type", "text/plain"),
        ("fct_articles", "title", "Cầu dài 48m"),
        ("fct_articles", "published_at", STATED_AT + timedelta(seconds=1)),
        ("fct_articles", "capture_id", "of-no-capture"),
        ("fct_article_events", "event_id", "0" * 32),
        ("fct_article_events", "seen_at", STATED_AT + timedelta(days=1)),
        ("meta", "schema_version", 2),
    ],
)
def test_every_other_change_is_shown(table: str, column: str, value: object) -> None:
    def change(tables: dict[str, list[dict[str, Any]]]) -> None:
        tables[table][0][column] = value

    lines = compared(a_run(1), a_run(4, change))
    assert lines
    assert any(line.startswith((f"    + {column}: ", "  + ")) for line in lines)
