"""Bodies as servers send them: crawl and extraction read the same, and what cannot be read has a name."""

from __future__ import annotations

import gzip
import itertools
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import brotli
import pytest
from backports import zstd

from spiders.extract.newest import newest_articles
from spiders.portal import load_portals
from tests.crawling import CRAWL_TIMEOUT_SECONDS, crawl_command, define_portal
from tests.raw_server import Answers, answer, open_chunks, serve_raw
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.reader import read_captures, read_report
from warehouse.home import Home
from warehouse.records import Article, CrawlReport

pytestmark = [pytest.mark.process, pytest.mark.slow]

HOST = "phuong-lang.hanoi.test"
SENTENCE = "Ủy ban nhân dân phường Láng thông báo lịch tiếp công dân và kết quả kiểm tra vệ sinh môi trường tháng này."
GZIP = "Content-Encoding: gzip"
MISSING = answer(b"<html><body>404</body></html>", status="404 Not Found")


def page(name: str) -> bytes:
    title = f'<div class="asset-full-content-title">Thông báo {name}</div>'
    words = " ".join(f"<p>{number}. {SENTENCE}</p>" for number in range(40))
    content = f'<div class="asset-full-content"><div class="journal-content-article">{words}</div></div>'
    return f"<!DOCTYPE html><html><head><title>{name}</title></head><body>{title}{content}</body></html>".encode()


def path(name: str) -> str:
    return f"/tin/-/view_content/{name}"


def list_page(names: Iterable[str]) -> bytes:
    rows = (f'<h3 class="asset-title"><a href="{path(name)}">Thông báo {name}</a></h3>' for name in names)
    return f"<html><body>{''.join(f'<div class=asset-abstract>{row}</div>' for row in rows)}</body></html>".encode()


def site(articles: dict[str, Iterable[bytes]]) -> Answers:
    def answers(_host: str, target: str) -> Iterable[bytes]:
        if target == "/tin":
            return [answer(list_page(articles))]
        return next((given for name, given in articles.items() if path(name) == target), [MISSING])

    return answers


def crawl(answers: Answers, folder: Path, **politeness: object) -> CrawlReport:
    define_portal(
        folder / "portals",
        "lang",
        HOST,
        platform="liferay_point",
        seed_urls=[f"http://{HOST}/tin"],
        politeness={"delay_seconds": 0, "retry_delays_seconds": [0.05], **politeness},
    )
    home = Home(folder / "home")
    with serve_raw(answers) as server:
        subprocess.run(
            crawl_command(home, folder / "portals", "lang"),
            env=server.environment(),
            check=True,
            capture_output=True,
            timeout=CRAWL_TIMEOUT_SECONDS,
        )
    (warc,) = warc_files(home)
    report = read_report(warc)
    assert report is not None
    return report


def articles_of(folder: Path) -> dict[str, Article]:
    home = Home(folder / "home")
    update_index(home)
    portal = load_portals([folder / "portals"]).valid["lang"]
    return {(article.title or "").removeprefix("Thông báo "): article for article in newest_articles(home, portal, 99)}


def without_end(begin: bytes, again: bytes, pause: float = 0.0) -> Iterator[bytes]:
    yield begin
    for _ in itertools.count():
        time.sleep(pause)
        yield again


