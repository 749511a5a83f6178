"""robots.txt that is missing, unreadable or unreachable: what may be asked then, and what the verdict says."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from protego import Protego

from spiders.fetch.politeness import robots_text
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command, define_portal
from tests.raw_server import answer, open_chunks, serve_raw
from warehouse.archive.files import warc_files
from warehouse.archive.warc.reader import read_report
from warehouse.home import Home
from warehouse.records import CrawlReport

HOST = "phuong-lang.hanoi.test"
RULES = b"User-agent: *\nDisallow: /noi-bo\n"


@pytest.mark.parametrize(
    "body",
    [
        RULES,
        b"\xef\xbb\xbf" + RULES,
        RULES.decode().encode("utf-16"),
        b"\xfe\xff" + RULES.decode().encode("utf-16-be"),
        "# cổng của phường\n".encode("cp1258", "replace") + b"\xe0\xe8\n" + RULES,
        RULES.replace(b"\n", b"\r\n"),
        RULES.replace(b"\n", b"\r"),
    ],
)
def test_rules_are_read_in_every_encoding_that_editors_save(body: bytes) -> None:
    rules = Protego.parse(robots_text(body))
    assert not rules.can_fetch(f"https://{HOST}/noi-bo/lich", "hanoi-corpus")
    assert rules.can_fetch(f"https://{HOST}/tin", "hanoi-corpus")


def test_a_page_in_place_of_robots_txt_forbids_nothing() -> None:
    rules = Protego.parse(
        robots_text(b"<!DOCTYPE html><html><body><p>Disallow: /</p><p>User-agent: *</p></body></html>")
    )
    assert rules.can_fetch(f"https://{HOST}/tin", "hanoi-corpus")


def moved(to: str) -> bytes:
    return answer(b"", f"Location: {to}", status="302 Found")


Case: TypeAlias = tuple[Iterable[bytes], dict[str, bytes]]
"""The answer to robots.txt, in which `{host}` is the portal's host, and those of the addresses that it leads to."""

MISSING: dict[str, Case] = {
    "it redirects to itself": ([moved("/robots.txt")], {}),
    "it redirects in a circle": ([moved("/hop-1")], {"hop-1": moved("/hop-2"), "hop-2": moved("/hop-1")}),
    "it redirects six times": (
        [moved("/hop-1")],
        {**{f"hop-{n}": moved(f"/hop-{n + 1}") for n in range(1, 6)}, "hop-6": answer(b"User-agent: *\nDisallow: /")},
    ),
    "it redirects nowhere": ([answer(b"", status="302 Found")], {}),
    "it is gone": ([answer(b"User-agent: *\nDisallow: /", status="410 Gone")], {}),
    "it is a page": ([answer(b"<html><body>User-agent: *<br>Disallow: /</body></html>")], {}),
    "it is empty": ([answer(b"")], {}),
    "it is compressed and allows": ([answer(gzip.compress(RULES)[:-8], "Content-Encoding: gzip")], {}),
    "it is plain, whatever its header says": ([answer(RULES, "Content-Encoding: gzip")], {}),
    "it is on another host and allows": ([moved("http://khac.{host}/robots.txt")], {"other": answer(RULES)}),
}


def drip() -> Iterator[bytes]:
    while True:
        time.sleep(0.2)
        yield b"H"


UNAVAILABLE: dict[str, Case] = {
    "it fails": ([answer(b"", status="503 Service Unavailable")], {}),
    "it never comes": (drip(), {}),
    "it is damaged": ([answer(b"\x00\x01" * 99, "Content-Encoding: br")], {}),
    "it breaks off": ([answer(RULES, length=9_000)], {}),
    "it is compressed and breaks off": ([answer(gzip.compress(RULES)[:-12], "Content-Encoding: gzip")], {}),
    "its last chunk is missing": ([open_chunks(RULES)], {}),
    "it never ends": (itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"a" * 9_999)), {}),
    "it is not HTTP": ([b"220 smtp.hanoi.test\r\n"], {}),
    "it is asked too much": ([answer(b"", status="429 Too Many Requests")], {}),
    "it fails on another host": (
        [moved("http://khac.{host}/robots.txt")],
        {"other": answer(b"", status="500 Internal Server Error")},
    ),
}
EXPECTED = {
    "it fails": ("http_503", "broken"),
    "it never comes": ("timeout", "unreachable"),
    "it is damaged": ("undecodable", "broken"),
    "it breaks off": ("data_loss", "unreachable"),
    "it is compressed and breaks off": ("undecodable", "broken"),
    "its last chunk is missing": ("data_loss", "unreachable"),
    "it never ends": ("bad_response", "unreachable"),
    "it is not HTTP": ("bad_response", "unreachable"),
    "it is asked too much": ("http_429", "blocked"),
    "it fails on another host": ("http_500", "broken"),
}
CASES = {**MISSING, **UNAVAILABLE}

