"""VHV: URLs, list widgets, article layouts, and the seed text from such a portal."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.page import PageKind
from spiders.platforms.vhv import platform as vhv
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_page, a_portal

HOST = "https://hoason.hanoi.test"
ARTICLE = f"{HOST}/tin-tuc/hoa-son-tong-ket-dan-van-kheo.html"
HEX = "6902dc17a4e8f3b2c10d57e9"
LIST = f"{HOST}/tin-tuc"
PORTAL = a_portal("vhv", LIST)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        (f"{ARTICLE}?print=1", ARTICLE),
        (f"{ARTICLE}?pageNo=2&tab=3#binh-luan", ARTICLE),
        ("HTTPS://HoaSon.hanoi.test:443/tin-tuc/hoa-son-tong-ket-dan-van-kheo.html?fbclid=x", ARTICLE),
        (f"{HOST}/tin-tuc/hoa-son-{HEX}", f"{HOST}/tin-tuc/hoa-son-{HEX}"),
        (LIST, LIST),
        (f"{LIST}/", LIST),
        (f"{LIST}/index.html", LIST),
        (f"{LIST}?pageNo=1", LIST),
        (f"{LIST}?pageNo=2&tab=3", f"{LIST}?pageNo=2"),
        (f"{LIST}?page=3", f"{LIST}?page=3"),
        (f"{LIST}?page=Content.Article.list", LIST),
        (f"{LIST}?pageNo={'9' * 5000}", LIST),
        (f"{LIST}/trang-2.html?pageNo=3", f"{LIST}/trang-2.html?pageNo=3"),
        (HOST, f"{HOST}/"),
        (f"{HOST}/index.html", f"{HOST}/"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert vhv.canonical_url(url) == canonical
    assert vhv.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (ARTICLE, None, True),
        (f"{HOST}/tin-tuc-su-kien/tin-hoat-dong/ra-quan.html", None, True),
        (f"{HOST}/thong-bao-lich-truc-tet.html", None, True),
        # A year, not an id: many articles of a year end with it.
        (f"{HOST}/tin-tuc/san-xuat-thang-2-2018.html", None, True),
        (f"{HOST}/tin-tuc/ra-quan-{HEX}.html", HEX, True),
        (f"{HOST}/ra-quan-{HEX}", HEX, True),
        (f"{HOST}/tin-tuc/ra-quan/c/40217.html", "40217", True),
        (f"{HOST}/tin-tuc/ra-quan-{HEX}0.html", None, True),
        (f"{ARTICLE}?print=1", None, False),
        (f"{ARTICLE}?template=print&x=1", None, False),
        (f"{HOST}/print/tin-tuc/ra-quan.html", None, False),
        (LIST, None, False),
        (f"{HOST}/huong-ve-co-so2", None, False),
        (f"{HOST}/tin-tuc.html", None, False),
        (f"{LIST}/trang-2.html", None, False),
        (f"{LIST}/index.html", None, False),
        (f"{HOST}/upload/3001/a/b.html", None, False),
        (f"{HOST}/rss/tin-tuc.html", None, False),
        (f"{HOST}/upload/3001/20250210/ke-hoach.pdf", None, False),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert vhv.article_key(url) == key
    assert vhv.is_article_url(url, PORTAL) is is_article


LISTED = f"""<nav><ul><li><a href="/tin-tuc">a</a></li><li><a href="/xay-dung-dang">b</a></li>
<li><a href="/dang-nhap">c</a></li><li><a href="/?page=Member.User.login">d</a></li>
<li><a href="/tim-kiem?q=x">e</a></li><li><a href="https://khac.test/tin-tuc">f</a></li>
<li><a href="javascript:void(0)">g</a></li><li><a href="/bieu-mau.docx">h</a></li></ul></nav>
<section id="section31" class="section-list Article-Detail-default">
<article data-id="{HEX}" class="item-block detailType2 Article-News"><figure><a href="/ngan.html"><img src="/a.jpg"></a>
</figure><div class="post-title"><h4 class="entry-title"><a href="/ngan.html">Tin ngắn</a></h4></div>
<div class="post-meta"><span class="author"><a href="">Administrator</a></span> <span class="date">
<time class="post-date updated" datetime="2025-10-30T10:31:51+07:00">30/10/2025</time></span></div>
<div class="post-content">Tóm tắt.</div><a href="/ngan.html">Đọc thêm</a></article>
<article class="item-block listType4 Article-News"><h5 class="entry-title"><a href="{ARTICLE}"
title="Hòa Sơn tổng kết dân vận khéo">Hòa Sơn tổng kết...</a></h5><div class="pub-date">
<time class="post-date updated">29/10/2025 08:15</time></div><div class="brief"><b>Năm năm.</b></div></article>
<div class="listType6 news-item"><div class="news-title"><a href="/tin-tuc/ba.html">Tin ba</a></div>
<span class="time-news"><i class="fa"></i> 28/10/2025</span></div>
<div class="news-listType10"><div class="title-news-listType10"><h2><a href="/tin-tuc/tu.html">Tin bốn</a></h2></div>
<span class="time-news">19/01/26</span><div class="brief-news">Bốn.</div></div>
<article class="list-news-one"><h2 class="h4 title"><a href="{ARTICLE}?print=1">In</a></h2></article>
<div id="pagination31" class="default-pagination"><a href="?pageNo=2">2</a><a href="?pageNo=3&amp;tab=1">3</a></div>
</section>"""


def test_links_are_articles_sections_and_list_pages() -> None:
    links = vhv.links(a_page(LISTED, LIST), PORTAL)
    assert links.articles == (f"{HOST}/ngan.html", ARTICLE, f"{HOST}/tin-tuc/ba.html", f"{HOST}/tin-tuc/tu.html")
    assert links.lists == (LIST, f"{HOST}/xay-dung-dang", f"{LIST}?pageNo=2")
    assert links.attachments == ()
    assert links.row_count == 4


def test_list_rows_of_all_widgets() -> None:
    page = a_page(LISTED, LIST)
    assert vhv.is_list(page)
    rows = vhv.list_rows(page)
    assert [(row.title, row.summary) for row in rows] == [
        ("Tin ngắn", "Tóm tắt."),
        ("Hòa Sơn tổng kết dân vận khéo", "Năm năm."),
        ("Tin ba", None),
        ("Tin bốn", "Bốn."),
    ]
    assert [row.published_at and row.published_at.isoformat() for row in rows] == [
        "2025-10-30T10:31:51+07:00",
        "2025-10-29T08:15:00+07:00",
        "2025-10-28T00:00:00+07:00",
        "2026-01-19T00:00:00+07:00",
    ]
    assert [row.published_precision for row in rows] == ["second", "minute", "day", "day"]


def test_a_page_without_rows_is_not_a_list() -> None:
    page = a_page("<article>Không có gì</article><div><a href='/a.html'>a</a></div>", LIST)
    assert not vhv.is_list(page)
    assert vhv.list_rows(page) == ()


def test_a_list_under_an_article_url_is_a_list() -> None:
    reading = read_page((FIXTURES / "vhv/gone_shows_list/page.html").read_bytes(), ARTICLE, PORTAL)
    assert (reading.kind, len(reading.rows)) == (PageKind.LIST, 2)


def detail(text: str, *, layout: str = "news-detail-layout-type-2", title: str = "Tên bài", more: str = "") -> str:
    return (
        f'<ol class="breadcrumb"><li>Trang chủ</li><li>Tin tức</li></ol>'
        f'<article class="{layout}" itemscope itemtype="http://schema.org/NewsArticle">'
        f'<header><span class="post-date">10:31 | 30/10/2025</span></header><div class="article-content">'
        f'<h1 class="title-detail">{title}</h1>{text}{more}</div></article>'
    )


def extracted(markup: str, url: str = ARTICLE) -> Any:
    body = f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{markup}</body></html>".encode()
    return extract_article(a_capture(url, body), body, a_portal("vhv", HOST))


@pytest.mark.parametrize("number", [1, 2, 3, 12])
def test_layouts_with_any_number_are_extracted_with_and_without_microdata(number: int) -> None:
    for body in ('<div class="content-detail">', '<div itemprop="articleBody">', '<div class="x detail-content">'):
        article = extracted(detail(f"{body}<p>Đoạn một.</p></div>", layout=f"news-detail-layout-type-{number}"))
        assert (article.title, article.body, article.template) == ("Tên bài", ("Đoạn một.",), "news-detail-layout")


def test_only_the_text_of_a_wide_body_element_is_extracted() -> None:
    """A theme may mark the whole article as body, and the text inside it too."""
    inner = '<div class="brief">Tóm tắt.</div><div class="content-detail"><p>Đoạn một.</p></div>'
    for text in (inner, inner.replace("content-detail", "khac")):
        rating = (
            '<div class="rating">Tổng số điểm của bài viết là: 0 trong 0 đánh giá</div><p class="author">Thu Hà</p>'
        )
        article = extracted(detail(f'<div itemprop="articleBody">{text}{rating}</div>'))
        assert (article.lead, article.body, article.byline) == ("Tóm tắt.", ("Đoạn một.",), "Thu Hà")


@pytest.mark.parametrize(
    ("author", "byline", "views"),
    [
        ('<div class="author">Lượt xem: 29</div>', None, 29),
        ('<div class="author">Tác giả: Minh Châu</div>', "Minh Châu", None),
        ('<div class="author"><span>Lượt xem: 1.029</span><span>Tác giả: Minh Châu</span></div>', "Minh Châu", 1029),
        ('<div class="author">Minh Châu</div><div class="mt-10"><i></i> Lượt xem: 7</div>', "Minh Châu", 7),
        ('<div class="author">Tác giả: admin</div>', None, None),
        ('<meta itemprop="author" content="Minh Châu">', "Minh Châu", None),
    ],
)
def test_the_author_element_contains_author_or_view_count(author: str, byline: str | None, views: int | None) -> None:
    article = extracted(detail('<div class="content-detail"><p>Đoạn một.</p></div>', more=author))
    assert (article.byline, article.view_count, article.body) == (byline, views, ("Đoạn một.",))


def test_the_visible_date_ranks_before_the_microdata() -> None:
    """A copied template keeps the microdata of the page from which it was copied."""
    stamp = '<meta itemprop="datePublished" content="2018-08-07T17:23:45+07:00">'
    article = extracted(detail('<div class="content-detail"><p>Đoạn.</p></div>', more=stamp))
    assert (article.published_at.isoformat(), article.published_basis) == ("2025-10-30T10:31:00+07:00", "template")
    markup = detail('<div class="content-detail"><p>Đoạn.</p></div>', more=stamp).replace("10:31 | 30/10/2025", "")
    article = extracted(markup)
    assert (article.published_at, article.published_basis) == (
        datetime.fromisoformat("2018-08-07T17:23:45+07:00"),
        "microdata",
    )


def test_attachments_are_found_in_scripts_and_viewers() -> None:
    markup = detail(
        "<div class=\"content-detail\"><p><a onclick=\"downloadFile('1','/upload/3001/a b.pdf')\">a b.pdf</a></p>"
        '<p><a href="/upload/3001/c.docx">c</a></p>'
        '<iframe src="/3rdparty/v.html?file=%2Fupload%2F3001%2Fd.pdf"></iframe>'
        '<iframe src="https://www.youtube.com/embed/x"></iframe></div>',
        more='<p><b>File đính kèm:</b> <a href="/upload/3001/e.xls">Tải tại đây</a></p>'
        '<div class="relatedArticles"><a href="/upload/3001/khac.pdf">Khác</a></div>',
    )
    files = tuple(f"{HOST}/upload/3001/{name}" for name in ("a%20b.pdf", "c.docx", "d.pdf", "e.xls"))
    article = extracted(markup)
    assert (article.attachments, article.body, article.quality_flags) == (files, (), ("attachment_only",))
    assert vhv.links(a_page(markup, ARTICLE), PORTAL).attachments == files


@pytest.mark.parametrize(
    "markup",
    [
        detail(f"<a onclick=\"printArticle('{HEX}');\">In</a>"),
        detail(f"<a onclick=\"readArticle('{HEX}',$(this));\">Đọc</a>"),
        detail("").replace("<article", f'<article data-id="{HEX}"'),
    ],
)
def test_the_page_key_is_the_id_that_the_template_prints(markup: str) -> None:
    assert vhv.page_key(a_page(markup, ARTICLE)) == HEX


def test_a_list_page_has_no_page_key() -> None:
    assert vhv.page_key(a_page(LISTED, LIST)) is None
    assert vhv.page_key(a_page(detail("<a onclick=\"printArticle('40217')\">In</a>"), ARTICLE)) is None


def test_the_site_heading_is_not_the_title_in_the_older_layout() -> None:
    markup = (
        '<header><h1>Trang tin Đảng bộ</h1></header><div><div><h2 class="post-title">Tên bài</h2>'
        '<div class="content-detail"><h1>Mục một</h1><p>Đoạn một.</p></div></div></div>'
    )
    article = extracted(markup)
    assert (article.title, article.body, article.template) == ("Tên bài", ("Mục một", "Đoạn một."), "content-detail")


def test_no_template_fits_a_text_without_a_title_before_it() -> None:
    page = a_page('<div class="content-detail"><p>Đoạn một.</p></div><h1>Sau</h1>', ARTICLE)
    assert not any(template.fits(page) for template in vhv.TEMPLATES)


def test_deep_and_long_pages_are_extracted_quickly() -> None:
    markup = detail('<div class="content-detail">' + "<div>" * 250 + "<p>Đoạn.</p>" * 5000 + "</div>" * 251)
    assert len(extracted(markup).body) == 5000
    assert vhv.list_rows(a_page(("<article><a href='/a/b.html'>x</a>" * 90 + "</article>" * 90) * 60, LIST))


# --- The seed of this platform, rendered in its markup ---

PICTURE = '<img src="/upload/3001/a.jpg" alt="{0}" title="{0}">'
CAPTIONED: dict[str, Callable[[str, str], str]] = {
    "lines": lambda first, second: f"<p>{first}</p><p>{second}</p>",
    "picture and lines": lambda first, second: (
        f"<p>{PICTURE.format(first)}</p><p align='center'><em>{first}</em></p><p align='center'><em>{second}</em></p>"
    ),
    "figure and line": lambda first, second: (
        f"<figure class='expNoEdit'>{PICTURE.format(first)}<figcaption>{first}</figcaption></figure>"
        f"<p><i>{second}</i></p>"
    ),
    "class and table": lambda first, second: (
        f"<table><tr><td>{PICTURE.format('')}</td></tr><tr><td>{first}</td></tr></table>"
        f"<p class='image-caption'>{second}</p>"
    ),
}
LAYOUTS: dict[str, Callable[[str], str]] = {
    "today": lambda page: page,
    "no microdata": lambda page: page.replace("itemprop", "data-x").replace("itemtype", "data-y"),
    "older": lambda page: page.replace("itemprop", "data-x").replace("news-detail-layout-type-2", "tin"),
    "other classes": lambda page: page.replace("news-detail-layout-type-2", "tin").replace("content-detail", "chu"),
}


def seed_page(text: str, roles: dict[str, str], caption: str) -> str:
    """Render the lines of the seed as a detail page, each by its role in gold."""
    lines = text.split("\n")
    role_lines = [
        (role, html.escape(lines[int(number) - 1])) for number, role in sorted(roles.items(), key=lambda i: int(i[0]))
    ]
    chrome = [line for role, line in role_lines if role == "chrome"]
    title = next(line for role, line in role_lines if role == "title")
    lead = next(line for role, line in role_lines if role == "body")
    body, first = "", None
    for role, line in role_lines:
        if role == "caption":
            body, first = (body, line) if first is None else (body + CAPTIONED[caption](first, line), None)
        elif role == "subheading":
            body += f"<p><strong>{line}</strong></p>"
        elif role == "body" and line != lead:
            body += f"<p style='text-align:justify'>{line}</p>"
    return (
        f"<ol class='breadcrumb'><li><a href='/'>Trang chủ</a></li><li><a href='/tin'>{chrome[0]}</a></li></ol>"
        "<article class='news-detail-layout-type-2' itemscope itemtype='http://schema.org/NewsArticle'>"
        f"<header><div class='block_share'>{chrome[1]}</div></header><div class='article-content'>"
        f"<h1 class='title-detail' itemprop='headline'>{title}</h1><div class='brief'><p>{lead}</p></div>"
        f"<div class='content-detail' itemprop='articleBody'>{body}</div>"
        f"<div class='rating'><p>{chrome[2]}</p><p>{chrome[3]}</p></div></div>"
        f"<div class='relatedArticles'><b>{chrome[4]}</b><p>{chrome[5]}</p></div></article>"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("caption", CAPTIONED)
def test_the_seed_is_extracted_as_in_gold(shared: Path, caption: str, layout: str) -> None:
    gold: dict[str, dict[str, Any]] = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    name, expected = next((name, expected) for name, expected in gold.items() if name.startswith("002"))
    text = (shared / f"seeds/{name}.txt").read_text(encoding="utf-8")
    article = extracted(LAYOUTS[layout](seed_page(text, expected["line_roles"], caption)))
    assert (article.title, article.section) == (expected["title"], expected["section"])
    assert (article.published_at, article.byline, article.credited_source_name) == (None, None, None)
    whole = [article.lead, *article.body]
    paragraphs = [paragraph for paragraph in whole if paragraph not in expected["subheadings"]]
    assert len(paragraphs) == expected["body_paragraph_count"]
    assert len(whole) - len(paragraphs) == len(expected["subheadings"])
    assert whole[0].startswith(expected["body_first_words"])
    assert whole[-1].endswith(expected["body_last_words"])
    assert [line.rstrip(".") for line in article.captions] == [line.rstrip(".") for line in expected["captions"]]
    assert "caption_repeated" in article.quality_flags
    for line in (*expected["chrome"], *expected["captions"]):
        assert line not in "\n".join(whole)