def test_what_browsers_show_is_read_by_crawl_and_extraction(tmp_path: Path) -> None:
    half = len(page("1-nhieu-phan")) // 2
    whole = {
        "1-nhieu-phan": [
            answer(gzip.compress(page("1-nhieu-phan")[:half]) + gzip.compress(page("1-nhieu-phan")[half:]), GZIP)
        ],
        "2-khong-nen": [answer(page("2-khong-nen"), GZIP)],
        "3-dem-them": [answer(gzip.compress(page("3-dem-them")) + bytes(40), GZIP)],
        "4-brotli": [answer(brotli.compress(page("4-brotli")), "Content-Encoding: br")],
        "5-zstd": [answer(zstd.compress(page("5-zstd")), "Content-Encoding: zstd")],
        "6-khong-noi": [answer(gzip.compress(page("6-khong-noi")))],
        "7-do-dai": [answer(gzip.compress(page("7-do-dai")), GZIP, length=len(page("7-do-dai")))],
        "8-do-dai": [answer(page("8-do-dai"), length=len(page("8-do-dai")) + 3)],
        "9-khuc": [open_chunks(page("9-khuc"))],
        "10-khuc": [open_chunks(gzip.compress(page("10-khuc")), GZIP)],
        "11-tieu-de": [answer(page("11-tieu-de"), f"X-Debug: {'a' * 40_000}")],
    }
    cut = gzip.compress(page("13-dut"))
    flawed = {
        "12-duoi": [answer(gzip.compress(page("12-duoi"))[:-8], GZIP)],
        "13-dut": [answer(cut[:-60], GZIP)],
        "14-ngan": [answer(page("14-ngan"), length=len(page("14-ngan")) - 300)],
    }
    report = crawl(site({**whole, **flawed}), tmp_path)
    assert (report.verdict, report.errors, report.articles_new) == ("ok", {}, 14)
    found = articles_of(tmp_path)
    assert {name: article.body for name, article in found.items() if name in whole} == dict.fromkeys(
        whole, tuple(f"{number}. {SENTENCE}" for number in range(40))
    )
    flags = {name: set(article.quality_flags) & {"truncated", "checksum_failed"} for name, article in found.items()}
    assert flags == {
        **{name: set() for name in whole},
        "12-duoi": {"checksum_failed"},
        "13-dut": {"truncated"},
        "14-ngan": {"truncated"},
    }


def test_what_cannot_be_read_has_a_name_and_is_no_article(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(page("1")))
    packed[100:160] = bytes(60)
    broken: dict[str, Iterable[bytes]] = {
        "1-hong": [answer(bytes(packed), GZIP)],
        "2-nen-cu": [answer(b"\x1f\x9d\x90" + bytes(range(99)), "Content-Encoding: compress")],
        "3-dut": [answer(page("3")[:900], length=len(page("3")))],
        "4-khuc-dut": [open_chunks(page("4")[:900])],
        "5-khuc-dut": [open_chunks(gzip.compress(page("5"))[:-60], GZIP)],
        "6-nhieu-tieu-de": [answer(page("6"), *(f"X-{number}: a" for number in range(100_000)))],
        "7-khong-phai-http": [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"],
        "8-tot": [answer(page("8-tot"))],
    }
    report = crawl(site(broken), tmp_path)
    assert report.errors == {"undecodable": 2, "data_loss": 3, "bad_response": 2}
    assert report.verdict == "partial"
    assert "undecodable: 2" in report.verdict_reason
    assert set(articles_of(tmp_path)) == {"8-tot"}
    (warc,) = warc_files(Home(tmp_path / "home"))
    kept = {stored.capture.url.rpartition("/")[2] for stored in read_captures(warc) if stored.capture.status == 200}
    assert kept == {"tin", "1-hong", "2-nen-cu", "8-tot"}, "what cannot be decoded is archived, a part of a page is not"


def test_answers_without_end_are_cut_off_by_size_and_by_time(tmp_path: Path) -> None:
    head = answer(b"", length=0).partition(b"Connection")[0]
    endless: dict[str, Iterable[bytes]] = {
        "1-nhanh": without_end(head + b"\r\n", page("1") * 20),
        "2-nho-giot": without_end(head + b"\r\n<html>", b"<p>", pause=0.1),
        "3-tieu-de": without_end(head, b"X-A: " + b"a" * 1_000 + b"\r\n"),
        "4-dong": without_end(head + b"X-A: ", b"a" * 10_000),
        "5-tot": [answer(page("5-tot"))],
    }
    report = crawl(site(endless), tmp_path, timeout_seconds=3, retry_delays_seconds=[])
    assert report.errors == {"too_large": 1, "timeout": 1, "bad_response": 2}
    assert report.articles_new == 1
    assert report.verdict == "partial"


def test_a_portal_whose_lists_cannot_be_decoded_is_broken_in_words(tmp_path: Path) -> None:
    def answers(_host: str, target: str) -> Iterable[bytes]:
        return [MISSING if target == "/robots.txt" else answer(b"\x00\x01" * 99, "Content-Encoding: br")]

    report = crawl(answers, tmp_path)
    assert report.verdict == "broken"
    assert report.verdict_reason.startswith(
        "the portal answers, but with no page: its pages are compressed, and damaged"
    )
    assert report.verdict_reason.endswith("undecodable: 1")
