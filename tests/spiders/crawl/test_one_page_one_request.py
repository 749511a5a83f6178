"""Crawls of portals that link to one page in many ways: each page is asked for once and is one article, every day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from spiders.extract.version import EXTRACTOR_VERSION
from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites.base import Response
from spiders.portal import load_portal
from tests.archived import derived_file, rows_of
from tests.crawling import crawl, define_portal
from tests.spiders.extract.staging import extract
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.datasets import ARTICLES
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "xabinhminh.hanoi.test"
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1, hours=1)
HTML = {"Content-Type": "text/html; charset=utf-8"}
SLUGS = ("trong-cây-100001", "hop-chợ-100002", "sửa-đường-100003")
TEXT = (
    "<p>Chiều thứ Ba, ban quản lý chợ xã họp với các hộ kinh doanh để bàn việc sắp xếp lại khu bán rau và bán cá.</p>"
    "<p>Các hộ thống nhất dời quầy trước ngày rằm, giữ lối đi rộng hai mét và góp tiền thay toàn bộ bóng đèn chợ.</p>"
)


def html(body: str, status: int = 200, headers: Mapping[str, str] = HTML) -> Response:
    return Response(status, headers, f"<html><head><title>Xã</title></head><body>{body}</body></html>".encode())


def article(slug: str, more: str = "") -> Response:
    title = f"Xã họp bàn việc chung lần thứ {slug[-1]} năm nay"
    return html(f"<h1>{title}</h1><p>Ngày 0{slug[-1]}/10/2026</p><article>{TEXT}</article>{more}")


def rows(*links: str) -> Response:
    """Return a list that has one row for each link."""
    items = "".join(
        f'<li><a href="{link}">Xã họp bàn việc chung lần thứ {number} năm nay</a><span>0{number}/10/2026</span></li>'
        for number, link in enumerate(links, start=1)
    )
    return html(f"<h1>Tin tức</h1><ul>{items}</ul>")


def slug_in(target: str) -> str | None:
    found = re.fullmatch(r"/tin/(.+)\.html", unquote(target.partition("?")[0]))
    return found[1] if found and found[1] in SLUGS else None


def spelled_differently(_method: str, target: str) -> Response:
    """Answer as a portal on which every list and article spells the same addresses in another way."""
    first, second, third = SLUGS
    if slug := slug_in(target):
        others = "".join(
            f'<a href="/tin/{link}">Đọc</a>'
            for one in SLUGS
            for link in (
                f"{quote(one).lower()}.html",
                f"../tin/./{one}.html?utm_source=zalo&amp;fbclid={slug[-1]}",
                f"{one}.html?replytocom={slug[-1]}#respond",
                f"{one}.html?print=1",
                f"{one}.html?sid=9f86d081884c7d659a2feaa0c55ad01{slug[-1]}",
            )
        )
        return article(slug, f'<nav>{others}</nav><a href="/tin/print/{slug}.html">In bài</a>')
    if target == "/tin-tuc":
        return rows(
            f"\\tin\\{first}.html", f"http:\\\\{HOST}\\tin\\{second}.html", f"\n/tin/{quote(third).lower()}.html\t"
        )
    return html("404", 404)


SESSION = re.compile(r"/\(S\(\w{24}\)\)")


class WithSessions:
    """A portal with cookieless sessions: every address without one redirects, and every link carries the page's."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _method: str, target: str) -> Response:
        session = SESSION.match(target)
        if not session:
            self.count += 1
            session_id = f"{self.count:024x}"
            return html("", 302, {**HTML, "Location": f"http://{HOST}/(S({session_id})){target}"})
        path = target[session.end() :]
        if slug := slug_in(path):
            return article(slug)
        if path == "/tin-tuc":
            return rows(*(f"{session[0]}/tin/{quote(slug)}.html" for slug in SLUGS))
        return html("404", 404)


def crawled(mirror: Mirror, home: Home, definitions: Path, day: int) -> tuple[CrawlReport, list[str]]:
    """Crawl the portal on a day; return the report, and what was asked for besides robots.txt and the home page."""
    before = len(mirror.requests)
    done = crawl(mirror, home, definitions, "xa", now=START + day * DAY)
    assert done.returncode == 0, done.stdout + done.stderr
    report = read_report(warc_files(home)[-1])
    assert report is not None
    asked = [request.url.removeprefix(f"http://{HOST}") for request in mirror.requests[before:]]
    return report, [target for target in asked if SESSION.sub("", target) not in ("/", "/robots.txt")]


def articles_of(home: Home, definitions: Path) -> Counter[str]:
    """Return how many captures each article has."""
    extract(home, {"xa": load_portal(definitions / "xa.yml")})
    tables = [rows_of(derived_file(ARTICLES, EXTRACTOR_VERSION, warc)) for warc in warc_files(home)]
    return Counter(row["article_id"] for table in tables for row in table.to_pylist())


def test_one_page_is_one_request_however_it_is_spelled(tmp_path: Path) -> None:
    definitions, home = tmp_path / "portals", Home(tmp_path / "home")
    define_portal(definitions, "xa", HOST, platform="generic", seed_urls=[f"http://{HOST}/tin-tuc"])
    with serve(1, extra={HOST: spelled_differently}) as mirror:
        report, asked = crawled(mirror, home, definitions, 0)
        assert sorted(map(unquote, asked)) == sorted(["/tin-tuc", *(f"/tin/{slug}.html" for slug in SLUGS)])
        assert (report.verdict, report.articles_found, report.articles_new) == ("ok", 3, 3)
        report, asked = crawled(mirror, home, definitions, 1)
        assert (report.verdict, report.articles_found, report.articles_new) == ("no_news", 3, 0)
    assert sorted(articles_of(home, definitions).values()) == [2, 2, 2]


def test_a_session_in_every_link_is_no_part_of_an_address(tmp_path: Path) -> None:
    definitions, home = tmp_path / "portals", Home(tmp_path / "home")
    define_portal(
        definitions, "xa", HOST, platform="generic", seed_urls=[f"http://{HOST}/tin-tuc"],
        scope={"hosts": [HOST], "allow": ["^/$", "^/tin(?:-tuc$|/)"]}, article_patterns=[r"^/tin/[^/]+\.html$"],
    )  # fmt: skip
    with serve(1, extra={HOST: WithSessions()}) as mirror:
        report, asked = crawled(mirror, home, definitions, 0)
        without = Counter(SESSION.sub("", target) for target in asked)
        # Each page twice: the address without session, which redirects, and the one that it redirects to.
        assert without == {"/tin-tuc": 2, **{f"/tin/{quote(slug)}.html": 2 for slug in SLUGS}}
        assert (report.verdict, report.articles_found, report.articles_new) == ("ok", 3, 3)
        for day in (1, 2):
            report, asked = crawled(mirror, home, definitions, day)
            assert (report.verdict, report.articles_found, report.articles_new) == ("no_news", 3, 0)
        assert [SESSION.sub("", target) for target in asked] == ["/tin-tuc", "/tin-tuc"]
    assert sorted(articles_of(home, definitions).values()) == [2, 2, 2]
