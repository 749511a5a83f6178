"""`hanoi-corpus extract`: saved pages are extracted as in the pipeline."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from tests.dagster_project.cli.commands import Command
from warehouse.clock import HANOI_TIME

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ARTICLE_PAGE = FIXTURES / "liferay_point" / "doubled_breadcrumb" / "page.html"
ARTICLE_KEYS = {"title", "published_at", "published_precision", "byline", "lead", "body", "captions"}
ROW_KEYS = {"title", "url", "published_at", "published_precision", "view_count"}


def test_extract_matches_the_pipeline(command: Command) -> None:
    wanted = json.loads((ARTICLE_PAGE.parent / "article.json").read_text(encoding="utf-8"))
    arguments = ("--url", wanted["fetched_from"], "--platform", "liferay_point")
    (line,) = command("extract", str(ARTICLE_PAGE), *arguments, "--json").out.splitlines()
    found = json.loads(line)
    assert found["kind"] == "article"
    assert found["article"].keys() >= ARTICLE_KEYS
    for key in ARTICLE_KEYS:
        assert found["article"][key] == wanted["article"][key], key
    assert isinstance(found["article"]["body"], list)
    shown = command("extract", str(ARTICLE_PAGE), *arguments).out
    assert "article, read by liferay_point" in shown
    assert wanted["article"]["title"] in shown


def test_relative_dates_count_from_the_day_the_page_was_saved(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<html><head><meta property="og:type" content="article"></head><body><h1>Xã Đồng Tâm tổ chức hội nghị</h1>'
        "<p>2 giờ trước</p><p>Hội nghị bàn việc của năm tới và nghe ý kiến của dân.</p>"
        "<p>Nhiều hộ dân của xã đã đến dự và nói lên ý mình.</p></body></html>",
        encoding="utf-8",
    )
    saved_at = datetime(2025, 5, 12, 10, tzinfo=HANOI_TIME)
    os.utime(page, (saved_at.timestamp(), saved_at.timestamp()))
    url = "https://dongtam.hanoi.test/hoi-nghi-123456.html"
    found = json.loads(command("extract", str(page), "--url", url, "--platform", "generic", "--json").out)
    assert found["article"]["published_at"] == "2025-05-12T00:00:00+07:00"
    assert found["article"]["body"][0].startswith("Hội nghị bàn việc")
    assert {"short_body", "date_reckoned"} <= set(found["quality_flags"])


def test_extract_prints_the_rows_of_a_list_and_one_line_per_file(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "list.html"
    page.write_bytes(all_sites(load_content())["myduc.hanoi.test"].get("/kinh-te", 1).body)
    done = command("extract", str(page), str(ARTICLE_PAGE), "--url", "https://myduc.hanoi.test/kinh-te",
                   "--platform", "liferay_point", "--json")  # fmt: skip
    listed, article = [json.loads(line) for line in done.out.splitlines()]
    assert (listed["kind"], article["kind"]) == ("list", "article")
    assert len(listed["rows"]) == 10
    for row in listed["rows"]:
        assert row.keys() >= ROW_KEYS
        assert row["title"]
        assert row["url"].startswith("https://myduc.hanoi.test/kinh-te/-/view_content/")
        assert datetime.fromisoformat(row["published_at"]).utcoffset() == timedelta(hours=7)
        assert row["published_precision"] in ("minute", "day")
        assert row["view_count"] >= 0


def test_extract_names_a_file_that_is_not_a_page_and_extracts_the_others(command: Command, tmp_path: Path) -> None:
    for name, data in {"empty.html": b"", "binary.html": os.urandom(5000)}.items():
        (tmp_path / name).write_bytes(data)
        done = command("extract", str(tmp_path / name), str(ARTICLE_PAGE), "--url", "https://a.hanoi.test/-/view_content/1",
                       "--platform", "liferay_point", "--json")  # fmt: skip
        assert done.status == 2
        assert f"{tmp_path / name}: " in done.err
        assert [json.loads(line)["kind"] for line in done.out.splitlines()] == ["article"]


def test_extract_finishes_on_a_deeply_nested_page(command: Command, tmp_path: Path) -> None:
    nested = tmp_path / "nested.html"
    nested.write_bytes(b"<table><tr><td>" * 350_000)
    assert nested.stat().st_size > 5_000_000
    done = command("extract", str(nested), "--url", "https://a.hanoi.test/tin", "--platform", "generic", "--json")
    assert done.status == 0
    assert json.loads(done.out)["kind"] == "neither"


@pytest.mark.parametrize(
    "choice",
    [(), ("--portal", "tay-ho", "--platform", "generic"), ("--portal", "nowhere"), ("--platform", "geocities")],
)
def test_extract_needs_one_valid_portal_or_platform(command: Command, choice: tuple[str, ...]) -> None:
    done = command("extract", str(ARTICLE_PAGE), "--url", "https://a.hanoi.test/tin", *choice)
    assert done.status == 2
    assert done.err
