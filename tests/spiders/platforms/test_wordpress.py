"""WordPress: URLs, kinds of pages, lists of several themes, links, and pages made to take time."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.wordpress import platform as wordpress
from spiders.portal import Portal
from tests.spiders.platforms.pages import CAPTURED_AT, FIXTURES, a_capture, a_page, a_portal
from warehouse.records import ListRow

HOST = "https://xathu.hanoi.test"
POST = f"{HOST}/2026/03/07/xa-thu-mo-phien-cho-que/"
PORTAL = a_portal("wordpress", f"{HOST}/")
FLAT = a_portal("wordpress", f"{HOST}/", r"^/[a-z0-9-]+/$")


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (POST, POST),
        (POST.rstrip("/"), POST),
        (f"{POST}?replytocom=62", POST),
        (f"{POST}?replytocom=62#respond", POST),
        (f"{POST}?share=facebook&nb=1", POST),
        (f"{POST}?amp=1", POST),
        (f"{POST}amp/", POST),
        (f"{POST}embed/", POST),
        (f"{POST}trackback/", POST),
        (f"{POST}comment-page-3/", POST),
        (f"{POST}comment-page-3/#comment-9", POST),
        (f"{POST}?print=print&fbclid=x", POST),
        (f"{POST}2/", f"{POST}2/"),  # the second page of the post
        (f"{HOST}/?p=16", f"{HOST}/?p=16"),
        (f"{HOST}/?p=16&replytocom=4", f"{HOST}/?p=16"),
        (f"{HOST}/index.php?p=16", f"{HOST}/?p=16"),
        (f"{HOST}/?cat=3&paged=2", f"{HOST}/?cat=3&paged=2"),
        (f"{HOST}/?cat=3&paged=1", f"{HOST}/?cat=3"),
        (f"{HOST}/category/tin-tuc", f"{HOST}/category/tin-tuc/"),
        (f"{HOST}/category/tin-tuc/page/2/", f"{HOST}/category/tin-tuc/page/2/"),
        (f"{HOST}/category/tin-tuc/page/1/", f"{HOST}/category/tin-tuc/"),
        (f"{HOST}/tin-ngan.html", f"{HOST}/tin-ngan.html"),
        (f"{HOST}/tin-ngan/?lang=en", f"{HOST}/tin-ngan/?lang=en"),
        (f"{HOST}/feed/", f"{HOST}/feed/"),  # a feed is not the home page
        ("HTTPS://XaThu.hanoi.test:443", f"{HOST}/"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert wordpress.canonical_url(url) == canonical
    assert wordpress.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (f"{HOST}/?p=16", "16", True),
        (f"{HOST}/index.php?p=16", "16", True),
        (f"{HOST}/?post_type=van-ban&p=16", "16", True),
        (f"{HOST}/archives/16", "16", True),
        (f"{HOST}/archives/16/", "16", True),
        (POST, None, True),
        (f"{HOST}/2026/03/xa-thu-mo-phien-cho-que/", None, True),
        (f"{HOST}/index.php/2026/03/07/xa-thu/", None, True),
        (f"{HOST}/xa-thu-mo-phien-cho-que-dau-xuan.html", None, True),
        (f"{HOST}/?p=16&replytocom=4", "16", False),
        (f"{HOST}/?p=16&preview=true", "16", False),
        (f"{HOST}/?p=tin", None, False),
        (f"{HOST}/?p={'9' * 5000}", None, False),
        (f"{HOST}/?page_id=50", None, False),
        (f"{HOST}/?cat=3", None, False),
        (f"{HOST}/?s=tin", None, False),
        (f"{HOST}/?attachment_id=9", None, False),
        (f"{HOST}/gioi-thieu/", None, False),
        (f"{HOST}/tin-tuc/mo-phien-cho/", None, False),
        (f"{HOST}/lien-he.html", None, False),
        (f"{HOST}/category/van-hoa-xa-hoi-va-doi-song-nhan-dan.html", None, False),
        (f"{HOST}/2026/", None, False),
        (f"{HOST}/2026/03/", None, False),
        (f"{HOST}/2026/03/07/", None, False),
        (f"{HOST}/2026/03/page/2/", None, False),
        (f"{HOST}/2026/13/07/khong-co-thang-nay/", None, False),
        (f"{POST}?replytocom=62", None, False),
        (f"{POST}feed/", None, False),
        (f"{POST}embed/", None, False),
        (f"{POST}2/", None, False),
        (f"{HOST}/wp-content/uploads/2026/03/ke-hoach.pdf", None, False),
        (f"{HOST}/wp-json/wp/v2/posts/16", None, False),
        (f"{HOST}/wp-login.php?redirect_to=x", None, False),
        (f"{HOST}/author/2026/03/ban-bien-tap/", None, False),
        (f"{HOST}/xmlrpc.php?rsd", None, False),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert wordpress.article_key(url) == key
    assert wordpress.is_article_url(url, PORTAL) is is_article


def test_a_portals_patterns_tell_flat_addresses() -> None:
    assert not wordpress.is_article_url(f"{HOST}/mo-phien-cho-que/", PORTAL)
    assert wordpress.is_article_url(f"{HOST}/mo-phien-cho-que/", FLAT)
    assert not wordpress.is_article_url(f"{HOST}/mo-phien-cho-que/?replytocom=1", FLAT)
    assert not wordpress.is_article_url(f"{HOST}/feed/", FLAT)


def page_of(classes: str, main: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body class='{classes}'>{main}</body></html>".encode()


TEXT = "<p>Phiên chợ quê mở vào sáng chủ nhật đầu tháng, có ba mươi gian hàng của người làng và một sân chơi.</p>"
ARTICLE = (
    "<main><article id='post-16' class='post-16 post type-post hentry'>"
    "<h1 class='entry-title'>Xã Thử mở phiên chợ quê</h1>"
    "<time class='entry-date published' datetime='2026-03-07T08:00:00+07:00'>07/03/2026</time>"
    f"<div class='entry-content'>{TEXT}</div></article></main>"
)


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        ("post-template-default single single-post postid-16", PageKind.ARTICLE),
        ("single single-post", PageKind.ARTICLE),
        ("van-ban-template-default single single-van-ban postid-16", PageKind.ARTICLE),
        ("tribe_events-template-default single single-tribe_events postid-16", PageKind.ARTICLE),
        ("wordpress ltr vi singular singular-post singular-post-16", PageKind.ARTICLE),
        ("", PageKind.ARTICLE),  # a theme without these classes, and one post alone
        ("page-template-default page page-id-16", PageKind.NEITHER),
        ("home page-template-default page page-id-2", PageKind.NEITHER),
        ("attachment attachment-template-default single single-attachment postid-16 attachmentid-16", PageKind.NEITHER),
        ("product-template-default single single-product postid-16 woocommerce", PageKind.NEITHER),
        ("topic bbpress single single-topic postid-16", PageKind.NEITHER),
        ("error404 wp-custom-logo", PageKind.NEITHER),
        ("search search-no-results", PageKind.NEITHER),
        ("search search-results", PageKind.NEITHER),
    ],
)
def test_the_body_classes_tell_what_a_page_is(classes: str, kind: PageKind) -> None:
    assert read_page(page_of(classes, ARTICLE), POST, PORTAL).kind is kind


@pytest.mark.parametrize("url", [f"{HOST}/gioi-thieu/", POST])
@pytest.mark.parametrize("classes", ["page page-id-50", "error404", "search search-results"])
def test_a_static_page_is_no_article_whatever_its_address_or_metadata_say(classes: str, url: str) -> None:
    head = '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-07">'
    for portal in (FLAT, a_portal("generic", f"{HOST}/")):
        assert read_page(page_of(classes, ARTICLE, head), url, portal).parts is None


def test_a_theme_without_marks_is_read_by_generic() -> None:
    page = page_of(
        "single single-post postid-16",
        f"<div class='trang'><h1>Xã Thử mở phiên chợ quê</h1><div class='than'>{TEXT}<p>Tiền bán hàng góp lại mua "
        "ghế đá cho sân đình, phần còn lại để dành cho phiên chợ tháng sau của cả làng.</p></div></div>",
        "<title>Xã Thử mở phiên chợ quê</title>",
    )
    reading = read_page(page, f"{HOST}/mo-phien-cho/", PORTAL)
    assert (reading.kind, reading.extractor, reading.key) == (PageKind.ARTICLE, "generic", "16")
    assert "fallback" in reading.flags


def test_the_title_of_the_site_is_no_headline() -> None:
    page = page_of(
        "single single-post postid-16",
        f"<div id='dau'><h1><a href='/'>Trang tin xã Thử</a></h1></div><div class='entry'><h2>Mở phiên chợ quê</h2>"
        f"<div class='entry-content'>{TEXT}</div></div>",
        "<title>Mở phiên chợ quê | Trang tin xã Thử</title>",
    )
    reading = read_page(page, POST, PORTAL)
    assert reading.parts is None or reading.parts.title == "Mở phiên chợ quê"


@pytest.mark.parametrize(
    ("marks", "minute", "flags"),
    [
        ("<time class='entry-date' datetime='2026-03-07T08:00:00+07:00'>07/03/2026</time>", "08:00", ()),
        # A site on UTC: the day is shown in its own offset, and the moment is the next day's in Hanoi.
        ("<time class='published' datetime='2026-03-06T23:30:00+00:00'>06/03/2026</time>", "06:30", ()),
        ("<time class='updated' datetime='2026-04-01T08:00:00+07:00'>01/04/2026</time>"
         "<time class='entry-date published' datetime='2026-03-07T09:10:00+07:00'>07/03/2026</time>", "09:10", ()),
        ("<p class='posted-on'><i class='updated'>01/04/2026</i><i class='published'>07/03/2026</i></p>", "00:00", ()),
        ("<abbr class='published' title='2026-03-07T10:15:00+07:00'>Thứ Bảy</abbr>", "10:15", ()),
        ("<span class='post-date'>07/03/2026 7:05 chiều</span>", "19:05", ()),
        ("<time class='entry-date' datetime='2026-03-07T10:15:00+07:00'>08/03/2026</time>", None, ("dates_disagree",)),
    ],
)  # fmt: skip
def test_the_date_of_publication(marks: str, minute: str | None, flags: tuple[str, ...]) -> None:
    old = "<time class='entry-date published' datetime='2026-03-07T08:00:00+07:00'>07/03/2026</time>"
    parts = read_page(page_of("single single-post postid-16", ARTICLE.replace(old, marks)), POST, PORTAL).parts
    assert parts
    assert parts.published_at
    assert parts.published_at.strftime("%d/%m %H:%M") == (f"07/03 {minute}" if minute else "08/03 00:00")
    assert parts.flags == flags


@pytest.mark.parametrize(
    ("author", "end", "byline"),
    [
        ("<span class='author vcard'><a class='url fn n' href='/author/a/'>Lê Thị Mơ</a></span>", "", "Lê Thị Mơ"),
        ("<span class='byline'>Bởi <a rel='author' href='/author/a/'>Lê Thị Mơ</a></span>", "", "Lê Thị Mơ"),
        ("<span class='author vcard'><a class='url fn n'>admin</a></span>", "", None),
        ("<span class='author vcard'><a class='url fn n'>Trang tin xã Thử</a></span>", "", None),
        ("<span class='byline'>quantri2 đăng 07/03/2026</span>", "", None),
        ("<span class='author vcard'><a class='fn'>Văn hóa xã</a></span>",
         "<p style='text-align:right'><b>Trần Mận</b></p>", "Trần Mận"),
        ("<span class='author vcard'><a class='fn'>Lê Thị Mơ</a></span>", "<p><i>Ảnh: tư liệu</i></p>", "Lê Thị Mơ"),
    ],
)  # fmt: skip
def test_the_byline(author: str, end: str, byline: str | None) -> None:
    main = ARTICLE.replace("<div class='entry-content'>", f"<p class='meta'>{author}</p><div class='entry-content'>")
    main = main.replace("</div></article>", f"{end}</div></article>")
    title = "<title>Xã Thử mở phiên chợ quê &#8211; Trang tin xã Thử</title>"
    parts = read_page(page_of("single single-post postid-16", main, title), POST, PORTAL).parts
    assert parts
    assert parts.byline == byline


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("Ba mươi gian hàng của người làng, không thu phí chỗ ngồi.", True),
        ("Phiên chợ quê mở vào sáng chủ nhật đầu tháng, có ba mươi gian hàng của […]", False),
        ("Phiên chợ quê mở vào sáng chủ nhật đầu tháng, có ba mươi…", False),
        ("Phiên chợ quê mở vào sáng chủ nhật đầu tháng", False),
    ],
)
def test_an_excerpt_cut_from_the_text_is_no_lead(lead: str, expected: bool) -> None:
    main = ARTICLE.replace(
        "<div class='entry-content'>", f"<div class='entry-excerpt'>{lead}</div><div class='entry-content'>"
    )
    parts = read_page(page_of("single single-post postid-16", main), POST, PORTAL).parts
    assert parts
    assert parts.lead == (lead if expected else None)
    assert len(parts.body) == 1


def rows_of(html: str, classes: str = "home blog", url: str = f"{HOST}/") -> Sequence[ListRow]:
    return wordpress.list_rows(parse_page(page_of(classes, html), url, None))


def shown(rows: Sequence[ListRow]) -> list[tuple[str, str | None, str | None]]:
    return [
        (row.title, row.published_at.strftime("%d/%m/%Y %H:%M") if row.published_at else None, row.summary)
        for row in rows
    ]


CLASSIC = """<main><article class="post-3 post type-post hentry category-a"><header class="entry-header">
<h2 class="entry-title"><a href="/2026/03/07/ba/">Tin thứ ba ngày 1/1/2020</a></h2><time class="updated"
datetime="2026-04-01T08:00:00+07:00">01/04/2026</time><time class="entry-date published"
datetime="2026-03-07T08:15:00+07:00">07/03/2026</time></header><div class="entry-summary"><p>Tóm tắt ba. [&hellip;]
<a class="more-link" href="/2026/03/07/ba/">Đọc tiếp</a></p></div></article>
<article class="post-2 post type-post hentry"><h2 class="entry-title"><a href="/2026/03/06/hai/">Tin thứ hai</a></h2>
<div class="entry-summary"><p>Tóm tắt hai.</p></div></article>
<article class="post-1 post type-post hentry"><h2 class="entry-title"><a href="/2026/03/05/mot/">Tin thứ nhất</a></h2>
<span class="posted-on">05/03/2026</span></article></main>"""
BLOCK = """<main><div class="wp-block-query"><ul class="wp-block-post-template"><li class="wp-block-post post-3 post
type-post hentry"><h2 class="wp-block-post-title"><a href="/ba/">Tin thứ ba</a></h2><div
class="wp-block-post-date"><time
datetime="2026-03-07T08:15:00+07:00"><a href="/ba/">07/03/2026</a></time></div><div class="wp-block-post-excerpt">
<p class="wp-block-post-excerpt__excerpt">Tóm tắt ba. </p></div></li><li class="wp-block-post post-2 post type-post
hentry">
<h2 class="wp-block-post-title"><a href="/hai/">Tin thứ hai</a></h2></li></ul></div></main>"""
FLATSOME = """<div id="content"><div class="row"><div class="col post-item"><div class="col-inner"><a href="/ba/"
class="plain">
<div class="box box-blog-post"><div class="box-text"><div class="blog-post-inner"><h5 class="post-title is-large">Tin
thứ ba
</h5><div class="is-divider"></div><p class="from_the_blog_excerpt">Tóm tắt ba. [...]</p></div></div><div
class="badge absolute
post-date"><span class="post-date-day">07</span><br><span class="post-date-month">Th3</span></div></div></a></div></div>
<div class="col post-item"><div class="col-inner"><h5 class="post-title"><a href="/hai/" class="plain">Tin thứ
hai</a></h5>
</div></div></div></div>"""
TAGDIV = """<div class="td-main-content-wrap"><h4 class="td-block-title"><a href="/ha-tang/">Hạ tầng</a></h4>
<div class="td_module_wrap td-animation-stack"><h3 class="entry-title td-module-title"><a href="/ba/" title="Tin thứ
ba dài">Tin
thứ ba...</a></h3><span class="td-post-date"><time class="entry-date updated td-module-date"
datetime="2026-03-07T08:15:00+07:00">07/03/2026</time></span><div class="td-excerpt">Tóm tắt ba.</div></div>
<div class="td_module_wrap"><h3 class="entry-title td-module-title"><a href="/hai/">Tin thứ hai</a></h3></div></div>"""
JANNAH = """<div class="main-content"><ul id="posts-container" class="posts-items"><li class="post-item post-3
tie-standard">
<a class="post-thumb" href="/ba/"><span class="post-cat">Đời sống</span></a><div class="post-details"><div
class="post-meta">
<span class="date meta-item tie-icon">07/03/2026</span><span class="meta-views meta-item">1.207 lượt xem</span></div>
<h2 class="post-title"><a href="/ba/">Tin thứ ba</a></h2><p class="post-excerpt">Tóm tắt ba.</p></div></li>
<li class="post-item post-2"><h2 class="post-title"><a href="/hai/">Tin thứ hai</a></h2></li></ul></div>"""
ELEMENTOR = """<div class="elementor-posts"><article class="elementor-post post-3 post type-post hentry">
<div class="elementor-post__text"><h3 class="elementor-post__title"><a href="/ba/">Tin thứ ba</a></h3>
<div class="elementor-post__meta-data"><span class="elementor-post-date">Tháng Ba 7, 2026</span></div><div
class="elementor-post__excerpt"><p>Tóm tắt ba.</p></div><a class="elementor-post__read-more" href="/ba/">Xem
tiếp</a></div></article>
<article class="elementor-post post-2 post"><h3 class="elementor-post__title"><a href="/hai/">Tin thứ
hai</a></h3></article></div>"""
OWN_THEME = """<div id="khung"><div class="post-3 post type-post hentry category-menu tag-sidebar"><h3><a
href="/ba/">Tin thứ ba</a>
</h3><p class="date">07/03/2026</p></div><div class="post-2 post type-post hentry"><h3><a href="/hai/">Tin thứ
hai</a></h3></div>
</div>"""


@pytest.mark.parametrize(
    ("html", "first"),
    [
        (CLASSIC, ("Tin thứ ba ngày 1/1/2020", "07/03/2026 08:15", "Tóm tắt ba.")),
        (BLOCK, ("Tin thứ ba", "07/03/2026 08:15", "Tóm tắt ba.")),
        (FLATSOME, ("Tin thứ ba", None, "Tóm tắt ba.")),
        (TAGDIV, ("Tin thứ ba dài", "07/03/2026 08:15", "Tóm tắt ba.")),
        (JANNAH, ("Tin thứ ba", "07/03/2026 00:00", "Tóm tắt ba.")),
        (ELEMENTOR, ("Tin thứ ba", "07/03/2026 00:00", "Tóm tắt ba.")),
        (OWN_THEME, ("Tin thứ ba", "07/03/2026 00:00", None)),
    ],
    ids=["classic", "block", "flatsome", "tagdiv", "jannah", "elementor", "own theme"],
)
def test_rows_have_only_what_is_theirs(html: str, first: tuple[str, str | None, str | None]) -> None:
    rows = shown(rows_of(html))
    assert rows[0] == first
    assert rows[1][:2] == ("Tin thứ hai", None)
    assert len(rows) == (3 if html is CLASSIC else 2)


def test_a_row_counts_views() -> None:
    assert [row.view_count for row in rows_of(JANNAH)] == [1207, None]


def test_what_is_beside_a_list_has_no_rows() -> None:
    row = '<article class="post-{0} post hentry"><h2 class="entry-title"><a href="/{0}/">Tin số {0}</a></h2></article>'
    beside = (
        f"<header id='masthead'>{row.format(4)}</header><aside>{row.format(5)}</aside>"
        f"<div id='secondary'>{row.format(6)}</div>"
        f"<div class='related-posts'>{row.format(7)}</div><footer>{row.format(8)}</footer>"
        "<nav><h3><a href='/m/'>Mục</a></h3></nav>"
        f"<div class='breaking-news'>{row.format(9)}</div>"
    )
    assert [row.title for row in rows_of(f"{beside}<main>{row.format(3)}</main>")] == ["Tin số 3"]


def test_a_post_about_a_menu_is_a_row() -> None:
    """A post's classes repeat the slugs of its categories and tags."""
    row = '<article class="post-3 hentry category-related tag-sidebar comments menu"><h2><a href="/3/">Ba</a></h2>'
    assert [row.title for row in rows_of(f"<main>{row}</article></main>")] == ["Ba"]


