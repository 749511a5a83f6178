"""NukeViet: addresses, lists in their many views, old themes, and the pages of a running system."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from lxml import etree

from spiders.extract.article import extract_article, read_page
from spiders.pages.feeds import feed_links, read_sitemap
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.nukeviet import platform as nukeviet
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_page, a_portal
from warehouse.records import Article, ListRow
from warehouse.text.identity import article_id
from warehouse.text.normal import clean, normal_form

HOST = "https://xathu.test"
ARTICLE = f"{HOST}/doi-song/nuoc-sach-ve-xom-bai-131.html"
PLAIN = f"{HOST}/index.php?language=vi&nv=news&op=doi-song/nuoc-sach-ve-xom-bai-131"
LIST = f"{HOST}/doi-song/"
PORTAL = a_portal("nukeviet", LIST)


# --- Addresses -------------------------------------------------------------------------------------------------------


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
        # The same article, in a form that is not to be followed.
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
def test_article_addresses(url: str, key: str | None, is_article: bool) -> None:
    assert nukeviet.article_key(url) == key
    assert nukeviet.is_article_url(url, PORTAL) is is_article


def test_links_lead_to_articles_and_categories_alone() -> None:
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


def test_an_article_leads_to_its_files_and_counts_no_rows() -> None:
    body = (FIXTURES / "nukeviet/usual_article/page.html").read_bytes()
    url = f"{HOST}/nong-nghiep-moi-truong/thon-tam-xa-ra-mat-to-thu-gom-312.html"
    links = nukeviet.links(parse_page(body, url, None), PORTAL)
    assert links.attachments == (f"{url}?download=1&id=0", f"{url}?download=1&id=1")
    assert links.articles == (f"{HOST}/nong-nghiep-moi-truong/xuong-giong-vu-dong-315.html",)
    assert links.row_count == 0
    # The crawler asks for each of them once, and for neither in the article's place.
    assert len({nukeviet.canonical_url(link) for link in (url, *links.attachments)}) == 3


@pytest.mark.parametrize(
    "page",
    [
        '<html><head><link rel="canonical" href="/doi-song/bai-131.html"></head><body></body></html>',
        '<html><head><link rel="canonical" href="/print/doi-song/bai-131.html"></head><body></body></html>',
        '<html><body><div id="idcomment" data-module="news" data-id="131"></div></body></html>',
    ],
)
def test_the_page_tells_its_article_where_the_address_does_not(page: str) -> None:
    assert nukeviet.page_key(parse_page(page.encode(), f"{HOST}/?x=1", None)) == "131"


# --- Lists -----------------------------------------------------------------------------------------------------------


def rows_of(markup: str) -> tuple[ListRow, ...]:
    return nukeviet.list_rows(a_page(markup, LIST))


def seen(row: ListRow) -> tuple[str, str, str | None, int | None]:
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
    assert seen(row) == ("Mở vòi", "19/12/2025 19:30", "Chiều 19/12/2024, nước về.", 1204)
    assert row.url == f"{HOST}/doi-song/mo-voi-9.html"


def test_rows_without_words_for_the_counter_and_titles_under_the_first() -> None:
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
    assert [seen(row) for row in rows] == [
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


def test_older_news_below_a_list_keep_their_dates() -> None:
    rows = rows_of(
        """<div class="news_column"><div class="items clearfix"><h3><a href="/doi-song/mo-voi-9.html">Mở vòi</a></h3>
        <p>Nước về xóm bãi.</p></div></div><hr><h4>Các tin khác</h4><ul class="related">
        <li><a href="/doi-song/gieng-8.html" title="Giếng cạn">Giếng cạn <span class="date">(02/04/2013)</span></a></li>
        </ul>"""
    )
    assert [seen(row) for row in rows] == [
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


def test_what_a_home_page_shows_twice_is_one_row_with_all_that_is_known() -> None:
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
    assert [seen(row) for row in nukeviet.list_rows(page)] == [
        ("Mở vòi nước đầu tiên ở xóm bãi", "19/12/2025 19:30", "Nước về xóm bãi.", None)
    ]
    assert nukeviet.links(page, PORTAL).row_count == 2


def test_a_shortened_title_is_read_in_full_where_it_stands_alone() -> None:
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


def test_a_print_view_is_the_article_it_repeats() -> None:
    view = article_of((FIXTURES / "nukeviet/print_view/page.html").read_bytes(), f"{HOST}/print/thong-bao/lich-88.html")
    page = article_of(a_detail(), f"{HOST}/thong-bao/lich-88.html")
    assert (view.article_id, view.url) == (page.article_id, page.url)
    assert view.article_id == article_id("cong-thu", "88")


def test_the_hidden_date_is_that_of_the_last_change() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-05T14:02:31+07:00</span>'
    shown = '<span class="h5">Thứ hai - 03/11/2025 09:40</span>'
    article = article_of(a_detail(head=hidden + shown), ARTICLE)
    assert str(article.published_at) == "2025-11-03 09:40:00+07:00"
    assert article.published_basis == "template"
    assert str(article.updated_at) == "2025-11-05 14:02:31+07:00"
    assert "dates_disagree" not in article.quality_flags


def test_the_seconds_of_the_minute_shown_are_no_change() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-03T09:40:59+07:00</span>'
    article = article_of(a_detail(head=hidden + '<span class="h5">Thứ hai - 03/11/2025 09:40</span>'), ARTICLE)
    assert article.updated_at is None


def test_without_a_visible_date_the_hidden_one_counts() -> None:
    hidden = '<span class="hidden" itemprop="datePublished">2025-11-03T09:40:00+07:00</span>'
    article = article_of(a_detail(head=hidden), ARTICLE)
    assert str(article.published_at) == "2025-11-03 09:40:00+07:00"
    assert (article.published_basis, article.updated_at) == ("microdata", None)


def test_a_malformed_published_time_is_not_asked() -> None:
    body = a_detail().replace(
        b"<html>", b'<html><head><meta property="article:published_time" content="2025-11-03+0709:40:00"></head>'
    )
    assert article_of(body, ARTICLE).published_at is None


def test_a_date_in_the_lead_or_the_text_is_not_the_articles() -> None:
    lead = '<div class="hometext">Ngày 01/02/2020, xã họp.</div>'
    assert article_of(a_detail(lead=lead, text="<p>Từ 05/06/2021 đến nay.</p>"), ARTICLE).published_at is None


@pytest.mark.parametrize("account", ["quantri", "Cổng thông tin xã Thử"])
def test_the_hidden_author_is_no_byline(account: str) -> None:
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
def test_author_and_source_stand_below_the_text(tail: str, byline: str | None, source: str | None) -> None:
    article = article_of(a_detail(tail=tail), ARTICLE)
    assert (article.byline, article.credited_source_name) == (byline, source)
    assert article.body == ("Đoạn một.", "Đoạn hai.")


def test_a_picture_without_a_caption_takes_no_paragraph_for_one() -> None:
    picture = '<div class="clearfix"><figure class="article center"><img src="/a.jpg" alt="x"></figure></div>'
    article = article_of(a_detail(lead=picture, text="<p>Sáng nay, xã họp.</p><p>Đoạn hai.</p>"), ARTICLE)
    assert article.captions == ()
    assert article.body == ("Sáng nay, xã họp.", "Đoạn hai.")
    assert article.image_urls == (f"{HOST}/a.jpg",)


def test_the_caption_of_the_lead_picture_is_told_once() -> None:
    caption = "<figcaption>Quang cảnh buổi họp</figcaption>"
    lead = f'<div class="clearfix"><figure class="article center"><img src="/a.jpg">{caption}</figure></div>'
    text = f'<p>Đoạn một.</p><figure><img src="/a.jpg">{caption}</figure><p>Đoạn hai.</p>'
    article = article_of(a_detail(lead=lead, text=text), ARTICLE)
    assert (article.captions, article.image_urls) == (("Quang cảnh buổi họp",), (f"{HOST}/a.jpg",))
    assert article.body == ("Đoạn một.", "Đoạn hai.")


def test_titles_in_the_margin_are_not_the_articles() -> None:
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


# --- Pages of a running 4.5 ------------------------------------------------------------------------------------------

REAL = "http://127.0.0.1:8089"
REAL_PORTAL = a_portal("nukeviet", REAL)
SEEDS = {"16": "000", "17": "001", "18": "002", "19": "003", "20": "004"}


@pytest.fixture(scope="module")
def real(shared: Path) -> Path:
    return shared / "portals/nukeviet"


@pytest.fixture(scope="module")
def gold(shared: Path) -> dict[str, dict[str, Any]]:
    read = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    return {name[:3]: {**said, "name": name} for name, said in read.items()}


@pytest.fixture(scope="module")
def addresses(real: Path) -> dict[str, str]:
    """Return the articles' addresses by key, as the system's own sitemap has them."""
    sitemap = read_sitemap((real / "sitemap-vi.news.xml").read_bytes(), REAL)
    return {key: url for url in sitemap.pages if (key := nukeviet.article_key(url))}


def real_article(real: Path, file: str, url: str) -> Article:
    body = (real / file).read_bytes()
    capture = a_capture(url, body, captured_at=datetime(2026, 11, 21, 19, 29, tzinfo=UTC))
    article = extract_article(capture, body, REAL_PORTAL)
    assert article is not None
    return article


@pytest.mark.parametrize("key", SEEDS)
def test_the_seeds_come_out_as_gold_says(
    real: Path, shared: Path, gold: dict[str, dict[str, Any]], addresses: dict[str, str], key: str
) -> None:
    said = gold[SEEDS[key]]
    article = real_article(real, f"detail-{key}.html", addresses[key])
    assert (article.url, article.template) == (addresses[key], "4.5")
    assert article.byline == said["byline"]
    assert list(article.captions) == said["captions"]
    assert article.updated_at is None
    lines = (shared / f"seeds/{said['name']}.txt").read_text(encoding="utf-8").split("\n")
    roles = said["line_roles"].items()
    told = [clean(lines[int(number) - 1]) for number, role in roles if role in ("body", "subheading")]
    related = [clean(lines[int(number) - 1]) for number, role in roles if role not in ("body", "subheading")]
    # Seed 001's related line is a bare paragraph on this page: nothing tells it from a sub-heading.
    found = [text for text in (article.lead or "", *article.body) if key != "17" or text not in related]
    assert [normal_form(text) for text in found] == [normal_form(text) for text in told]
    if said["title"]:
        assert article.title == said["title"]
    if said["published_at"]:
        assert article.published_at == datetime.fromisoformat(said["published_at"])
        assert article.published_precision == said["published_precision"]


@pytest.mark.parametrize(("key", "source"), [("16", None), ("17", "nhandan.vn"), ("18", None), ("19", "hanoimoi.vn")])
def test_credited_sources_of_the_real_pages(
    real: Path, addresses: dict[str, str], key: str, source: str | None
) -> None:
    assert real_article(real, f"detail-{key}.html", addresses[key]).credited_source_name == source


def test_the_real_article_of_the_system_itself(real: Path, addresses: dict[str, str]) -> None:
    article = real_article(real, "detail-sample-11.html", addresses["11"])
    assert article.tags == ("nukeviet", "mã nguồn mở", "giáo dục")
    assert article.section == "Tin tức"
    # The sitemap confirms what the page shows; the hidden date is that of a change.
    assert str(article.published_at) == "2015-10-21 08:32:00+07:00"
    assert str(article.updated_at) == "2015-10-21 09:22:13+07:00"
    assert (article.captions, article.byline, len(article.body)) == ((), None, 13)
    assert article.image_urls == (f"{REAL}/uploads/news/nukeviet-cms.jpg",)


def test_nothing_of_the_real_pages_leaks(real: Path, addresses: dict[str, str]) -> None:
    furniture = re.compile(
        r"Tổng số điểm|Click để đánh giá|Ý kiến bạn đọc|Những tin (?:mới|cũ) hơn|Nguồn tin|Tác giả:|Tags|In ra|Đã xem|"
        r"Tweet|Mã an toàn|Cổng thông tin thử nghiệm|Thứ \w+ - \d"
    )
    for key in (*SEEDS, "sample-11"):
        file = f"detail-{key}.html"
        page = (real / file).read_text(encoding="utf-8")
        assert len(set(furniture.findall(page))) > 5
        article = real_article(real, file, addresses[key.removeprefix("sample-")])
        assert not [text for text in (article.lead or "", *article.body, *article.captions) if furniture.search(text)]


def test_the_real_print_view_is_the_article(real: Path, addresses: dict[str, str]) -> None:
    page = real_article(real, "detail-16.html", addresses["16"])
    view = real_article(real, "print-16.html", addresses["16"].replace("8089/", "8089/print/"))
    assert (view.url, view.article_id, view.template) == (page.url, page.article_id, "print")
    assert (view.title, view.lead, view.body, view.captions, view.byline, view.published_at) == (
        page.title, page.lead, page.body, page.captions, page.byline, page.published_at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "kind"),
    [("home", "list"), ("list-dang-doan-the-p1", "list"), ("list-tin-quan-huyen-p1", "list"), ("feeds", "neither"),
     ("missing", "neither"), ("detail-16", "article")],
)  # fmt: skip
def test_real_pages_are_of_the_right_kind(real: Path, file: str, kind: str) -> None:
    assert read_page((real / f"{file}.html").read_bytes(), f"{REAL}/", REAL_PORTAL).kind is PageKind(kind)


def feed_titles(path: Path) -> dict[str, str]:
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(recover=True))
    return {
        item.findtext("link", "").strip(): clean(html.unescape(item.findtext("title", "")))
        for item in root.iter("item")
    }


LISTS = ["home", *(f"list-dang-doan-the-p{page}" for page in (1, 2, 3)), "list-tin-quan-huyen-p1"]


def test_every_row_of_the_real_lists_is_right(real: Path) -> None:
    """Titles by the feeds, dates by the sitemap, which tells them right; both are the system's own."""
    sitemap = (real / "sitemap-vi.news.xml").read_text(encoding="utf-8")
    dates = {url: datetime.fromisoformat(at) for url, at in re.findall(r"<loc>([^<]+)</loc><lastmod>([^<]+)<", sitemap)}
    titles = feed_titles(real / "rss-all.xml") | feed_titles(real / "rss-dang-doan-the.xml")
    rows = {file: list_rows(real, file) for file in LISTS}
    assert [len(rows[file]) for file in LISTS] == [30, 30, 25, 5, 20]
    named, full = 0, []
    for file in LISTS:
        for row in rows[file]:
            assert row.url in dates
            if row.url in titles:
                named += 1
                assert row.title == titles[row.url]
            if row.published_at is None:  # a view that shows neither date nor counter
                assert (file, row.view_count) == ("list-tin-quan-huyen-p1", None)
                assert row.summary
            elif row.summary is None:  # older news below the list: `Bài cũ (04/06/2016)`
                assert row.published_at.date() == dates[row.url].date()
                assert row.published_precision == "day"
            else:
                full.append(file)
                assert row.published_at == dates[row.url]
                assert row.view_count is not None
                assert not re.search(r"Phản hồi|Đã xem|Xem tiếp", row.summary)
    assert [full.count(file) for file in LISTS] == [20, 20, 20, 5, 0]
    assert named > 60


