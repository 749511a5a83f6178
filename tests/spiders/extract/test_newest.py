"""The newest articles: each from its first capture, newest crawl first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.extract.newest import newest_articles
from spiders.portal import Portal, portal_of_platform
from warehouse.archive.files import index_file
from warehouse.archive.index.build import index_warc
from warehouse.archive.warc.format import CrawlInfo
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.records import CrawlReport
from warehouse.storage import StoredFile

STARTED = datetime(2026, 9, 14, 1, 15, tzinfo=UTC)
SLUG = "my-duc"
TEXT = "Sáng 14/10, Ủy ban nhân dân huyện tổ chức hội nghị giao ban công tác tháng, đánh giá thu ngân sách. " * 3


@pytest.fixture
def portal() -> Portal:
    made = portal_of_platform("liferay_point", "https://tin.hanoi.test/tin")
    return made.model_copy(update={"slug": SLUG})


def page(title: str) -> bytes:
    body = f'<div class="journal-content-article"><p>{TEXT}</p></div>'
    parts = f'<div class="asset-full-content-title">{title}</div><div class="asset-full-content">{body}</div>'
    return f"<html><body>{parts}</body></html>".encode()


def crawl(home: Home, day: int, **articles: str | None) -> StoredFile:
    """Store a crawl of a day: by article key, the title on its page, or None for an empty page."""
    crawl_id, at = f"{SLUG}-2026091{day}T011500Z-abcd", STARTED + timedelta(days=day)
    info = CrawlInfo(crawl_id, SLUG, "run", at, "hanoi-corpus", {"slug": SLUG})
    with WarcWriter(home, info) as writer:
        for key, title in articles.items():
            payload = page(title) if title else b"<html></html>"
            headers = [(b"Content-Type", b"text/html; charset=utf-8")]
            url = f"https://tin.hanoi.test/tin/-/view_content/{ord(key)}-tin"
            writer.write(url, at, b"HTTP/1.1 200 OK", headers, payload, article_key=key)
        report = CrawlReport(crawl_id, SLUG, "run", at, at, "ok", "", 1, 1, 1, 1, 1, {}, f"{SLUG}/{crawl_id}.warc.gz")
        warc = writer.close(report)
    index_warc(home, warc)
    return warc


def titles(home: Home, portal: Portal, count: int = 10) -> list[str | None]:
    return [article.title for article in newest_articles(home, portal, count)]


def test_an_archive_without_the_portal_has_no_articles(tmp_path: Path, portal: Portal) -> None:
    assert titles(Home(tmp_path), portal) == []


def test_newest_crawl_first_without_recaptures(tmp_path: Path, portal: Portal) -> None:
    home = Home(tmp_path)
    crawl(home, 1, a="Tin đầu tiên của huyện", b="Tin thứ hai của huyện")
    crawl(home, 2, a="Tin đầu tiên đã sửa", c="Tin mới của huyện")
    expected = ["Tin mới của huyện", "Tin đầu tiên của huyện", "Tin thứ hai của huyện"]
    assert titles(home, portal) == expected
    assert titles(home, portal, 2) == expected[:2]


def test_unreadable_pages_and_files_are_skipped(tmp_path: Path, portal: Portal) -> None:
    home = Home(tmp_path)
    damaged = crawl(home, 1, a="Tin đầu tiên của huyện")
    crawl(home, 2, b=None, c="Tin mới của huyện")
    damaged.put(damaged.read()[:200])
    assert titles(home, portal) == ["Tin mới của huyện"]


def test_a_damaged_index_is_skipped_and_stays_as_it_was(tmp_path: Path, portal: Portal) -> None:
    home = Home(tmp_path)
    crawl(home, 1, a="Tin đầu tiên của huyện")
    index = index_file(home, crawl(home, 2, b="Tin mới của huyện"))
    index.put(b"damaged")
    assert titles(home, portal) == ["Tin đầu tiên của huyện"]
    assert index.read() == b"damaged", "only builds and crawls write"
