"""Inputs of the benchmarks: the requested number of articles, on the site and in the archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.archive import PORTALS, write_crawls
from bench.crawl.portal import HOST
from bench.crawl.site import pages
from warehouse.archive.files import warc_files
from warehouse.archive.index.build import update_index
from warehouse.archive.warc.reader import read_captures
from warehouse.home import Home

pytestmark = pytest.mark.slow


def test_every_article_is_reachable_on_the_site_and_every_link_works() -> None:
    found = dict(pages(25))
    assert sum("/-/view_content/" in path for path in found) == 25
    assert {response.status for response in found.values()} == {200}
    assert all(HOST.encode() not in response.body for path, response in found.items() if path.endswith(".pdf"))


def test_archives_are_complete_and_split_into_crawls(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_crawls(home, PORTALS[:2], 6, crawls=3)
    write_crawls(home, PORTALS[:1], 2, first=7)
    assert [len(list(read_captures(warc))) for warc in warc_files(home)] == [2, 2, 2, 2, 2, 2, 2]
    assert not update_index(home).damaged
    urls = {stored.capture.url for warc in warc_files(home) for stored in read_captures(warc)}
    assert len(urls) == 14
