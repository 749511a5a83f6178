"""The process that fetches pages for onboarding: robots.txt, redirects, politeness, and hostile answers bounded."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import brotli
import pytest

from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror.server import Mirror
from spiders.mirror.sites.base import Response
from spiders.onboarding.captures import CapturedPage, Captures, FetchError
from spiders.onboarding.process import FetchJob
from spiders.onboarding.survey import portal_at
from spiders.portal import Portal
from tests.visiting import fetched, pages, played, redirect_to

pytestmark = [pytest.mark.process, pytest.mark.slow]

WARD = "https://phuongtayho.hanoi.test"
A_PAGE = "<html><body><p>Một trang.</p></body></html>"
ROBOTS_WITHOUT_END = b"User-agent: *\n" + b"Disallow: /noi-bo/\n" * 100_000
BOMB = bytes(100_000_000)


def packed(encoding: str, body: bytes) -> Response:
    return Response(200, {"Content-Type": "text/html", "Content-Encoding": encoding}, body)


HOSTS = {
    "cu.test": pages({"/": redirect_to("https://moi.test/")}),
    "moi.test": pages({"/": A_PAGE}),
    "vong.test": pages({"/a": redirect_to("/b"), "/b": redirect_to("/a")}),
    "cam.test": pages(
        {
            "/robots.txt": Response(
                200, {}, b"User-agent: *\nDisallow: /noi-bo/\nSitemap: /a.xml\nSitemap: http://[\n"
            ),
            "/": redirect_to("/noi-bo/lich"),
            "/noi-bo/lich": A_PAGE,
        }
    ),
    "hong.test": pages({"/robots.txt": Response(503, {}, b""), "/": A_PAGE, "/tin": A_PAGE}),
    "mo.test": pages({"/robots.txt": Response(404, {}, b"User-agent: *\nDisallow: /"), "/": A_PAGE}),
    "dai.test": pages({"/robots.txt": Response(200, {}, ROBOTS_WITHOUT_END), "/": A_PAGE}),
    "bom-gzip.test": pages({"/": packed("gzip", gzip.compress(BOMB))}),
    "bom-br.test": pages({"/": packed("br", brotli.compress(BOMB, quality=5))}),
    "ftp.test": pages({"/": redirect_to("ftp://ftp.test/")}),
    "vao-trong.test": pages({"/": redirect_to("http://10.0.0.5/quan-tri")}),
}


class Loopback(ThreadingHTTPServer):
    """A server that the process reaches without the mirror's proxy, for answers that the mirror cannot play."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hostile)
        self.requests: list[tuple[str, float, dict[str, str]]] = []
        self.stopped = threading.Event()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"


