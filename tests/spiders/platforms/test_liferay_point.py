"""Liferay with the Point portlets: URLs, lists, and real saved pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.liferay_point import platform as liferay_point
from tests.spiders.platforms.pages import a_capture, a_page, a_portal
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean

HOST = "https://dongtam.hanoi.test"
ARTICLE = f"{HOST}/kinh-te/-/view_content/3310021-nghiem-thu-kenh"
PORTAL = a_portal("liferay_point", f"{HOST}/kinh-te")
LIST = f"{HOST}/kinh-te"
PAGING = "p_p_id=101&p_p_lifecycle=0&_101_delta=20&_101_keywords=&_101_cur="


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        (f"{ARTICLE}.html", ARTICLE),
        (f"{ARTICLE}?p_auth=x&redirect=%2Fkinh-te#cuoi", ARTICLE),
        (f"{ARTICLE}/vi", ARTICLE),
        (f"{ARTICLE}.html/vi/en/vi", ARTICLE),
        (f"{HOST}/en/kinh-te/-/view_content/3310021-nghiem-thu-kenh", ARTICLE),
        ("HTTPS://DongTam.hanoi.test:443/kinh-te/-/view_content/3310021-nghiem-thu-kenh", ARTICLE),
        (
            f"{HOST}/web/eng/history/-/view_content/736186-names.html/vi",
            f"{HOST}/web/eng/history/-/view_content/736186-names",
        ),
        (LIST, LIST),
        (f"{LIST}.html", LIST),
        (f"{LIST}/", LIST),
        (f"{LIST}/en", LIST),
        (f"{HOST}/vi/kinh-te", LIST),
        (f"{LIST}?{PAGING}1", LIST),
        (f"{LIST}?{PAGING}2", f"{LIST}?_101_cur=2"),
        (f"{LIST}.html?{PAGING}2&p_auth=abc", f"{LIST}?_101_cur=2"),
        (f"{LIST}?_101_INSTANCE_aBc1_cur=3", f"{LIST}?_101_INSTANCE_aBc1_cur=3"),
        (HOST, f"{HOST}/"),
        (f"{HOST}/index.html", f"{HOST}/"),
        (f"{HOST}/en", f"{HOST}/"),
        (f"{HOST}/vinh-hung", f"{HOST}/vinh-hung"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert liferay_point.canonical_url(url) == canonical
    assert liferay_point.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (ARTICLE, "3310021", True),
        (f"{ARTICLE}.html?p_auth=x", "3310021", True),
        (f"{HOST}/kinh-te/-/view_content/3310021", "3310021", True),
        (f"{ARTICLE}/vi", "3310021", False),
        (f"{ARTICLE}/vi/en", "3310021", False),
        (f"{ARTICLE}.html/en.html", "3310021", False),
        (f"{ARTICLE}/them-nua", "3310021", False),
        (f"{HOST}/en/kinh-te/-/view_content/3310021-x", "3310021", False),
        (f"{HOST}/vi/kinh-te/-/view_content/3310021-x", "3310021", False),
        (f"{HOST}/web/eng/news/-/view_content/77-x", "77", True),
        (LIST, None, False),
        (f"{HOST}/kinh-te/-/view_content/", None, False),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert liferay_point.article_key(url) == key
    assert liferay_point.is_article_url(url, PORTAL) is is_article


def test_links_exclude_the_language_trap_and_the_login() -> None:
    page = a_page(
        f"""<nav><ul class="navi"><li><a href="/kinh-te">a</a></li><li><a href="/en/kinh-te">b</a></li>
        <li><a href="/vi">c</a></li><li><a href="/dang-nhap.html">d</a></li>
        <li><a href="/x?p_p_id=58&amp;p_p_state=maximized">e</a></li><li><a href="javascript:;">f</a></li>
        <li><a href="/documents/10/20/bieu.pdf">g</a></li><li><a href="http://[">h</a></li></ul></nav>
        <div class="asset-abstract"><h3 class="asset-title"><a href="{ARTICLE}">Một</a></h3></div>
        <div class="asset-abstract"><h3 class="asset-title"><a href="{ARTICLE}/vi">Hai</a></h3></div>
        <div class="asset-abstract"><h3 class="asset-title"><a href="{ARTICLE}">Một</a></h3></div>
        <ul class="pager lfr-pagination-buttons"><li><a href="?{PAGING}2">Next</a></li></ul>""",
        LIST,
    )
    links = liferay_point.links(page, PORTAL)
    assert links.articles == (ARTICLE,)
    assert links.lists == (LIST, f"{LIST}?{PAGING}2")
    assert links.attachments == ()
    assert links.row_count == 3


def test_links_are_resolved_against_the_base_element() -> None:
    page = parse_page(
        b'<html><head><base href="/a/"></head><body><a href="tin/-/view_content/5-x">x</a></body></html>', LIST, None
    )
    assert liferay_point.links(page, PORTAL).articles == (f"{HOST}/a/tin/-/view_content/5-x",)


def test_attachments_come_only_from_the_text() -> None:
    page = a_page(
        """<div class="asset-full-content-title">T</div><div class="asset-full-content">
        <div class="journal-content-article">
        <p><a href="a.pdf">1</a> <a href="/documents/1/2/khong-duoi/uuid">2</a> <a href="b.html">3</a>
        <a href="/documents/1/2/anh.png/uuid">4</a></p></div></div>
        <div class="journal-content-article"><a href="le.pdf">5</a></div>""",
        ARTICLE,
    )
    assert liferay_point.links(page, PORTAL).attachments == (
        f"{HOST}/kinh-te/-/view_content/a.pdf",
        f"{HOST}/documents/1/2/khong-duoi/uuid",
    )


def test_an_article_without_the_inner_containers_is_extracted() -> None:
    page = a_page(
        """<div><div class="asset-full-content-title">Tên bài</div>
        <div class="assetPublishDate">14/10/2024 | 17:41 | View count: 181</div><p class="sapo">Tóm tắt.</p>
        <div class="journal-content-article"><p>Đoạn một.</p><p>Đoạn hai.</p></div>
        <p class="view-content-author">Hải Yến</p></div>""",
        ARTICLE,
    )
    (template,) = liferay_point.TEMPLATES
    assert template.fits(page)
    parts = template.article_parts(page)
    assert (parts.title, parts.lead, parts.byline) == ("Tên bài", "Tóm tắt.", "Hải Yến")
    assert parts.body == ("Đoạn một.", "Đoạn hai.")
    assert parts.view_count == 181


def saved_pages(shared: Path) -> list[dict[str, Any]]:
    index: list[dict[str, Any]] = json.loads((shared / "portals/liferay-point/index.json").read_text(encoding="utf-8"))
    return index


def saved_body(shared: Path, entry: dict[str, Any]) -> bytes:
    return (shared / "portals/liferay-point/pages" / str(entry["file"])).read_bytes()


KINDS = {"list": PageKind.LIST, "detail": PageKind.ARTICLE, "other": PageKind.NEITHER}
SAVED_HOST = "https://sotttt.hanoi.gov.vn"


def test_kinds_of_the_real_pages(shared: Path) -> None:
    portal = a_portal("liferay_point", SAVED_HOST)
    kinds = {
        entry["file"]: read_page(saved_body(shared, entry), entry["url"] or f"{SAVED_HOST}/cauhoi", portal).kind
        for entry in saved_pages(shared)
    }
    assert kinds == {entry["file"]: KINDS[entry["kind"]] for entry in saved_pages(shared)}


def test_every_row_of_the_real_lists_has_its_summary(shared: Path) -> None:
    portal = a_portal("liferay_point", SAVED_HOST)
    for entry in saved_pages(shared):
        rows = read_page(saved_body(shared, entry), entry["url"] or f"{SAVED_HOST}/cauhoi", portal).rows
        for row, stated in zip(rows, entry.get("items", ()), strict=True):
            assert (row.summary or "").startswith(clean(stated["summary"]))  # the index keeps 200 characters


def test_links_of_the_real_pages_contain_their_articles_and_no_trap(shared: Path) -> None:
    portal = a_portal("liferay_point", SAVED_HOST)
    for entry in saved_pages(shared):
        url = entry["url"] or f"{SAVED_HOST}/cauhoi"
        links = liferay_point.links(parse_page(saved_body(shared, entry), url, None), portal)
        keys = {liferay_point.article_key(link) for link in links.articles}
        assert {liferay_point.article_key(urljoin(url, row["href"])) for row in entry.get("items", ())} <= keys
        for link in links.articles + links.lists:
            assert not re.search(r"hanoi\.gov\.vn/(?:en|vi)(?:[/.]|$)|/(?:en|vi)(?:\.html)?$", link)
            assert "p_p_id=58" not in link
        assert links.row_count == len(entry.get("items", ()))


def test_the_real_article_is_extracted(shared: Path) -> None:
    entry = next(entry for entry in saved_pages(shared) if entry["kind"] == "detail")
    body = saved_body(shared, entry)
    article = extract_article(a_capture(entry["url"], body), body, a_portal("liferay_point", SAVED_HOST))
    assert article is not None
    stated = parse_moment("21/12/2012")
    assert stated is not None
    assert (article.published_at, article.published_precision) == (stated.at, "day")
    assert article.section == "Chiến lược quy hoạch"
    assert article.byline is None  # the page names the account, admin admin
    assert article.body[:1] == ("Nội dung:",)  # without the repeated title before it
    assert len(article.body) == 3
    assert [url.rpartition(".")[2] for url in article.attachments] == ["doc", "xls"]
    assert article.extractor == "liferay_point"
