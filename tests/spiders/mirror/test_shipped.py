"""The shipped content matches the definitions of its portals, and has what the demo promises."""

from __future__ import annotations

import html
import re
import typing
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from urllib.parse import urlsplit

import pytest

from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.content import Content, Fault, Image, ShownArticle, load_content
from spiders.mirror.days import DAYS, moment_of
from spiders.mirror.render import TEST_NOTICE
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import CONNECTION_RESET, PublishingSite, Site
from spiders.portal import Portal, load_portals

SITES = {
    "my-duc-thu-nghiem": "myduc.hanoi.test",
    "so-van-hoa-thu-nghiem": "sovanhoa.hanoi.test",
    "phuong-tay-ho-thu-nghiem": "phuongtayho.hanoi.test",
    "bao-thu-do-thu-nghiem": "baothudo.test",
    "dang-bo-ha-dong-thu-nghiem": "hadong.hanoi.test",
    "bao-ha-noi-ngay-nay-thu-nghiem": "hanoingaynay.test",
    "bao-do-thi-thu-nghiem": "baodothi.test",
    "xa-soc-son-thu-nghiem": "xasocson.hanoi.test",
    "xa-dong-anh-thu-nghiem": "xadonganh.hanoi.test",
}


CLOSED = ("challenge", "forbidden", "outage")


@pytest.fixture(scope="module")
def shipped() -> Content:
    return load_content()


@pytest.fixture(scope="module")
def shipped_sites(shipped: Content) -> dict[str, Site]:
    return all_sites(shipped)


@pytest.fixture(scope="module")
def portals() -> Mapping[str, Portal]:
    return load_portals([MIRROR_PORTALS]).valid


def with_pages(content: Content, portal: str, day: int = 1) -> Iterator[ShownArticle]:
    return (a for a in content.state(portal, day).articles if not a.faults & {"missing", "gone_as_list"})


def find(content: Content, portal: str, article_id: int, day: int = 1) -> ShownArticle:
    article = content.state(portal, day).article(article_id)
    assert article, f"{portal} has no article {article_id} on day {day}"
    return article


def test_there_are_120_articles_and_each_fault_occurs(shipped: Content) -> None:
    articles = [article for portal in shipped.portals for article in with_pages(shipped, portal)]
    assert len(articles) >= 120
    shown = {fault for p in shipped.portals for article in shipped.state(p, 1).articles for fault in article.faults}
    assert shown == set(typing.get_args(Fault))


def test_article_urls_are_unique(shipped_sites: dict[str, Site]) -> None:
    for site in shipped_sites.values():
        if isinstance(site, PublishingSite):
            urls = [site.article_url(article) for article in site.state(DAYS[-1]).articles]
            assert len(set(urls)) == len(urls)


@pytest.mark.parametrize("day", DAYS)
def test_every_page_responds_and_is_as_large_as_a_real_one(shipped_sites: dict[str, Site], day: int) -> None:
    for site in shipped_sites.values():
        if not isinstance(site, PublishingSite) or site.state(day).condition in CLOSED:
            continue
        for article in site.state(day).articles:
            response = site.get(site.article_url(article), day)
            gone = {301 if site.cms == "nukeviet" else 200} if "gone_as_list" in article.faults else {200}
            assert response.status in ({404} if "missing" in article.faults else gone), article.title
            if response.status == 200:
                assert 12_000 < len(response.body) < 40_000, article.title


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("slug", [slug for slug, host in SITES.items() if host != "xasocson.hanoi.test"])
def test_every_page_has_the_test_notice_and_links_the_articles_of_the_day(
    shipped_sites: dict[str, Site], portals: dict[str, Portal], slug: str, day: int
) -> None:
    site = shipped_sites[SITES[slug]]
    assert isinstance(site, PublishingSite)
    shown = {site.article_url(article, linked=True) for article in site.state(day).articles}
    ever = {site.article_url(article, linked=True) for other in DAYS for article in site.state(other).articles}
    starts = {urlsplit(url).path for url in portals[slug].start_urls} | {"/", "/khong-co"}
    linked = set()
    for path in starts | shown:
        response = site.get(path, day)
        if site.state(day).condition == "outage":
            assert response is CONNECTION_RESET
        elif response.status != 301 and response.headers["Content-Type"].startswith("text/html"):
            text = response.body.decode()
            assert TEST_NOTICE in text, path
            linked |= {html.unescape(href).removeprefix(site.base) for href in re.findall(r'href="([^"]+)"', text)}
    assert linked & ever <= shown
    assert bool(linked & ever) == (site.state(day).condition not in CLOSED)


