"""NukeViet: URLs, list views, articles in old and new themes, and hostile pages."""

from __future__ import annotations

from time import process_time

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.nukeviet import platform as nukeviet
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_page, a_portal
from warehouse.records import Article, ListRow
from warehouse.text.identity import article_id

HOST = "https://xathu.test"
ARTICLE = f"{HOST}/doi-song/nuoc-sach-ve-xom-bai-131.html"
PLAIN = f"{HOST}/index.php?language=vi&nv=news&op=doi-song/nuoc-sach-ve-xom-bai-131"
LIST = f"{HOST}/doi-song/"
PORTAL = a_portal("nukeviet", LIST)


# --- URLs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        ("HTTPS://XaThu.test:443/doi-song/nuoc-sach-ve-xom-bai-131.html", ARTICLE),
        (f"{ARTICLE}?nvvithemever=m&nv_redirect=abc", ARTICLE),
        (f"{ARTICLE}?utm_source=zalo#idcomment", ARTICLE),
        (f"{HOST}/print/doi-song/nuoc-sach-ve-xom-bai-131.html", ARTICLE),
        (f"{HOST}/savefile/doi-song/nuoc-sach-ve-xom-bai-131.html", ARTICLE),
        (f"{HOST}/sendmail/doi-song/nuoc-sach-ve-xom-bai-131.html", ARTICLE),
        (f"{HOST}/vi/news/print/doi-song/bai-9.html", f"{HOST}/vi/news/doi-song/bai-9.html"),
        (f"{HOST}/vi/news/doi-song/Bai-9", f"{HOST}/vi/news/doi-song/Bai-9/"),
        (f"{ARTICLE}?id=0&download=1&utm_source=x", f"{ARTICLE}?download=1&id=0"),
        (PLAIN, PLAIN),
        (f"{PLAIN}&nvvithemever=d", PLAIN),
        (f"{HOST}/index.php?op=print/doi-song/bai-9&nv=news", f"{HOST}/index.php?nv=news&op=doi-song/bai-9"),
        (LIST, LIST),
        (f"{HOST}/doi-song", LIST),
        (f"{LIST}page-1/", LIST),
        (f"{LIST}page-2/?x=1", f"{LIST}page-2/"),
        (HOST, f"{HOST}/"),
        (f"{HOST}/index.php", f"{HOST}/"),
        (f"{HOST}/uploads/news/print/bieu-mau.pdf", f"{HOST}/uploads/news/print/bieu-mau.pdf"),
    ],
)  # fmt: skip
def test_canonical_url(url: str, canonical: str) -> None:
    assert nukeviet.canonical_url(url) == canonical
    assert nukeviet.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (ARTICLE, "131", True),
        (f"{HOST}/news/doi-song/bai-131.html", "131", True),
        (f"{HOST}/vi/news/doi-song/bai-131.html", "131", True),
        (f"{HOST}/vi/doi-song/bai-131.html", "131", True),
        (f"{HOST}/doi-song/bai-131/", "131", True),
        (f"{HOST}/doi-song/bai-131", "131", True),
        (f"{HOST}/Doi-song/Bai-viet-131.html", "131", True),
        (PLAIN, "131", True),
        (f"{PLAIN}.html", "131", True),
        # Every module and language counts from 1.
        (f"{HOST}/tin-hoat-dong/doi-song/bai-131.html", "tin-hoat-dong/131", True),
        (f"{HOST}/en/news/life/story-131.html", "en/131", True),
        (PLAIN.replace("nv=news", "nv=tin-hoat-dong"), "tin-hoat-dong/131", True),
        # The same article in a view that crawls do not follow.
        (f"{HOST}/print/doi-song/bai-131.html", "131", False),
        (f"{HOST}/news/savefile/doi-song/bai-131.html", "131", False),
        (f"{HOST}/index.php?nv=news&op=sendmail/doi-song/bai-131", "131", False),
        (f"{ARTICLE}?download=1&id=0", None, False),
        (f"{ARTICLE}?pdf=1&id=0", None, False),
        (LIST, None, False),
        (f"{LIST}page-2/", None, False),
        (f"{HOST}/news/doi-song/page-12/", None, False),
        (f"{HOST}/laws/detail/quyet-dinh-12.html", None, False),
        (f"{HOST}/van-ban/detail/quyet-dinh-12.html", None, False),
        (f"{HOST}/download/bieu-mau/don-xin-12.html", None, False),
        (f"{HOST}/videos/le-hoi/ruoc-kieu-12.html", None, False),
        (f"{HOST}/tag/nuoc-12/", None, False),
        (f"{HOST}/topic/nuoc-sach-12/", None, False),
        (f"{HOST}/about/gioi-thieu-12.html", None, False),
        (f"{HOST}/rss/doi-song-12/", None, False),
        (f"{HOST}/nuoc-sach-131.html", None, False),
        (HOST, None, False),
    ],
)  # fmt: skip
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert nukeviet.article_key(url) == key
    assert nukeviet.is_article_url(url, PORTAL) is is_article


