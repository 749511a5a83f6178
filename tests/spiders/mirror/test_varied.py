"""A large portal: any number of different articles, served by the mirror."""

from __future__ import annotations

import re

import pytest

from spiders.mirror.content import load_content
from spiders.mirror.days import DAYS
from spiders.mirror.server import serve
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import Site
from spiders.mirror.varied import COPY_EVERY, VariedContent

HOST = "myduc.hanoi.test"
PORTALS = ("my-duc-thu-nghiem", "so-van-hoa-thu-nghiem")


@pytest.mark.slow
def test_articles_differ_except_for_copies_and_are_deterministic() -> None:
    content = VariedContent(load_content(), 2 * COPY_EVERY)
    bodies = [article.body for portal in content.portals for article in content.state(portal, 1).articles]
    copies = 2 * (len(content.portals) - 1)
    assert len(bodies) == len(content.portals) * 2 * COPY_EVERY
    assert len(set(bodies)) == len(bodies) - copies
    assert VariedContent(load_content(), 2 * COPY_EVERY).state(PORTALS[1], 1) == content.state(PORTALS[1], 1)


@pytest.mark.slow
def test_disjoint_ranges_of_numbers_share_no_article() -> None:
    first, second = (VariedContent(load_content(), 5, first).state(PORTALS[1], 1).articles for first in (1, 6))
    assert not {article.id for article in first} & {article.id for article in second}


@pytest.fixture
def large() -> Site:
    return all_sites(VariedContent(load_content(), 300))[HOST]


def test_its_lists_link_to_every_article_on_every_day(large: Site) -> None:
    for day in (DAYS[0], DAYS[-1]):
        found = set()
        for section in ("dang-doan-the", "kinh-te", "van-hoa-xa-hoi", "thong-bao"):
            lists = large.get(f"/{section}?_101_delta=500", day).body.decode()
            found |= set(re.findall(r'<h3 class="asset-title">\s*<a href="([^"]+)"', lists))
        assert len(found) == 300
        assert {large.get(path, day).status for path in found} == {200}


def test_its_pages_differ_between_fetches(large: Site) -> None:
    (path, *_) = re.findall(r'href="(/kinh-te/-/view_content/[^"]+)"', large.get("/kinh-te", 1).body.decode())
    assert large.get(path, 1).body != large.get(path, 1).body


def test_it_replaces_the_mirror_s_own_site(large: Site) -> None:
    with serve(1, extra={HOST: large}) as mirror:
        answer = mirror.answer("GET", "https", HOST, "/kinh-te", {})
        assert "/view_content/100" in answer.body.decode()
        assert mirror.answer("GET", "http", HOST, "/kinh-te", {}).status == 301
