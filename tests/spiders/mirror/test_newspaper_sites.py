"""The test newspapers: sitemaps, lists, layouts and other views."""

from __future__ import annotations

from urllib.parse import urlsplit

import lxml.etree
import lxml.html
import pytest

from spiders.mirror.sites.base import PublishingSite
from tests.spiders.mirror.portals import (
    NEWSPAPER,
    ONECMS,
    ZCE,
    Sites,
    tree_of,
    words,
)

# newspaper


def test_newspaper_sitemaps_link_to_every_article(sites: Sites) -> None:
    site = sites[NEWSPAPER]
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    assert f"Sitemap: {site.base}/sitemap.xml" in site.get("/robots.txt", 1).body.decode()
    index = lxml.etree.fromstring(site.get("/sitemap.xml", 1).body)
    assert index.xpath("//s:sitemap/s:loc/text()", namespaces=names) == [f"{site.base}/sitemap-1.xml"]
    urls = lxml.etree.fromstring(site.get("/sitemap-1.xml", 1).body)
    found = urls.xpath("//s:url/s:loc/text()", namespaces=names)
    assert found == [site.base + site.article_url(article, linked=True) for article in site.state(1).articles]


def test_newspaper_article(sites: Sites) -> None:
    tree = tree_of(sites[NEWSPAPER], "/thoi-su/hop-giao-ban-900.html")
    assert tree.xpath("string(//span[@class='date'])") == "Thứ hai, 10/03/2025 | 08:15 (GMT+7)"
    assert tree.xpath("string(//table[@class='picture']//tr[2])") == "Ảnh của báo."
    assert words(tree.xpath("//p[@class='author']")[0]) == "Sông Tô"


def test_newspaper_articles_link_to_no_list(sites: Sites) -> None:
    hrefs = tree_of(sites[NEWSPAPER], "/thoi-su/hop-giao-ban-900.html").xpath("//div[@class='story']//a/@href")
    assert not [href for href in hrefs if str(href).endswith(".html")]


# onecms


def locations(site: PublishingSite, target: str) -> list[str]:
    root = lxml.etree.fromstring(site.get(target, 1).body)
    return [location.text or "" for location in root.iter("{*}loc")]


@pytest.mark.parametrize(("portal", "count"), [(ONECMS, 13), (ZCE, 7)])
def test_sitemaps_link_to_articles_that_the_lists_do_not_show(sites: Sites, portal: str, count: int) -> None:
    site = sites[portal]
    found = [url for part in locations(site, "/sitemap.xml") for url in locations(site, urlsplit(part).path)]
    assert found == [site.base + site.article_url(article, linked=True) for article in site.state(1).articles]
    assert len(found) == count


def test_onecms_lists_continue_only_by_script(sites: Sites) -> None:
    tree = tree_of(sites[ONECMS], "/do-thi")
    assert len(tree.xpath("//ul[@class='onecms__loading']/li")) == 8
    assert len([a for a in sites[ONECMS].state(1).articles if a.section == "do-thi"]) > 8
    assert tree.xpath("//div[@class='c-more onecms__loadmore']/a/@href") == ["javascript:;"]
    assert words(tree.xpath("//time")[0]) == "10/03/2025 08:15"


def test_onecms_article(sites: Sites) -> None:
    tree = tree_of(sites[ONECMS], "/cau-moi-qua-song-720900.html")
    assert words(tree.xpath("//span[contains(@class,'block-sc-publish-time')]")[0]) == "10/03/2025 08:15"
    assert words(tree.xpath("//span[@class='js-source-copy']")[0]) == "Theo Báo Thủ đô thử nghiệm"
    assert tree.xpath("string(//*[@id='url-copy'])").startswith("https://baothudo.test/")
    assert not tree.xpath("//div[@class='b-maincontent']//h1")
    assert tree_of(sites[ONECMS], "/bai-dai-720901.html").xpath("//div[@class='b-maincontent']//h1")


def test_onecms_keeps_url_and_layout_of_articles_before_2023(sites: Sites) -> None:
    tree = tree_of(sites[ONECMS], "/tin-tuc/do-thi/930900/bai-cu")
    assert words(tree.xpath("//span[@class='period']")[0]) == "14:20 | 18/05/2019"
    assert tree.xpath("//div[@id='abody']")
    assert not tree.xpath("//*[contains(@class,'sc-longform')]")


@pytest.mark.parametrize(
    ("portal", "article", "views"),
    [
        (ONECMS, "/cau-moi-qua-song-720900.html", ("/amp/cau-moi-qua-song-720900.html", "/print/720900.html")),
        (
            ZCE,
            "/den-biet-cho-post830900.html",
            ("/amp/den-biet-cho-post830900.html", "/print/den-biet-cho-post830900.html"),
        ),
    ],
)
def test_other_views_contain_the_article_and_are_linked(
    sites: Sites, portal: str, article: str, views: tuple[str, ...]
) -> None:
    linked = {urlsplit(str(href)).path for href in tree_of(sites[portal], article).xpath("//@href")}
    for view in views:
        assert view in linked
        assert "Đoạn một." in sites[portal].get(view, 1).body.decode()


# zce


def test_zce_article(sites: Sites) -> None:
    tree = tree_of(sites[ZCE], "/den-biet-cho-post830900.html")
    assert tree.xpath("string(//table[@class='picture']//td[@class='caption'])") == "Đèn ở ngã tư."
    assert tree.xpath("//time[contains(@class,'cms-time')]/@datetime") == ["2025-03-10T08:15:00+0700"]
    assert words(tree.xpath("//div[@class='article__source cms-source']")[0]) == "Nguồn: Báo Thủ đô thử nghiệm"
    assert words(tree.xpath("//p[@style='text-align: right;']")[0]) == "Thục Anh"


def test_an_untitled_page_has_a_title_only_in_its_head(sites: Sites) -> None:
    tree = tree_of(sites[ZCE], "/mat-ten-post830901.html")
    assert not tree.xpath("//h1[contains(@class,'article__title')]")
    assert tree.xpath("//meta[@property='og:title']/@content") == ["Mất tên"]


def test_zce_lists_are_paginated_by_path(sites: Sites) -> None:
    pages = [str(href) for href in tree_of(sites[ZCE], "/nha-o/").xpath("//div[@class='paging']//a/@href")]
    assert pages == ["/nha-o/", "/nha-o/trang2"]
    found = {
        str(href) for page in pages for href in tree_of(sites[ZCE], page).xpath("//h3[@class='story__heading']/a/@href")
    }
    articles = [article for article in sites[ZCE].state(1).articles if article.section == "nha-o"]
    assert found == {sites[ZCE].article_url(article) for article in articles}
    assert sites[ZCE].get("/nha-o/trang3", 1).status == 404