def test_links_are_only_articles_and_categories() -> None:
    page = a_page(
        f"""<header><nav><ul><li><a href="/">Trang nhất</a></li><li><a href="/doi-song/">Đời sống</a></li>
        <li><a href="/users/">a</a></li><li><a href="/seek/?q=nuoc">b</a></li><li><a href="/rss/">c</a></li>
        <li><a href="/feeds/">d</a></li><li><a href="/voting/">đ</a></li><li><a href="/tag/nuoc/">e</a></li>
        <li><a href="/content/">g</a></li><li><a href="/search/">h</a></li><li><a href="/topic/nuoc/">i</a></li>
        <li><a href="/about/gioi-thieu.html">k</a></li><li><a href="/laws/">l</a></li>
        <li><a href="/uploads/so-do.jpg">m</a></li><li><a href="javascript:void(0)">n</a></li>
        <li><a href="/tin-hoat-dong/doan-the/">o</a></li><li><a href="/?nvvithemever=m&amp;nv_redirect=x">p</a></li>
        </ul></nav></header>
        <div class="news_column"><div class="panel-body"><h3><a href="{ARTICLE}">Nước sạch</a></h3></div></div>
        <a href="/print/doi-song/nuoc-sach-ve-xom-bai-131.html">In ra</a>
        <a href="/savefile/doi-song/nuoc-sach-ve-xom-bai-131.html">Lưu</a>
        <ul class="pagination"><li><a href="/doi-song/page-2/">2</a></li><li><a href="/doi-song/page-3/">3</a></li></ul>
        <div class="well"><a href="/lich-hop/">ngoài thực đơn</a></div>""",
        LIST,
    )
    links = nukeviet.links(page, PORTAL)
    assert links.articles == (ARTICLE,)
    assert links.lists == (
        f"{HOST}/", LIST, f"{HOST}/tin-hoat-dong/doan-the/", f"{LIST}page-2/", f"{LIST}page-3/",
    )  # fmt: skip
    assert (links.row_count, links.attachments) == (1, ())


def test_links_of_an_article_are_its_attachments_and_no_rows() -> None:
    body = (FIXTURES / "nukeviet/usual_article/page.html").read_bytes()
    url = f"{HOST}/nong-nghiep-moi-truong/thon-tam-xa-ra-mat-to-thu-gom-312.html"
    links = nukeviet.links(parse_page(body, url, None), PORTAL)
    assert links.attachments == (f"{url}?download=1&id=0", f"{url}?download=1&id=1")
    assert links.articles == (f"{HOST}/nong-nghiep-moi-truong/xuong-giong-vu-dong-315.html",)
    assert links.row_count == 0
    # The crawler requests each of them once, and none of them in place of the article.
    assert len({nukeviet.canonical_url(link) for link in (url, *links.attachments)}) == 3


@pytest.mark.parametrize(
    "page",
    [
        '<html><head><link rel="canonical" href="/doi-song/bai-131.html"></head><body></body></html>',
        '<html><head><link rel="canonical" href="/print/doi-song/bai-131.html"></head><body></body></html>',
        '<html><body><div id="idcomment" data-module="news" data-id="131"></div></body></html>',
    ],
)
def test_page_key_of_an_article_at_another_url(page: str) -> None:
    assert nukeviet.page_key(parse_page(page.encode(), f"{HOST}/?x=1", None)) == "131"


# --- Lists -----------------------------------------------------------------------------------------------------------


def rows_of(markup: str) -> tuple[ListRow, ...]:
    return nukeviet.list_rows(a_page(markup, LIST))


def as_tuple(row: ListRow) -> tuple[str, str, str | None, int | None]:
    at = f"{row.published_at:%d/%m/%Y %H:%M}" if row.published_at else ""
    return row.title, at, row.summary, row.view_count


