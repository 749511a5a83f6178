"""The test portal on NukeViet: its themes, views, feeds, redirects and headers."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

import lxml.etree
import lxml.html
import pytest

from spiders.mirror.days import moment_of
from spiders.mirror.render import TEST_NOTICE
from tests.spiders.mirror.portals import (
    NUKEVIET,
    Sites,
    tree_of,
    url,
    words,
)

WATER = "/tin-tuc/mo-voi-nuoc-sach-400.html"


def test_nukeviet_article(sites: Sites) -> None:
    tree = tree_of(sites[NUKEVIET], WATER)
    assert tree.xpath("string(//h1[@itemprop='headline'])") == "Mở vòi nước sạch"
    assert [words(e) for e in tree.xpath("//span[@class='h5']")] == ["Thứ ba - 10/02/2026 17:41", "61", "0"]
    assert tree.xpath("string(//span[@itemprop='datePublished'])") == "2026-02-10T17:41:00+07:00"
    assert tree.xpath("string(//meta[@property='article:published_time']/@content)") == "2026-02-10+0717:41:00"
    assert words(tree.xpath("//div[contains(@class,'hometext')]")[0]) == "Nước về xóm bãi."
    assert tree.xpath("count(//figure[@class='article center']//figcaption)") == 1
    assert [words(p) for p in tree.xpath("//p[@class='h5 text-right']")] == [
        "Tác giả: Đài xã",
        "Nguồn tin: Báo Thủ đô thử nghiệm",
    ]
    assert tree.xpath("//a[contains(@href,'/tag/')]/@href") == ["/tag/nước-sạch", "/tag/xóm-bãi"]


def test_nukeviet_hidden_date_is_the_modification_date(sites: Sites) -> None:
    tree = tree_of(sites[NUKEVIET], WATER, day=2)
    assert words(tree.xpath("//span[@class='h5']")[0]) == "Thứ ba - 10/02/2026 17:41"
    assert tree.xpath("string(//span[@itemprop='datePublished'])") == "2026-10-21T09:12:45+07:00"


def test_nukeviet_older_articles_have_an_older_theme(sites: Sites) -> None:
    tree = tree_of(sites[NUKEVIET], url(sites[NUKEVIET], 401))
    assert not tree.xpath("//*[@itemprop='headline' or @id='news-bodyhtml']")
    assert words(tree.xpath("//em[contains(@class,'time')]")[0]) == "Thứ hai - 10/11/2025 08:05"
    assert words(tree.xpath("//p[@class='text-right']")[0]) == "Tác giả bài viết: Đài xã"


def test_nukeviet_articles_have_print_and_save_views(sites: Sites) -> None:
    site = sites[NUKEVIET]
    tree = tree_of(site, WATER)
    assert tree.xpath(f"//a[@href='/print{WATER}']")
    assert tree.xpath(f"//a[@href='/savefile{WATER}']")
    assert tree_of(site, f"/print{WATER}").xpath("string(//div[@id='print']//h1)") == "Mở vòi nước sạch"
    saved = site.get(f"/savefile{WATER}", 1)
    assert saved.headers["Content-Disposition"] == "attachment; filename=mo-voi-nuoc-sach.html"


def test_nukeviet_serves_attachments_by_number(sites: Sites) -> None:
    site = sites[NUKEVIET]
    links = [str(href) for href in tree_of(site, WATER).xpath("//div[contains(@class,'news-download-file')]//@href")]
    assert links[1::2] == [f"{WATER}?download=1&id=0", f"{WATER}?download=1&id=1"]
    assert site.get(f"{WATER}?download=1&id=0", 1).headers["Content-Type"] == "application/pdf"
    for number in ("2", "-1", "x", ""):
        assert site.get(f"{WATER}?download=1&id={number}", 1).status == 404


def test_nukeviet_never_returns_304(sites: Sites) -> None:
    requested_at = moment_of(1)
    for target in ("/", WATER, "/tin-tuc/", "/rss/", "/khong-co"):
        headers = sites[NUKEVIET].get(target, 1, at=requested_at).headers
        assert requested_at - parsedate_to_datetime(headers["Last-Modified"]) == timedelta(hours=24)
        assert "ETag" not in headers
        later = sites[NUKEVIET].get(
            target, 1, {"if-modified-since": headers["Last-Modified"]}, requested_at + timedelta(minutes=1)
        )
        assert later.status != 304


def test_nukeviet_feed_dates_have_the_month_in_place_of_the_minutes(sites: Sites) -> None:
    root = lxml.etree.fromstring(sites[NUKEVIET].get("/rss/tin-tuc/", 1).body)
    dates = [item.findtext("pubDate") for item in root.iter("item")]
    assert dates[0] == "Tue, 10 Feb 2026 10:02:00 GMT"  # 17:41 in Hanoi
    assert len(dates) == 6
    assert sites[NUKEVIET].get("/rss/khong-co/", 1).status == 404


@pytest.mark.parametrize(
    ("target", "day", "location"),
    [
        ("/tin-tuc/page-99/", 1, "/tin-tuc/"),
        ("/tin-tuc/page-0/", 1, "/tin-tuc/"),
        ("/tin-tuc/bai-khong-con-403.html", 1, "/"),
        ("/tin-tuc/se-go-405.html", 2, "/"),
        ("/tin-tuc/ten-khac-400.html", 1, WATER),
    ],
)
def test_nukeviet_redirects(sites: Sites, target: str, day: int, location: str) -> None:
    response = sites[NUKEVIET].get(target, day)
    assert (response.status, response.headers["Location"]) == (301, sites[NUKEVIET].base + location)


def test_nukeviet_pagination_reaches_every_article(sites: Sites) -> None:
    site = sites[NUKEVIET]
    first = tree_of(site, "/tin-tuc/")
    pages = ["/tin-tuc/", *map(str, first.xpath("//ul[@class='pagination']//a[@rel='next']/@href"))]
    assert pages == ["/tin-tuc/", "/tin-tuc/page-2/"]
    found = {str(href) for page in pages for href in tree_of(site, page).xpath("//div[@class='panel-body']/h3/a/@href")}
    listed = [article for article in site.state(1).articles if article.section == "tin-tuc"]
    assert found == {site.article_url(article, linked=True) for article in listed}
    assert tree_of(site, "/thong-bao/").xpath("//div[@class='list-group']/a/@title") == ["Lịch họp"]


def test_nukeviet_sitemaps_and_robots(sites: Sites) -> None:
    site = sites[NUKEVIET]
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    index = lxml.etree.fromstring(site.get("/sitemap.xml", 1).body)
    maps = ["/sitemap-vi.about.xml", "/sitemap-vi.news.xml"]
    assert index.xpath("//s:sitemap/s:loc/text()", namespaces=names) == [site.base + path for path in maps]
    assert [site.get(path, 1).status for path in maps] == [200, 200]
    assert "Disallow: /users/" in site.get("/robots.txt", 1).body.decode()


def test_two_fetches_of_nukeviet_differ(sites: Sites) -> None:
    pages = [sites[NUKEVIET].get(WATER, 1).body.decode() for _ in range(2)]
    assert len({re.findall(r'data-checkss="([^"]+)"', page)[0] for page in pages}) == 2


def test_every_page_of_nukeviet_has_the_test_notice(sites: Sites) -> None:
    site = sites[NUKEVIET]
    shown = [url(site, number) for number in (400, 401, 402, 405, 406)]
    targets = ["/", "/khong-co", "/tin-tuc/", "/thong-bao/", "/about/gioi-thieu.html", f"/print{WATER}", *shown]
    assert all(TEST_NOTICE in site.get(target, 1).body.decode() for target in targets)
    menu = {str(href) for href in tree_of(site, "/").xpath("//nav//a/@href") if str(href).startswith("/")}
    assert len(menu) > 30
    assert {site.get(target, 1).status for target in menu} == {200}
