"""The polite visitor: what it asks for, what it refuses, and how it says who it is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror.server import Mirror
from spiders.mirror.sites.base import Response
from spiders.onboarding import visit
from spiders.onboarding.visit import VisitError, Visitor
from tests.visiting import leading_to, mirror, pages, played, visitor_of

__all__ = ["mirror"]

WARD = "https://phuongtayho.hanoi.test"
A_PAGE = "<html><body><p>Một trang.</p></body></html>"


def kind_of(visitor: Visitor, url: str) -> str:
    with pytest.raises(VisitError) as caught:
        visitor.get(url)
    return caught.value.kind


def test_a_page_comes_with_its_bytes_and_type(mirror: Mirror) -> None:
    page = visitor_of(mirror).get(f"{WARD}/tin-tuc")
    assert page.url == page.asked == f"{WARD}/tin-tuc"
    assert "phường Tây Hồ" in page.body.decode()
    assert page.content_type == "text/html;charset=UTF-8"


def test_redirects_are_followed_and_recorded(mirror: Mirror) -> None:
    page = visitor_of(mirror).get("http://phuongtayho.hanoi.test/tin-tuc")
    assert (page.asked, page.url) == ("http://phuongtayho.hanoi.test/tin-tuc", f"{WARD}/tin-tuc")


def test_a_redirect_out_of_scope_is_not_followed() -> None:
    with played({"cu.test": pages({"/": leading_to(f"{WARD}/")})}) as served:
        with pytest.raises(VisitError) as caught:
            visitor_of(served).get("https://cu.test/", lambda url: url.startswith("https://cu.test/"))
        assert (caught.value.kind, caught.value.url) == ("out_of_scope", f"{WARD}/")
        assert not [request for request in served.requests if "phuongtayho" in request.url]


def test_redirects_in_a_circle_end() -> None:
    with played({"vong.test": pages({"/a": leading_to("/b"), "/b": leading_to("/a")})}) as served:
        assert kind_of(visitor_of(served), "https://vong.test/a") == "redirect_loop"


def test_robots_txt_is_obeyed_also_after_a_redirect(mirror: Mirror) -> None:
    visitor = visitor_of(mirror)
    before = len(mirror.requests)
    assert kind_of(visitor, f"{WARD}/noi-bo/lich-cong-tac") == "robots_denied"
    assert [request.url for request in mirror.requests[before:]] == [f"{WARD}/robots.txt"]
    with played({"cu.test": pages({"/": leading_to(f"{WARD}/noi-bo/lich-cong-tac")})}) as served:
        assert kind_of(visitor_of(served), "https://cu.test/") == "robots_denied"


def test_a_host_whose_robots_txt_cannot_be_had_is_asked_for_nothing_more() -> None:
    with played({"hong.test": pages({"/robots.txt": Response(503, {}, b""), "/": A_PAGE})}) as served:
        visitor = visitor_of(served)
        assert kind_of(visitor, "https://hong.test/") == "http_503"
        assert kind_of(visitor, "https://hong.test/tin") == "http_503"
        assert [request.url for request in served.requests] == ["https://hong.test/robots.txt"]


def test_a_host_without_robots_txt_may_be_visited() -> None:
    with played({"mo.test": pages({"/robots.txt": Response(404, {}, b"Disallow: /"), "/": A_PAGE})}) as served:
        assert visitor_of(served).get("https://mo.test/").body == A_PAGE.encode()


def test_what_fails_says_why_in_the_words_of_a_crawl(mirror: Mirror) -> None:
    visitor = visitor_of(mirror)
    assert kind_of(visitor, "https://xasocson.hanoi.test/") == "challenge_d1n"
    assert kind_of(visitor, f"{WARD}/khong-co") == "http_404"
    assert kind_of(visitor, "https://khong-tra-loi.test/") == "connection"


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "ANSWER_MAX_BYTES", 10_000)
    # Small on the wire, since it is compressed: what counts is what it unpacks to.
    with played({"to.test": pages({"/": A_PAGE + " " * 10_000, "/vua": A_PAGE})}) as served:
        assert kind_of(visitor_of(served), "https://to.test/") == "too_large"
        assert visitor_of(served).get("https://to.test/vua").body


def test_certificates_are_verified(mirror: Mirror) -> None:
    without_authority = {**mirror.environment(), "SSL_CERT_FILE": ""}
    assert kind_of(Visitor(delay_seconds=0, environment=without_authority), f"{WARD}/") == "tls_incomplete_chain"


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.test/", "file:///etc/passwd", "https://name@a.test/"),
        *("https://[/", "tin-tuc", "https://a.test:99999/", "https://cổng.test/"),
    ],
)
def test_what_is_no_plain_http_address_is_not_visited(mirror: Mirror, url: str) -> None:
    assert kind_of(visitor_of(mirror), url) == "not_http"


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Return a visitor without a proxy, for which two names stand for addresses outside and inside."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    known = {"cong.test": "93.184.216.34", "noi-bo.test": "10.0.0.5"}

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        return REAL_RESOLVE(known.get(host, host), port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return Visitor(delay_seconds=0)


REAL_RESOLVE = socket.getaddrinfo


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.1.2.3", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],  # noqa: S104
)
def test_addresses_that_are_not_public_are_refused(direct: Visitor, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        assert kind_of(direct, f"http://{host}:{server.getsockname()[1]}/") == "private_address"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1:8080", "[::1]", "[fe80::1]"])
def test_a_proxy_is_asked_for_no_number_that_is_not_public(mirror: Mirror, host: str) -> None:
    before = len(mirror.requests)
    assert kind_of(visitor_of(mirror), f"http://{host}/latest/") == "private_address"
    assert len(mirror.requests) == before


def test_the_address_that_was_judged_is_the_one_that_is_asked_and_no_redirect_leads_inside(
    direct: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def answer(_visitor: Visitor, url: str, target: str, _proxy: str | None) -> Any:
        asked.append((url, target))
        status = 404 if url.endswith("robots.txt") else 302
        return visit._Answer(status, httpx.Headers({"Location": "http://noi-bo.test/quan-tri"}), b"")

    monkeypatch.setattr(Visitor, "_send", answer)
    with pytest.raises(VisitError) as caught:
        direct.get("http://cong.test/")
    assert (caught.value.kind, caught.value.url) == ("private_address", "http://noi-bo.test/quan-tri")
    assert asked == [
        ("http://cong.test/robots.txt", "http://93.184.216.34/robots.txt"),
        ("http://cong.test/", "http://93.184.216.34/"),
    ]


@pytest.fixture
def recording_proxy() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Return a proxy that sets a cookie with each page, and the headers that it was sent."""
    seen: list[dict[str, str]] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Set-Cookie", "phien=1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


