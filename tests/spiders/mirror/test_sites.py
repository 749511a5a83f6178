"""The test portals as sites: conditions, and what all portals share."""

from __future__ import annotations

import re
from pathlib import Path

import lxml.etree
import lxml.html
import pytest

from spiders.mirror.content import Content, load_content
from spiders.mirror.content_files import ContentError
from spiders.mirror.render import TEST_NOTICE
from spiders.mirror.sites import ChallengeSite, all_sites
from spiders.mirror.sites.base import CONNECTION_RESET, PublishingSite
from spiders.pages.challenge import is_challenge
from tests.spiders.mirror.portals import (
    ARTICLE,
    MY_DUC,
    NEWSPAPER,
    ONECMS,
    SO_VAN_HOA,
    VHV,
    WARD,
    ZCE,
    Sites,
    rows,
    tree_of,
    url,
)

# conditions of a whole portal


def in_condition(tmp_path: Path, content_folder: Path, condition: str) -> PublishingSite:
    text = (content_folder / f"{MY_DUC}.yml").read_text(encoding="utf-8")
    text = text.replace("articles:", f"conditions: {{3: {condition}}}\narticles:").replace(
        "copy_of: {portal: bao-thu-do-thu-nghiem, id: 900}", "body: [Chép.]"
    )
    (tmp_path / f"{MY_DUC}.yml").write_text(text, encoding="utf-8")
    (site,) = (one for one in all_sites(load_content(tmp_path)).values() if isinstance(one, PublishingSite))
    assert site.get(ARTICLE, 2).status == site.get(ARTICLE, 4).status == 200
    return site


@pytest.mark.parametrize("target", ["/", "/robots.txt", "/tin-tuc", ARTICLE, "/khong-co", "/documents/101/phu-luc.doc"])
def test_a_blocked_portal_blocks_every_url(tmp_path: Path, content_folder: Path, target: str) -> None:
    refused = in_condition(tmp_path, content_folder, "forbidden").get(target, 3)
    assert (refused.status, TEST_NOTICE in refused.body.decode()) == (403, True)
    challenged = in_condition(tmp_path, content_folder, "challenge").get(target, 3)
    assert (challenged.status, is_challenge(challenged.body)) == (200, True)
    assert TEST_NOTICE in challenged.body.decode()


def test_a_portal_in_an_outage_resets_connections(tmp_path: Path, content_folder: Path) -> None:
    assert in_condition(tmp_path, content_folder, "outage").get("/", 3) is CONNECTION_RESET


def test_a_redesigned_portal_has_the_same_content_with_other_names(tmp_path: Path, content_folder: Path) -> None:
    site = in_condition(tmp_path, content_folder, "redesign")
    for target in ("/tin-tuc", ARTICLE):
        before, after = tree_of(site, target, day=2), tree_of(site, target, day=3)
        assert not set(before.xpath("//*[@class != '']/@class")) & set(after.xpath("//*[@class != '']/@class"))
        assert after.xpath("//a/@href") == before.xpath("//a/@href")
    assert rows(tree_of(site, "/tin-tuc", day=3)) == []
    assert site.get("/documents/101/ke-hoach-45.pdf", 3).body == site.get("/documents/101/ke-hoach-45.pdf", 2).body


# all portals


@pytest.mark.parametrize(
    ("portal", "article_id", "counter"),
    [
        (MY_DUC, 100, r"View count: (\d+)"),
        (WARD, 300, r"Lượt xem: (\d+)"),
        (NEWSPAPER, 900, r"(\d+) lượt đọc"),
        (VHV, 600, r"Lượt xem: (\d+)"),
        (VHV, 601, r"Lượt xem: (\d+)"),
        (ZCE, 830900, r"Lượt xem: (\d+)"),
    ],
)
def test_two_fetches_differ_in_counter_and_token(sites: Sites, portal: str, article_id: int, counter: str) -> None:
    site = sites[portal]
    pages = [site.get(url(site, article_id), 1).body.decode() for _ in range(2)]
    views = [int(re.findall(counter, page)[0]) for page in pages]
    tokens = [re.findall(r'(?:authToken=|[tT]oken:|csrf:)"([^"]+)"', page)[0] for page in pages]
    assert views[1] == views[0] + 1
    assert tokens[0] != tokens[1]


def test_lists_show_the_increased_counter_and_a_new_token(sites: Sites) -> None:
    site = sites[MY_DUC]
    before = site.get("/tin-tuc", 1).body
    assert site.get("/tin-tuc", 1).body != before
    site.get(ARTICLE, 1)
    assert b"View count: 181" in before
    assert b"View count: 182" in site.get("/tin-tuc", 1).body


@pytest.mark.parametrize("portal", [MY_DUC, SO_VAN_HOA, WARD, NEWSPAPER, VHV, ONECMS, ZCE])
def test_every_page_has_the_test_notice(sites: Sites, portal: str) -> None:
    site = sites[portal]
    targets = ["/", "/khong-co", *(url(site, article.id) for article in site.state(1).articles)]
    assert all(TEST_NOTICE in site.get(target, 1).body.decode() for target in targets)


def test_content_for_an_unknown_portal_is_rejected(content: Content) -> None:
    files = dict.fromkeys(["ha-dong"], next(iter(content._files.values())))
    with pytest.raises(ContentError, match="ha-dong"):
        all_sites(Content(files))


def test_every_url_returns_the_challenge(content: Content) -> None:
    site = ChallengeSite("xasocson.hanoi.test")
    for target in ("/", "/robots.txt", "/tin-tuc/bai-1.html?x=1"):
        response = site.get(target, 1)
        assert (response.status, len(response.body) < 400) == (200, True)
        assert b'document.cookie="D1N=' in response.body
        assert b"reload(" in response.body
        assert not lxml.html.fromstring(response.body).xpath("//a")
