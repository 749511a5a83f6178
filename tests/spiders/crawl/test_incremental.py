"""Successive crawls, as processes: what later crawls request, resume, and never lose."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites.base import Response, Site
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command, define_portal
from warehouse.archive.files import PART_SUFFIX, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.state.queries import open_state
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

HOST = "portal.hanoi.test"
NO_HEADERS: Mapping[str, str] = {}
BASE = f"https://{HOST}"
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

pytestmark = [pytest.mark.process, pytest.mark.slow]


def html(body: str, status: int = 200, **headers: str) -> Response:
    markup = f"<html><head><title>Cổng thử nghiệm</title></head><body>{body}</body></html>"
    return Response(status, {"Content-Type": "text/html; charset=utf-8", **headers}, markup.encode())


def with_etag(response: Response, etag: str) -> Response:
    return replace(response, headers={**response.headers, "ETag": f'"{etag}"'})


def article_path(number: int) -> str:
    return f"/tin/-/view_content/{number}-tin"


def list_html(numbers: list[int], titles: Mapping[int, str] | None = None, more: str = "") -> Response:
    rows = "".join(
        f'<div class="asset-abstract"><h3 class="asset-title"><a href="{article_path(number)}">'
        f"{(titles or {}).get(number, f'Tin {number}')}</a></h3>"
        f'<div class="assetPublishDate">{31 - number % 30:02d}/10/2026 | 17:41</div></div>'
        for number in numbers
    )
    return html(rows + more)


def page_of(path: str, number: int) -> str:
    return path if number == 1 else f"{path}?_101_INSTANCE_a_cur={number}"


class Portal(Site):
    """A portal with one list in pages; logs requests, and can be slow, conditional or out of order."""

    def __init__(self, pages: list[list[int]], path: str = "/tin") -> None:
        self.pages = pages
        self.path = path
        self.titles: dict[int, str] = {}
        self.answers: dict[str, Response] = {}
        self.asked: list[str] = []
        self.conditions: list[str] = []
        self.delay_seconds = 0.0
        self._lock = threading.Lock()

    def get(
        self, target: str, day: int, headers: Mapping[str, str] = NO_HEADERS, at: datetime | None = None
    ) -> Response:
        with self._lock:
            self.asked.append(target)
            if {"if-none-match", "if-modified-since"} & headers.keys():
                self.conditions.append(target)
        response = self.answers.get(target) or self.page(target)
        etag = response.headers.get("ETag")
        if etag and headers.get("if-none-match") == etag:
            return Response(304, {"ETag": etag}, b"")
        if self.delay_seconds:
            return Response(response.status, response.headers, response.body, delay_seconds=self.delay_seconds)
        return response

    def page(self, target: str) -> Response:
        for number, articles in enumerate(self.pages, 1):
            if target == page_of(self.path, number):
                further = (page_of(self.path, other) for other in range(1, len(self.pages) + 1))
                links = "".join(f'<a href="{link}">Trang</a> ' for link in further)
                return list_html(articles, self.titles, f'<div class="taglib-page-iterator">{links}</div>')
        if any(target == article_path(number) for articles in self.pages for number in articles):
            return html(
                f'<div class="asset-full-content-title">{target[-9:]}</div><div class="asset-full-content">'
                f'<div class="journal-content-article"><p>{target} Hội nghị giao ban.</p></div></div>'
            )
        return html("404", 404)

    def taken(self) -> list[str]:
        """Return the paths requested since the last call, without robots.txt."""
        with self._lock:
            asked, self.asked, self.conditions = self.asked, [], []
        return [target for target in asked if target != "/robots.txt"]


class Run:
    """A portal, its home and its file; crawls at the times that a test sets."""

    def __init__(self, tmp_path: Path, portal: Portal, mirror: Mirror, **fields: object) -> None:
        self.portal = portal
        self.home = Home(tmp_path / "home")
        self.mirror = mirror
        self.definitions = tmp_path / "portals"
        self.define(**fields)

    def define(self, **fields: object) -> None:
        defaults: dict[str, object] = {"platform": "liferay_point", "seed_urls": [f"{BASE}{self.portal.path}"]}
        define_portal(self.definitions, "portal", HOST, **{**defaults, **fields})

    def command(self, at: datetime, *options: str) -> list[str]:
        return [*crawl_command(self.home, self.definitions, "portal"), "--now", at.isoformat(), *options]

    def crawl(self, at: datetime, *options: str) -> CrawlReport:
        before = set(warc_files(self.home))
        done = subprocess.run(
            self.command(at, *options),
            env={**os.environ, **self.mirror.environment()},
            capture_output=True,
            text=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # A crawl first recovers the files of a killed one.
        reports = [report for warc in set(warc_files(self.home)) - before if (report := read_report(warc))]
        return max(reports, key=lambda report: report.started_at)

    def interrupt(self, at: datetime, requests: int, how: signal.Signals, *options: str) -> int:
        """Crawl, and send a signal after so many requests; return the exit status."""
        process = subprocess.Popen(
            self.command(at, *options),
            env={**os.environ, **self.mirror.environment()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + CRAWL_TIMEOUT_SECONDS
        while len(self.portal.asked) < requests:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(how)
        return process.wait(30)

    def captured(self) -> set[str]:
        captures = [stored.capture for warc in warc_files(self.home) for stored in read_captures(warc)]
        return {one.article_key for one in captures if one.article_key and one.status == 200}


@contextmanager
def running(tmp_path: Path, portal: Portal, **fields: object) -> Iterator[Run]:
    with serve(1, extra={HOST: portal}) as mirror:
        yield Run(tmp_path, portal, mirror, **fields)


def pages_of(count: int, each: int = 5, first: int = 1) -> list[list[int]]:
    """Return pages of lists, the newest article with the highest number first."""
    numbers = list(range(first + count - 1, first - 1, -1))
    return [numbers[begin : begin + each] for begin in range(0, count, each)]


def keys(*numbers: int) -> set[str]:
    return {str(number) for number in numbers}


class TestSecondCrawl:
    def test_only_first_pages_of_lists_are_requested(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(20))) as run:
            first = run.crawl(START)
            assert (first.kind, first.is_complete, first.articles_new) == ("full", True, 20)
            assert len(run.portal.taken()) == 24
            second = run.crawl(START + HOUR)
            assert (second.kind, second.verdict, second.is_complete) == ("incremental", "no_news", True)
            assert run.portal.taken() == ["/tin"]

    def test_news_below_a_pinned_row_and_on_the_second_page_is_found(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(20))) as run:
            run.crawl(START)
            run.portal.taken()
            run.portal.pages = [[1, 27, 26, 25, 24], [23, 22, 21, 20, 19], *pages_of(18)]
            second = run.crawl(START + HOUR)
            asked = run.portal.taken()
            assert second.articles_new == 7
            assert run.captured() == keys(*range(1, 28))
            # The page after the last one with news is requested too, as it shows that there is no more news.
            assert [target for target in asked if "view_content" not in target] == [
                page_of("/tin", number) for number in (1, 2, 3)
            ]

    def test_an_article_with_a_changed_row_is_refetched(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(10))) as run:
            run.crawl(START)
            run.portal.taken()
            run.portal.titles = {7: "Tin 7 (đã sửa)"}
            run.crawl(START + 2 * HOUR)
            assert article_path(7) in run.portal.taken()
            run.crawl(START + 4 * HOUR)
            assert run.portal.taken() == ["/tin"]

    def test_an_edited_article_that_failed_is_refetched_by_the_next_crawl(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(5))) as run:
            run.crawl(START)
            run.portal.titles = {3: "Tin 3 (đã sửa)"}
            run.portal.answers = {article_path(3): html("Lỗi", 500)}
            run.crawl(START + 2 * HOUR)
            run.portal.answers = {}
            run.portal.taken()
            run.crawl(START + 6 * HOUR)
            assert article_path(3) in run.portal.taken()

    def test_rows_that_always_change_do_not_cost_a_request_each_time(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(20))) as run:
            run.crawl(START)
            run.crawl(START + 16 * DAY)
            run.portal.taken()
            for day in (17, 18):
                run.portal.titles = {number: f"Tin {number} ({day} lượt xem)" for number in range(1, 21)}
                run.crawl(START + day * DAY)
                assert run.portal.taken() == ["/tin"]

    def test_articles_are_refetched_at_each_age(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(3))) as run:
            run.crawl(START)
            due = []
            for hours in (12, 25, 49, 73):
                run.portal.taken()
                report = run.crawl(START + hours * HOUR)
                due.append(len(run.portal.taken()) - 1)
                assert report.requests_for.get("refetch", 0) == due[-1]
            assert due == [0, 3, 0, 3]

    @pytest.mark.parametrize(
        "gone",
        [html("404", 404), html("", 302, Location="/tin"), list_html([1, 2, 3])],
        ids=["404", "redirect to the list", "a list in its place"],
    )
    def test_an_article_goes_missing_and_comes_back(self, tmp_path: Path, gone: Response) -> None:
        with running(tmp_path, Portal(pages_of(3))) as run:
            run.crawl(START)
            run.portal.answers = {article_path(2): gone}
            report = run.crawl(START + 25 * HOUR)
            assert (report.articles_missing, report.is_complete) == (1, True)
            with open_state(run.home, "portal") as state:
                known = state.article("2")
                assert known is not None
                assert known.missing_since is not None
            quiet = run.crawl(START + 51 * HOUR)
            # Only this article was due, and its absence is no fault of the portal.
            assert (quiet.verdict, quiet.articles_missing) == ("no_news", 1)
            run.portal.answers = {}
            assert run.crawl(START + 5 * DAY).articles_missing == 0
            with open_state(run.home, "portal") as state:
                known = state.article("2")
                assert known is not None
                assert known.missing_since is None

    def test_lists_are_read_deeper_each_week_and_completely_each_month(self, tmp_path: Path) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "settings.yml").write_text("refetch: {daily: [90d]}\n", "utf-8")
        with running(tmp_path, Portal(pages_of(30))) as run:
            run.crawl(START)
            lists = []
            for days in (1, 8, 9, 31):
                run.portal.taken()
                report = run.crawl(START + days * DAY)
                lists.append((report.kind, len(run.portal.taken())))
            assert lists == [("incremental", 1), ("incremental", 3), ("incremental", 1), ("full", 6)]

    def test_articles_that_always_fail_neither_stop_a_crawl_nor_count_as_news(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(30)), scope={"hosts": [HOST], "deny": ["/28-"]}) as run:
            robots = f"User-agent: *\nDisallow: {article_path(27)}\n"
            run.portal.answers = {
                "/robots.txt": Response(200, {"Content-Type": "text/plain"}, robots.encode()),
                **{article_path(number): html("Cấm", 403) for number in (30, 24)},
            }
            assert run.crawl(START).is_complete
            run.portal.taken()
            second = run.crawl(START + 3 * HOUR)
            asked = run.portal.taken()
            assert [target for target in asked if "view_content" not in target] == ["/tin"]
            # They are requested once more, where lists show them.
            assert set(asked) == {"/tin", article_path(30), article_path(24)}
            assert (second.verdict, second.articles_new) in {("no_news", 0), ("partial", 0), ("blocked", 0)}

    def test_a_list_under_maintenance_is_still_a_list(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(5), path="/tin")
        with running(tmp_path, portal, seed_urls=[f"{BASE}/"]) as run:
            portal.answers = {"/": html('<nav><ul class="navi"><li><a href="/tin">Tin</a></li></ul></nav>')}
            run.crawl(START)
            home_page = portal.answers["/"]
            portal.answers["/tin"] = html("<p>Trang đang bảo trì</p>")
            run.crawl(START + HOUR)
            portal.answers = {"/": home_page}
            portal.pages = pages_of(6)
            assert run.crawl(START + 2 * HOUR).articles_new == 1


class TestConditional:
    def test_unchanged_lists_and_articles_are_not_sent_again(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(2))
        with running(tmp_path, portal) as run:
            portal.answers = {
                "/tin": with_etag(list_html([2, 1]), "l1"),
                article_path(1): html("<p>Tin một</p>", ETag='"a1"'),
            }
            run.crawl(START)
            report = run.crawl(START + 25 * HOUR)
            assert {"/tin", article_path(1)} <= set(portal.conditions)
            assert report.not_modified == 2
            assert report.verdict == "no_news"
            captures = [stored.capture for warc in warc_files(run.home) for stored in read_captures(warc)]
            revisits = {one.url: one.status for one in captures if one.is_revisit}
            assert revisits[f"{BASE}{article_path(1)}"] == 304
            # The other article was sent again with the same bytes.
            assert revisits[f"{BASE}{article_path(2)}"] == 200

    def test_a_redirect_drops_the_validators_of_the_first_url(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(2))
        with running(tmp_path, portal) as run:
            portal.answers = {article_path(1): html("<p>Tin một</p>", ETag='"1"')}
            run.crawl(START)
            # Another page with the same validator as the article.
            other = html("<p>Không tìm thấy</p>", ETag='"1"')
            portal.answers = {article_path(1): html("", 302, Location="/khac"), "/khac": other}
            report = run.crawl(START + 25 * HOUR)
            assert article_path(1) in portal.conditions
            assert "/khac" not in portal.conditions
            assert report.not_modified == 0

    def test_a_redirected_seed_url_is_conditional_at_its_target(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(2))
        with running(tmp_path, portal, seed_urls=[f"{BASE}/index"]) as run:
            listing = with_etag(list_html([2, 1]), "l1")
            portal.answers = {"/index": html("", 301, Location="/tin"), "/tin": listing}
            run.crawl(START)
            assert portal.taken().count("/tin") == 1
            report = run.crawl(START + HOUR)
            # Once as the redirect's target, once as a known list.
            assert set(portal.conditions) == {"/tin"}
            assert report.verdict == "no_news"

    def test_a_304_to_an_unconditional_request_is_no_page(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(2))
        with running(tmp_path, portal) as run:
            portal.answers = {"/tin": Response(304, {}, b"")}
            report = run.crawl(START)
            assert report.verdict == "broken"
            assert report.errors == {"http_304": 1}

    def test_a_feed_with_false_304_answers_is_fetched_unconditionally(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(4))
        with running(tmp_path, portal, feeds=[f"{BASE}/rss"]) as run:

            def feed(*numbers: int) -> Response:
                items = "".join(f"<item><link>{BASE}{article_path(one)}</link></item>" for one in numbers)
                body = f"<rss><channel>{items}</channel></rss>".encode()
                return Response(200, {"Content-Type": "application/rss+xml", "ETag": '"for-ever"'}, body)

            portal.answers = {"/rss": feed(4, 3)}
            run.crawl(START)
            portal.taken()
            portal.pages = [[5, 4, 3, 2, 1], [6]]
            portal.answers = {"/rss": feed(6, 5, 4)}
            second = run.crawl(START + HOUR)
            assert portal.taken().count("/rss") == 2
            assert second.articles_new == 2
            run.crawl(START + 2 * HOUR)
            assert "/rss" not in portal.conditions

    def test_a_changed_sitemap_of_an_index_is_read(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(2))
        xml = {"Content-Type": "application/xml"}

        def index(old: str, new: str) -> Response:
            entries = ((name, at) for name, at in (("old", old), ("new", new)))
            body = "".join(
                f"<sitemap><loc>{BASE}/{name}.xml</loc><lastmod>{at}</lastmod></sitemap>" for name, at in entries
            )
            return Response(200, xml, f"<sitemapindex>{body}</sitemapindex>".encode())

        def sitemap(*numbers: int) -> Response:
            body = "".join(f"<url><loc>{BASE}{article_path(number)}</loc></url>" for number in numbers)
            return Response(200, xml, f"<urlset>{body}</urlset>".encode())

        with running(tmp_path, portal, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            articles = {article_path(number): html(f"<p>Tin {number}</p>") for number in (11, 12, 13)}
            portal.answers = {
                **articles,
                "/sitemap.xml": index("2026-10-01", "2026-11-01"),
                "/old.xml": sitemap(11),
                "/new.xml": sitemap(12),
            }
            run.crawl(START)
            portal.taken()
            # The same day: a date has no hour.
            portal.answers["/new.xml"] = sitemap(12, 13)
            run.crawl(START + HOUR)
            asked = portal.taken()
            assert "/old.xml" not in asked
            assert {"/new.xml", article_path(13)} <= set(asked)


class TestInterrupted:
    @pytest.mark.parametrize("kills", [1, 2])
    def test_stored_pages_of_a_killed_crawl_are_not_fetched_again(self, tmp_path: Path, kills: int) -> None:
        with running(tmp_path, Portal(pages_of(30))) as run:
            run.portal.delay_seconds = 0.1
            for kill in range(kills):
                status = run.interrupt(START + kill * HOUR, 10 * (kill + 1), signal.SIGKILL)
                assert status == -signal.SIGKILL
                assert list(run.home.warc.glob(f"*/*{PART_SUFFIX}"))
            run.portal.delay_seconds = 0
            report = run.crawl(START + kills * HOUR)
            assert report.is_complete
            assert report.resumes is not None
            assert run.captured() == keys(*range(1, 31))
            asked = run.portal.taken()
            twice = {target for target in asked if asked.count(target) > 1}
            # Requests in flight when the process died were not stored.
            assert len(twice) <= kills
            with open_state(run.home, "portal") as state:
                assert [one.kind for one in state.history()] == ["full"] * (kills + 1)

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_stops_a_crawl_gracefully_and_the_next_resumes_it(
        self, tmp_path: Path, how: signal.Signals
    ) -> None:
        with running(tmp_path, Portal(pages_of(20))) as run:
            run.portal.delay_seconds = 0.1
            assert run.interrupt(START, 10, how) == 0
            (warc,) = warc_files(run.home)
            report = read_report(warc)
            assert report is not None
            assert (report.verdict, report.is_complete) == ("partial", False)
            run.portal.delay_seconds = 0
            assert run.crawl(START + HOUR).is_complete
            asked = run.portal.taken()
            assert [target for target in asked if asked.count(target) > 1] == []
            assert run.captured() == keys(*range(1, 21))

    @pytest.mark.parametrize("hours", [1, 24])
    def test_an_interrupted_crawl_leaves_no_gap(self, tmp_path: Path, hours: int) -> None:
        portal = Portal(pages_of(10))
        with running(tmp_path, portal) as run:
            run.crawl(START)
            portal.pages = pages_of(30)
            portal.answers = {"/tin": with_etag(portal.page("/tin"), "head")}
            portal.taken()
            portal.delay_seconds = 0.2
            assert run.interrupt(START + DAY, 4, signal.SIGINT) == 0
            portal.delay_seconds = 0
            report = run.crawl(START + DAY + hours * HOUR)
            assert report.kind == "incremental"
            # Its list was stored with a validator, but most of the list's articles were not.
            assert run.captured() == keys(*range(1, 31))
            assert report.is_complete

    def test_the_next_crawl_continues_after_the_page_limit(self, tmp_path: Path) -> None:
        politeness = {"delay_seconds": 0, "pages_max": 12, "retry_delays_seconds": [0.1]}
        with running(tmp_path, Portal(pages_of(20)), politeness=politeness) as run:
            first = run.crawl(START)
            assert (first.verdict, first.is_complete) == ("partial", False)
            second = run.crawl(START + HOUR)
            assert run.captured() > keys(*range(15, 21))
            third = run.crawl(START + 2 * HOUR)
            assert (second.is_complete, third.is_complete) in {(True, True), (False, True)}
            assert run.captured() == keys(*range(1, 21))
            fetched = [target for target in run.portal.taken() if "view_content" in target]
            assert len(fetched) == len(set(fetched)) == 20

    def test_blocked_and_empty_crawls_are_not_resumed(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(5))) as run:
            run.portal.answers = {"/tin": html("<p>Trang đang bảo trì</p>")}
            assert run.crawl(START).verdict == "broken"
            challenge = "<script>document.cookie='D1N=0123abcd; path=/';location.reload()</script>"
            run.portal.answers = {"/tin": html(challenge)}
            assert run.crawl(START + HOUR).verdict == "blocked"
            run.portal.answers = {}
            report = run.crawl(START + 2 * HOUR)
            assert (report.verdict, report.articles_new) == ("ok", 5)


class TestBackfill:
    def test_a_backfill_by_depth(self, tmp_path: Path) -> None:
        with running(tmp_path, Portal(pages_of(20))) as run:
            report = run.crawl(START, "--backfill", "--depth", "2")
            assert (report.kind, report.is_complete) == ("backfill", True)
            assert run.captured() == keys(*range(11, 21))

    def test_a_backfill_by_dates(self, tmp_path: Path) -> None:
        # Article n is from 31 - n October; one page of the list is out of order.
        pages = [[1, 2, 3, 4, 5], [20, 21, 22], [6, 7, 8, 9, 10], [11, 12, 13], [14, 15, 16], [17, 18], [19]]
        with running(tmp_path, Portal(pages)) as run:
            report = run.crawl(START, "--backfill", "--from-date", "2026-10-22", "--until-date", "2026-10-27")
            assert report.is_complete
            assert run.captured() == keys(4, 5, 6, 7, 8, 9)
            assert page_of("/tin", 7) not in run.portal.taken()

    def test_chunks_lose_nothing_and_fetch_no_article_twice(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(30))
        with running(tmp_path, portal) as run:
            chunks = self._run_to_its_end(run, START)
            assert chunks > 2
            assert run.captured() == keys(*range(1, 31))
            fetched = [target for target in portal.taken() if "view_content" in target]
            assert len(fetched) == len(set(fetched)) == 30
            assert "is complete" in self._tell(run, START + 20 * HOUR)

    def test_lists_with_validators_are_read_again(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(30))
        with running(tmp_path, portal) as run:
            lists = [page_of("/tin", number) for number in range(1, 7)]
            portal.answers = {target: with_etag(portal.page(target), target) for target in lists}
            self._run_to_its_end(run, START)
            assert run.captured() == keys(*range(1, 31))

    def test_sitemaps_are_finished_too(self, tmp_path: Path) -> None:
        portal = Portal([[2, 1]])
        with running(tmp_path, portal, sitemaps=[f"{BASE}/sitemap.xml"]) as run:
            numbers = range(1, 31)
            body = "".join(f"<url><loc>{BASE}{article_path(number)}</loc></url>" for number in numbers)
            portal.answers = {article_path(number): html(f"<p>Tin {number}</p>") for number in numbers}
            portal.answers["/sitemap.xml"] = Response(
                200, {"Content-Type": "application/xml"}, f"<urlset>{body}</urlset>".encode()
            )
            self._run_to_its_end(run, START)
            assert run.captured() == keys(*numbers)

    def test_urls_with_non_ascii_letters_are_finished(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(15), path="/tin-t%E1%BB%A9c")
        with running(tmp_path, portal, seed_urls=[f"{BASE}/tin-tức"]) as run:
            self._run_to_its_end(run, START)
            assert run.captured() == keys(*range(1, 16))

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
    def test_an_interrupted_chunk_is_continued(self, tmp_path: Path, how: signal.Signals) -> None:
        portal = Portal(pages_of(30))
        with running(tmp_path, portal) as run:
            portal.delay_seconds = 0.1
            run.interrupt(START, 12, how, "--backfill", "--requests-max", "20")
            portal.delay_seconds = 0
            self._run_to_its_end(run, START + HOUR)
            assert run.captured() == keys(*range(1, 31))
            fetched = [target for target in portal.taken() if "view_content" in target]
            assert len(fetched) - len(set(fetched)) <= (how is signal.SIGKILL)

    def test_an_article_that_always_fails_does_not_keep_a_backfill_from_finishing(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(15))
        with running(tmp_path, portal) as run:
            portal.answers = {article_path(3): html("Lỗi", 500)}
            self._run_to_its_end(run, START)
            assert run.captured() == keys(*range(1, 16)) - {"3"}

    def test_a_failed_list_is_requested_by_the_next_chunk(self, tmp_path: Path) -> None:
        portal = Portal(pages_of(15))
        with running(tmp_path, portal) as run:
            portal.answers = {page_of("/tin", 2): html("Lỗi", 500)}
            first = run.crawl(START, "--backfill", "--requests-max", "50")
            assert not first.is_complete
            again = run.crawl(START + HOUR, "--backfill", "--requests-max", "50")
            assert (again.verdict, again.is_complete) == ("broken", False)
            portal.answers = {}
            assert run.crawl(START + 2 * HOUR, "--backfill", "--requests-max", "50").is_complete
            assert run.captured() == keys(*range(1, 16))

    @pytest.mark.parametrize("how", [None, signal.SIGKILL])
    def test_a_backfill_does_not_affect_scheduled_crawls(self, tmp_path: Path, how: signal.Signals | None) -> None:
        portal = Portal(pages_of(10))
        with running(tmp_path, portal) as run:
            run.crawl(START)
            with open_state(run.home, "portal") as state:
                history = state.history()
            # The backfill reads only the first pages of a list with more news.
            portal.pages = pages_of(30)
            if how:
                portal.delay_seconds = 0.1
                portal.taken()
                run.interrupt(START + HOUR, 5, how, "--backfill", "--depth", "2")
                portal.delay_seconds = 0
                update_index(run.home)
            else:
                run.crawl(START + HOUR, "--backfill", "--depth", "2")
            with open_state(run.home, "portal") as state:
                assert state.history() == history
                assert state.unfinished() == ()
            report = run.crawl(START + 2 * HOUR)
            assert (report.kind, report.resumes) == ("incremental", None)
            assert run.captured() == keys(*range(1, 31))

    def _run_to_its_end(self, run: Run, at: datetime) -> int:
        for chunk in range(12):
            if run.crawl(at + chunk * HOUR / 2, "--backfill", "--requests-max", "10").is_complete:
                return chunk + 1
        raise AssertionError("the backfill does not finish")

    def _tell(self, run: Run, at: datetime) -> str:
        report = run.home.root / "report.json"
        done = subprocess.run(
            run.command(at, "--backfill", "--report", str(report)),
            env={**os.environ, **run.mirror.environment()},
            capture_output=True,
            text=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return report.read_text("utf-8")
