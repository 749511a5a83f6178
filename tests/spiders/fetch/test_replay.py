"""Replaying what an interrupted crawl stored: a damaged page is requested again, and never raises."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request

from bench.torture.flips import flips
from spiders.fetch.replay import REPLAYED, ReplayMiddleware
from tests.archived import path_of
from tests.warehouse.archive.warc.warc_files import OK, PAGE, STARTED, crawl_info, crawl_report
from warehouse.archive.index.pages import Place
from warehouse.archive.warc.reader import read_captures
from warehouse.archive.warc.writer import WarcWriter
from warehouse.home import Home
from warehouse.storage import StoredFile

LARGE = PAGE * 30_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write_crawl(home: Home) -> StoredFile:
    with WarcWriter(home, crawl_info()) as writer:
        for number in range(3):
            writer.write(f"https://myduc.hanoi.test/{number}", STARTED, OK, [(b"Content-Type", b"text/html")], LARGE)
        return writer.close(crawl_report(3))


def replayed(home: Home, places: dict[str, Place], url: str) -> bytes | None:
    """Return the body that is replayed for a URL; None if the request is sent."""
    spider = SimpleNamespace(home=home, stored_pages=dict(places))
    response = ReplayMiddleware(cast("Any", SimpleNamespace(spider=spider))).process_request(Request(url))
    assert response is None or response.flags == [REPLAYED]
    return response.body if response else None


def test_a_damaged_page_is_requested_again_and_others_are_replayed(home: Home) -> None:
    warc = write_crawl(home)
    stored = list(read_captures(warc))
    places = {one.capture.url: Place(one.capture.warc_file, one.capture.warc_offset) for one in stored}
    assert [replayed(home, places, url) for url in places] == [LARGE] * 3
    whole = path_of(warc).read_bytes()
    begin, end = (one.capture.warc_offset for one in stored[1:])
    for damage in flips(8, begin + 10, end, 20):
        path_of(warc).write_bytes(damage.of(whole))
        assert [replayed(home, places, url) for url in places] == [LARGE, None, LARGE]
    path_of(warc).write_bytes(whole[: end + 200])
    assert [replayed(home, places, url) for url in places] == [LARGE, LARGE, None]
    # The crawl's own first record says what the file is.
    path_of(warc).write_bytes(b"\0" * 100 + whole[100:])
    assert [replayed(home, places, url) for url in places] == [None] * 3


def test_another_page_at_the_place_is_not_replayed(home: Home) -> None:
    warc = write_crawl(home)
    first, second, _ = (one.capture for one in read_captures(warc))
    assert replayed(home, {first.url: Place(second.warc_file, second.warc_offset)}, first.url) is None
    assert replayed(home, {first.url: Place("my-duc/gone.warc.gz", 0)}, first.url) is None