@pytest.mark.parametrize("classes", ["search search-results", "error404", "single single-post postid-1"])
def test_search_results_error_pages_and_posts_are_no_lists(classes: str) -> None:
    assert rows_of(CLASSIC, classes) == ()
    assert rows_of(CLASSIC, "archive category category-a")


def test_a_static_page_that_lists_posts_is_a_list() -> None:
    page = f'<main><article class="post-2 type-page"><h1 class="entry-title">Trang chủ</h1>{ELEMENTOR}</article></main>'
    assert [row.url for row in rows_of(page, "home page page-id-2")] == [f"{HOST}/ba/", f"{HOST}/hai/"]


LINKED = """<header><nav><ul class="menu"><li><a href="/gioi-thieu/">Giới thiệu</a></li><li><a
href="/category/tin/">Tin</a></li>
<li><a href="/?page_id=9">Trang</a></li><li><a href="/wp-login.php">Đăng nhập</a></li><li><a href="/feed/">RSS</a></li>
<li><a href="/author/admin/">Tác giả</a></li><li><a href="/?s=tin">Tìm</a></li><li><a
href="https://khac.test/">Khác</a></li>
<li><a href="/wp-content/uploads/a.pdf">Tệp</a></li></ul></nav></header>{}
<nav class="pagination"><div class="nav-links"><a class="page-numbers" href="/page/2/">2</a><a class="next page-numbers"
href="/page/2/">Tiếp</a></div></nav><aside><ul class="calendar"><a href="/2026/03/">Tháng 3</a></ul></aside>"""


