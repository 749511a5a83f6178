"""The date of a feed's entry stays with the captures of its article: in every crawl, and in every extraction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.extract.stage import extraction
from spiders.extract.version import EXTRACTOR_VERSION
from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites.base import Response, Site
from spiders.portal import load_portal
from tests.archived import derived_file, rows_of
from tests.crawling import crawl, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures
from warehouse.datasets import ARTICLES
from warehouse.executors import LocalProcesses
from warehouse.home import Home
from warehouse.records import Capture
from warehouse.stages import bring_up_to_date

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "phuongmoi.hanoi.test"
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
NO_HEADERS: Mapping[str, str] = {}
PARAGRAPHS = (
    "Sáng thứ Bảy, bà con thôn Gò Mè ra quân nạo vét tuyến kênh dài hơn ba cây số chạy dọc cánh đồng phía tây của xã.",
    "Sau hai ngày làm việc, toàn bộ bèo và rác đã được đưa lên bờ, dòng chảy thông suốt trước khi mùa mưa bắt đầu.",
)


class Portal(Site):
    """A portal whose pages say only how long ago they were published, if anything; the feed says when."""

    def __init__(self) -> None:
        self.ages: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self.changes: dict[str, str] = {}

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = NO_HEADERS, at: datetime | None = None
    ) -> Response:
        xml = {"Content-Type": "application/xml"}
        if target == "/rss":
            items = (f"<item><link>{path}</link><pubDate>{date}</pubDate></item>" for path, date in self.dates.items())
            return Response(200, xml, f"<rss><channel>{''.join(items)}</channel></rss>".encode())
        if target == "/sitemap.xml":
            urls = (f"<url><loc>{path}</loc><lastmod>{date}</lastmod></url>" for path, date in self.changes.items())
            return Response(200, xml, f"<urlset>{''.join(urls)}</urlset>".encode())
        if target == "/":
            links = "".join(f'<li><a href="{path}">Tin ở thôn Gò Mè ngày mùa</a></li>' for path in self.ages)
            return self._html(f"<ul>{links}</ul>")
        if target not in self.ages:
            return Response(404, NO_HEADERS, b"")
        if headers.get("if-none-match") == '"1"':
            return Response(304, {"ETag": '"1"'}, b"")
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        age = self.ages[target]
        return self._html(
            f"<h1>Thôn Gò Mè nạo vét kênh {target}</h1><h6>Đăng bởi: Ban biên tập {age}</h6>{text}", '"1"'
        )

    def _html(self, body: str, etag: str | None = None) -> Response:
        headers = {"Content-Type": "text/html; charset=utf-8", **({"ETag": etag} if etag else {})}
        return Response(200, headers, f"<html><head><title>Xã Gò Mè</title></head><body>{body}</body></html>".encode())


class Run:
    """A portal, and the home into which it is crawled."""

    def __init__(self, folder: Path, portal: Portal, mirror: Mirror) -> None:
        self.portal = portal
        self.home = Home(folder / "home")
        self._mirror = mirror
        self._definitions = folder / "portals"
        define_portal(
            self._definitions,
            "phuong-moi",
            HOST,
            platform="generic",
            seed_urls=[f"https://{HOST}/"],
            feeds=[f"https://{HOST}/rss"],
            sitemaps=[f"https://{HOST}/sitemap.xml"],
            article_patterns=["^/tin/"],
        )

    def crawl(self, at: datetime) -> dict[str, Capture]:
        """Crawl, and return the captures of articles by path."""
        before = set(warc_files(self.home))
        done = crawl(self._mirror, self.home, self._definitions, "phuong-moi", now=at)
        assert done.returncode == 0, done.stderr
        (warc,) = set(warc_files(self.home)) - before
        captures = (stored.capture for stored in read_captures(warc))
        return {one.url.removeprefix(f"https://{HOST}"): one for one in captures if one.article_key}

    def dates(self) -> list[dict[str, tuple[object, ...]]]:
        """Extract the archive, and return for each crawl the date of each article: its time, basis and flags."""
        portal = load_portal(self._definitions / "phuong-moi.yml")
        bring_up_to_date(extraction({portal.slug: portal}), self.home.storage, LocalProcesses(1))
        tables = (rows_of(derived_file(ARTICLES, EXTRACTOR_VERSION, warc)) for warc in warc_files(self.home))
        return [
            {
                row["url"].removeprefix(f"https://{HOST}"): (
                    row["published_at"] and row["published_at"].astimezone(UTC).isoformat(timespec="minutes"),
                    row["published_basis"],
                    *row["quality_flags"],
                )
                for row in table.to_pylist()
            }
            for table in tables
        ]


@contextmanager
def running(folder: Path) -> Iterator[Run]:
    portal = Portal()
    with serve(1, extra={HOST: portal}) as mirror:
        yield Run(folder, portal, mirror)


def test_a_page_without_a_date_has_that_of_its_entry(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.portal.ages = {"/tin/1": "", "/tin/2": "1 ngày trước", "/tin/3": "29/10/2026", "/tin/4": "", "/tin/5": ""}
        run.portal.dates = {
            "/tin/1": "Fri, 30 Oct 2026 02:35:00 +0000",
            "/tin/2": "Sat, 31 Oct 2026 03:20:00 +0000",
            "/tin/3": "Thu, 29 Oct 2026 03:41:00 +0000",
            "/tin/5": "Sun, 08 Nov 2026 03:41:00 +0700",
        }
        run.portal.changes = {"/tin/1": "2026-11-01", "/tin/4": "2026-10-20"}

        captures = run.crawl(START)
        (dates,) = run.dates()

    assert captures["/tin/1"].feed_date == "pubDate Fri, 30 Oct 2026 02:35:00 +0000"
    assert captures["/tin/4"].feed_date == "lastmod 2026-10-20"
    assert dates == {
        "/tin/1": ("2026-10-30T02:35+00:00", "feed"),
        "/tin/2": ("2026-10-31T03:20+00:00", "feed"),
        "/tin/3": ("2026-10-29T03:41+00:00", "date_line", "minute_declared"),
        "/tin/4": (None, None, "no_date"),
        "/tin/5": (None, None, "published_after_capture"),
    }


def test_a_later_capture_keeps_the_date_after_its_entry_is_gone(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.portal.ages = {"/tin/1": "", "/tin/2": ""}
        run.portal.dates = {"/tin/1": "Fri, 30 Oct 2026 02:35:00 +0000"}
        run.crawl(START)
        run.portal.ages["/tin/3"] = ""
        run.portal.dates = {
            "/tin/2": "Thu, 29 Oct 2026 02:35:00 +0000",  # known from the list, and now in the feed
            "/tin/3": "Sun, 01 Nov 2026 09:35:00 +0700",
        }
        run.portal.changes = {"/tin/1": "2026-11-02"}
        second = run.crawl(START + timedelta(hours=25))
        assert (second["/tin/1"].status, second["/tin/1"].is_revisit) == (304, True)
        run.portal.dates = {"/tin/1": "Mon, 02 Nov 2026 02:35:00 +0000"}  # moved with a change
        run.crawl(START + timedelta(hours=100))
        first, second_dates, third = run.dates()

    assert first == {"/tin/1": ("2026-10-30T02:35+00:00", "feed"), "/tin/2": (None, None, "no_date")}
    assert second_dates["/tin/1"] == third["/tin/1"] == first["/tin/1"]
    assert second_dates["/tin/2"] == third["/tin/2"] == ("2026-10-29T02:35+00:00", "feed")
    assert second_dates["/tin/3"] == third["/tin/3"] == ("2026-11-01T02:35+00:00", "feed")
