"""Politeness and limits of real crawls, against portals that ask for delays, refuse, or are hostile."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from spiders.mirror.server import Handler, serve
from spiders.mirror.sites.base import Response
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.encoding import UndecodableBodyError
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "portal.hanoi.test"
HTML = {"Content-Type": "text/html; charset=utf-8"}

ARTICLE = (
    '<div class="asset-full-content-title">Thông báo</div><div class="asset-full-content">'
    '<div class="journal-content-article"><p>Cổng thử nghiệm thông báo lịch tiếp công dân.</p></div></div>'
)
QUIET = 'quiet_hours: ["22:00-05:30"]'


def page(body: str, status: int = 200, **headers: str) -> Response:
    return Response(status, {**HTML, **headers}, f"<html><body>{body}</body></html>".encode())


def list_page(*urls: str) -> Response:
    rows = (f'<div class="asset-abstract"><h3 class="asset-title"><a href="{url}">Tin</a></h3></div>' for url in urls)
    return page("".join(rows))


def article(number: int) -> str:
    return f"/tin/-/view_content/{number}-tin"


class Site:
    """A portal with a list and five articles, and responses of the test; logs the requests with their times."""

    def __init__(self, answers: dict[str, Response] | None = None) -> None:
        self.answers = {"/tin": list_page(*map(article, range(1, 6))), **(answers or {})}
        self.asked: list[tuple[str, float]] = []

    def __call__(self, _method: str, target: str) -> Response:
        self.asked.append((target, time.monotonic()))
        return self.answers.get(target, page(ARTICLE, 404 if target == "/robots.txt" else 200))

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def crawl(
    site: Handler, tmp_path: Path, settings: str = "", now: str | None = None, **politeness: object
) -> CrawlReport:
    home, folder = Home(tmp_path / "home"), tmp_path / "portals"
    home.root.mkdir(exist_ok=True)
    if settings:
        home.settings_file.write_text(settings, encoding="utf-8")
    politeness = {"delay_seconds": 0, "retry_delays_seconds": [0.1], **politeness}
    define_portal(
        folder, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"], politeness=politeness
    )
    with serve(1, extra={HOST: site}) as mirror:
        subprocess.run(
            [*crawl_command(home, folder, "portal"), *(["--now", now] if now else [])],
            env={**os.environ, **mirror.environment()},
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
    reports = [report for warc in warc_files(home) if (report := read_report(warc)) is not None]
    return max(reports, key=lambda report: report.started_at)


def test_a_crawl_waits_as_long_as_a_host_asks(tmp_path: Path) -> None:
    site = Site()
    busy = [
        page("", 503, **{"Retry-After": "1"}),
        page(
            "",
            429,
            Date=format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True),
            **{"Retry-After": format_datetime(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=1), usegmt=True)},
        ),
    ]

    def answer(method: str, target: str) -> Response:
        answered = site(method, target)
        return busy.pop() if busy and target == "/tin" else answered

    report = crawl(answer, tmp_path, retry_delays_seconds=[0, 0])
    assert report.verdict == "ok"
    asked = [at for path, at in site.asked if path == "/tin"]
    assert len(asked) == 3
    assert min(later - earlier for earlier, later in itertools.pairwise(asked)) >= 0.9


@pytest.mark.parametrize(("status", "verdict"), [(429, "blocked"), (503, "partial")])
def test_a_host_that_asks_for_an_hour_stops_the_crawl(tmp_path: Path, status: int, verdict: str) -> None:
    site = Site({"/tin": page("", status, **{"Retry-After": "3600"})})
    report = crawl(site, tmp_path)
    assert (report.verdict, report.errors) == (verdict, {f"http_{status}": 1})
    assert f"{HOST} wants no request for 3600 seconds" in report.verdict_reason
    assert site.paths.count("/tin") == 1


@pytest.mark.parametrize("rule", ["Crawl-delay: 1", "Request-rate: 2/2s"])
def test_delays_of_robots_txt_are_obeyed(tmp_path: Path, rule: str) -> None:
    site = Site({"/robots.txt": Response(200, {"Content-Type": "text/plain"}, f"User-agent: *\n{rule}\n".encode())})
    report = crawl(site, tmp_path, connections=2, delay_seconds=0.01)
    assert report.verdict == "ok"
    times = [at for path, at in site.asked if path != "/robots.txt"]
    assert len(times) == 6
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.9


def test_a_429_for_robots_txt_forbids_all_requests(tmp_path: Path) -> None:
    site = Site({"/robots.txt": page("", 429)})
    report = crawl(site, tmp_path)
    assert set(site.paths) == {"/robots.txt"}
    assert (report.verdict, report.errors) == ("blocked", {"http_429": 1})


def test_a_budget_stops_crawls_until_the_next_day(tmp_path: Path) -> None:
    site = Site()
    for now, sent in (("2026-11-25T08:00+07:00", 4), ("2026-11-25T23:50+07:00", 4), ("2026-11-26T00:10+07:00", 7)):
        report = crawl(site, tmp_path, "requests_per_host_per_day: 4", now)
        assert len(site.asked) == sent if sent == 4 else len(site.asked) > 4
        if sent == 4:
            assert report.verdict == "partial"
            assert f"the budget of 4 requests a day to {HOST} is used up" in report.verdict_reason


def test_a_sufficient_budget_stops_nothing(tmp_path: Path) -> None:
    site = Site()
    report = crawl(site, tmp_path, "requests_per_host_per_day: 7")
    assert (report.verdict, len(site.asked)) == ("ok", 7)


def test_quiet_hours_stop_the_crawl(tmp_path: Path) -> None:
    site = Site()
    report = crawl(site, tmp_path, QUIET, "2026-11-25T21:59:55+07:00", delay_seconds=2.5)
    assert report.verdict == "partial"
    assert "quiet hours last until 05:30 in Hanoi" in report.verdict_reason
    assert len(site.asked) < 7
    assert report.captures == len(site.asked)


def test_a_crawl_outside_of_quiet_hours_runs(tmp_path: Path) -> None:
    assert crawl(Site(), tmp_path, QUIET, "2026-11-25T12:00:00+07:00").verdict == "ok"


def test_a_decompression_bomb_is_not_decoded_by_the_crawl_or_later(tmp_path: Path) -> None:
    packed = {**HTML, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"<p>" + b" " * 5_000_000)
    dense = gzip.compress(b"<html><body><p>" + b"Tin tuc. " * 100_000 + b"</p></body></html>")
    site = Site({article(1): Response(200, packed, bomb), article(2): Response(200, packed, dense)})
    assert len(dense) * 200 < 900_000, "a body this small may have any compression ratio"
    report = crawl(site, tmp_path)
    assert (report.verdict, report.errors) == ("ok", {"decompression_ratio": 1})
    (warc,) = warc_files(Home(tmp_path / "home"))
    stored = {capture.capture.url: capture for capture in read_captures(warc)}
    assert stored[f"https://{HOST}{article(1)}"].payload == bomb
    with pytest.raises(UndecodableBodyError, match="unpacks to more than 1000000 bytes"):
        stored[f"https://{HOST}{article(1)}"].body()
    assert len(stored[f"https://{HOST}{article(2)}"].body().content) > 900_000


def test_endless_urls_are_not_requested(tmp_path: Path) -> None:
    start = f"https://{HOST}"
    longest = article(1) + "?" + "a" * (1999 - len(start + article(1)))
    too_long = article(2) + "?" + "a" * (2000 - len(start + article(2)))
    site = Site({"/tin": list_page(longest, too_long)})
    report = crawl(site, tmp_path)
    assert set(site.paths) == {"/robots.txt", "/tin", longest}
    assert report.errors == {"url_too_long": 1}


def test_redirects_are_followed_five_times(tmp_path: Path) -> None:
    def chain(number: int, length: int) -> dict[str, Response]:
        steps = [article(number), *(f"/b{number}-{step}" for step in range(1, length + 1))]
        return {here: page("", 302, Location=there) for here, there in itertools.pairwise(steps)}

    site = Site({**chain(1, 5), **chain(2, 6)})
    report = crawl(site, tmp_path)
    assert "/b1-5" in site.paths
    assert "/b2-6" not in site.paths
    assert report.errors == {"redirect_loop": 1}


def test_pages_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    report = crawl(Site(), tmp_path, pages_max=4)
    assert (report.verdict, report.errors) == ("partial", {"pages_max": 2})
    assert "the bound of 4 pages was reached" in report.verdict_reason


@pytest.mark.parametrize("contact", ["", "me"])
def test_live_portals_are_crawled_only_with_a_contact(tmp_path: Path, contact: str) -> None:
    define_portal(tmp_path, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"])
    home = Home(tmp_path / "home")
    command = [word for word in crawl_command(home, tmp_path, "portal") if word != "--serves-mirror"]
    environment = {**os.environ, "HANOI_CORPUS_CONTACT": contact}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "HANOI_CORPUS_CONTACT" in done.stderr
    assert "export HANOI_CORPUS_CONTACT=https://" in done.stderr
    assert not list(warc_files(home))