Played: TypeAlias = dict[str, tuple[CrawlReport, bool]]
"""By case: the report, and whether the portal's list was asked for."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Crawl a portal for each case, all in one process."""
    folder = tmp_path_factory.mktemp("robots")
    home, definitions = Home(folder / "home"), folder / "portals"
    cases = {f"{number}.hanoi.test": (name, *CASES[name]) for number, name in enumerate(CASES)}
    politeness = {"delay_seconds": 0, "retry_delays_seconds": [], "timeout_seconds": 4}
    for host in cases:
        define_portal(
            definitions,
            host.replace(".", "-"),
            host,
            platform="liferay_point",
            seed_urls=[f"http://{host}/tin"],
            politeness=politeness,
        )

    def answers(host: str, target: str) -> Iterable[bytes]:
        _, robots, hops = cases[host.removeprefix("khac.")]
        if host not in cases:
            return [hops["other"]]
        if target.startswith("/hop"):
            return [hops[target.strip("/")]]
        # With `{host}` for the portal's own.
        parts = (part.replace(b"{host}", host.encode()) for part in robots)
        return parts if target == "/robots.txt" else [answer(b"<html><body><p>Tin</p></body></html>")]

    with serve_raw(answers) as server:
        subprocess.run(
            crawl_command(home, definitions, *(host.replace(".", "-") for host in cases)),
            env=server.environment(),
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
    reports = {report.portal: report for warc in warc_files(home) if (report := read_report(warc))}
    return {
        name: (reports[host.replace(".", "-")], f"{host}/tin" in server.asked) for host, (name, *_) in cases.items()
    }


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("name", MISSING)
def test_pages_are_asked_for_if_robots_txt_allows_them_or_counts_as_missing(name: str, played: Played) -> None:
    report, is_asked = played[name]
    assert is_asked
    assert "robots" not in report.verdict_reason


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("name", UNAVAILABLE)
def test_the_reason_names_robots_txt_if_nothing_else_was_asked(name: str, played: Played) -> None:
    report, is_asked = played[name]
    kind, verdict = EXPECTED[name]
    assert not is_asked
    assert (report.verdict, report.errors) == (verdict, {kind: 1})
    assert "without robots.txt nothing else may be asked, and it could not be fetched" in report.verdict_reason


@pytest.mark.process
@pytest.mark.slow
def test_robots_txt_is_not_followed_to_a_private_address(tmp_path: Path) -> None:
    """Without a proxy and a mirror, so that the guard is on; the portal itself stands on this machine by permission."""
    home, definitions = Home(tmp_path / "home"), tmp_path / "portals"
    with serve_raw(lambda _host, _target: [moved("http://169.254.169.254/robots.txt")]) as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        define_portal(definitions, "lang", host, platform="liferay_point", seed_urls=[f"http://{host}/tin"])
        command = [part for part in crawl_command(home, definitions, "lang") if part != "--serves-mirror"]
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        subprocess.run(
            [*command, "--allow-private"],
            env={**environment, "HANOI_CORPUS_CONTACT": "https://example.org/crawler"},
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
    (warc,) = warc_files(home)
    report = read_report(warc)
    assert report is not None
    assert (report.verdict, report.errors) == ("unreachable", {"private_address": 1})
    assert "without robots.txt nothing else may be asked" in report.verdict_reason