def test_rows_under_headings() -> None:
    (row,) = rows_of(
        """<div class="news_column"><div class="panel panel-default"><div class="panel-body">
        <a href="/doi-song/mo-voi-9.html" title="Mở vòi"><img alt="Mở vòi" src="/a.jpg" class="imghome"></a>
        <h3><a href="/doi-song/mo-voi-9.html" title="Mở vòi">Mở vòi</a> <span class="icon_new">&nbsp;</span></h3>
        <div class="text-muted"><ul><li><em class="fa fa-clock-o">&nbsp;</em> 19/12/2025 07:30:00 PM</li>
        <li><em class="fa fa-eye">&nbsp;</em> Đã xem: 1.204</li><li>Phản hồi: 3</li></ul></div>
        Chiều 19/12/2024, nước về.<p class="text-right">Sửa</p></div></div></div>"""
    )
    assert as_tuple(row) == ("Mở vòi", "19/12/2025 19:30", "Chiều 19/12/2024, nước về.", 1204)
    assert row.url == f"{HOST}/doi-song/mo-voi-9.html"


def test_rows_with_an_unlabelled_counter_and_titles_below_the_first() -> None:
    rows = rows_of(
        """<div class="news_column two_column col-md-12"><div class="panel"><div class="panel-heading">
        <h4 class="cat-icon"><a href="/doi-song/">Đời sống</a></h4></div><div class="panel-body">
        <h3><a href="/doi-song/mo-voi-9.html">Mở vòi</a></h3>
        <div class="text-muted"><ul><li><em class="fa fa-clock-o">&nbsp;</em> 19/12/2025 19:30:00</li>
        <li><em class="fa fa-eye">&nbsp;</em> 77</li><li><em class="fa fa-comment-o">&nbsp;</em> 5</li></ul></div>
        <p>Nước về xóm bãi.</p>
        <ul class="related list-items">
        <li><a class="show h4" href="/doi-song/dao-gieng-8.html" data-content="Giếng sâu&#x002F;cạn...">Đào giếng</a>
        </li></ul>
        </div></div></div>"""
    )
    assert [as_tuple(row) for row in rows] == [
        ("Mở vòi", "19/12/2025 19:30", "Nước về xóm bãi.", 77),
        ("Đào giếng", "", "Giếng sâu/cạn...", None),
    ]


def test_numbered_titles_with_tooltips() -> None:
    rows = rows_of(
        """<div class="list-group">
        <a class="show h4" href="/doi-song/mo-voi-9.html" data-content="Nước về." title="Mở vòi"><h4>
        <span class="label label-default">1</span>&nbsp;&nbsp;Mở vòi</h4></a>
        <a class="show h4" href="/doi-song/gieng-8.html" data-content="" title="Giếng "làng" cạn"><h4>
        <span class="label">2</span>&nbsp;&nbsp;Giếng "làng" cạn <span class="icon_new">&nbsp;</span></h4></a>
        </div>"""
    )
    assert [(row.title, row.summary) for row in rows] == [("Mở vòi", "Nước về."), ('Giếng "làng" cạn', None)]


def test_older_news_below_a_list_have_dates() -> None:
    rows = rows_of(
        """<div class="news_column"><div class="items clearfix"><h3><a href="/doi-song/mo-voi-9.html">Mở vòi</a></h3>
        <p>Nước về xóm bãi.</p></div></div><hr><h4>Các tin khác</h4><ul class="related">
        <li><a href="/doi-song/gieng-8.html" title="Giếng cạn">Giếng cạn <span class="date">(02/04/2013)</span></a></li>
        </ul>"""
    )
    assert [as_tuple(row) for row in rows] == [
        ("Mở vòi", "", "Nước về xóm bãi.", None),
        ("Giếng cạn", "02/04/2013 00:00", None, None),
    ]


def test_a_table_of_titles() -> None:
    rows = rows_of(
        """<table class="table-list-news"><tr><th colspan="2"><a href="/doi-song/">Đời sống</a></th></tr>
        <tr><td>1</td><td><a href="/doi-song/mo-voi-9/">Mở vòi</a></td></tr>
        <tr><td>2</td><td><a href="/doi-song/gieng-8/">Giếng cạn</a></td></tr></table>"""
    )
    assert [row.title for row in rows] == ["Mở vòi", "Giếng cạn"]


