"""The SSRF guard: its rule, and real crawls without a proxy against servers on this machine."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from spiders.fetch.connection.ssrf_guard import address_of_number, is_private, is_public
from tests.crawling import CRAWL_TIMEOUT_SECONDS, define_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255"),  # noqa: S104 - nothing is bound to it
    *("::1", "::", "fe80::1%eth0", "fc00::1", "ff0e::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("2002:7f00:1::", "2001:0:1::1", "64:ff9b::7f00:1", "::127.0.0.1"),
    *("fec0::1", "3fff::1", "192.88.99.1", "192.0.0.9", "192.0.0.192", "168.63.129.16", "198.18.0.1", "0.1.2.3"),
    *("2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1", "64:ff9b::168.63.129.16", "::ffff:192.0.0.192", "100::1"),
    *("64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::5db8:d822", "fd00:ec2::254", "::ffff:0:7f00:1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ip_addresses_are_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_ip_addresses_are_refused(address: str) -> None:
    assert not is_public(address)


PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fc00::1", "::ffff:10.0.0.1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_own_servers_have_private_ip_addresses(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize(
    "address", [*PUBLIC, *sorted(set(NOT_PUBLIC) - {*PRIVATE, "::ffff:127.0.0.1"}), "fd00:ec2::254"]
)
def test_metadata_services_and_other_addresses_are_not_private(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        *((host, "127.0.0.1") for host in ("127.0.0.1", "127.0.0.1.", "2130706433", "0x7f.1", "0177.0.0.1", "127.1")),
        *(("[::1]", "::1"), ("::ffff:7f00:1", "::ffff:127.0.0.1"), ("0", "0.0.0.0")),  # noqa: S104
        *((name, None) for name in ("localhost", "cong.hanoi.test", "127.0.0.1.hanoi.test", "")),
    ],
)
def test_numeric_hosts_are_read_as_resolvers_read_them(host: str, address: str | None) -> None:
    found = address_of_number(host)
    assert found == address or (found is not None and found.endswith("7f00:1") and host.endswith("7f00:1"))


ARTICLE = "/tin/-/view_content/1-tin"
# Names stand for this machine: by IPv4, by IPv6 alone, or by both. `--public` has the guard take 127.0.0.2 and ::1 for
# addresses of the Internet.
DRIVER = """
import socket, sys
names = {
    "cong.hanoi.test": ["127.0.0.2"],
    "noi-bo.hanoi.test": ["127.0.0.1"],
    "moi.hanoi.test": ["::1"],
    "ca-hai.hanoi.test": ["::1", "127.0.0.1"],
    "noi-bo-moi.hanoi.test": ["::ffff:127.0.0.1", "fd00::1", "64:ff9b::127.0.0.1"],
}
resolve = socket.getaddrinfo
def getaddrinfo(host, *arguments, **named):
    return [found for address in names.get(host, [host]) for found in resolve(address, *arguments, **named)]
socket.getaddrinfo = getaddrinfo  # before Twisted takes it
import spiders.fetch.connection.ssrf_guard, spiders.crawl.process
if sys.argv[1] == "--public":
    spiders.fetch.connection.ssrf_guard.is_public = lambda address: address in ("127.0.0.2", "::1")
