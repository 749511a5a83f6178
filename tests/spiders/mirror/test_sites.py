"""The test portals as sites: what stands where, what is wrong with it, and what differs from answer to answer."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import lxml.etree
import lxml.html
import pytest
from lxml.html import HtmlElement

from spiders.mirror.content import Content, ContentError, load_content
from spiders.mirror.days import moment_of
from spiders.mirror.documents import document_bytes
from spiders.mirror.render import TEST_NOTICE
from spiders.mirror.sites import ChallengeSite, all_sites
from spiders.mirror.sites.base import CONNECTION_RESET, PublishingSite
from spiders.pages.challenge import is_challenge

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


def tree_of(site: PublishingSite, target: str, day: int = 1) -> HtmlElement:
    response = site.get(target, day)
    assert response.status == 200
    return lxml.html.fromstring(response.body.decode())


def rows(tree: HtmlElement) -> list[str]:
    hrefs = tree.xpath("//div[contains(@class,'asset-abstract')]//h3[@class='asset-title']/a/@href")
    return [str(href) for href in hrefs]


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def url(site: PublishingSite, article_id: int, day: int = 1, *, linked: bool = False) -> str:
    article = site.state(day).article(article_id)
    assert article
    return site.article_url(article, linked=linked)


# what befalls a portal as a whole


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
def test_a_blocked_portal_lets_nobody_see_anything(tmp_path: Path, content_folder: Path, target: str) -> None:
    refused = in_condition(tmp_path, content_folder, "forbidden").get(target, 3)
    assert (refused.status, TEST_NOTICE in refused.body.decode()) == (403, True)
    challenged = in_condition(tmp_path, content_folder, "challenge").get(target, 3)
    assert (challenged.status, is_challenge(challenged.body)) == (200, True)
    assert TEST_NOTICE in challenged.body.decode()


def test_a_portal_in_an_outage_resets_connections(tmp_path: Path, content_folder: Path) -> None:
    assert in_condition(tmp_path, content_folder, "outage").get("/", 3) is CONNECTION_RESET


def test_a_redesigned_portal_shows_the_same_under_other_names(tmp_path: Path, content_folder: Path) -> None:
    site = in_condition(tmp_path, content_folder, "redesign")
    for target in ("/tin-tuc", ARTICLE):
        before, after = tree_of(site, target, day=2), tree_of(site, target, day=3)
        assert not set(before.xpath("//*[@class != '']/@class")) & set(after.xpath("//*[@class != '']/@class"))
        assert after.xpath("//a/@href") == before.xpath("//a/@href")
    assert rows(tree_of(site, "/tin-tuc", day=3)) == []
    assert site.get("/documents/101/ke-hoach-45.pdf", 3).body == site.get("/documents/101/ke-hoach-45.pdf", 2).body


# liferay_point


def test_liferay_list_has_the_real_structure(sites: Sites) -> None:
    tree = tree_of(sites[MY_DUC], "/tin-tuc")
    row = tree.xpath("//div[contains(@class,'asset-abstract')][.//a[contains(@href,'100-')]]")[0]
    assert row.xpath("string(.//h3[@class='asset-title']/a)") == "Họp giao ban tháng Ba"
    date = row.xpath(".//div[@class='assetPublishDate block_timer']")[0]
    assert words(date) == "Ngày đăng 10/03/2025 | 17:41 | View count: 181"
    assert words(row.xpath(".//div[@class='asset-summary']")[0]) == "Cuộc họp bàn ba việc."


def test_liferay_paging_reaches_every_article(sites: Sites) -> None:
    site = sites[MY_DUC]
    first = tree_of(site, "/tin-tuc")
    pages = [str(href) for href in first.xpath("//li[@class='custom-paging']/a/@href")]
    assert len(pages) == 2
    assert all("p_p_id=101" in page and "_101_delta=10" in page for page in pages)
    found = {row for page in pages for row in rows(tree_of(site, page))}
    expected = [a for a in site.state(1).articles if a.section == "tin-tuc"]
    assert found == {site.article_url(article, linked=True) for article in expected}
    assert rows(tree_of(site, pages[0])) == rows(first)


def test_liferay_list_past_the_end_is_empty(sites: Sites) -> None:
    assert rows(tree_of(sites[MY_DUC], "/tin-tuc?_101_cur=99")) == []


def test_liferay_article_has_the_real_structure(sites: Sites) -> None:
    tree = tree_of(sites[MY_DUC], ARTICLE)
    assert [words(e) for e in tree.xpath("//div[@class='dd_chuyenmuc']//span[@class='tintuc']")] == ["Tin tức"] * 2
    assert tree.xpath("string(//div[@class='asset-full-content-title'])") == "Họp giao ban tháng Ba"
    assert words(tree.xpath("//div[contains(@class,'assetPublishDate')]")[0]) == (
        "Ngày đăng 10/03/2025 | 17:41 | View count: 182"
    )
    assert words(tree.xpath("//p[@class='sapo']")[0]) == "Cuộc họp bàn ba việc."
    body = tree.xpath("//div[contains(@class,'asset-full-content')]//div[@class='journal-content-article']")[0]
    assert "Ủy ban bàn ba việc của xã An Hòa." in words(body)
    assert words(body).endswith("Nguồn Báo Thủ đô thử nghiệm: https://baothudo.test/thoi-su/hop-giao-ban-900.html")
    assert words(tree.xpath("//p[@class='view-content-author']")[0]) == "Văn phòng huyện"
    related = tree.xpath("//ul[@class='related_asset_list']/li/a/@href")
    assert related
    assert ARTICLE not in related


def test_liferay_knows_an_article_by_its_id_alone(sites: Sites) -> None:
    assert sites[MY_DUC].get("/tin-tuc/-/view_content/100-khac", 1).status == 200
    assert sites[MY_DUC].get("/tin-tuc/-/view_content/100", 1).status == 200
    assert sites[MY_DUC].get("/tin-tuc/-/view_content/999-hop-giao-ban-thang-ba", 1).status == 404


def test_twelve_hour_dates(sites: Sites) -> None:
    html = sites[SO_VAN_HOA].get("/the-thao", 1).body.decode()
    assert "10/03/2025 | 02:05 PM" in html
    assert "09/03/2025 | 12:00 AM" in html


def test_the_last_section_lists_bare_dates(sites: Sites) -> None:
    tree = tree_of(sites[SO_VAN_HOA], "/van-ban")
    assert words(tree.xpath("//div[contains(@class,'assetPublishDate')]")[0]) == "08/03/2025 | 09:00 AM"


def test_the_language_trap_never_ends(sites: Sites) -> None:
    site = sites[MY_DUC]
    path = ARTICLE
    for language in ("vi", "en", "vi", "vi"):
        links = {str(href) for href in tree_of(site, path).xpath("//a/@href | //link/@href")}
        path += f"/{language}"
        assert any(urlsplit(link).path == path for link in links)
        trap = tree_of(site, path)
        assert rows(trap)
        assert not trap.xpath("//div[@class='asset-full-content-title']")
    assert all(row.endswith("/vi/en/vi/vi") for row in rows(trap))


def test_in_english_the_row_reads_otherwise(sites: Sites) -> None:
    dates = tree_of(sites[MY_DUC], "/tin-tuc/en").xpath("//div[contains(@class,'assetPublishDate')]")
    assert "Publish date 10/03/2025 | 17:41 | View count: 60" in [words(date) for date in dates]


def test_gone_as_list_is_linked_and_answers_with_the_list(sites: Sites) -> None:
    site = sites[MY_DUC]
    gone = url(site, 103)
    assert gone in rows(tree_of(site, "/tin-tuc"))
    tree = tree_of(site, gone)
    assert gone in rows(tree)
    assert not tree.xpath("//div[@class='asset-full-content-title']")


def test_a_removed_article_answers_with_the_list_on_liferay(sites: Sites) -> None:
    site = sites[MY_DUC]
    address = url(site, 108)
    assert tree_of(site, address, day=1).xpath("//div[@class='asset-full-content-title']")
    tree = tree_of(site, address, day=2)
    assert rows(tree)
    assert not [row for row in rows(tree) if "/108-" in row]


def test_missing_is_linked_and_answers_404(sites: Sites) -> None:
    assert url(sites[MY_DUC], 104) in rows(tree_of(sites[MY_DUC], "/tin-tuc"))
    assert sites[MY_DUC].get(url(sites[MY_DUC], 104), 1).status == 404


@pytest.mark.parametrize(("portal", "article_id"), [(MY_DUC, 102), (WARD, 302), (VHV, 602)])
def test_moved_redirects_from_the_linked_address(sites: Sites, portal: str, article_id: int) -> None:
    site = sites[portal]
    stale, current = url(site, article_id, linked=True), url(site, article_id)
    response = site.get(stale, 1)
    assert stale != current
    assert (response.status, response.headers["Location"]) == (301, site.base + current)
    assert site.get(current, 1).status == 200


def test_charsets(sites: Sites) -> None:
    site = sites[MY_DUC]
    wrong, none = site.get(url(site, 106), 1), site.get(url(site, 107), 1)
    assert wrong.headers["Content-Type"] == "text/html; charset=ISO-8859-1"
    assert "Chữ Việt." in wrong.body.decode("utf-8")
    assert none.headers["Content-Type"] == "text/html"
    assert b"charset" not in none.body.split(b"</head>")[0]


def test_only_the_slow_article_is_slow(sites: Sites) -> None:
    site = sites[MY_DUC]
    assert site.get(url(site, 105), 1).delay_seconds > 1
    assert site.get(ARTICLE, 1).delay_seconds == 0


def test_liferay_has_no_robots_txt_and_serves_its_menu(sites: Sites) -> None:
    site = sites[MY_DUC]
    assert site.get("/robots.txt", 1).status == 404
    menu = tree_of(site, "/").xpath("//ul[@class='navi']//a/@href")
    assert len(menu) > 30
    assert {site.get(str(href), 1).status for href in menu} == {200}


def test_attachments_are_documents(sites: Sites) -> None:
    site = sites[MY_DUC]
    links = tree_of(site, url(site, 101)).xpath("//div[@class='journal-content-article']//a/@href")
    pdf, doc = (site.get(str(link), 1) for link in links if "/documents/101/" in str(link))
    assert (pdf.headers["Content-Type"], pdf.body[:5]) == ("application/pdf", b"%PDF-")
    assert (doc.headers["Content-Type"], doc.body[:4]) == ("application/msword", b"\xd0\xcf\x11\xe0")
    assert site.get("/documents/101/khac.pdf", 1).status == 404


@pytest.mark.parametrize("file", ["a.pdf", "a.doc", "a.docx", "a.xls", "a.xlsx"])
def test_documents_are_the_same_each_time(file: str) -> None:
    assert document_bytes(file, "Kế hoạch") == document_bytes(file, "Kế hoạch")
    assert document_bytes(file, "Kế hoạch") != document_bytes(file, "Phụ lục")


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


def test_lists_show_the_risen_counter_and_a_new_token(sites: Sites) -> None:
    site = sites[MY_DUC]
    before = site.get("/tin-tuc", 1).body
    assert site.get("/tin-tuc", 1).body != before
    site.get(ARTICLE, 1)
    assert b"View count: 181" in before
    assert b"View count: 182" in site.get("/tin-tuc", 1).body


@pytest.mark.parametrize("portal", [MY_DUC, SO_VAN_HOA, WARD, NEWSPAPER, VHV, ONECMS, ZCE])
def test_every_page_says_that_it_is_a_test(sites: Sites, portal: str) -> None:
    site = sites[portal]
    targets = ["/", "/khong-co", *(url(site, article.id) for article in site.state(1).articles)]
    assert all(TEST_NOTICE in site.get(target, 1).body.decode() for target in targets)


def test_content_for_no_known_portal_is_refused(content: Content) -> None:
    files = dict.fromkeys(["ha-dong"], next(iter(content._files.values())))
    with pytest.raises(ContentError, match="ha-dong"):
        all_sites(Content(files))


def test_the_challenge_answers_everything(content: Content) -> None:
    site = ChallengeSite("xasocson.hanoi.test")
    for target in ("/", "/robots.txt", "/tin-tuc/bai-1.html?x=1"):
        response = site.get(target, 1)
        assert (response.status, len(response.body) < 400) == (200, True)
        assert b'document.cookie="D1N=' in response.body
        assert b"reload(" in response.body
        assert not lxml.html.fromstring(response.body).xpath("//a")


# ward


def test_ward_paging_reaches_every_article(sites: Sites) -> None:
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


def test_ward_feed_holds_the_newest_20(sites: Sites) -> None:
    site = sites[WARD]
    response = site.get("/rss/tin-tuc.rss", 1)
    root = lxml.etree.fromstring(response.body)
    links = root.xpath("//item/link/text()")
    newest = site.state(1).articles[:20]
    assert links == [site.base + site.article_url(article, linked=True) for article in newest]
    dates = [parsedate_to_datetime(item.findtext("pubDate", "")) for item in root.iter("item")]
    assert dates == [article.published.at for article in newest]
    assert response.headers["Content-Type"].startswith("application/rss+xml")


def test_ward_closes_a_part_that_its_pages_link_into(sites: Sites) -> None:
    site = sites[WARD]
    assert "Disallow: /noi-bo/" in site.get("/robots.txt", 1).body.decode()
    closed = tree_of(site, "/tin-tuc").xpath("//a[starts-with(@href,'/noi-bo/')]/@href")
    assert closed
    assert {site.get(str(href), 1).status for href in closed} == {200}


# newspaper


def test_newspaper_sitemaps_lead_to_every_article(sites: Sites) -> None:
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


# vhv


def test_vhv_paging_reaches_every_article(sites: Sites) -> None:
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


def test_vhv_article_of_today_s_layout(sites: Sites) -> None:
    tree = tree_of(sites[VHV], "/tin-tuc/chi-bo-hop-ban-viec-ngo.html")
    (article,) = tree.xpath("//article[contains(@class,'news-detail-layout-type-2')]")
    assert article.xpath("string(meta[@itemprop='datePublished']/@content)") == "2025-10-30T10:31:00+07:00"
    assert words(article.xpath("header/span[contains(@class,'post-date')]")[0]) == "Thứ năm, 30/10/2025 | 10:31"
    text = words(article)
    assert text.count("Quang cảnh buổi họp") == 2
    assert article.xpath("string(.//figure/img/@alt)") == "Quang cảnh buổi họp"
    for said in ("Tăng tương phản", "Tổng số điểm của bài viết là:", "Lượt xem: 13", "Tác giả: Văn phòng", "Nguồn:"):
        assert said in text
    assert f"printArticle('{600:024x}');" in article.xpath("string(//a[@title='In']/@onclick)")


def test_vhv_article_of_the_older_layout(sites: Sites) -> None:
    tree = tree_of(sites[VHV], "/tin-tuc/bai-cua-nam-ngoai.html")
    assert tree.xpath("string(//span[@class='post-date'])") == "17:23:00 | 07/08/2024"
    assert tree.xpath("string(//h2[@class='post-title'])") == "Bài của năm ngoái"
    assert words(tree.xpath("//div[@class='content-detail']/p[last()]")[0]) == "Thu Hà"
    assert not tree.xpath("//*[@itemprop='articleBody' or @itemprop='datePublished']")


def test_vhv_files_are_behind_a_script_or_a_link(sites: Sites) -> None:
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


def test_vhv_shows_a_list_where_an_article_is_gone(sites: Sites) -> None:
    site = sites[VHV]
    assert tree_of(site, "/tin-tuc/bai-khong-con.html").xpath("//article[contains(@class,'Article-News')]")
    assert site.get("/thong-bao/se-go.html", 2).status == 404


# nukeviet


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


def test_nukeviet_s_hidden_date_is_that_of_the_last_change(sites: Sites) -> None:
    tree = tree_of(sites[NUKEVIET], WATER, day=2)
    assert words(tree.xpath("//span[@class='h5']")[0]) == "Thứ ba - 10/02/2026 17:41"
    assert tree.xpath("string(//span[@itemprop='datePublished'])") == "2026-10-21T09:12:45+07:00"


def test_nukeviet_s_older_articles_are_in_an_older_theme(sites: Sites) -> None:
    tree = tree_of(sites[NUKEVIET], url(sites[NUKEVIET], 401))
    assert not tree.xpath("//*[@itemprop='headline' or @id='news-bodyhtml']")
    assert words(tree.xpath("//em[contains(@class,'time')]")[0]) == "Thứ hai - 10/11/2025 08:05"
    assert words(tree.xpath("//p[@class='text-right']")[0]) == "Tác giả bài viết: Đài xã"


def test_nukeviet_prints_and_saves_every_article(sites: Sites) -> None:
    site = sites[NUKEVIET]
    tree = tree_of(site, WATER)
    assert tree.xpath(f"//a[@href='/print{WATER}']")
    assert tree.xpath(f"//a[@href='/savefile{WATER}']")
    assert tree_of(site, f"/print{WATER}").xpath("string(//div[@id='print']//h1)") == "Mở vòi nước sạch"
    saved = site.get(f"/savefile{WATER}", 1)
    assert saved.headers["Content-Disposition"] == "attachment; filename=mo-voi-nuoc-sach.html"


def test_nukeviet_hands_out_files_by_their_number(sites: Sites) -> None:
    site = sites[NUKEVIET]
    links = [str(href) for href in tree_of(site, WATER).xpath("//div[contains(@class,'news-download-file')]//@href")]
    assert links[1::2] == [f"{WATER}?download=1&id=0", f"{WATER}?download=1&id=1"]
    assert site.get(f"{WATER}?download=1&id=0", 1).headers["Content-Type"] == "application/pdf"
    for number in ("2", "-1", "x", ""):
        assert site.get(f"{WATER}?download=1&id={number}", 1).status == 404


def test_nukeviet_never_lets_a_conditional_request_match(sites: Sites) -> None:
    asked_at = moment_of(1)
    for target in ("/", WATER, "/tin-tuc/", "/rss/", "/khong-co"):
        headers = sites[NUKEVIET].get(target, 1, at=asked_at).headers
        assert asked_at - parsedate_to_datetime(headers["Last-Modified"]) == timedelta(hours=24)
        assert "ETag" not in headers
        later = sites[NUKEVIET].get(
            target, 1, {"if-modified-since": headers["Last-Modified"]}, asked_at + timedelta(minutes=1)
        )
        assert later.status != 304


def test_nukeviet_feeds_have_the_month_where_the_minutes_belong(sites: Sites) -> None:
    root = lxml.etree.fromstring(sites[NUKEVIET].get("/rss/tin-tuc/", 1).body)
    dates = [item.findtext("pubDate") for item in root.iter("item")]
    assert dates[0] == "Tue, 10 Feb 2026 10:02:00 GMT"  # 17:41 in Hanoi
    assert len(dates) == 6
    assert sites[NUKEVIET].get("/rss/khong-co/", 1).status == 404


@pytest.mark.parametrize(
    ("target", "day", "leads_to"),
    [
        ("/tin-tuc/page-99/", 1, "/tin-tuc/"),
        ("/tin-tuc/page-0/", 1, "/tin-tuc/"),
        ("/tin-tuc/bai-khong-con-403.html", 1, "/"),
        ("/tin-tuc/se-go-405.html", 2, "/"),
        ("/tin-tuc/ten-khac-400.html", 1, WATER),
    ],
)
def test_nukeviet_sends_readers_elsewhere(sites: Sites, target: str, day: int, leads_to: str) -> None:
    response = sites[NUKEVIET].get(target, day)
    assert (response.status, response.headers["Location"]) == (301, sites[NUKEVIET].base + leads_to)


def test_nukeviet_paging_reaches_every_article(sites: Sites) -> None:
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


def test_every_page_of_nukeviet_says_that_it_is_a_test(sites: Sites) -> None:
    site = sites[NUKEVIET]
    shown = [url(site, number) for number in (400, 401, 402, 405, 406)]
    targets = ["/", "/khong-co", "/tin-tuc/", "/thong-bao/", "/about/gioi-thieu.html", f"/print{WATER}", *shown]
    assert all(TEST_NOTICE in site.get(target, 1).body.decode() for target in targets)
    menu = {str(href) for href in tree_of(site, "/").xpath("//nav//a/@href") if str(href).startswith("/")}
    assert len(menu) > 30
    assert {site.get(target, 1).status for target in menu} == {200}


# onecms


def locations(site: PublishingSite, target: str) -> list[str]:
    root = lxml.etree.fromstring(site.get(target, 1).body)
    return [location.text or "" for location in root.iter("{*}loc")]


@pytest.mark.parametrize(("portal", "count"), [(ONECMS, 13), (ZCE, 7)])
def test_sitemaps_lead_to_every_article_that_the_lists_do_not_show(sites: Sites, portal: str, count: int) -> None:
    site = sites[portal]
    found = [url for part in locations(site, "/sitemap.xml") for url in locations(site, urlsplit(part).path)]
    assert found == [site.base + site.article_url(article, linked=True) for article in site.state(1).articles]
    assert len(found) == count


def test_onecms_lists_go_on_by_script_alone(sites: Sites) -> None:
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


def test_onecms_keeps_address_and_layout_of_the_site_before_2023(sites: Sites) -> None:
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
def test_other_views_repeat_the_article_and_are_linked(
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


def test_a_title_can_be_missing_from_the_page_but_not_from_its_head(sites: Sites) -> None:
    tree = tree_of(sites[ZCE], "/mat-ten-post830901.html")
    assert not tree.xpath("//h1[contains(@class,'article__title')]")
    assert tree.xpath("//meta[@property='og:title']/@content") == ["Mất tên"]


def test_zce_lists_have_pages_by_path(sites: Sites) -> None:
    pages = [str(href) for href in tree_of(sites[ZCE], "/nha-o/").xpath("//div[@class='paging']//a/@href")]
    assert pages == ["/nha-o/", "/nha-o/trang2"]
    found = {
        str(href) for page in pages for href in tree_of(sites[ZCE], page).xpath("//h3[@class='story__heading']/a/@href")
    }
    articles = [article for article in sites[ZCE].state(1).articles if article.section == "nha-o"]
    assert found == {sites[ZCE].article_url(article) for article in articles}
    assert sites[ZCE].get("/nha-o/trang3", 1).status == 404