class _Hostile(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, time.monotonic(), headers))
        endless = {
            "/slow-headers": (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
            "/slow-body": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        }
        if self.path in endless:
            begin, again = endless[self.path]
            self._send_without_end(begin, again, pause=0.2)
        elif self.path == "/endless-headers":
            self._send_without_end(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 10_000 + b"\r\n", pause=0.0)
        elif self.path == "/endless-body":
            self._send_without_end(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 100_000, pause=0.0)
        else:
            status, body = (404, b"") if self.path == "/robots.txt" else (200, A_PAGE.encode())
            self.send_response(status)
            self.send_header("Set-Cookie", "phien=1")
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _send_without_end(self, begin: bytes, again: bytes, pause: float) -> None:
        try:
            self.wfile.write(begin)
            while not self.server.stopped.wait(pause):
                self.wfile.write(again)
        except OSError:
            pass  # the process has hung up

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def world() -> Iterator[Mirror]:
    with played(HOSTS) as served:
        yield served


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    with Loopback() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.stopped.set()
        server.shutdown()
        thread.join()


def job(slug: str, *urls: str, delay: float = 0, timeout: float = 30, is_survey: bool = False) -> FetchJob:
    """Return the job of a portal whose start URLs are all that is fetched, unless it is a survey."""
    portal = portal_at(urls[0])
    politeness = {"delay_seconds": delay, "timeout_seconds": timeout}
    changed = {"slug": slug, "seed_urls": urls, "politeness": portal.politeness.model_copy(update=politeness)}
    return FetchJob(portal.model_copy(update=changed), is_survey)


PAGES = {
    "page": f"{WARD}/tin-tuc",
    "http": "http://phuongtayho.hanoi.test/tin-tuc",
    "out": "https://cu.test/",
    "loop": "https://vong.test/a",
    "denied": f"{WARD}/noi-bo/lich-cong-tac",
    "denied-behind": "https://cam.test/",
    "robots-missing": "https://mo.test/",
    "robots-huge": "https://dai.test/",
    "bomb-gzip": "https://bom-gzip.test/",
    "bomb-br": "https://bom-br.test/",
    "challenge": "https://xasocson.hanoi.test/",
    "missing": f"{WARD}/khong-co",
    "silent": "https://khong-tra-loi.test/",
}
Played: TypeAlias = dict[str, Captures]


@pytest.fixture(scope="module")
def done(world: Mirror, loopback: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Fetch all that these tests look at in one process; return the captures by slug."""
    jobs = [
        *(job(slug, url) for slug, url in PAGES.items()),
        job("robots-fails", "https://hong.test/", "https://hong.test/tin"),
        job("moved", "https://cu.test/", is_survey=True),
        job("ftp", "https://ftp.test/", is_survey=True),
        job("slow-headers", loopback.url("/slow-headers"), timeout=2),
        job("slow-body", loopback.url("/slow-body"), timeout=2),
        job("endless-headers", loopback.url("/endless-headers"), timeout=5),
        job("endless-body", loopback.url("/endless-body")),
        job("polite", loopback.url("/1"), loopback.url("/2"), delay=2),
    ]
    environment = {**world.environment(), "no_proxy": "127.0.0.1", CONTACT_VARIABLE: "mailto:ai-do@example.org"}
    return fetched(tmp_path_factory.mktemp("scratch"), jobs, environment, "--serves-mirror")


def outcome(done: Played, slug: str) -> CapturedPage | FetchError:
    return done[slug].outcomes[PAGES[slug]]


def test_a_page_has_its_bytes_and_type(done: Played) -> None:
    page = outcome(done, "page")
    assert isinstance(page, CapturedPage)
    assert page.url == page.requested_url == f"{WARD}/tin-tuc"
    assert "phường Tây Hồ" in page.body.decode()
    assert page.content_type == "text/html;charset=UTF-8"


def test_redirects_in_scope_are_followed(done: Played) -> None:
    page = outcome(done, "http")
    assert (page.url, isinstance(page, CapturedPage)) == (f"{WARD}/tin-tuc", True)


def test_only_a_surveyed_home_page_may_redirect_to_another_host(done: Played) -> None:
    page = done["moved"].outcomes["https://cu.test/"]
    assert (page.url, isinstance(page, CapturedPage)) == ("https://moi.test/", True)
    assert "https://moi.test/sitemap.xml" in done["moved"].outcomes


@pytest.mark.parametrize(
    ("slug", "kind", "url"),
    [
        ("out", "out_of_scope", "https://moi.test/"),
        ("loop", "redirect_loop", None),
        ("denied", "robots_denied", f"{WARD}/noi-bo/lich-cong-tac"),
        ("denied-behind", "robots_denied", "https://cam.test/noi-bo/lich"),
        ("challenge", "challenge_d1n", "https://xasocson.hanoi.test/"),
        ("missing", "http_404", f"{WARD}/khong-co"),
        ("silent", "connection", "https://khong-tra-loi.test/"),
        ("bomb-gzip", "decompression_ratio", "https://bom-gzip.test/"),
        ("bomb-br", "decompression_ratio", "https://bom-br.test/"),
    ],
)
def test_failures_have_the_error_kinds_of_a_crawl(done: Played, slug: str, kind: str, url: str | None) -> None:
    error = outcome(done, slug)
    assert isinstance(error, FetchError)
    assert (error.kind, error.url) == (kind, url or error.url)


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("slow-headers", "timeout"),
        ("slow-body", "timeout"),
        ("endless-headers", "bad_response"),
        ("endless-body", "too_large"),
    ],
)
def test_answers_without_end_are_cut_off(done: Played, loopback: Loopback, slug: str, kind: str) -> None:
    error = done[slug].outcomes[loopback.url(f"/{slug}")]
    assert isinstance(error, FetchError)
    assert error.kind == kind


def test_nothing_is_requested_from_a_host_whose_robots_txt_fails(done: Played, world: Mirror) -> None:
    kinds = [one.kind for one in done["robots-fails"].outcomes.values() if isinstance(one, FetchError)]
    assert kinds == ["http_503"] * 3
    assert {request.url for request in world.requests if "hong.test" in request.url} == {"https://hong.test/robots.txt"}


def test_a_host_without_robots_txt_may_be_fetched(done: Played) -> None:
    assert isinstance(outcome(done, "robots-missing"), CapturedPage)


def test_a_huge_robots_txt_delays_nothing(done: Played) -> None:
    assert isinstance(outcome(done, "robots-huge"), CapturedPage)
    started = time.monotonic()
    assert done["robots-huge"].sitemaps("https://dai.test/") == ()
    assert time.monotonic() - started < 5


def test_sitemaps_of_robots_txt_are_absolute(done: Played) -> None:
    assert done["denied-behind"].sitemaps("https://cam.test/") == ("https://cam.test/a.xml",)


def test_a_redirect_to_another_scheme_is_not_followed(done: Played) -> None:
    error = done["ftp"].outcomes["https://ftp.test/"]
    assert isinstance(error, FetchError)
    assert error.kind == "http_301"


def test_requests_name_the_contact_keep_no_cookie_and_are_spaced_by_the_delay(done: Played, loopback: Loopback) -> None:
    sent = {path: (at, headers) for path, at, headers in loopback.requests if path in ("/1", "/2")}
    # The process plays two dozen portals at once: it may be late to connect for the first request.
    assert abs(sent["/2"][0] - sent["/1"][0]) > 1
    for _, headers in sent.values():
        assert headers["user-agent"].startswith("hanoi-corpus/")
        assert "mailto:ai-do@example.org" in headers["user-agent"]
        assert "cookie" not in headers


def test_private_addresses_are_refused_and_certificates_verified(
    world: Mirror, loopback: Loopback, tmp_path: Path
) -> None:
    """As for portals of the Internet: no switch is set, and the certificate authority of the mirror is unknown."""
    jobs = [
        job("redirected", "http://vao-trong.test/", is_survey=True),
        job("number", "http://169.254.169.254/latest/", is_survey=True),
        job("name", loopback.url("/inside", "localhost")),
        job("unknown-issuer", "https://moi.test/"),
    ]
    environment = {**world.environment(), "no_proxy": "localhost,127.0.0.1", "SSL_CERT_FILE": "/dev/null"}
    done = fetched(tmp_path, jobs, environment)
    kinds = {
        slug: [
            one.kind for url, one in captures.outcomes.items() if isinstance(one, FetchError) and "robots" not in url
        ]
        for slug, captures in done.items()
    }
    assert kinds == {
        "redirected": ["private_address"],
        "number": ["private_address"],
        "name": ["private_address"],
        "unknown-issuer": ["tls_incomplete_chain"],
    }
    assert not [path for path, _, _ in loopback.requests if path == "/inside"]


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.test/", "file:///etc/passwd", "https://name@a.test/"),
        *("https://[/", "tin-tuc", "https://a.test:99999/", "https://a.test:0/", "https://cổng.test/"),
    ],
)
def test_a_url_that_is_not_plain_http_is_not_surveyed(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        portal_at(url)
    assert caught.value.kind == "not_http"


def test_a_page_that_was_not_fetched_before_the_process_stopped_is_an_error() -> None:
    portal: Portal = portal_at(f"{WARD}/")
    with pytest.raises(FetchError) as caught:
        Captures({}).get(f"{WARD}/", portal)
    assert caught.value.kind == "stopped"
