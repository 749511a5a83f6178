"""The crawl process against the mirror: what is stored and reported, and what survives its end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders.mirror.server import Mirror, serve
from spiders.mirror.sites.base import Response
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl, crawl_command, define_portal
from warehouse.archive.files import PART_SUFFIX, warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.format import StoredCapture
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "portal.hanoi.test"
MIRROR_PORTALS = Path("spiders/mirror/portals").absolute()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def list_page(*articles: int, more: str = "") -> Response:
    rows = "".join(
        f'<div class="asset-abstract"><h3 class="asset-title"><a href="/tin/-/view_content/{number}-tin">'
        f'Tin {number}</a></h3><div class="assetPublishDate">14/10/2024 | 17:41</div></div>'
        for number in articles
    )
    return page(rows + more)


def page(body: str, status: int = 200, **headers: str) -> Response:
    markup = f"<html><head><title>Tin</title></head><body>{body}</body></html>"
    return Response(status, {"Content-Type": "text/html; charset=utf-8", **headers}, markup.encode())


class Site:
    """A portal with the responses of a test by path, and 404 for other paths; logs the requests."""

    def __init__(self, answers: dict[str, Response]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, _method: str, target: str) -> Response:
        self.asked.append(target)
        return self.answers.get(target, page("404", 404))


def one_report(home: Home) -> CrawlReport:
    (warc,) = warc_files(home)
    report = read_report(warc)
    assert report is not None
    return report


def stored(home: Home) -> dict[str, StoredCapture]:
    return {capture.capture.url: capture for warc in warc_files(home) for capture in read_captures(warc)}


def captured_articles(home: Home) -> set[str]:
    captures = [stored.capture for warc in warc_files(home) for stored in read_captures(warc)]
    return {capture.article_key for capture in captures if capture.article_key and capture.status == 200}


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    folder = tmp_path / "portals"
    define_portal(folder, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"])
    return folder


def crawl_site(site: Site, home: Home, definitions: Path) -> subprocess.CompletedProcess[str]:
    with serve(1, extra={HOST: site}) as mirror:
        return crawl(mirror, home, definitions, "portal")


def test_bodies_are_stored_as_received_and_redirects_one_by_one(home: Home, definitions: Path) -> None:
    long_body = "<p>" + "Hội nghị giao ban. " * 200 + "</p>"
    site = Site(
        {
            "/tin": list_page(1, 2),
            "/tin/-/view_content/1-tin": page(long_body),
            "/tin/-/view_content/2-tin": page("", 301, Location="/tin/-/view_content/2-tin-moi"),
            "/tin/-/view_content/2-tin-moi": page(long_body),
        }
    )
    assert crawl_site(site, home, definitions).returncode == 0
    captures = stored(home)
    article = captures[f"https://{HOST}/tin/-/view_content/1-tin"]
    assert dict(article.headers)[b"Content-Encoding"] == b"gzip"
    assert article.payload.startswith(b"\x1f\x8b")
    assert "Hội nghị giao ban" in article.body().content.decode()
    moved = captures[f"https://{HOST}/tin/-/view_content/2-tin"]
    arrived = captures[f"https://{HOST}/tin/-/view_content/2-tin-moi"]
    assert (moved.capture.status, arrived.capture.status) == (301, 200)
    assert moved.capture.article_key == arrived.capture.article_key == "2"
    assert f"https://{HOST}/robots.txt" in captures


def test_robots_txt_and_scope_are_obeyed(home: Home, tmp_path: Path) -> None:
    definitions = tmp_path / "portals"
    define_portal(
        definitions,
        "portal",
        HOST,
        platform="liferay_point",
        seed_urls=[f"https://{HOST}/tin"],
        scope={"hosts": [HOST], "deny": ["/kin"]},
    )
    links = '<ul class="navi"><li><a href="/noi-bo">Nội bộ</a></li><li><a href="/kin">Kín</a></li>'
    links += '<li><a href="https://khac.hanoi.test/tin">Khác</a></li><li><a href="/di-ra">Ra</a></li></ul>'
    site = Site(
        {
            "/robots.txt": Response(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /noi-bo\n"),
            "/tin": list_page(1, more=f"<nav>{links}</nav>"),
            "/tin/-/view_content/1-tin": page("<p>Tin</p>"),
            "/di-ra": page("", 302, Location="https://khac.hanoi.test/tin"),
        }
    )
    with serve(1, extra={HOST: site}) as mirror:
        crawl(mirror, home, definitions, "portal")
        assert not [request for request in mirror.requests if "khac.hanoi.test" in request.url]
    assert {"/tin", "/di-ra"} <= set(site.asked)
    assert not {"/noi-bo", "/kin"} & set(site.asked)
    assert one_report(home).errors == {"robots_denied": 1, "out_of_scope": 1}


def test_attachments_are_archived_up_to_a_size(home: Home, tmp_path: Path) -> None:
    definitions = tmp_path / "portals"
    define_portal(
        definitions,
        "portal",
        HOST,
        platform="liferay_point",
        seed_urls=[f"https://{HOST}/tin"],
        politeness={"delay_seconds": 0, "attachment_max_bytes": 5000, "retry_delays_seconds": [0.1]},
    )
    links = '<a href="/documents/1/nho.pdf">Nhỏ</a> <a href="/documents/1/lon.pdf">Lớn</a>'
    article = (
        '<div class="asset-full-content-title">Thông báo</div><div class="asset-full-content">'
        f'<div class="journal-content-article"><p>Xem {links}</p></div></div>'
    )
    pdf = {"Content-Type": "application/pdf"}
    site = Site(
        {
            "/tin": list_page(1),
            "/tin/-/view_content/1-tin": page(article),
            "/documents/1/nho.pdf": Response(200, pdf, b"%PDF-1.4 " + b"x" * 1000),
            "/documents/1/lon.pdf": Response(200, pdf, b"%PDF-1.4 " + b"x" * 50_000),
        }
    )
    assert crawl_site(site, home, definitions).returncode == 0
    assert stored(home)[f"https://{HOST}/documents/1/nho.pdf"].payload.startswith(b"%PDF")
    assert f"https://{HOST}/documents/1/lon.pdf" not in stored(home)
    assert one_report(home).errors == {"too_large": 1}


def test_files_in_viewers_and_behind_links_are_archived(home: Home, tmp_path: Path) -> None:
    definitions = tmp_path / "portals"
    define_portal(definitions, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"])
    viewers = (
        f'<iframe src="/vb/1.pdf"></iframe><object data="/vb/2.pdf"></object><embed src="/vb/3.pdf">'
        f'<iframe src="https://docs.google.com/gview?url=https://{HOST}/vb/4.pdf&amp;embedded=true"></iframe>'
        '<p><a href="/download.aspx?id=5">Tải văn bản số 12 (PDF)</a></p>'
        '<iframe src="https://xem.hanoi.test/6.pdf"></iframe><iframe src="/ban-do"></iframe>'
    )
    article = (
        '<div class="asset-full-content-title">Thông báo</div><div class="asset-full-content">'
        f'<div class="journal-content-article"><p>Kế hoạch.</p>{viewers}</div></div>'
    )
    files = [*(f"/vb/{number}.pdf" for number in range(1, 5)), "/download.aspx?id=5"]
    pdf = Response(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4 ")
    site = Site({"/tin": list_page(1), "/tin/-/view_content/1-tin": page(article), **dict.fromkeys(files, pdf)})
    assert crawl_site(site, home, definitions).returncode == 0
    assert {f"https://{HOST}{file}" for file in files} <= set(stored(home))
    assert "/ban-do" not in site.asked
    assert one_report(home).requests_for["attachment"] == len(files)


def test_a_page_that_fails_twice_is_retried(home: Home, definitions: Path) -> None:
    site = Site({"/tin": list_page(1), "/tin/-/view_content/1-tin": page("<p>Tin</p>")})
    failures = iter([page("503", 503), page("503", 503)])

    def flaky(method: str, target: str) -> Response:
        answer = site(method, target)
        return next(failures, answer) if target == "/tin" else answer

    with serve(1, extra={HOST: flaky}) as mirror:
        command = crawl_command(home, definitions, "portal")
        environment = {**os.environ, **mirror.environment()}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=CRAWL_TIMEOUT_SECONDS)
    assert site.asked.count("/tin") == 3
    assert one_report(home).verdict == "ok"
    statuses = [
        capture.capture.status
        for warc in warc_files(home)
        for capture in read_captures(warc)
        if capture.capture.url.endswith("/tin")
    ]
    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (page("<script>document.cookie='D1N=0123abcd; path=/';location.reload()</script>"), "blocked"),
        (page("Forbidden", 403), "blocked"),
        (page("<p>Trang đang bảo trì</p>"), "broken"),
        (page("Lỗi", 404), "broken"),
    ],
)
def test_a_portal_without_usable_pages_gets_a_verdict_with_the_reason(
    home: Home, definitions: Path, answer: Response, verdict: str
) -> None:
    done = crawl_site(Site({"/tin": answer}), home, definitions)
    assert done.returncode == 0
    report = one_report(home)
    assert report.verdict == verdict
    assert report.verdict in done.stdout
    assert report.verdict_reason in done.stdout


@pytest.mark.parametrize(
    ("robots", "verdict", "error"),
    [
        (page("503", 503), "broken", "http_503"),
        (Response(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /"), "blocked", "robots_denied"),
    ],
)
def test_nothing_is_requested_if_robots_txt_forbids_it_or_is_unavailable(
    home: Home, definitions: Path, robots: Response, verdict: str, error: str
) -> None:
    site = Site({"/robots.txt": robots, "/tin": list_page(1)})
    crawl_site(site, home, definitions)
    assert set(site.asked) == {"/robots.txt"}
    report = one_report(home)
    assert (report.verdict, report.errors) == (verdict, {error: 1})
    assert "robots.txt" in report.verdict_reason


def test_a_crawl_of_a_portal_that_goes_down_stops_and_keeps_its_captures(home: Home, definitions: Path) -> None:
    site = Site({"/tin": list_page(*range(1, 41))})
    site.answers |= {f"/tin/-/view_content/{number}-tin": page("500", 500) for number in range(1, 41)}
    crawl_site(site, home, definitions)
    report = one_report(home)
    assert report.verdict == "partial"
    assert "10 requests in a row failed, the last with http_500" in report.verdict_reason
    assert len({path for path in site.asked if "view_content" in path}) <= 12


def test_an_endless_calendar_leaves_room_for_the_articles(home: Home, tmp_path: Path) -> None:
    definitions = tmp_path / "portals"
    politeness = {"delay_seconds": 0, "pages_max": 40}
    define_portal(
        definitions, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"], politeness=politeness
    )

    def with_calendar(_method: str, target: str) -> Response:
        if "view_content" in target:
            return page("<p>Tin</p>")
        days = "".join(f'<li><a href="/lich-{abs(hash((target, day)))}">{day}</a></li>' for day in range(30))
        return list_page(*range(1, 16), more=f'<nav><ul class="navi">{days}</ul></nav>')

    with serve(1, extra={HOST: with_calendar}) as mirror:
        crawl(mirror, home, definitions, "portal")
    report = one_report(home)
    assert report.verdict == "partial"
    assert report.articles_new == 15


def test_a_list_at_an_articles_url_is_not_a_captured_article(home: Home, definitions: Path) -> None:
    site = Site({"/tin": list_page(1, 2)})
    site.answers |= {f"/tin/-/view_content/{number}-tin": list_page(1, 2) for number in (1, 2)}
    crawl_site(site, home, definitions)
    report = one_report(home)
    assert report.verdict == "broken"
    assert (
        report.verdict_reason
        == "none of 2 articles came; 2 answered with status 200 and a list or another page in their place"
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<h1>Server Error in '/' Application.</h1><p>Runtime Error</p>", "error_page"),
        ('<div id="root"></div><script src="/main.js"></script>', "drawn_by_scripts"),
    ],
)
def test_a_page_without_content_is_not_a_captured_article(home: Home, definitions: Path, body: str, kind: str) -> None:
    articles = {f"/tin/-/view_content/{number}-tin": page(body) for number in (1, 2)}
    site = Site({"/tin": list_page(1, 2, 3), "/tin/-/view_content/3-tin": page("<p>Tin</p>"), **articles})
    crawl_site(site, home, definitions)
    report = one_report(home)
    assert (report.articles_captured, report.errors.get(kind)) == (1, 2)
    assert kind in report.verdict_reason


def test_an_article_that_is_never_received_is_never_new(home: Home, definitions: Path) -> None:
    site = Site({"/tin": list_page(1, 2), "/tin/-/view_content/1-tin": page("<p>Tin</p>")})
    for _ in range(2):
        crawl_site(site, home, definitions)
        assert captured_articles(home) == {"1"}
    reports = [report for warc in warc_files(home) if (report := read_report(warc))]
    assert sorted((report.verdict, report.articles_new) for report in reports) == [("no_news", 0), ("ok", 1)]


def test_an_untrusted_certificate_makes_a_portal_unreachable(home: Home, definitions: Path) -> None:
    site = Site({"/tin": list_page(1)})
    with serve(1, extra={HOST: site}) as mirror:
        environment = {**os.environ, **mirror.environment()}
        del environment["SSL_CERT_FILE"]
        command = crawl_command(home, definitions, "portal")
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=CRAWL_TIMEOUT_SECONDS)
    assert site.asked == []
    report = one_report(home)
    assert report.verdict == "unreachable"
    assert "tls_incomplete_chain" in report.errors


def test_a_dead_portal_does_not_affect_the_others(home: Home, tmp_path: Path) -> None:
    definitions = tmp_path / "portals"
    define_portal(definitions, "portal", HOST, platform="liferay_point", seed_urls=[f"https://{HOST}/tin"])
    define_portal(definitions, "dead", "dead.test", platform="liferay_point", seed_urls=["https://dead.test/"])
    site = Site({"/tin": list_page(1), "/tin/-/view_content/1-tin": page("<p>Tin</p>")})
    with serve(1, extra={HOST: site}) as mirror:
        environment = {**os.environ, **mirror.environment()}
        command = [*crawl_command(home, definitions, "portal", "dead"), "--report", str(tmp_path / "report.json")]
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=CRAWL_TIMEOUT_SECONDS
        )
    assert done.returncode == 0, done.stderr
    reports = json.loads((tmp_path / "report.json").read_text("utf-8"))["reports"]
    assert reports["portal"]["verdict"] == "ok"
    assert reports["dead"]["verdict"] in ("unreachable", "broken")


@pytest.fixture
def slow_site(definitions: Path) -> Iterator[tuple[Mirror, Site]]:
    answers = {"/tin": list_page(*range(1, 41))}
    answers |= {
        f"/tin/-/view_content/{number}-tin": Response(
            200, {"Content-Type": "text/html"}, b"<html><body><p>Tin</p></body></html>", delay_seconds=0.3
        )
        for number in range(1, 41)
    }
    site = Site(answers)
    with serve(1, extra={HOST: site}) as mirror:
        yield mirror, site


def start(home: Home, definitions: Path, mirror: Mirror, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*crawl_command(home, definitions, "portal"), *options],
        env={**os.environ, **mirror.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_requests(site: Site, count: int) -> None:
    deadline = time.monotonic() + CRAWL_TIMEOUT_SECONDS
    while len(site.asked) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_kill_9_loses_no_stored_page_and_the_next_crawl_completes(
    home: Home, definitions: Path, slow_site: tuple[Mirror, Site]
) -> None:
    mirror, site = slow_site
    with start(home, definitions, mirror) as process:
        wait_for_requests(site, 15)
        process.kill()
    (part,) = home.warc.glob(f"*/*{PART_SUFFIX}")
    asked = len(site.asked)

    update_index(home)

    assert not part.exists()
    recovered = one_report(home)
    assert recovered.verdict == "partial"
    assert asked - 2 <= recovered.captures <= asked
    site.answers = {
        path: page("<p>Tin</p>") if "view_content" in path else answer for path, answer in site.answers.items()
    }
    assert crawl(mirror, home, definitions, "portal").returncode == 0
    assert len(captured_articles(home)) == 40


def test_sigint_stops_a_crawl_gracefully(home: Home, definitions: Path, slow_site: tuple[Mirror, Site]) -> None:
    mirror, site = slow_site
    with start(home, definitions, mirror) as process:
        wait_for_requests(site, 10)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    report = one_report(home)
    assert report.verdict == "partial"
    assert "told to stop" in report.verdict_reason


def test_several_signals_still_stop_a_crawl_gracefully(
    home: Home, definitions: Path, slow_site: tuple[Mirror, Site]
) -> None:
    """Like systemd, which signals each process of a service, while the run signals its crawl too."""
    mirror, site = slow_site
    with start(home, definitions, mirror) as process:
        wait_for_requests(site, 10)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
        assert process.wait(30) == 0
    assert "told to stop" in one_report(home).verdict_reason
    assert list(home.warc.glob(f"*/*{PART_SUFFIX}")) == []


def test_a_crawl_stops_when_its_parent_has_ended(home: Home, definitions: Path, slow_site: tuple[Mirror, Site]) -> None:
    mirror, site = slow_site
    with start(home, definitions, mirror, "--stop-with-parent") as process:
        wait_for_requests(site, 10)
        assert process.stdin
        process.stdin.close()
        process.wait(30)
    assert one_report(home).verdict == "partial"


def test_a_second_crawl_of_the_same_portal_is_refused(
    home: Home, definitions: Path, slow_site: tuple[Mirror, Site]
) -> None:
    mirror, site = slow_site
    with start(home, definitions, mirror) as first:
        wait_for_requests(site, 5)
        second = crawl(mirror, home, definitions, "portal")
        assert second.returncode == 2
        assert "portal" in second.stderr
        assert "running" in second.stderr
        first.send_signal(signal.SIGINT)
        first.wait(30)
    assert one_report(home).captures >= 5


def test_a_full_disk_stops_the_crawl_and_keeps_its_captures(home: Home, definitions: Path) -> None:
    def limit_files() -> None:
        # Beyond this size the kernel refuses writes, like a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    noise = {number: os.urandom(3000).hex() for number in range(1, 31)}
    answers = {"/tin": list_page(*noise)}
    answers |= {f"/tin/-/view_content/{number}-tin": page(f"<p>{text}</p>") for number, text in noise.items()}
    with serve(1, extra={HOST: Site(answers)}) as mirror:
        done = subprocess.run(
            crawl_command(home, definitions, "portal"),
            env={**os.environ, **mirror.environment()},
            preexec_fn=limit_files,
            capture_output=True,
            text=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert "archive" in done.stderr
    assert "File too large" in done.stderr
    update_index(home)
    report = one_report(home)
    assert report.verdict == "partial"
    assert report.captures >= 5


def test_a_portal_whose_state_cannot_be_written_holds_up_only_itself(home: Home, definitions: Path) -> None:
    define_portal(
        definitions, "other", "other.hanoi.test", platform="liferay_point", seed_urls=["https://other.hanoi.test/tin"]
    )
    # As root, a test cannot take the permission to write.
    (home.state / "other.sqlite").mkdir(parents=True)
    with serve(1, extra={HOST: Site({"/tin": list_page()}), "other.hanoi.test": Site({})}) as mirror:
        done = crawl(mirror, home, definitions, "other", "portal")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "other.sqlite: the crawl state cannot be written" in done.stderr
    assert one_report(home).portal == "portal"
    with serve(1, extra={HOST: Site({})}) as mirror:
        done = crawl(mirror, home, definitions, "other")
    assert done.returncode == 1  # 2 would say that another process is crawling it


def test_the_error_names_an_unknown_portal(home: Home, definitions: Path) -> None:
    done = subprocess.run(
        crawl_command(home, definitions, "nowhere"), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "portal" in done.stderr
    assert sys.executable not in done.stderr
