"""Helpers for tests of the test portals: slugs, paths and texts."""

from __future__ import annotations

import lxml.html
from lxml.html import HtmlElement

from spiders.mirror.sites.base import PublishingSite

Sites = dict[str, PublishingSite]
VHV = "dang-bo-ha-dong-thu-nghiem"
MY_DUC, SO_VAN_HOA, WARD, NEWSPAPER, NUKEVIET, ONECMS, ZCE = (
    "my-duc-thu-nghiem",
    "so-van-hoa-thu-nghiem",
    "phuong-tay-ho-thu-nghiem",
    "bao-thu-do-thu-nghiem",
    "xa-dong-anh-thu-nghiem",
    "bao-ha-noi-ngay-nay-thu-nghiem",
    "bao-do-thi-thu-nghiem",
)
ARTICLE = "/tin-tuc/-/view_content/100-hop-giao-ban-thang-ba"


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def url(site: PublishingSite, article_id: int, day: int = 1, *, linked: bool = False) -> str:
    article = site.state(day).article(article_id)
    assert article
    return site.article_url(article, linked=linked)


def tree_of(site: PublishingSite, target: str, day: int = 1) -> HtmlElement:
    response = site.get(target, day)
    assert response.status == 200
    return lxml.html.fromstring(response.body.decode())


def rows(tree: HtmlElement) -> list[str]:
    hrefs = tree.xpath("//div[contains(@class,'asset-abstract')]//h3[@class='asset-title']/a/@href")
    return [str(href) for href in hrefs]