def test_links_of_a_list_are_its_posts_the_menu_and_the_next_page() -> None:
    links = wordpress.links(parse_page(page_of("home blog", LINKED.format(BLOCK)), f"{HOST}/", None), PORTAL)
    assert links.articles == (f"{HOST}/ba/", f"{HOST}/hai/")
    assert links.lists == (f"{HOST}/gioi-thieu/", f"{HOST}/category/tin/", f"{HOST}/?page_id=9", f"{HOST}/page/2/")
    assert (links.row_count, links.attachments) == (2, ())


def test_links_of_a_post_are_its_neighbours_and_files_and_no_answer_form() -> None:
    beside = (
        "<div class='nav-previous'><a href='/truoc/' rel='prev'>Bài trước</a></div><div id='comments'>"
        f"<a rel='nofollow' class='comment-reply-link' href='{POST}?replytocom=62#respond'>Trả lời</a></div>"
    )
    main = ARTICLE.replace("</article>", f"<a href='/wp-content/uploads/ke-hoach.pdf'>Kế hoạch</a></article>{beside}")
    links = wordpress.links(parse_page(page_of("single single-post postid-16", main), POST, None), PORTAL)
    assert links.articles == (f"{HOST}/truoc/",)
    assert links.attachments == (f"{HOST}/wp-content/uploads/ke-hoach.pdf",)
    assert links.row_count == 0