def list_rows(real: Path, file: str) -> tuple[ListRow, ...]:
    return read_page((real / f"{file}.html").read_bytes(), f"{REAL}/", REAL_PORTAL).rows


def test_the_three_pages_of_a_category_hold_each_article_once(real: Path) -> None:
    rows = [row for page in (1, 2, 3) for row in list_rows(real, f"list-dang-doan-the-p{page}")]
    urls = [row.url for row in rows if row.summary]  # titles alone announce the next page's
    sitemap = read_sitemap((real / "sitemap-vi.news.xml").read_bytes(), REAL)
    assert urls == [url for url in sitemap.pages if "/dang-doan-the/" in url]


def test_real_pages_lead_to_their_rows_their_paging_and_nowhere_else(real: Path) -> None:
    for file in (*LISTS, "detail-16", "detail-sample-11", "print-16", "feeds"):
        page = parse_page((real / f"{file}.html").read_bytes(), f"{REAL}/dang-doan-the/", None)
        links = nukeviet.links(page, REAL_PORTAL)
        assert {row.url for row in nukeviet.list_rows(page)} <= set(links.articles)
        for url in links.articles + links.lists:
            assert not re.search(
                r"/(?:print|savefile|sendmail|rating|tag|seek|search|users|rss|feeds|about|voting)/", url
            )
            assert "?" not in url
    first = parse_page((real / "list-dang-doan-the-p1.html").read_bytes(), f"{REAL}/dang-doan-the/", None)
    assert {f"{REAL}/dang-doan-the/page-2/", f"{REAL}/dang-doan-the/page-3/"} <= set(
        nukeviet.links(first, REAL_PORTAL).lists
    )


def test_feeds_give_addresses_and_no_dates(real: Path, addresses: dict[str, str]) -> None:
    body = (real / "rss-all.xml").read_bytes()
    assert "Mon, 14 Oct 2024 10:10:00 GMT" in body.decode()  # 10:41, with the month for minutes
    links = feed_links(body, f"{REAL}/rss/")
    assert links[0] == addresses["16"]
    assert all(nukeviet.is_article_url(link, REAL_PORTAL) for link in links)


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
def test_pages_made_to_be_slow_are_not(page: str) -> None:
    parsed = a_page(page, LIST)
    began = process_time()
    for template in nukeviet.TEMPLATES:
        if template.fits(parsed):
            template.article_parts(parsed)
    nukeviet.list_rows(parsed)
    nukeviet.links(parsed, PORTAL)
    assert process_time() - began < 8