def test_an_article_shown_twice_on_a_home_page_is_one_row() -> None:
    page = a_page(
        """<div id="hot-news"><div class="news_column"><div class="panel-body"><div class="col-md-14">
        <h2><a href="/doi-song/mo-voi-9.html" title="Mở vòi nước đầu tiên ở xóm bãi">Mở vòi nước đầu tiên...</a></h2>
        Nước về.<p class="text-right"><a href="/doi-song/mo-voi-9.html">Xem tiếp...</a></p></div></div></div></div>
        <div class="news_column"><div class="panel-body">
        <h3><a href="/doi-song/mo-voi-9.html">Mở vòi nước đầu tiên ở xóm bãi</a></h3>
        <div class="text-muted">19/12/2025 19:30:00</div>Nước về xóm bãi.</div></div>
        <ul class="block_tophits"><li><h4><a href="/doi-song/cu-7.html">Bài xem nhiều</a></h4></li></ul>""",
        HOST,
    )
    assert [as_tuple(row) for row in nukeviet.list_rows(page)] == [
        ("Mở vòi nước đầu tiên ở xóm bãi", "19/12/2025 19:30", "Nước về xóm bãi.", None)
    ]
    assert nukeviet.links(page, PORTAL).row_count == 2


def test_a_truncated_title_is_completed_from_its_title_attribute() -> None:
    (row,) = rows_of(
        """<ul class="related"><li><a href="/doi-song/mo-voi-9.html" title="Mở vòi nước đầu tiên ở xóm bãi">
        Mở vòi nước đầu...</a></li></ul>"""
    )
    assert row.title == "Mở vòi nước đầu tiên ở xóm bãi"


# --- Articles --------------------------------------------------------------------------------------------------------


def article_of(body: bytes, url: str, **fields: object) -> Article:
    article = extract_article(a_capture(url, body, **fields), body, a_portal("nukeviet", url))
    assert article is not None
    return article


def a_detail(
    *, head: str = "", lead: str = "", text: str = "<p>Đoạn một.</p><p>Đoạn hai.</p>", tail: str = ""
) -> bytes:
    return (
        f'<html><body><div class="news_column"><div class="panel-body"><h1 itemprop="headline">Tên bài</h1>{head}'
        f'{lead}<div id="news-bodyhtml" class="bodytext">{text}</div>{tail}</div></div></body></html>'
    ).encode()


def test_a_print_view_has_the_id_of_its_article() -> None:
    view = article_of((FIXTURES / "nukeviet/print_view/page.html").read_bytes(), f"{HOST}/print/thong-bao/lich-88.html")
    page = article_of(a_detail(), f"{HOST}/thong-bao/lich-88.html")
    assert (view.article_id, view.url) == (page.article_id, page.url)
    assert view.article_id == article_id("cong-thu", "88")


def test_the_hidden_date_is_the_modification_date() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-05T14:02:31+07:00</span>'
    shown = '<span class="h5">Thứ hai - 03/11/2025 09:40</span>'
    article = article_of(a_detail(head=hidden + shown), ARTICLE)
    assert str(article.published_at) == "2025-11-03 09:40:00+07:00"
    assert article.published_basis == "template"
    assert str(article.updated_at) == "2025-11-05 14:02:31+07:00"
    assert "dates_disagree" not in article.quality_flags


def test_a_hidden_date_within_the_visible_minute_is_not_a_modification() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-03T09:40:59+07:00</span>'
    article = article_of(a_detail(head=hidden + '<span class="h5">Thứ hai - 03/11/2025 09:40</span>'), ARTICLE)
    assert article.updated_at is None


def test_the_hidden_date_counts_if_no_date_is_visible() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-03T09:40:00+07:00</span>'
    article = article_of(a_detail(head=hidden), ARTICLE)
    assert str(article.published_at) == "2025-11-03 09:40:00+07:00"
    assert (article.published_basis, article.updated_at) == ("microdata", None)


def test_a_malformed_published_time_is_ignored() -> None:
    body = a_detail().replace(
        b"<html>", b'<html><head><meta property="article:published_time" content="2025-11-03+0709:40:00"></head>'
    )
    assert article_of(body, ARTICLE).published_at is None


def test_dates_in_lead_and_text_are_not_the_publication_date() -> None:
    lead = '<div class="hometext">Ngày 01/02/2020, xã họp.</div>'
    assert article_of(a_detail(lead=lead, text="<p>Từ 05/06/2021 đến nay.</p>"), ARTICLE).published_at is None


@pytest.mark.parametrize("account", ["quantri", "Cổng thông tin xã Thử"])
def test_the_hidden_author_is_not_a_byline(account: str) -> None:
    hidden = f'<div class="hidden" itemprop="author"><span itemprop="name">{account}</span></div>'
    assert article_of(a_detail(head=hidden), ARTICLE).byline is None