@pytest.mark.parametrize("day", DAYS)
def test_definitions_match_the_sites(portals: dict[str, Portal], shipped_sites: dict[str, Site], day: int) -> None:
    assert set(portals) == set(SITES)
    for slug, portal in portals.items():
        site = shipped_sites[SITES[slug]]
        assert portal.scope.hosts == (site.host,)
        assert portal.politeness.delay_seconds == 0
        assert "Test portal" in (portal.note or "")
        for url in portal.start_urls:
            parts = urlsplit(url)
            if not isinstance(site, PublishingSite) or site.state(day).condition not in CLOSED:
                assert site.get(parts.path, day).status == 200, url
        if isinstance(site, PublishingSite):
            if portal.platform in ("liferay_point", "vhv"):
                assert {urlsplit(url).path.strip("/") for url in portal.seed_urls} == set(site.state(day).sections)
            for article in site.state(day).articles:
                path = site.article_url(article, linked=True)
                assert portal.scope.covers(site.base + path)
                if portal.article_patterns:
                    assert any(re.search(pattern, path) for pattern in portal.article_patterns), path


@pytest.mark.parametrize(
    ("portal", "copy", "original_portal", "original", "source_url"),
    [
        ("my-duc-thu-nghiem", 4401025, "bao-thu-do-thu-nghiem", 880101, True),
        ("my-duc-thu-nghiem", 4401026, "bao-thu-do-thu-nghiem", 880102, False),
        ("so-van-hoa-thu-nghiem", 5502027, "bao-thu-do-thu-nghiem", 880103, None),
        ("so-van-hoa-thu-nghiem", 5502028, "my-duc-thu-nghiem", 4401003, None),
        ("phuong-tay-ho-thu-nghiem", 7025, "bao-thu-do-thu-nghiem", 880104, True),
        ("phuong-tay-ho-thu-nghiem", 7026, "bao-thu-do-thu-nghiem", 880105, None),
        ("phuong-tay-ho-thu-nghiem", 7027, "so-van-hoa-thu-nghiem", 5502005, None),
        ("dang-bo-ha-dong-thu-nghiem", 6611005, "bao-thu-do-thu-nghiem", 880107, True),
        ("dang-bo-ha-dong-thu-nghiem", 6611010, "phuong-tay-ho-thu-nghiem", 7009, None),
        ("xa-dong-anh-thu-nghiem", 105, "bao-thu-do-thu-nghiem", 880123, False),
        ("xa-dong-anh-thu-nghiem", 115, "bao-thu-do-thu-nghiem", 880111, True),
        ("bao-ha-noi-ngay-nay-thu-nghiem", 720108, "bao-thu-do-thu-nghiem", 880125, True),
        ("bao-do-thi-thu-nghiem", 830103, "bao-ha-noi-ngay-nay-thu-nghiem", 720101, True),
        ("bao-ha-noi-ngay-nay-thu-nghiem", 720116, "bao-thu-do-thu-nghiem", 880136, True),
    ],
)
def test_copies_across_portals(
    shipped: Content, portal: str, copy: int, original_portal: str, original: int, source_url: bool | None
) -> None:
    copied, first = find(shipped, portal, copy, DAYS[-1]), find(shipped, original_portal, original, DAYS[-1])
    assert copied.body == first.body
    assert sum(len(item.split()) for item in first.body if isinstance(item, str)) >= 100
    if source_url is not None:
        assert copied.source
        assert bool(copied.source.url) == source_url


# The opening of one footpath, told by a paper, a commune and a department.
STORY = (("bao-thu-do-thu-nghiem", 880139), ("xa-dong-anh-thu-nghiem", 123), ("so-van-hoa-thu-nghiem", 5502040))


def test_one_event_is_told_by_three_portals_in_other_words(shipped: Content) -> None:
    told = [find(shipped, portal, number) for portal, number in STORY]
    texts = [" ".join(sentences(article)) for article in told]
    for named in ("Cổ Loa", "cửa Nam", "12/9", "1.860", "3187/QĐ-UBND"):
        assert all(named in text for text in texts), named
    assert all(120 <= len(text.split()) <= 250 for text in texts)
    times = [article.published.at for article in told]
    assert max(times) - min(times) <= timedelta(days=2)
    for one, other in combinations(texts, 2):
        shared = trigrams(one) & trigrams(other)
        assert len(shared) < 0.1 * len(trigrams(one) | trigrams(other))


def test_one_copy_lacks_the_lead_and_a_sentence_and_has_another_figure(shipped: Content) -> None:
    original, copy = find(shipped, "bao-thu-do-thu-nghiem", 880132), find(shipped, "xa-dong-anh-thu-nghiem", 124)
    assert (original.lead is None, copy.lead) == (False, None)
    changed = [sentence.replace("6.184", "6.148") for sentence in sentences(original)]
    (dropped,) = [sentence for sentence in changed if sentence not in sentences(copy)]
    assert [sentence for sentence in changed if sentence != dropped] == sentences(copy) != sentences(original)
    assert copy.source
    assert copy.source.url


