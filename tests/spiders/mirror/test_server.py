"""The mirror server, tested with the standard library's client: proxying, TLS, compression, stopping."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from spiders.mirror.days import UnknownDayError, moment_of
from spiders.mirror.server import Mirror, Request, serve
from spiders.mirror.sites.base import CONNECTION_RESET, Response, Site

ARTICLE = "https://myduc.hanoi.test/tin-tuc/-/view_content/100-hop-giao-ban-thang-ba"


def saved_page(method: str, target: str) -> Response:
    return Response(200, {"Content-Type": "text/html"}, f"{method} {target}".encode() * 100)


@pytest.fixture(scope="module")
def mirror(content_folder: Path) -> Iterator[Mirror]:
    with serve(1, delays=False, content=content_folder, extra={"sotttt.hanoi.gov.vn": saved_page}) as running:
        yield running


def opener(mirror: Mirror, context: ssl.SSLContext | None = None) -> urllib.request.OpenerDirector:
    trusting = context or ssl.create_default_context(cafile=mirror.ca_file)
    proxies = {"http": mirror.proxy_url, "https": mirror.proxy_url}
    return urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=trusting)
    )


def fetch(mirror: Mirror, url: str) -> tuple[int, str, bytes]:
    with opener(mirror).open(url, timeout=5) as response:
        return response.status, response.url, response.read()


def address(mirror: Mirror) -> tuple[str, int]:
    parts = urlsplit(mirror.proxy_url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def tunnel(mirror: Mirror, host: str) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=mirror.ca_file)
    connection = http.client.HTTPSConnection(*address(mirror), context=context, timeout=5)
    connection.set_tunnel(host, 443)
    return connection


def test_https_goes_through_connect_and_the_certificate_verifies(mirror: Mirror) -> None:
    status, _, body = fetch(mirror, ARTICLE)
    assert status == 200
    assert "Họp giao ban tháng Ba" in body.decode()


def test_https_is_rejected_without_the_mirror_s_ca(mirror: Mirror) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        opener(mirror, ssl.create_default_context()).open(ARTICLE, timeout=5)


def test_each_host_has_its_own_certificate(mirror: Mirror) -> None:
    for host in ("myduc.hanoi.test", "baothudo.test"):
        connection = tunnel(mirror, host)
        connection.connect()
        certificate = connection.sock.getpeercert()
        connection.close()
        assert certificate
        assert certificate["subjectAltName"] == (("DNS", host),)
        assert mirror.tls_context(host) is mirror.tls_context(host)


def test_http_redirects_to_https(mirror: Mirror) -> None:
    start = len(mirror.requests)
    _, url, _ = fetch(mirror, ARTICLE.replace("https:", "http:"))
    assert url == ARTICLE
    assert mirror.requests[start:] == [
        Request("GET", ARTICLE.replace("https:", "http:"), 301),
        Request("GET", ARTICLE, 200),
    ]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://khong-co.test/", 502),
        ("https://myduc.hanoi.test/tin-tuc/-/view_content/104-bai-mat", 404),
        ("https://myduc.hanoi.test/robots.txt", 404),
    ],
)
def test_missing_hosts_and_pages_return_an_error_status(mirror: Mirror, url: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener(mirror).open(url, timeout=5)
    caught.value.close()
    assert caught.value.code == status


def test_connect_to_an_unknown_host_is_502(mirror: Mirror) -> None:
    connection = tunnel(mirror, "khong-co.test")
    with pytest.raises(OSError, match="502"):
        connection.connect()
    connection.close()


def test_a_moved_article_redirects(mirror: Mirror) -> None:
    base = "https://myduc.hanoi.test/tin-tuc/-/view_content/"
    assert fetch(mirror, f"{base}102-bai-da-doi-cho")[1] == f"{base}102-bai-da-doi-cho-khac"


def test_one_connection_carries_many_requests_with_exact_lengths(mirror: Mirror) -> None:
    connection = tunnel(mirror, "myduc.hanoi.test")
    for target in ("/tin-tuc", "/khong-co", "/thong-bao"):
        connection.request("GET", target)
        response = connection.getresponse()
        assert len(response.read()) == int(response.headers["Content-Length"])
        assert response.version == 11
        assert not response.will_close
    connection.request("HEAD", "/tin-tuc")
    response = connection.getresponse()
    assert response.read() == b""
    assert int(response.headers["Content-Length"]) > 1000
    connection.close()


def test_text_is_compressed_on_request_and_documents_are_not(mirror: Mirror) -> None:
    connection = tunnel(mirror, "myduc.hanoi.test")
    connection.request("GET", "/tin-tuc", headers={"Accept-Encoding": "gzip, br"})
    response = connection.getresponse()
    body = response.read()
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) == int(response.headers["Content-Length"])
    assert b"asset-abstract" in gzip.decompress(body)
    connection.request("GET", "/documents/101/ke-hoach-45.pdf", headers={"Accept-Encoding": "gzip, br"})
    response = connection.getresponse()
    assert response.headers["Content-Encoding"] is None
    assert response.read().startswith(b"%PDF-")
    connection.close()


def test_the_portals_are_read_only(mirror: Mirror) -> None:
    connection = tunnel(mirror, "myduc.hanoi.test")
    connection.request("POST", "/tin-tuc", body=b"x=1")
    response = connection.getresponse()
    assert response.status == 405
    response.read()
    connection.close()


def test_the_day_may_change_while_the_mirror_runs(mirror: Mirror) -> None:
    url = ARTICLE.rpartition("-")[0]
    assert "tháng Ba" in fetch(mirror, url)[2].decode()
    mirror.day = 2
    try:
        assert "tháng Tư" in fetch(mirror, url)[2].decode()
    finally:
        mirror.day = 1
    with pytest.raises(UnknownDayError, match="not day 6"):
        mirror.day = 6


def test_the_date_header_follows_the_mirror_s_clock(mirror: Mirror) -> None:
    connection = tunnel(mirror, "xadonganh.hanoi.test")
    for day in (1, 5):
        mirror.day = day
        connection.request("GET", "/robots.txt")
        response = connection.getresponse()
        response.read()
        date = parsedate_to_datetime(response.headers["Date"])
        assert moment_of(day) - timedelta(seconds=1) <= date <= mirror.clock.now()
        assert mirror.clock.now() < moment_of(day) + timedelta(minutes=5)
        changed = parsedate_to_datetime(response.headers["Last-Modified"])
        assert timedelta(0) <= date - changed - timedelta(hours=24) <= timedelta(seconds=5)
    connection.close()
    mirror.day = 1


def test_a_304_has_no_body_and_no_length(mirror: Mirror) -> None:
    connection = tunnel(mirror, "phuongtayho.hanoi.test")
    connection.request("GET", "/rss/tin-tuc.rss")
    response = connection.getresponse()
    response.read()
    connection.request("GET", "/rss/tin-tuc.rss", headers={"If-None-Match": response.headers["ETag"]})
    again = connection.getresponse()
    assert (again.status, again.read(), again.headers["Content-Length"]) == (304, b"", None)
    connection.request("GET", "/tin-tuc")
    assert connection.getresponse().read()
    connection.close()


class Closed(Site):
    """A portal whose every connection is reset."""

    def get(
        self, target: str, day: int, headers: Mapping[str, str] | None = None, at: datetime | None = None
    ) -> Response:
        return CONNECTION_RESET


def test_an_outage_resets_the_connection_and_other_portals_respond(content_folder: Path) -> None:
    with serve(1, content=content_folder, extra={"mat-dien.test": Closed()}) as mirror:
        for _ in range(2):
            connection = tunnel(mirror, "mat-dien.test")
            connection.request("GET", "/")
            with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
                connection.getresponse()
            connection.close()
        assert fetch(mirror, ARTICLE)[0] == 200
        assert mirror.requests[0] == Request("GET", "https://mat-dien.test/", 0)


def test_extra_hosts_are_served_under_their_own_names(mirror: Mirror) -> None:
    assert fetch(mirror, "https://sotttt.hanoi.gov.vn/pctn?_101_cur=2")[2].startswith(b"GET /pctn?_101_cur=2")
    assert fetch(mirror, "http://sotttt.hanoi.gov.vn/pctn")[1] == "http://sotttt.hanoi.gov.vn/pctn"


def test_the_environment_sets_the_proxy_for_both_schemes(mirror: Mirror) -> None:
    environment = mirror.environment()
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    assert {environment[name] for name in names} == {mirror.proxy_url}
    assert environment["no_proxy"] == environment["NO_PROXY"] == ""
    assert environment["SSL_CERT_FILE"] == str(mirror.ca_file)


def test_a_request_without_an_absolute_url_returns_400(mirror: Mirror) -> None:
    connection = http.client.HTTPConnection(*address(mirror), timeout=5)
    connection.request("GET", "/tin-tuc")
    response = connection.getresponse()
    assert response.status == 400
    response.read()
    connection.close()


def test_a_client_that_disconnects_disturbs_nobody(mirror: Mirror, capfd: pytest.CaptureFixture[str]) -> None:
    for start in (b"", b"GET http://myduc", b"CONNECT myduc.hanoi.test:443 HTTP/1.1\r\n\r\n"):
        with socket.create_connection(address(mirror), timeout=5) as client:
            client.sendall(start)
    assert fetch(mirror, ARTICLE)[0] == 200
    assert capfd.readouterr().err == ""


def test_stopping_does_not_wait_for_idle_or_slow_connections(
    content_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spiders.mirror.sites.base.SLOW_SECONDS", 60)
    before = set(threading.enumerate())
    with serve(1, content=content_folder) as mirror:
        ca_file = mirror.ca_file
        idle, slow = tunnel(mirror, "myduc.hanoi.test"), tunnel(mirror, "myduc.hanoi.test")
        idle.connect()
        slow.request("GET", "/tin-tuc/-/view_content/105-bai-cham")
        time.sleep(0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 20
    assert set(threading.enumerate()) <= before
    assert not ca_file.exists()
    idle.close()
    slow.close()


def test_a_slow_portal_is_slow_unless_delays_are_off(content_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiders.mirror.sites.base.SLOW_SECONDS", 0.3)
    with serve(1, content=content_folder) as mirror:
        started = time.monotonic()
        fetch(mirror, "https://myduc.hanoi.test/tin-tuc/-/view_content/105-bai-cham")
        assert time.monotonic() - started >= 0.3


def test_a_port_in_use_is_an_error(mirror: Mirror, content_folder: Path) -> None:
    port = address(mirror)[1]
    with pytest.raises(OSError, match="in use"), serve(1, port=port, content=content_folder):
        pass