@pytest.mark.parametrize(
    ("classes", "head", "key"),
    [
        ("single single-post postid-16", "", "16"),
        ("single single-post", f"<link rel='shortlink' href='{HOST}/?p=16'>", "16"),
        ("single single-post", "", None),
        ("page page-id-16", f"<link rel='shortlink' href='{HOST}/?p=16'>", None),
        ("archive category category-16", "", None),
    ],
)
def test_the_number_of_a_post_is_on_its_page(classes: str, head: str, key: str | None) -> None:
    assert wordpress.page_key(parse_page(page_of(classes, ARTICLE, head), POST, None)) == key


def test_one_post_under_all_its_addresses_is_one_article() -> None:
    body = page_of("single single-post postid-16", ARTICLE)
    urls = (POST, f"{HOST}/?p=16", f"{POST}?replytocom=62", f"{HOST}/xa-thu-mo-phien-cho/", f"{HOST}/archives/16")
    articles = [extract_article(a_capture(url, body), body, PORTAL) for url in urls]
    assert len({article.article_id for article in articles if article}) == 1
    assert None not in articles


def test_a_list_where_a_post_was_is_no_article() -> None:
    body = (FIXTURES / "wordpress/none_category_with_whole_texts/page.html").read_bytes()
    reading = read_page(body, POST, PORTAL)
    assert reading.kind is PageKind.LIST
    assert shown(reading.rows)[0][:2] == ("Thông báo lịch thu gom rác thải cồng kềnh", "22/07/2025 08:00")
    assert [row.published_at for row in reading.rows][2] is None