sys.exit(spiders.crawl.process.main(sys.argv[2:]))
"""


class SixServer(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def answering(asked: list[str]) -> Iterator[int]:
    """Serve on three loopback addresses, one of IPv6.

    The article redirects to the inner name, other pages list it.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            inside = f"http://noi-bo.hanoi.test:{port}/quan-tri" if self.path == ARTICLE else None
            body = (
                f'<div class="asset-abstract"><h3 class="asset-title"><a href="{ARTICLE}">Tin</a></h3></div>'.encode()
            )
            self.send_response(404 if self.path == "/robots.txt" else 302 if inside else 200)
            if inside:
                self.send_header("Location", inside)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = first.server_port
    servers = [first, ThreadingHTTPServer(("127.0.0.2", port), Handler), SixServer(("::1", port), Handler)]
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def crawl_directly(home: Home, folder: Path, mode: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    options = ["--home", str(home.root), "--definitions", str(folder), *arguments]
    return subprocess.run(
        [sys.executable, "-c", DRIVER, mode, *options],
        env={**environment, "HANOI_CORPUS_CONTACT": "https://example.org/crawler"},
        capture_output=True,
        text=True,
        timeout=CRAWL_TIMEOUT_SECONDS,
        check=True,
    )


def reports(home: Home) -> dict[str, CrawlReport]:
    found = [read_report(warc) for warc in warc_files(home)]
    return {report.portal: report for report in found if report is not None}


def addresses_in(home: Home) -> set[str]:
    """Return the IP addresses from which the archive has responses."""
    files = [io.BytesIO(warc.read()) for warc in warc_files(home)]
    records = (one for file in files for one in ArchiveIterator(file, record_types=WarcRecordType.response))
    return {record.headers["WARC-IP-Address"] for record in records}


def define(folder: Path, slug: str, url: str, *hosts: str) -> None:
    politeness = {"delay_seconds": 0, "retry_delays_seconds": []}
    define_portal(
        folder,
        slug,
        hosts[0],
        platform="liferay_point",
        seed_urls=[url],
        politeness=politeness,
        scope={"hosts": [*hosts]},
    )


@pytest.mark.process
@pytest.mark.slow
def test_a_crawl_does_not_connect_to_this_machine(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        hosts = {"name": "noi-bo.hanoi.test", "local": "localhost", "number": "127.0.0.1", "decimal": "2130706433"}
        hosts |= {"six": "moi.hanoi.test", "six-number": "[::1]", "both": "ca-hai.hanoi.test"}
        hosts |= {"mapped": "noi-bo-moi.hanoi.test", "mapped-number": "[::ffff:127.0.0.1]"}
        for slug, host in hosts.items():
            define(folder, slug, f"http://{host}:{port}/tin", f"{host}:{port}")
        crawl_directly(home, folder, "--guarded", *hosts)
    assert asked == []
    judged = {slug: (report.verdict, report.errors) for slug, report in reports(home).items()}
    assert judged == dict.fromkeys(hosts, ("unreachable", {"private_address": 1}))
    assert "stands for an address that is not public" in reports(home)["name"].verdict_reason


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("mode", "option"), [("--public", None), ("--guarded", "--allow-private")])
def test_a_host_that_has_ipv6_alone_is_reached(tmp_path: Path, mode: str, option: str | None) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        hosts = {"six": "moi.hanoi.test", "number": "[::1]"}
        for slug, host in hosts.items():
            define(folder, slug, f"http://{host}:{port}/tin", f"{host}:{port}")
        crawl_directly(home, folder, mode, *([option] if option else []), *hosts)
    assert {f"{host}:{port}/tin" for host in hosts.values()} <= set(asked)
    assert addresses_in(home) == {"::1"}


@pytest.mark.process
@pytest.mark.slow
def test_of_several_addresses_only_public_ones_are_connected_to(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        define(folder, "both", f"http://ca-hai.hanoi.test:{port}/tin", f"ca-hai.hanoi.test:{port}")
        crawl_directly(home, folder, "--public", "both")
    assert f"ca-hai.hanoi.test:{port}/tin" in asked
    assert addresses_in(home) == {"::1"}


@pytest.mark.process
@pytest.mark.slow
def test_a_redirect_does_not_connect_to_this_machine(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        outer, inner = f"cong.hanoi.test:{port}", f"noi-bo.hanoi.test:{port}"
        define(folder, "cong", f"http://{outer}/tin", outer, inner)
        crawl_directly(home, folder, "--public", "cong")
    assert {f"{outer}/tin", f"{outer}{ARTICLE}"} <= set(asked)
    assert not [place for place in asked if place.startswith(inner)]
    assert reports(home)["cong"].errors == {"private_address": 1}


@pytest.mark.process
@pytest.mark.slow
def test_a_crawl_of_an_own_server_connects_to_this_machine_and_not_to_metadata(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        hosts = {"name": "noi-bo.hanoi.test", "number": "127.0.0.1"}
        for slug, host in hosts.items():
            define(folder, slug, f"http://{host}:{port}/tin", f"{host}:{port}")
        define(folder, "metadata", "http://169.254.169.254/tin", "169.254.169.254")
        crawl_directly(home, folder, "--guarded", "--allow-private", *hosts, "metadata")
    assert {f"{host}:{port}/tin" for host in hosts.values()} <= set(asked)
    assert reports(home)["metadata"].errors == {"private_address": 1}


@pytest.mark.process
def test_a_crawl_of_a_mirror_connects_to_this_machine(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        define(folder, "cong", f"http://noi-bo.hanoi.test:{port}/tin", f"noi-bo.hanoi.test:{port}")
        crawl_directly(home, folder, "--guarded", "--serves-mirror", "cong")
    assert f"noi-bo.hanoi.test:{port}/tin" in asked


@pytest.mark.process
@pytest.mark.slow
def test_a_proxy_on_this_machine_is_allowed_and_logged(tmp_path: Path) -> None:
    home, folder, asked = Home(tmp_path / "home"), tmp_path / "portals", list[str]()
    with answering(asked) as port:
        define(folder, "cong", "http://cong.hanoi.test/tin", "cong.hanoi.test")
        define(folder, "so", "http://169.254.169.254/tin", "169.254.169.254")
        environment = {**os.environ, "http_proxy": f"http://127.0.0.1:{port}", "HANOI_CORPUS_CONTACT": "a@example.org"}
        command = ["--home", str(home.root), "--definitions", str(folder), "--run-id", "test", "cong", "so"]
        subprocess.run(
            [sys.executable, "-m", "spiders.crawl", *command],
            env={**environment, "no_proxy": ""},
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
    assert any(place.startswith("cong.hanoi.test") for place in asked)
    assert not any(place.startswith("169.254") for place in asked)
    assert reports(home)["so"].errors == {"private_address": 1}
    assert "Requests go through a proxy (127.0.0.1)" in (home.root / "logs" / "crawl-test.log").read_text()