def test_it_says_who_it_is_and_keeps_no_cookie(
    recording_proxy: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONTACT_VARIABLE, "mailto:ai-do@example.org")
    url, seen = recording_proxy
    visitor = Visitor(delay_seconds=0, environment={"http_proxy": url, "no_proxy": ""})
    visitor.get("http://cong.test/")
    visitor.get("http://cong.test/tin-tuc")
    assert len(seen) == 3
    for headers in seen:
        assert headers["user-agent"].startswith("hanoi-corpus/")
        assert "mailto:ai-do@example.org" in headers["user-agent"]
        assert headers["host"] == "cong.test"
        assert "cookie" not in headers


def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_a_host_is_asked_no_sooner_than_the_delay_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = {"a.test": pages({"/": A_PAGE, "/2": A_PAGE}), "b.test": pages({"/": A_PAGE})}
    with played(hosts) as served:
        slept = sleeps(monkeypatch)
        visitor = Visitor(delay_seconds=50, environment=served.environment())
        visitor.get("https://a.test/")
        visitor.get("https://a.test/2")
        visitor.get("https://b.test/")
    # robots.txt of a, page, page; robots.txt of b, which waits for nobody, page.
    assert slept == pytest.approx([50, 50, 50], abs=5)


def test_a_longer_delay_of_robots_txt_is_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def asking_for(seconds: int) -> str | Response:
        return Response(200, {}, f"User-agent: *\nCrawl-delay: {seconds}\n".encode())

    hosts = {
        "cham.test": pages({"/robots.txt": asking_for(20), "/": A_PAGE}),
        "rat-cham.test": pages({"/robots.txt": asking_for(9000), "/": A_PAGE}),
    }
    with played(hosts) as served:
        slept = sleeps(monkeypatch)
        visitor = Visitor(delay_seconds=1, environment=served.environment())
        visitor.get("https://cham.test/")
        visitor.get("https://rat-cham.test/")
        assert visitor.crawl_delay("https://cham.test/") == 20
    assert slept == pytest.approx([20, 30], abs=2)


def test_sitemaps_of_robots_txt_are_absolute() -> None:
    robots = Response(200, {}, b"Sitemap: /a.xml\nSitemap: http://[\nSitemap: https://so-do.test/b.xml\n")
    with played({"so-do.test": pages({"/robots.txt": robots})}) as served:
        found = visitor_of(served).sitemaps("https://so-do.test/")
    assert found == ("https://so-do.test/a.xml", "https://so-do.test/b.xml")
