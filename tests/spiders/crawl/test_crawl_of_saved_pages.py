"""The crawl on real pages, served as they were saved, under their own host names.

The articles that the pages link to were not saved, so most requests answer 404: what counts is what the lists say.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from spiders.extract.article import read_page
from spiders.mirror.server import Request, serve
from spiders.pages.page import PageKind
from spiders.platforms import PLATFORMS
from spiders.portal import Portal, load_portal
from tests.crawling import crawl, define_portal, serve_folder
from warehouse.archive.files import warc_files
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

LIFERAY_HOST = "sotttt.hanoi.gov.vn"
HANOI = timezone(timedelta(hours=7))
DATE = re.compile(r"(\d\d/\d\d/\d{4}) \| (\d\d:\d\d [AP]M)")
VIEWS = re.compile(r"View count: (\d+)")


@dataclass(frozen=True)
class Crawled:
    """The results of a crawl."""

    portal: Portal
    captures: list[StoredCapture]
    report: CrawlReport
    requests: list[Request]
    output: str

    def reading(self, path: str) -> Any:
        """Parse the page that was captured at a path, as the pipeline does."""
        stored = next(s for s in self.captures if urlsplit(s.capture.url).path == path and s.capture.status == 200)
        return read_page(stored.body().content, stored.capture.url, self.portal, stored.capture.content_type)


def crawl_saved(tmp_path: Path, slug: str, host: str, pages: dict[str, Path], **fields: object) -> Crawled:
    definitions = tmp_path / "portals"
    define_portal(definitions, slug, host, **fields)
    home = Home(tmp_path / "home")
    with serve(1, extra={host.partition(":")[0]: serve_folder(pages)}) as mirror:
        done = crawl(mirror, home, definitions, slug)
        requests = list(mirror.requests)
    assert done.returncode == 0, done.stdout + done.stderr
    (warc,) = warc_files(home)
    report = read_report(warc)
    assert report is not None
    return Crawled(load_portal(definitions / f"{slug}.yml"), list(read_captures(warc)), report, requests, done.stdout)


@pytest.fixture(scope="module")
def liferay_index(shared: Path) -> list[dict[str, Any]]:
    index: list[dict[str, Any]] = json.loads((shared / "portals/liferay-point/index.json").read_text("utf-8"))
    return index


@pytest.fixture(scope="module")
def liferay(shared: Path, liferay_index: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    pages = {
        f"/{entry['source_path']}": shared / "portals/liferay-point/pages" / entry["file"] for entry in liferay_index
    }
    return crawl_saved(
        tmp_path_factory.mktemp("liferay"),
        "so-tttt-saved",
        LIFERAY_HOST,
        pages,
        platform="liferay_point",
        seed_urls=[f"https://{LIFERAY_HOST}{path}" for path in pages],
    )


def test_every_list_row_is_found_with_title_url_date_and_views(
    liferay: Crawled, liferay_index: list[dict[str, Any]]
) -> None:
    compared = 0
    for entry in liferay_index:
        if entry["kind"] != "list":
            continue
        url = f"https://{LIFERAY_HOST}/{entry['source_path']}"
        reading = liferay.reading(f"/{entry['source_path']}")
        assert reading.kind is PageKind.LIST
        assert len(reading.rows) == len(entry["items"])
        for row, item in zip(reading.rows, entry["items"], strict=True):
            assert row.title == unicodedata.normalize("NFC", item["title"])
            assert row.url == urljoin(url, item["href"])
            assert PLATFORMS["liferay_point"].article_key(row.url) == re.search(r"(?:^|/)(\d+)-", item["href"])[1]  # type: ignore[index]
            assert (row.published_at, row.published_precision) == expected_moment(item["date"])
            views = VIEWS.search(item["date"])
            assert row.view_count == (int(views[1]) if views else None)
            compared += 1
    assert compared == sum(len(entry.get("items", ())) for entry in liferay_index) > 200


def expected_moment(text: str) -> tuple[datetime, str]:
    found = DATE.search(text)
    assert found
    at = datetime.strptime(f"{found[1]} {found[2]}", "%d/%m/%Y %I:%M %p").replace(tzinfo=HANOI)
    return at, "day" if found[2] == "12:00 AM" else "minute"


def test_no_trap_is_followed_and_no_article_is_requested_twice(
    liferay: Crawled, liferay_index: list[dict[str, Any]]
) -> None:
    seeds = {f"/{entry['source_path']}" for entry in liferay_index}
    followed = [urlsplit(request.url).path for request in liferay.requests]
    assert not [path for path in followed if re.search(r"/(vi|en)(/|\.html|$)", path) and path not in seeds]
    urls = [f"https://{LIFERAY_HOST}{path}" for path in followed if path not in seeds]
    articles = Counter(key for url in urls if (key := PLATFORMS["liferay_point"].article_key(url)))
    assert len(articles) > 150
    assert {count for key, count in articles.items()} == {1}
    # 33 articles once became 11,300 URLs.
    assert len(followed) < 600


def test_the_report_has_the_counts_of_the_crawl(liferay: Crawled) -> None:
    report = liferay.report
    assert report.errors["http_404"] > 150
    assert report.list_rows_seen >= 202
    # Every listed article is missing, so the crawl is not healthy.
    assert report.verdict == "broken"
    assert "none of 157 articles came" in report.verdict_reason
    assert report.captures == len(liferay.captures)
    assert f"{report.captures} captures" in liferay.output


NUKEVIET = "http://127.0.0.1:8089"
NUKEVIET_PAGES = {
    "/": "home.html",
    "/robots.txt": "robots.txt",
    "/rss/": "rss-all.xml",
    "/sitemap.xml": "sitemap.xml",
    "/sitemap-vi.news.xml": "sitemap-vi.news.xml",
    "/dang-doan-the/": "list-dang-doan-the-p1.html",
    "/dang-doan-the/page-2/": "list-dang-doan-the-p2.html",
    "/dang-doan-the/page-3/": "list-dang-doan-the-p3.html",
    "/tin-quan-huyen/": "list-tin-quan-huyen-p1.html",
}


@pytest.fixture(scope="module")
def nukeviet(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder = shared / "portals/nukeviet"
    pages = {path: folder / name for path, name in NUKEVIET_PAGES.items()}
    pages |= {own_path(file): file for file in sorted(folder.glob("detail-*.html"))}
    return crawl_saved(
        tmp_path_factory.mktemp("nukeviet"),
        "nukeviet-saved",
        "127.0.0.1:8089",
        pages,
        platform="generic",
        seed_urls=[f"{NUKEVIET}/", f"{NUKEVIET}/dang-doan-the/"],
        feeds=[f"{NUKEVIET}/rss/"],
        sitemaps=[f"{NUKEVIET}/sitemap.xml"],
    )


def own_path(file: Path) -> str:
    """Return the path that a saved page states as its own."""
    found = re.search(rb'property="og:url" content="http://[^/"]+(/[^"]*)"', file.read_bytes())
    assert found, file
    return found[1].decode()


def test_the_generic_platform_finds_and_extracts_every_saved_article(nukeviet: Crawled, shared: Path) -> None:
    details = sorted((shared / "portals/nukeviet").glob("detail-*.html"))
    assert len(details) == 6
    for file in details:
        reading = nukeviet.reading(own_path(file))
        assert reading.kind is PageKind.ARTICLE
        assert reading.extractor == "generic"
        assert reading.parts.title
        assert sum(len(paragraph.split()) for paragraph in reading.parts.body) > 100


def test_the_generic_platform_follows_pagination_and_obeys_robots_txt(nukeviet: Crawled) -> None:
    asked = {urlsplit(request.url).path for request in nukeviet.requests}
    assert {"/dang-doan-the/page-2/", "/dang-doan-the/page-3/", "/sitemap-vi.news.xml"} <= asked
    assert not [path for path in asked if path.startswith(("/users/", "/admin/", "/statistics/"))]
    assert nukeviet.report.verdict == "ok"