def test_one_copy_keeps_the_figures_that_its_original_corrects_on_day_2(shipped: Content) -> None:
    originals = [find(shipped, "dang-bo-ha-dong-thu-nghiem", 6611013, day) for day in (1, 2)]
    copies = [find(shipped, "bao-ha-noi-ngay-nay-thu-nghiem", 720117, day) for day in (1, 2)]
    assert copies[0] == copies[1]
    assert copies[0].body == originals[0].body != originals[1].body
    for old, new in (("1.280 suất", "1.312 suất"), ("1,02 tỷ", "1,05 tỷ")):
        assert (old in str(originals[0].body), new in str(originals[0].body)) == (True, False)
        assert (old in str(originals[1].body), new in str(originals[1].body)) == (False, True)


def sentences(article: ShownArticle) -> list[str]:
    return [part for item in article.body if isinstance(item, str) for part in re.split(r"(?<=\.) ", item)]


def trigrams(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def test_credited_urls_in_the_mirror_exist(shipped: Content, shipped_sites: dict[str, Site]) -> None:
    sources = [
        a.source for p in shipped.portals for a in shipped.state(p, DAYS[-1]).articles if a.source and a.source.url
    ]
    inside = [urlsplit(str(source.url)) for source in sources]
    assert inside
    for parts in inside:
        if parts.hostname in shipped_sites:
            assert shipped_sites[parts.hostname].get(parts.path, DAYS[-1]).status == 200, parts.path


EDITED = {
    "my-duc-thu-nghiem": 4401010,
    "dang-bo-ha-dong-thu-nghiem": 6611013,
    "xa-dong-anh-thu-nghiem": 112,
    "bao-ha-noi-ngay-nay-thu-nghiem": 720109,
}
REMOVED = {
    "so-van-hoa-thu-nghiem": 5502012,
    "dang-bo-ha-dong-thu-nghiem": 6611016,
    "xa-dong-anh-thu-nghiem": 118,
    "bao-ha-noi-ngay-nay-thu-nghiem": 720110,
    "bao-do-thi-thu-nghiem": 830113,
}


def test_day_2_has_two_new_articles_per_portal_and_some_edits_and_removals(shipped: Content) -> None:
    for portal in shipped.portals:
        before, after = shipped.state(portal, 1), shipped.state(portal, 2)
        old_ids = {article.id for article in before.articles}
        assert len([article for article in after.articles if article.id not in old_ids]) == 2
        edited = [a.id for a in after.articles if a.id in old_ids and a != before.article(a.id)]
        assert edited == ([EDITED[portal]] if portal in EDITED else [])
        assert after.removed_ids == ({REMOVED[portal]} if portal in REMOVED else set())


def test_every_picture_has_a_plain_file_name(shipped: Content) -> None:
    items = [item for p in shipped.portals for article in shipped.state(p, DAYS[-1]).articles for item in article.body]
    pictures = [item.image for item in items if isinstance(item, Image)]
    assert pictures
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+\.(jpg|jpeg|png)", name) for name in pictures)


def test_after_day_2_some_portals_have_conditions(shipped: Content) -> None:
    found = {(portal, day): shipped.state(portal, day).condition for portal in shipped.portals for day in DAYS}
    assert {where: condition for where, condition in found.items() if condition} == {
        ("phuong-tay-ho-thu-nghiem", 3): "forbidden",
        ("xa-dong-anh-thu-nghiem", 3): "outage",
        ("so-van-hoa-thu-nghiem", 4): "redesign",
        ("so-van-hoa-thu-nghiem", 5): "redesign",
    }


def test_new_articles_are_published_on_their_day(shipped: Content) -> None:
    for portal in shipped.portals:
        for day in DAYS[2:]:
            before = {article.id for article in shipped.state(portal, day - 1).articles}
            before |= shipped.state(portal, day - 1).removed_ids
            for article in shipped.state(portal, day).articles:
                if article.id not in before:
                    assert moment_of(day).date() == article.published.at.date(), article.title


def test_one_portal_keeps_an_older_article_on_top_of_its_list(shipped: Content, shipped_sites: dict[str, Site]) -> None:
    pinned = {(a.portal, a.id) for p in shipped.portals for a in shipped.state(p, 1).articles if a.is_pinned}
    assert pinned == {("phuong-tay-ho-thu-nghiem", 7031)}
    for day in (1, 5):
        page = shipped_sites["phuongtayho.hanoi.test"].get("/tin-tuc", day).body.decode()
        listed = re.findall(r'<h3><a href="/tin-tuc/[^"]*-(\d+)\.html', page)
        assert listed[0] == "7031"
        assert listed[1] == str(next(a.id for a in shipped.state("phuong-tay-ho-thu-nghiem", day).articles))
        assert listed.count("7031") == 1
