"""Crawls of pages that only lead on: followed as redirects where a browser would at once, else named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.mirror.server import Handler, serve
from spiders.mirror.sites.base import Response
from tests.crawling import crawl, define_portal
from tests.spiders.crawl.settling.sites import article, html, links, listing, path
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
OLD = "/tin/bai-cu-200002.html"

pytestmark = [pytest.mark.process, pytest.mark.slow]


def refresh(url: str, seconds: int = 0) -> Response:
    return html("", head=f'<meta http-equiv="refresh" content="{seconds}; url={url}">')


def scripted(url: str) -> Response:
    return html("", head=f"<script>window.location.href = '{url}';</script>")


def of(pages: Mapping[str, Response]) -> Handler:
    """Return a site with a list of four articles, one of them at an old address, and the pages."""
    old = (
        f'<div class="item"><h3><a href="{OLD}">Bài cũ đã chuyển chỗ</a></h3><span class="date">02/10/2026</span></div>'
    )
    known = {
        "/tin-tuc": listing([1, 3, 4], f"<main>{old}</main>"),
        OLD: refresh(path(2)),
        **{path(n): article(n) for n in (1, 2, 3, 4)},
        **pages,
    }
    return lambda _method, target: known.get(target) or html("<h1>404</h1>", 404)


SITES = {
    "once": of({"/": refresh("/tin-tuc")}),
    "chain": of({"/": refresh("/a"), "/a": refresh("/b", 1), "/b": refresh("/tin-tuc", 2)}),
    "circle": of({"/": refresh("/a"), "/a": refresh("/")}),
    "endless": lambda _method, target: refresh(f"{target}a"),
    "elsewhere": of({"/": refresh("http://noi-khac.hanoi.test/tin-tuc")}),
    "script": of({"/": scripted("/tin-tuc")}),
    "later": of({"/": refresh("/tin-tuc", 60)}),
    "full": of({"/": html(links(["/tin-tuc"]), head='<meta http-equiv="refresh" content="600; url=/">')}),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder: Path = tmp_path_factory.mktemp("leading-on")
    for name in SITES:
        define_portal(
            folder / "portals", name, f"{name}.hanoi.test", platform="generic", seed_urls=[f"http://{name}.hanoi.test/"]
        )
    with serve(1, extra={f"{name}.hanoi.test": site for name, site in SITES.items()}) as mirror:
        done = crawl(mirror, Home(folder / "home"), folder / "portals", *SITES, now=NOW)
    assert done.returncode == 0, done.stderr
    return Home(folder / "home")


def report_of(home: Home, portal: str) -> CrawlReport:
    (warc,) = warc_files(home, portal)
    report = read_report(warc)
    assert report is not None
    return report


@pytest.mark.parametrize("portal", ["once", "chain"])
def test_a_refresh_without_delay_is_followed(home: Home, portal: str) -> None:
    report = report_of(home, portal)
    assert (report.verdict, report.articles_captured, report.errors.get("out_of_scope")) == ("ok", 4, None)
    # Both pages are kept, and the article's key is that of the old address.
    (warc,) = warc_files(home, portal)
    captures = [stored.capture for stored in read_captures(warc)]
    old = {one.article_key for one in captures if one.url.endswith(OLD)}
    assert len(old) == 1
    assert [one.url for one in captures if one.article_key in old and one.url.endswith(path(2))]


@pytest.mark.parametrize(
    ("portal", "kind", "leads_on"),
    [
        ("circle", "redirect_loop", "http://circle.hanoi.test/"),
        ("endless", "redirect_loop", "http://endless.hanoi.test/aaaaaa"),
        ("elsewhere", "out_of_scope", "http://noi-khac.hanoi.test/tin-tuc"),
        ("script", "redirect_page", "http://script.hanoi.test/tin-tuc"),
        ("later", "redirect_page", "http://later.hanoi.test/tin-tuc"),
    ],
)
def test_what_is_not_followed_is_named(home: Home, portal: str, kind: str, leads_on: str) -> None:
    report = report_of(home, portal)
    assert report.verdict == "broken"
    assert report.errors[kind] == 1
    assert f"the page leads on to {leads_on}" in report.verdict_reason
    assert report.requests <= 8


def test_a_page_that_reloads_itself_is_a_page(home: Home) -> None:
    assert report_of(home, "full").verdict == "ok"
