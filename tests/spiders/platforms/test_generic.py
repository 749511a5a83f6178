"""The generic platform: URLs, page kinds, lists, and real NukeViet pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.generic import platform as generic
from tests.spiders.platforms.pages import a_capture, a_page, a_portal

HOST = "https://phuong.test"
PORTAL = a_portal("generic", f"{HOST}/")


@pytest.mark.parametrize(
    ("path", "is_article"),
    [
        ("/tin-tuc/phuong-hop-giao-ban-16.html", True),
        ("/tin-tuc/phuong-hop-giao-ban-880101.htm", True),
        ("/chi-tiet/1023456789.htm", True),
        ("/tin/phuong-hop-giao-ban-post123456", True),
        ("/tin-tuc/", False),
        ("/tin-tuc/page-2/", False),
        ("/tin-tuc/page-2.html", False),
        ("/gioi-thieu.html", False),
        ("/print/tin-tuc/phuong-hop-giao-ban-16.html", False),
        ("/savefile/tin-tuc/phuong-hop-giao-ban-16.html", False),
        ("/amp/phuong-hop-giao-ban-16.html", False),
        ("/phuong-hop-giao-ban-16.amp.html", False),
        ("/phuong-hop-giao-ban-16.html?print=1", False),
        ("/phuong-hop-giao-ban-16.html?tmpl=component&print=1&layout=default&page=", False),
        ("/phuong-hop-giao-ban-16.html?format=pdf", False),
        ("/phuong-hop-giao-ban-16.html?amp", False),
        ("/phuong-hop-giao-ban-16.html?replytocom=16", False),
        ("/phuong-hop-giao-ban-16.html?view=article&print=207", True),
        ("/amply/phuong-hop-giao-ban-16.html", True),
        ("/files/ke-hoach-12345678.pdf", False),
        ("/anh/hop-giao-ban-20251010.jpg", False),
    ],
)
def test_common_article_urls(path: str, is_article: bool) -> None:
    assert generic.is_article_url(HOST + path, PORTAL) is is_article


def test_a_portals_article_patterns_replace_the_default() -> None:
    portal = a_portal("generic", f"{HOST}/", r"^/doc/\w+$")
    assert generic.is_article_url(f"{HOST}/doc/abc?x=1", portal)
    assert not generic.is_article_url(f"{HOST}/tin-tuc/phuong-hop-giao-ban-16.html", portal)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Phuong.TEST:443/a?b=1#c", "https://phuong.test/a?b=1"),
        (f"{HOST}/a-1.html?utm_source=zalo&fbclid=9", f"{HOST}/a-1.html"),
        (f"{HOST}/a?id=5&PHPSESSID=77&t=%20x", f"{HOST}/a?id=5&t=%20x"),
        (f"{HOST}/a;jsessionid=12AB?p=2", f"{HOST}/a?p=2"),
        (HOST, f"{HOST}/"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert generic.canonical_url(url) == canonical
    assert generic.canonical_url(canonical) == canonical


ROWS = "".join(
    f'<li><h3><a href="/tin/ban-tin-so-{n}-cua-phuong-{n}.html">Bản tin số {n} của phường</a></h3>'
    f"<span>{n:02d}/11/2025 08:1{n}</span><span>Lượt xem: {n}0</span>"
    f"<p>Tóm tắt của bản tin số {n} gồm hơn tám từ cho đủ.</p></li>"
    for n in range(1, 5)
)


def test_list_rows() -> None:
    page = a_page(f'<ul>{ROWS}</ul><div class="pagination"><a href="?page=2">2</a></div>', f"{HOST}/tin")
    assert generic.is_list(page)
    row = generic.list_rows(page)[1]
    assert (row.title, row.url) == ("Bản tin số 2 của phường", f"{HOST}/tin/ban-tin-so-2-cua-phuong-2.html")
    assert row.published_at is not None
    assert row.published_at.isoformat() == "2025-11-02T08:12:00+07:00"
    assert (row.published_precision, row.view_count) == ("minute", 20)
    assert row.summary == "Tóm tắt của bản tin số 2 gồm hơn tám từ cho đủ."
    links = generic.links(page, PORTAL)
    assert links.row_count == 4
    assert len(links.articles) == 4
    assert links.lists == (f"{HOST}/tin?page=2",)


def test_a_crawl_takes_an_article_for_none_of_the_dated_rows_below_it() -> None:
    """Else its files and its further pages are not requested, and the verdict calls it a list in its place."""
    text = "".join(f"<p>{f'Tổ {n} cùng nhau dọn ngõ, trồng cây và sửa lại hàng rào. ' * 3}</p>" for n in range(4))
    shown = '<iframe src="/tep/ke-hoach.pdf"></iframe>'
    headline = '<span class="tieude">Phường Thử họp giao ban công tác tháng mười một</span><p>05/11/2025 08:00</p>'
    related = f'<div class="tin-khac"><h3>Tin khác</h3><ul>{ROWS}</ul></div>'
    url = f"{HOST}/view.aspx?ID=5"
    portal = a_portal("generic", f"{HOST}/", r"^/view\.aspx\?ID=\d+", r"^/tin/")
    links = generic.links(a_page(f"<main>{headline}<div>{text}{shown}</div></main>{related}", url).of(portal), portal)
    assert links.row_count == 0
    assert links.attachments == (f"{HOST}/tep/ke-hoach.pdf",)
    # The address alone is no evidence: portals show a list where an article was.
    assert generic.links(a_page(f"<main><ul>{ROWS}</ul></main>", url).of(portal), portal).row_count == 4


def test_a_static_page_is_not_a_list() -> None:
    page = a_page("<h1>Liên hệ</h1><p>Địa chỉ: số 1 phố Thử.</p>", f"{HOST}/lien-he")
    assert not generic.is_list(page)


def test_an_article_pattern_suffices_for_a_page_without_metadata() -> None:
    text = "<p>" + "Câu này có đúng tám chữ thôi nhé. " * 8 + "</p>"
    body = f"<html><body><h1>Tên bài</h1><div>{text}{text}</div></body></html>".encode()
    assert read_page(body, f"{HOST}/doc/abc", a_portal("generic", HOST, "^/doc/")).kind is PageKind.ARTICLE
    assert read_page(body, f"{HOST}/doc/abc", PORTAL).kind is PageKind.NEITHER


def test_an_article_pattern_does_not_suffice_for_a_page_without_text() -> None:
    body = b"<html><head><title>Wait</title></head><body><p>Wait</p></body></html>"
    assert read_page(body, f"{HOST}/doc/abc", a_portal("generic", HOST, "^/doc/")).kind is PageKind.NEITHER


NUKEVIET = "http://127.0.0.1:8089"


def nukeviet(shared: Path, name: str) -> tuple[bytes, str]:
    body = (shared / "portals/nukeviet" / name).read_bytes()
    canonical = re.search(rb'rel="canonical" href="([^"]+)"', body)
    assert canonical
    return body, canonical[1].decode()


@pytest.mark.parametrize(
    ("name", "paragraphs", "captions", "published", "byline"),
    [
        ("detail-16.html", 17, 2, "2024-10-14T17:41:00+07:00", "Trung tâm Văn hóa - Thông tin và Thể thao huyện"),
        ("detail-17.html", 29, 3, "2024-10-11T19:05:00+07:00", None),
        ("detail-18.html", 22, 2, "2023-11-27T09:15:00+07:00", None),
        ("detail-19.html", 10, 4, "2024-10-12T16:20:00+07:00", "Hương Ly"),
        ("detail-20.html", 7, 0, "2024-04-04T18:34:00+07:00", "Nguyễn Hương"),
    ],
)
def test_real_nukeviet_articles(
    shared: Path, name: str, paragraphs: int, captions: int, published: str, byline: str | None
) -> None:
    body, url = nukeviet(shared, name)
    article = extract_article(a_capture(url, body), body, a_portal("generic", NUKEVIET))
    assert article is not None
    assert article.published_at is not None
    assert article.published_at.isoformat() == published
    assert (len(article.body), len(article.captions), article.byline) == (paragraphs, captions, byline)
    assert article.lead
    assert not any("đánh giá" in text and "bài viết" in text for text in article.body)
    assert article.extractor == "generic"


def test_real_nukeviet_lists_and_other_pages(shared: Path) -> None:
    for name, rows in (("list-dang-doan-the-p1.html", 20), ("list-dang-doan-the-p2.html", 20), ("home.html", 3)):
        body, url = nukeviet(shared, name)
        page = parse_page(body, url, None)
        assert generic.is_list(page), name
        links = generic.links(page, a_portal("generic", NUKEVIET))
        assert links.row_count >= rows
        assert not any("/print/" in link or "/savefile/" in link for link in links.articles + links.lists)
    missing = (shared / "portals/nukeviet/missing.html").read_bytes()
    assert read_page(missing, f"{NUKEVIET}/khong-co", a_portal("generic", NUKEVIET)).kind is PageKind.NEITHER
    printed = (shared / "portals/nukeviet/print-16.html").read_bytes()
    url = f"{NUKEVIET}/print/dang-doan-the/bai-16.html"
    # It can be extracted on request, but no crawl follows it (see above).
    assert not generic.is_article_url(url, a_portal("generic", NUKEVIET))
    reading = read_page(printed, url, a_portal("generic", NUKEVIET))
    assert reading.parts is not None
    assert (
        reading.parts.title
        == "Huyện Mỹ Đức: Tham dự hội nghị giao ban trực tuyến của Thường trực Thành ủy - HĐND - UBND TP Hà Nội"
    )


INFO = (
    '<p>In <a href="/category/thong-bao.html">Thông báo</a>.</p>'
    '<p>tags: <a href="/tag/y-te.html">y tế</a> <a href="/tag/tre-em.html">trẻ em</a></p>'
)
OTHER_ROW = (
    '<div><a href="/tin-tuc/khoi-cong-cau-di-bo.html">Khởi công cầu đi bộ nối hai bờ mương</a>'
    '<a href="/category/tin-tuc.html">Tin tức</a> <a href="/tag/do-thi.html">đô thị</a></div>'
)
SENTENCES = "".join(
    f"<p>Trạm Y tế phường Vĩnh Sen tổ chức tiêm bổ sung vắc xin sởi cho trẻ em vào buổi sáng thứ {day} tuần tới.</p>"
    for day in ("hai", "ba", "tư")
)


@pytest.mark.parametrize(
    ("above", "below", "section", "tags"),
    [
        (INFO, OTHER_ROW, "Thông báo", ("y tế", "trẻ em")),
        ("", OTHER_ROW, None, ()),
        (OTHER_ROW, "", None, ()),
    ],
)
def test_section_and_tags_are_known_by_the_addresses_of_their_links(
    above: str, below: str, section: str | None, tags: tuple[str, ...]
) -> None:
    url = f"{HOST}/thong-bao/tiem-bo-sung-vac-xin-soi.html"
    body = (
        "<html><body><article><header><h1>Tiêm bổ sung vắc xin sởi cho trẻ em</h1></header><div class='entry-content'>"
        f"<footer class='post-info'><abbr class='published'>Ngày đăng: 16/11/2026</abbr>{above}</footer>"
        f"{SENTENCES}{below}</div></article></body></html>"
    ).encode()
    article = extract_article(a_capture(url, body), body, PORTAL)
    assert article is not None
    assert (article.section, article.tags) == (section, tags)