def each(markup: str, count: int) -> str:
    """Return the markup so many times, with a number for each `%d`."""
    return "".join(markup.replace("%d", str(number)) for number in range(count))


@pytest.mark.parametrize(
    "markup",
    [
        '<article class="post hentry"><h2 class="entry-title"><a href="/a/">Tin mới</a></h2>' * 380,
        '<div class="wide post-content entry-date author cat-links">' * 100 + "<time>07/03/2026</time>" * 9_000,
        each('<a rel="tag" href="/tag/%d/">thẻ %d</a>', 25_000),
        each('<h1 class="entry-title">Tin số %d</h1>', 25_000),
        each('<article class="post-%d post hentry"><h2><a href="/%d/">Tin</a></h2></article>', 7_000),
        "<main><article class='post-1 hentry'>"
        + each('<h2><a href="/%d/">Tin</a></h2><i class="date">7/3/2026</i>', 7_000),
        ARTICLE.replace(TEXT, each("<p>Câu thứ %d của bài viết rất dài.</p>", 20_000)),
        f'<p class="{"related-" * 20_000}">x</p>' + ARTICLE,
    ],
    ids=["nested rows", "nested marks", "tags", "titles", "rows", "rows in one box", "long text", "long class"],
)
@pytest.mark.parametrize("classes", ["single single-post postid-1", "home blog"])
def test_pages_made_to_take_time_are_read_quickly(markup: str, classes: str) -> None:
    begun = time.process_time()
    wordpress.links(parse_page(page_of(classes, markup), POST, None), PORTAL)
    read_page(page_of(classes, markup), POST, PORTAL)
    assert time.process_time() - begun < 15


