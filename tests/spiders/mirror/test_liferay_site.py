"""The test portals on `liferay_point`: structure, pagination, the language trap, deleted articles."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from spiders.mirror.documents import document_bytes
from tests.spiders.mirror.portals import (
    ARTICLE,
    MY_DUC,
    SO_VAN_HOA,
    VHV,
    WARD,
    Sites,
    rows,
    tree_of,
    url,
    words,
)


def test_liferay_list_has_the_real_structure(sites: Sites) -> None:
    tree = tree_of(sites[MY_DUC], "/tin-tuc")
    row = tree.xpath("//div[contains(@class,'asset-abstract')][.//a[contains(@href,'100-')]]")[0]
    assert row.xpath("string(.//h3[@class='asset-title']/a)") == "Họp giao ban tháng Ba"
    date = row.xpath(".//div[@class='assetPublishDate block_timer']")[0]
    assert words(date) == "Ngày đăng 10/03/2025 | 17:41 | View count: 181"
    assert words(row.xpath(".//div[@class='asset-summary']")[0]) == "Cuộc họp bàn ba việc."


def test_liferay_pagination_reaches_every_article(sites: Sites) -> None:
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


def test_liferay_identifies_an_article_by_its_id_alone(sites: Sites) -> None:
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


def test_english_rows_have_other_labels(sites: Sites) -> None:
    dates = tree_of(sites[MY_DUC], "/tin-tuc/en").xpath("//div[contains(@class,'assetPublishDate')]")
    assert "Publish date 10/03/2025 | 17:41 | View count: 60" in [words(date) for date in dates]


def test_gone_as_list_is_linked_and_returns_the_list(sites: Sites) -> None:
    site = sites[MY_DUC]
    gone = url(site, 103)
    assert gone in rows(tree_of(site, "/tin-tuc"))
    tree = tree_of(site, gone)
    assert gone in rows(tree)
    assert not tree.xpath("//div[@class='asset-full-content-title']")


def test_a_removed_article_returns_the_list_on_liferay(sites: Sites) -> None:
    site = sites[MY_DUC]
    path = url(site, 108)
    assert tree_of(site, path, day=1).xpath("//div[@class='asset-full-content-title']")
    tree = tree_of(site, path, day=2)
    assert rows(tree)
    assert not [row for row in rows(tree) if "/108-" in row]


def test_missing_is_linked_and_returns_404(sites: Sites) -> None:
    assert url(sites[MY_DUC], 104) in rows(tree_of(sites[MY_DUC], "/tin-tuc"))
    assert sites[MY_DUC].get(url(sites[MY_DUC], 104), 1).status == 404


@pytest.mark.parametrize(("portal", "article_id"), [(MY_DUC, 102), (WARD, 302), (VHV, 602)])
def test_moved_redirects_from_the_linked_url(sites: Sites, portal: str, article_id: int) -> None:
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
