"""The benchmarks' inputs: as many articles as asked for, all different, on the sites and in the archive."""

from __future__ import annotations

from pathlib import Path

from bench.archive import PORTALS, write_crawls
from bench.content import COPY_EVERY, VariedContent
from bench.site import HOST, pages
from spiders.mirror.content import load_content
from warehouse.archive.index import update_index, warc_files
from warehouse.archive.warc import read_captures
from warehouse.home import Home


def test_articles_differ_except_for_the_copies_and_are_the_same_every_time() -> None:
    content = VariedContent(load_content(), 2 * COPY_EVERY)
    bodies = {portal: {article.id: article.body for article in content.state(portal, 1).articles} for portal in PORTALS}
    all_bodies = [body for shown in bodies.values() for body in shown.values()]
    copies = 2 * (len(PORTALS) - 1)
    assert len(all_bodies) == len(PORTALS) * 2 * COPY_EVERY
    assert len(set(all_bodies)) == len(all_bodies) - copies
    assert VariedContent(load_content(), 2 * COPY_EVERY).state(PORTALS[1], 1) == content.state(PORTALS[1], 1)


def test_ranges_of_numbers_that_do_not_overlap_share_no_article() -> None:
    first, second = (VariedContent(load_content(), 5, first).state(PORTALS[1], 1).articles for first in (1, 6))
    assert not {article.id for article in first} & {article.id for article in second}


def test_the_site_leads_to_every_article_and_answers_everything_it_leads_to() -> None:
    found = dict(pages(25))
    assert sum("/-/view_content/" in path for path in found) == 25
    assert {response.status for response in found.values()} == {200}
    assert all(HOST.encode() not in response.body for path, response in found.items() if path.endswith(".pdf"))


def test_archives_are_whole_and_spread_over_crawls(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_crawls(home, PORTALS[:2], 6, crawls=3)
    write_crawls(home, PORTALS[:1], 2, first=7)
    assert [len(list(read_captures(warc))) for warc in warc_files(home)] == [2, 2, 2, 2, 2, 2, 2]
    assert not update_index(home).damaged
    urls = {stored.capture.url for warc in warc_files(home) for stored in read_captures(warc)}
    assert len(urls) == 14