def test_pages_of_a_running_system(shared: Path) -> None:
    """The saved pages of WordPress 6.1: each row its own date, one article under its answer form."""
    folder = shared / "cases" / "cms"
    home = "https://xasondong.hanoi.test/"
    post = f"{home}2026/08/10/giai-bong-chuyen-hoi-nguoi-cao-tuoi-tranh-cup-xom-trai/"
    portal: Portal = a_portal("wordpress", home)
    listed = read_page((folder / "wp-list-rows-one-date" / "page.html").read_bytes(), home, portal, None, CAPTURED_AT)
    assert (listed.kind, len(listed.rows)) == (PageKind.LIST, 8)
    assert len({row.published_at for row in listed.rows}) == 8
    days = [row.published_at.strftime("/%Y/%m/%d/") for row in listed.rows if row.published_at]
    assert all(day in row.url for day, row in zip(days, listed.rows, strict=True))

    pages = {post: "article.html", f"{post}?replytocom=62": "replytocom.html"}
    bodies = {url: (folder / "wp-replytocom" / name).read_bytes() for url, name in pages.items()}
    at = datetime(2026, 12, 1, tzinfo=UTC)
    found = [extract_article(a_capture(url, body, captured_at=at), body, portal) for url, body in bodies.items()]
    assert len({(article.article_id, article.url) for article in found if article}) == 1
    links = wordpress.links(parse_page(bodies[post], post, None), portal)
    assert not [url for url in (*links.articles, *links.lists) if "replytocom" in url]

    body = (folder / "wp-time-in-footer" / "page.html").read_bytes()
    parts = read_page(body, f"{home}2026/10/22/hop-tac-xa/", portal).parts
    assert parts
    assert (str(parts.published_at), parts.published_precision) == ("2026-10-22 03:13:00+07:00", "minute")


