"""The test portals on `vhv` and on a ward's own CMS."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import lxml.etree
import lxml.html

from tests.spiders.mirror.portals import (
    VHV,
    WARD,
    Sites,
    tree_of,
    url,
    words,
)

# ward


def test_ward_pagination_reaches_every_article(sites: Sites) -> None:
    site = sites[WARD]
    pages = [str(href) for href in tree_of(site, "/tin-tuc").xpath("//ul[@class='phan-trang']//a/@href")]
    assert pages == ["/tin-tuc", "/tin-tuc?trang=2", "/tin-tuc?trang=3"]
    found = {str(href) for page in pages for href in tree_of(site, page).xpath("//div[@class='the-tin']/h3/a/@href")}
    assert found == {site.article_url(article, linked=True) for article in site.state(1).articles}


def test_ward_article(sites: Sites) -> None:
    tree = tree_of(sites[WARD], "/tin-tuc/pho-di-bo-ven-ho-300.html")
    assert tree.xpath("string(//h1)") == "Phố đi bộ ven hồ"
    assert tree.xpath("string(//time[@class='ngay'])") == "Thứ năm, 30/10/2025 | 10:31"
    meta = tree.xpath("string(//meta[@property='article:published_time']/@content)")
    assert meta == "2025-10-30T10:31:00+07:00"
    assert tree.xpath("string(//figure/figcaption)") == "Phố lúc lên đèn."
    assert words(tree.xpath("//p[@class='nguon']")[0]) == "Nguồn: Báo Thủ đô thử nghiệm"
    assert '"datePublished": "2025-10-30' in tree.xpath("string(//script[@type='application/ld+json'])")
    assert tree.xpath("//a[@rel='tag']/text()") == ["đi bộ", "Hồ Tây"]
    assert "Tăng tương phản" in words(tree)
    assert "lượt đánh giá" in words(tree)


def test_ward_json_ld_is_on_some_articles_only(sites: Sites) -> None:
    tree = tree_of(sites[WARD], url(sites[WARD], 301))
    assert not tree.xpath("//script[@type='application/ld+json']")
    assert tree.xpath("string(//time)") == "Thứ tư, 29/10/2025"


def test_ward_feed_contains_the_newest_20(sites: Sites) -> None:
    site = sites[WARD]
    response = site.get("/rss/tin-tuc.rss", 1)
    root = lxml.etree.fromstring(response.body)
    links = root.xpath("//item/link/text()")
    newest = site.state(1).articles[:20]
    assert links == [site.base + site.article_url(article, linked=True) for article in newest]
    dates = [parsedate_to_datetime(item.findtext("pubDate", "")) for item in root.iter("item")]
    assert dates == [article.published.at for article in newest]
    assert response.headers["Content-Type"].startswith("application/rss+xml")


def test_ward_links_to_a_part_closed_by_robots_txt(sites: Sites) -> None:
    site = sites[WARD]
    assert "Disallow: /noi-bo/" in site.get("/robots.txt", 1).body.decode()
    closed = tree_of(site, "/tin-tuc").xpath("//a[starts-with(@href,'/noi-bo/')]/@href")
    assert closed
    assert {site.get(str(href), 1).status for href in closed} == {200}


# vhv


def test_vhv_pagination_reaches_every_article(sites: Sites) -> None:
    site = sites[VHV]
    first = tree_of(site, "/tin-tuc")
    pages = ["/tin-tuc", *map(str, first.xpath("//div[@class='default-pagination']/a/@href"))]
    assert pages == ["/tin-tuc", "/tin-tuc?pageNo=2"]
    links = "//section//article//h4[@class='entry-title']/a/@href"
    found = {str(href) for page in pages for href in tree_of(site, page).xpath(links)}
    expected = [article for article in site.state(1).articles if article.section == "tin-tuc"]
    assert found == {site.article_url(article, linked=True) for article in expected}
    assert first.xpath("string(//time[contains(@class,'post-date')]/@datetime)") == "2025-10-30T10:31:00+07:00"


def test_vhv_shows_the_last_section_in_another_widget(sites: Sites) -> None:
    tree = tree_of(sites[VHV], "/thong-bao")
    assert tree.xpath("//div[contains(@class,'news-item')]//a/@href") == [
        "/thong-bao/se-go.html",
        "/thong-bao/lich.html",
    ]
    assert not tree.xpath("//article")


def test_vhv_article_in_the_current_layout(sites: Sites) -> None:
    tree = tree_of(sites[VHV], "/tin-tuc/chi-bo-hop-ban-viec-ngo.html")
    (article,) = tree.xpath("//article[contains(@class,'news-detail-layout-type-2')]")
    assert article.xpath("string(meta[@itemprop='datePublished']/@content)") == "2025-10-30T10:31:00+07:00"
    assert words(article.xpath("header/span[contains(@class,'post-date')]")[0]) == "Thứ năm, 30/10/2025 | 10:31"
    text = words(article)
    assert text.count("Quang cảnh buổi họp") == 2
    assert article.xpath("string(.//figure/img/@alt)") == "Quang cảnh buổi họp"
    for text_part in (
        "Tăng tương phản",
        "Tổng số điểm của bài viết là:",
        "Lượt xem: 13",
        "Tác giả: Văn phòng",
        "Nguồn:",
    ):
        assert text_part in text
    assert f"printArticle('{600:024x}');" in article.xpath("string(//a[@title='In']/@onclick)")


def test_vhv_article_in_the_older_layout(sites: Sites) -> None:
    tree = tree_of(sites[VHV], "/tin-tuc/bai-cua-nam-ngoai.html")
    assert tree.xpath("string(//span[@class='post-date'])") == "17:23:00 | 07/08/2024"
    assert tree.xpath("string(//h2[@class='post-title'])") == "Bài của năm ngoái"
    assert words(tree.xpath("//div[@class='content-detail']/p[last()]")[0]) == "Thu Hà"
    assert not tree.xpath("//*[@itemprop='articleBody' or @itemprop='datePublished']")


def test_vhv_attachments_are_behind_a_script_or_a_link(sites: Sites) -> None:
    site = sites[VHV]
    scripted, linked = tree_of(site, "/thong-bao/lich.html").xpath("//a[@class='link-download']")
    assert "'/documents/605/lich.pdf'" in scripted.get("onclick")
    assert linked.get("href") == "/documents/605/phu-luc.doc"
    assert {site.get(f"/documents/605/{file}", 1).status for file in ("lich.pdf", "phu-luc.doc")} == {200}


def test_vhv_print_views_repeat_the_article(sites: Sites) -> None:
    site = sites[VHV]
    for path in ("/tin-tuc/chi-bo-hop-ban-viec-ngo.html?print=1", "/print/tin-tuc/bai-cua-nam-ngoai.html"):
        assert site.get(path, 1).status == 200
    links = tree_of(site, "/tin-tuc/bai-cua-nam-ngoai.html").xpath("//a/@href")
    assert "/print/tin-tuc/bai-cua-nam-ngoai.html" in links


def test_vhv_shows_a_list_in_place_of_a_deleted_article(sites: Sites) -> None:
    site = sites[VHV]
    assert tree_of(site, "/tin-tuc/bai-khong-con.html").xpath("//article[contains(@class,'Article-News')]")
    assert site.get("/thong-bao/se-go.html", 2).status == 404