@pytest.mark.parametrize(
    ("tail", "byline", "source"),
    [
        ("<p class='h5 text-right'><strong>Tác giả: </strong>Hoài Thu, Minh Đức</p>", "Hoài Thu, Minh Đức", None),
        ("<p class='text-right'><strong>Tác giả bài viết: </strong>Đài xã</p>", "Đài xã", None),
        ("<p class='text-right'><strong>Tác giả: </strong>admin</p>", None, None),
        ("<p><strong>Nguồn tin: </strong>hanoimoi.vn</p>", None, "hanoimoi.vn"),
        (
            "<div><p><strong>Tác giả: </strong>Hoài Thu</p><p><strong>Nguồn tin: </strong>Báo Thử</p></div>",
            "Hoài Thu",
            "Báo Thử",
        ),
        ("<div class='alert'>Ghi rõ nguồn: trang này</div>", None, None),
    ],
)
def test_author_and_source_below_the_text(tail: str, byline: str | None, source: str | None) -> None:
    article = article_of(a_detail(tail=tail), ARTICLE)
    assert (article.byline, article.credited_source_name) == (byline, source)
    assert article.body == ("Đoạn một.", "Đoạn hai.")


def test_a_paragraph_after_a_picture_without_caption_is_not_a_caption() -> None:
    picture = '<div class="clearfix"><figure class="article center"><img src="/a.jpg" alt="x"></figure></div>'
    article = article_of(a_detail(lead=picture, text="<p>Sáng nay, xã họp.</p><p>Đoạn hai.</p>"), ARTICLE)
    assert article.captions == ()
    assert article.body == ("Sáng nay, xã họp.", "Đoạn hai.")
    assert article.image_urls == (f"{HOST}/a.jpg",)


def test_the_caption_of_the_lead_picture_is_extracted_once() -> None:
    caption = "<figcaption>Quang cảnh buổi họp</figcaption>"
    lead = f'<div class="clearfix"><figure class="article center"><img src="/a.jpg">{caption}</figure></div>'
    text = f'<p>Đoạn một.</p><figure><img src="/a.jpg">{caption}</figure><p>Đoạn hai.</p>'
    article = article_of(a_detail(lead=lead, text=text), ARTICLE)
    assert (article.captions, article.image_urls) == (("Quang cảnh buổi họp",), (f"{HOST}/a.jpg",))
    assert article.body == ("Đoạn một.", "Đoạn hai.")


def test_sidebar_titles_are_not_the_article_title() -> None:
    page = (
        '<html><body><h3 class="title">Đường dây nóng</h3><div class="news_column"><h3 class="title">Tên bài</h3>'
        '<div class="bodytext"><p>Đoạn một.</p></div></div><h3 class="title">Thăm dò ý kiến</h3></body></html>'
    )
    article = article_of(page.encode(), ARTICLE)
    assert (article.title, article.template) == ("Tên bài", "4.0")


def test_a_category_with_a_description_is_a_list() -> None:
    page = (
        '<html><body><div class="news_column"><div class="alert"><h1>Đời sống</h1><p>Chuyện làng.</p></div></div>'
        '<div class="news_column"><h3><a href="/doi-song/mo-voi-9.html">Mở vòi</a></h3></div></body></html>'
    )
    reading = read_page(page.encode(), LIST, PORTAL)
    assert (reading.kind, len(reading.rows)) == (PageKind.LIST, 1)


# --- Hostile pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        '<h3><a href="/doi-song/bai-1.html">x</a></h3>' * 12_000,
        '<ul class="related">' + '<li><a href="/doi-song/bai-1.html">x</a></li>' * 12_000,
        '<h1 itemprop="headline">T</h1><div class="bodytext">' + '<h3 class="title">x</h3>' * 12_000,
        '<div class="news_column"><div class="bodytext"><h1 itemprop="headline">' * 5_000,
    ],
    ids=["rows", "titles", "headings", "nested"],
)
@pytest.mark.slow
def test_hostile_pages_are_read_quickly(page: str) -> None:
    parsed = a_page(page, LIST)
    started = process_time()
    for template in nukeviet.TEMPLATES:
        if template.fits(parsed):
            template.article_parts(parsed)
    nukeviet.list_rows(parsed)
    nukeviet.links(parsed, PORTAL)
    assert process_time() - started < 8