def test_a_page_of_another_system_is_no_post() -> None:
    page = a_page("<h1>Tin mới của xã</h1><p>Một câu.</p>")
    assert wordpress.page_key(page) is None
    assert not wordpress.is_list(page)
    assert read_page(b"<html><body><h1>Tin</h1></body></html>", f"{HOST}/tin/", PORTAL).kind is PageKind.NEITHER


def test_the_page_numbers_of_a_block_theme_are_not_text_and_do_not_hide_the_signature() -> None:
    numbers = (
        "<p class='post-nav-links'>Pages: <a href='/2026/03/07/mo-phien/' class='post-page-numbers'>1</a> "
        "<span class='post-page-numbers current'>2</span></p>"
    )
    signed = f"{TEXT}<p style='text-align:right'><strong>Mai Ly</strong></p>{numbers}</div>"
    main = ARTICLE.replace(f"{TEXT}</div>", signed)
    body = page_of("single single-post postid-16", main)
    article = extract_article(a_capture(POST, body), body, PORTAL)
    assert article is not None
    assert (len(article.body), article.byline) == (1, "Mai Ly")


@pytest.mark.parametrize(
    ("path", "is_denied"),
    [
        ("/wp-sitemap-taxonomies-category-1.xml", True),
        ("/wp-sitemap-users-1.xml", True),
        ("/post_tag-sitemap2.xml", True),
        ("/wp-sitemap-posts-post-1.xml", False),
        ("/wp-sitemap-posts-page-1.xml", False),
        ("/post-sitemap.xml", False),
        ("/2026/03/07/category-sitemap/", False),
    ],
)
def test_sitemaps_of_lists_and_users_are_out_of_a_drafted_scope(path: str, is_denied: bool) -> None:
    assert any(re.search(pattern, path) for pattern in wordpress.DENY) is is_denied
