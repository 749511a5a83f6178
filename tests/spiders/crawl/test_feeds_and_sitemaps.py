"""Crawls of portals known by feeds and sitemaps alone: what is followed, what is skipped, and what the verdict says."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites.base import Response, Site
from tests.crawling import crawl, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.state.queries import open_state
from warehouse.archive.warc.reader import read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "xabinhminh.hanoi.test"
BASE = f"https://{HOST}"
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
# An hour more, because the clock of each crawl starts when its process does.
WEEK = timedelta(days=7, hours=1)
NO_HEADERS: Mapping[str, str] = {}
XML = {"Content-Type": "text/xml; charset=utf-8"}
PARAGRAPHS = (
    "Chiều thứ Ba, ban quản lý chợ xã họp với các hộ kinh doanh để bàn việc sắp xếp lại khu bán rau và khu bán cá.",
    "Các hộ thống nhất dời quầy trước ngày rằm, giữ lối đi giữa chợ rộng hai mét và góp tiền thay toàn bộ bóng đèn.",
)


class Portal(Site):
    """A portal with feeds and sitemaps at some paths, and an article at every path under `/tin/`."""

    def __init__(self, answers: Mapping[str, Response]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = NO_HEADERS, at: datetime | None = None
    ) -> Response:
        self.asked.append(target)
        if target in self.answers:
            return self.answers[target]
        if not target.startswith("/tin/"):
            return Response(404, NO_HEADERS, b"")
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        markup = (
            f"<html><head><title>Họp chợ {target}</title></head><body><h1>Họp chợ {target}</h1>{text}</body></html>"
        )
        return Response(200, {"Content-Type": "text/html; charset=utf-8"}, markup.encode())

    def taken(self) -> list[str]:
        """Return the paths requested since the last call, without robots.txt."""
        asked, self.asked = self.asked, []
        return [target for target in asked if target != "/robots.txt"]


class Run:
    """A portal, and the home into which it is crawled."""

    def __init__(self, folder: Path, portal: Portal, mirror: Mirror, **fields: object) -> None:
        self.portal = portal
        self.home = Home(folder / "home")
        self._mirror = mirror
        self._definitions = folder / "portals"
        define_portal(
            self._definitions, "binh-minh", HOST, **{"platform": "generic", "article_patterns": ["^/tin/"], **fields}
        )

    def crawl(self, at: datetime) -> CrawlReport:
        before = set(warc_files(self.home))
        done = crawl(self._mirror, self.home, self._definitions, "binh-minh", now=at)
        assert done.returncode == 0, done.stderr
        (warc,) = set(warc_files(self.home)) - before
        report = read_report(warc)
        assert report is not None
        return report


@contextmanager
def running(folder: Path, answers: Mapping[str, Response], **fields: object) -> Iterator[Run]:
    portal = Portal(answers)
    with serve(1, extra={HOST: portal}) as mirror:
        yield Run(folder, portal, mirror, **fields)


def rss(*items: str) -> bytes:
    channel = "".join(f"<item><title>Họp chợ</title>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def urlset(*numbers: int) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{BASE}/tin/{number}</loc></url>' for number in numbers)}</urlset>".encode()


def index(**lastmods: str) -> bytes:
    entries = (
        f"<sitemap><loc>{BASE}/{name}.xml</loc><lastmod>{lastmod}</lastmod></sitemap>"
        for name, lastmod in lastmods.items()
    )
    return f"<sitemapindex>{''.join(entries)}</sitemapindex>".encode()


def xml(body: bytes) -> Response:
    return Response(200, XML, body)


GUIDS = rss(*(f'<guid isPermaLink="true">{BASE}/tin/{number}</guid>' for number in (1, 2)))
RAW_HTML = rss(*(f"<description><img src='/a.jpg'><br>Tin</description><link>{BASE}/tin/{n}</link>" for n in (1, 2)))
LINKS = rss(*(f"<link>{BASE}/tin/{number}</link>" for number in (1, 2)))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(xml(GUIDS), id="guid alone"),
        pytest.param(xml(RAW_HTML), id="raw HTML in descriptions"),
        pytest.param(
            xml(b"<br />\n<b>Warning</b>: Undefined index in <b>/rss.php</b><br />\n" + LINKS), id="PHP warning"
        ),
        pytest.param(xml(LINKS.replace(b'"utf-8"', b'"utf-16"')), id="declares utf-16"),
        pytest.param(Response(200, {"Content-Type": "application/rss+xml"}, gzip.compress(LINKS)), id="gzip unsaid"),
        pytest.param(
            Response(200, {**XML, "Content-Location": f"{BASE}/tin/rss"}, rss("<link>1</link>", "<link>2</link>")),
            id="Content-Location",
        ),
    ],
)
def test_each_entry_of_an_odd_feed_is_followed(tmp_path: Path, answer: Response) -> None:
    with running(tmp_path, {"/rss": answer}, feeds=[f"{BASE}/rss"]) as run:
        report = run.crawl(START)

        assert {"/tin/1", "/tin/2"} <= set(run.portal.taken())
        assert (report.verdict, report.articles_new) == ("ok", 2)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            Response(200, {"Content-Type": "text/plain"}, f"{BASE}/tin/1\r\n{BASE}/tin/2\r\n".encode()), id="text"
        ),
        pytest.param(xml(LINKS), id="a feed"),
        pytest.param(
            Response(
                200,
                {"Content-Type": "application/gzip"},
                gzip.compress(urlset(1)[:20]) + gzip.compress(urlset(1, 2)[20:]),
            ),
            id="gzip in two members",
        ),
    ],
)
def test_each_address_of_another_form_of_sitemap_is_followed(tmp_path: Path, answer: Response) -> None:
    with running(tmp_path, {"/sitemap.txt": answer}, sitemaps=[f"{BASE}/sitemap.txt"]) as run:
        report = run.crawl(START)

        assert {"/tin/1", "/tin/2"} <= set(run.portal.taken())
        assert (report.verdict, report.articles_new) == ("ok", 2)


class TestListsWithoutAddresses:
    def test_a_feed_whose_entries_lead_nowhere_makes_the_portal_broken(self, tmp_path: Path) -> None:
        body = rss('<guid isPermaLink="false">chợ-1</guid>', "<link>https://localhost/tin/2</link>")
        with running(tmp_path, {"/rss": xml(body)}, feeds=[f"{BASE}/rss"]) as run:
            report = run.crawl(START)

        assert (report.verdict, report.errors) == ("broken", {"feed_without_addresses": 1})
        assert "a feed has entries, but no address of a page on the portal's hosts" in report.verdict_reason

    def test_it_is_not_lost_beside_lists_that_work(self, tmp_path: Path) -> None:
        answers = {"/rss": xml(rss("<guid>chợ-1</guid>")), "/sitemap.xml": xml(urlset(1, 2))}
        with running(tmp_path, answers, feeds=[f"{BASE}/rss"], sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            report = run.crawl(START)

        assert report.articles_new == 2
        assert (report.verdict, report.errors) == ("partial", {"feed_without_addresses": 1})
        assert "a feed has entries, but no address of a page on the portal's hosts" in report.verdict_reason

    def test_one_of_many_sitemaps_is_named_in_a_good_verdict(self, tmp_path: Path) -> None:
        # Ten requests besides, so that one failure does not make the crawl partial.
        answers = {
            "/sitemap.xml": xml(index(a="2026-10-01", b="2026-10-01")),
            "/a.xml": xml(urlset(*range(20))),
            "/b.xml": xml(b"<urlset><url><loc>http://127.0.0.1/tin/99</loc></url></urlset>"),
        }
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            report = run.crawl(START)

        assert (report.verdict, report.errors) == ("ok", {"sitemap_without_addresses": 1})
        assert "a sitemap has entries, but no address on the portal's hosts" in report.verdict_reason

    def test_feeds_and_sitemaps_without_entries_are_no_error(self, tmp_path: Path) -> None:
        answers = {"/rss": xml(rss()), "/rong.xml": xml(urlset()), "/sitemap.xml": xml(urlset(1))}
        sitemaps = [f"{BASE}/sitemap.xml", f"{BASE}/rong.xml"]
        with running(tmp_path, answers, feeds=[f"{BASE}/rss"], sitemaps=sitemaps) as run:
            report = run.crawl(START)

        assert (report.verdict, report.errors) == ("ok", {})

    @pytest.mark.parametrize("body", [b'{"version": "https://jsonfeed.org/version/1.1"}', b"<html><body><p>Tin"])
    def test_what_is_no_feed_is_named(self, tmp_path: Path, body: bytes) -> None:
        answers = {"/rss": xml(body), "/sitemap.xml": xml(urlset(1))}
        with running(tmp_path, answers, feeds=[f"{BASE}/rss"], sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            report = run.crawl(START)

        assert (report.verdict, report.errors) == ("partial", {"not_a_feed": 1})
        assert "answers with a page, JSON or else, and no feed" in report.verdict_reason


class TestLastmodOfAnIndex:
    def test_a_day_on_which_no_sitemap_changed_has_no_news(self, tmp_path: Path) -> None:
        answers = {"/sitemap.xml": xml(index(a="2026-03-01", b="2026-04-01")), "/a.xml": xml(urlset(1))}
        answers["/b.xml"] = xml(urlset(2))
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            assert run.crawl(START).verdict == "ok"
            run.portal.taken()
            report = run.crawl(START + DAY)
            assert report.verdict == "no_news"
            assert "2 sitemaps as they were, none of them new" in report.verdict_reason
            assert {"/a.xml", "/b.xml"}.isdisjoint(run.portal.taken())

    def test_a_sitemap_that_changed_is_requested(self, tmp_path: Path) -> None:
        answers = {"/sitemap.xml": xml(index(a="2026-03-01", b="2026-04-01")), "/a.xml": xml(urlset(1))}
        answers["/b.xml"] = xml(urlset(2))
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            run.crawl(START)
            run.portal.taken()
            run.portal.answers |= {
                "/sitemap.xml": xml(index(a="2026-03-01", b="2026-11-02")),
                "/b.xml": xml(urlset(2, 3)),
            }
            report = run.crawl(START + DAY)

            assert {"/b.xml", "/tin/3"} <= set(asked := run.portal.taken())
            assert "/a.xml" not in asked
            assert (report.verdict, report.articles_new) == ("ok", 1)
            assert "1 sitemaps as they were" in report.verdict_reason

    def test_a_lastmod_that_never_moves_is_learnt_to_be_false(self, tmp_path: Path) -> None:
        answers = {"/sitemap.xml": xml(index(a="2026-03-01")), "/a.xml": xml(urlset(1))}
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            run.crawl(START)
            run.portal.answers["/a.xml"] = xml(urlset(1, 2))
            assert run.crawl(START + DAY).articles_new == 0
            # Once a week, all sitemaps are requested.
            assert run.crawl(START + WEEK).articles_new == 1
            with open_state(run.home, "binh-minh") as state:
                assert state.host(HOST).false_lastmods == 1

            run.portal.answers["/a.xml"] = xml(urlset(1, 2, 3))
            assert run.crawl(START + WEEK + DAY).articles_new == 1

    def test_a_lastmod_that_is_true_stays_trusted(self, tmp_path: Path) -> None:
        answers = {"/sitemap.xml": xml(index(a="2026-03-01")), "/a.xml": xml(urlset(1))}
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            run.crawl(START)
            run.crawl(START + WEEK)
            assert "/a.xml" in run.portal.taken()
            with open_state(run.home, "binh-minh") as state:
                assert state.host(HOST).false_lastmods == 0
            run.crawl(START + WEEK + DAY)
            assert "/a.xml" not in run.portal.taken()


class TestBounds:
    @pytest.mark.parametrize(
        ("fields", "path", "body"),
        [
            (
                {"feeds": [f"{BASE}/rss"]},
                "/rss",
                lambda: rss(*(f"<link>{BASE}/tin/{n}</link>" for n in range(5_000))),
            ),
            ({"sitemaps": [f"{BASE}/sitemap.xml"]}, "/sitemap.xml", lambda: urlset(*range(5_000))),
            (
                {"sitemaps": [f"{BASE}/sitemap.xml"]},
                "/sitemap.xml",
                lambda: index(**{f"a{number}": "2026-03-01" for number in range(5_000)}),
            ),
        ],
        ids=["5,000 entries", "5,000 URLs", "5,000 sitemaps"],
    )
    def test_the_page_limit_holds_and_is_named(
        self, tmp_path: Path, fields: dict[str, object], path: str, body: Callable[[], bytes]
    ) -> None:
        politeness = {"delay_seconds": 0, "retry_delays_seconds": [], "pages_max": 40}
        with running(tmp_path, {path: xml(body())}, politeness=politeness, **fields) as run:
            report = run.crawl(START)

        assert report.requests <= 41
        assert (report.verdict, report.verdict_reason) == ("partial", "ended early: the bound of 40 pages was reached")

    def test_the_newest_sitemaps_of_an_index_come_first(self, tmp_path: Path) -> None:
        lastmods = {f"a{number}": f"2026-{number % 12 + 1:02d}-01" for number in range(60)}
        politeness = {"delay_seconds": 0, "retry_delays_seconds": [], "pages_max": 10}
        answers = {"/sitemap.xml": xml(index(**lastmods))}
        with running(tmp_path, answers, politeness=politeness, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            run.crawl(START)

            (_, *asked) = run.portal.taken()
        assert asked
        assert {lastmods[path.strip("/").removesuffix(".xml")] for path in asked} == {"2026-12-01"}

    def test_an_index_that_lists_itself_is_requested_once(self, tmp_path: Path) -> None:
        answers = {
            "/sitemap.xml": xml(index(sitemap="2026-03-01", a="2026-03-01")),
            "/a.xml": xml(index(sitemap="", b="")),
        }
        answers["/b.xml"] = xml(urlset(1))
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            report = run.crawl(START)

            assert run.portal.taken().count("/sitemap.xml") == 1
        assert (report.verdict, report.articles_new) == ("ok", 1)

    def test_a_sitemap_that_is_too_large_is_named(self, tmp_path: Path) -> None:
        body = gzip.compress(b"<urlset>" + b" " * 52_428_800 + b"</urlset>")
        answers = {"/sitemap.xml.gz": Response(200, {"Content-Type": "application/gzip"}, body)}
        with running(tmp_path, answers, sitemaps=[f"{BASE}/sitemap.xml.gz"]) as run:
            report = run.crawl(START)

        assert (report.verdict, report.errors) == ("broken", {"list_too_large": 1})
        assert "a feed or sitemap has more than 50 MB" in report.verdict_reason
