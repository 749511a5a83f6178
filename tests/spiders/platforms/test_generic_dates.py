"""Dates on pages of an unknown CMS: which are the article's, and which are the site's or another article's."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.pages.html import parse_page
from spiders.pages.page import ArticleParts
from spiders.platforms.generic.article import article_parts
from warehouse.clock import HANOI_TIME

URL = "https://xadongtam.test/tin-tuc/khoi-cong-nha-van-hoa-thon-dong-41.html"
TITLE = "Xã Đồng Tâm khởi công nhà văn hoá thôn Đông"
CAPTURED_AT = datetime(2026, 11, 2, 10, 5, tzinfo=HANOI_TIME)
LEAD = "Công trình rộng ba trăm mét vuông, dự kiến xong trước mùa mưa năm sau."
TEXT = (
    "<p>Sáng nay, xã Đồng Tâm khởi công nhà văn hoá thôn Đông trên nền kho hợp tác xã cũ, nơi bà con vẫn họp thôn "
    "từ nhiều năm nay trong cảnh mưa dột và thiếu ghế ngồi.</p>"
    "<p>Theo thiết kế, công trình có hội trường hai trăm chỗ, phòng đọc sách và sân bóng chuyền, với kinh phí do ngân "
    "sách xã và nhân dân trong thôn cùng đóng góp.</p>"
)
HEADING = f"<h1>{TITLE}</h1>"
LINE = '<div class="meta">Thứ năm, 22/10/2026 | 08:15</div>'
MINUTE = "2026-10-22 08:15"


def read(body: str, head: str = "", *, captured_at: datetime | None = CAPTURED_AT, url: str = URL) -> ArticleParts:
    page = f"<!DOCTYPE html><html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    return article_parts(parse_page(page.encode(), url, None, captured_at))


def published(parts: ArticleParts) -> str | None:
    if parts.published_at is None:
        return None
    return (
        f"{parts.published_at:%Y-%m-%d}"
        if parts.published_precision == "day"
        else f"{parts.published_at:%Y-%m-%d %H:%M}"
    )


def article(*, above: str = "", line: str = "", below: str = "", text: str = TEXT) -> str:
    return f'<div class="chi-tiet">{above}{HEADING}{line}<div class="noi-dung">{text}</div>{below}</div>'


CLOCK = "Thứ hai, 02/11/2026 | 10:05"
CLOCKS = {
    "header": f"<header><a href='/'>Cổng xã</a><div>{CLOCK}</div></header>",
    "date class in the header": f'<header><span class="date">{CLOCK}</span></header>',
    "top bar": f'<div class="top-bar"><span class="date-time">{CLOCK}</span></div>',
    "id top": f'<div id="top"><div class="ngaythang">{CLOCK}</div></div>',
    "date-time-header": f'<div class="date-time-header">{CLOCK}</div>',
    "clock": f'<div class="clock">{CLOCK}</div>',
    "id of a control": f'<span id="ctl00_lblToday">{CLOCK}</span>',
    "current date": f'<p class="current-date">{CLOCK}</p>',
    "hôm nay": '<div class="box">Hôm nay: Thứ hai, 02/11/2026</div>',
    "hôm nay là": '<div class="date">Hôm nay là thứ hai, ngày 2 tháng 11 năm 2026</div>',
    "place": '<div class="header"><div class="date">Hà Nội, ngày 02 tháng 11 năm 2026</div></div>',
    "English": '<div class="date">Today is Monday, 2 November 2026</div>',
    "menu": f'<nav><ul><li><a href="/">Trang chủ</a></li><li class="time">{CLOCK}</li></ul></nav>',
    "banner": f'<div role="banner"><time class="time">{CLOCK}</time></div>',
    "table": f'<table id="header"><tr><td class="ngay">{CLOCK}</td></tr></table>',
    "written by a script": f'<div class="ngay"><script>document.write(viet(new Date()));</script>{CLOCK}</div>',
    "filled by a script": (
        f'<time id="gio">{CLOCK}</time><script>var d = new Date(); setInterval(function () '
        "{ document.getElementById('gio').innerHTML = viet(d); }, 1000);</script>"
    ),
    "no class": f"<div><div>{CLOCK}</div></div>",
    "beside the login": f'<div class="tren">{CLOCK} <a href="/vao">Đăng nhập</a> <a href="/ky">Đăng ký</a></div>',
    "header-top": '<div class="header-top"><p>Thứ Hai, ngày 02/11/2026 10:05:33 AM</p></div>',
    "below the site's header": '<div class="site-header__below-date">02/11/2026</div>',
    "marquee": "<marquee>Hà Nội, ngày 02/11/2026</marquee>",
    "breadcrumbs": f'<div class="breadcrumb"><a href="/">Trang chủ</a><span class="clock">{CLOCK}</span></div>',
    "weather": '<div class="thoi-tiet"><span class="time">Hà Nội 25°C 02/11/2026</span></div>',
    "issue": '<div class="so-bao"><span class="date">Số 7321 - 02/11/2026</span></div>',
}


@pytest.mark.parametrize("captured_at", [CAPTURED_AT, datetime(2026, 11, 28, tzinfo=UTC), None])
@pytest.mark.parametrize("name", list(CLOCKS))
def test_the_sites_clock_above_the_article_is_no_date(name: str, captured_at: datetime | None) -> None:
    clock = CLOCKS[name]
    alone = read(clock + article(), captured_at=captured_at)
    assert (published(alone), alone.published_basis) == (None, None)
    dated = read(clock + article(line=LINE), captured_at=captured_at)
    assert (published(dated), "dates_disagree" in dated.flags) == (MINUTE, False)


MENU = '<ul class="menu"><li><a href="/">Trang chủ</a></li></ul>'
LAYOUTS = {
    "wrapper": f'<div id="wrapper"><div class="hd-time">{CLOCK}</div>{MENU}{HEADING}%s{TEXT}</div>',
    "column": f'<div id="wrapper"><div><i class="ngay-gio">{CLOCK}</i></div>{MENU}<div>{HEADING}%s{TEXT}</div></div>',
    "table": f"<table><tr><td>{CLOCK}</td></tr><tr><td>{HEADING}%s<div>{TEXT}</div></td></tr></table>",
    "form": f'<form><div><span id="lblNgay">{CLOCK}</span></div><div>{HEADING}%s<div>{TEXT}</div></div></form>',
}


@pytest.mark.parametrize("captured_at", [CAPTURED_AT, None])
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_the_sites_clock_in_layouts_of_old_cmss_is_no_date(name: str, captured_at: datetime | None) -> None:
    assert published(read(LAYOUTS[name] % "", captured_at=captured_at)) is None
    assert published(read(LAYOUTS[name] % LINE, captured_at=captured_at)) == MINUTE


def test_the_sites_clock_above_a_text_without_headline_is_no_date() -> None:
    assert published(read(f'<div>{CLOCK}</div><div class="noi-dung">{TEXT}</div>')) is None
    line = '<div class="post-date">22/10/2026 08:15</div>'
    assert published(read(f'{line}<div class="noi-dung">{TEXT}</div>')) == MINUTE


@pytest.mark.parametrize("name", [name for name in CLOCKS if name != "no class"])
def test_the_sites_clock_on_a_flat_page_is_no_date(name: str) -> None:
    for captured_at in (CAPTURED_AT, None):
        assert published(read(f"{CLOCKS[name]}{HEADING}{TEXT}", captured_at=captured_at)) is None
        assert published(read(f"{CLOCKS[name]}{HEADING}{LINE}{TEXT}", captured_at=captured_at)) == MINUTE


@pytest.mark.parametrize(
    "footer",
    [
        f'<footer><div class="date">{CLOCK}</div><p>Bản quyền thuộc UBND xã</p></footer>',
        f'<div id="footer"><span class="time">Cập nhật: {CLOCK}</span></div>',
        f'<div class="footer-bottom"><div class="clock">{CLOCK}</div></div>',
        f'<div class="bottom"><p class="ngay">Hôm nay: {CLOCK}</p></div>',
        f'<footer class="site-footer"><span class="date">Cập nhật lúc: {CLOCK}</span></footer>',
    ],
)
def test_the_sites_clock_below_the_article_is_no_date(footer: str) -> None:
    for body in (article(), f"{HEADING}{TEXT}"):
        for captured_at in (CAPTURED_AT, None):
            assert published(read(body + footer, captured_at=captured_at)) is None


TODAY = {
    "below the headline": article(line=f'<div class="meta">{CLOCK}</div>'),
    "no class": article(line=f"<p>{CLOCK}</p>"),
    "above the headline": article(above=f'<div class="date">{CLOCK}</div>'),
    "header of the article": f"<article><header><time>{CLOCK}</time>{HEADING}</header><div>{TEXT}</div></article>",
    "header before the headline": f"<article><header><time>{CLOCK}</time></header>{HEADING}<div>{TEXT}</div></article>",
    "icon": article(line=f'<span class="fa-clock">{CLOCK}</span>'),
    "flat": f'{HEADING}<span class="date">{CLOCK}</span>{TEXT}',
    "label": article(line=f"<div>Ngày đăng: {CLOCK}</div>"),
    "ngaythang": article(line=f'<div class="ngaythang">{CLOCK}</div>'),
}


@pytest.mark.parametrize("captured_at", [CAPTURED_AT, None])
@pytest.mark.parametrize("name", list(TODAY))
def test_an_article_of_today_has_its_date(name: str, captured_at: datetime | None) -> None:
    parts = read(TODAY[name], captured_at=captured_at)
    assert (published(parts), parts.published_basis) == ("2026-11-02 10:05", "date_line")


def test_a_date_written_by_a_script_of_the_article_is_no_clock() -> None:
    line = '<div class="ngay"><script>show(new Date("2026-10-22"));</script>Thứ năm, 22/10/2026 | 08:15</div>'
    assert published(read(article(line=line))) == MINUTE


BARS = {
    "share": '<div class="author-share-top"><span class="time">22/10/2026 08:15</span><a href="#">Chia sẻ</a></div>',
    "no class inside": '<div class="share-bar"><span>22/10/2026 08:15</span><a href="#">Facebook</a> 17</div>',
    "toolbar": '<div class="toolbar"><span class="date">22/10/2026 08:15</span><a href="#">In trang</a></div>',
    "social": '<ul class="social"><li>22/10/2026 08:15</li><li><a href="#">Zalo</a></li></ul>',
    "meta-tools": '<div class="meta-tools tools"><time datetime="2026-10-22T08:15:00+07:00">22/10</time></div>',
    "công cụ": '<div class="thanh-cong-cu"><b>22/10/2026 08:15</b><a href="#">Cỡ chữ</a></div>',
    "counts": '<div class="luotxem">22/10/2026 08:15 <a href="#">Thích</a> 25</div>',
    "icons": '<div class="icons"><span>22/10/2026 08:15</span><i class="print"></i></div>',
    "like": '<div class="fb-like zalo"><span class="time">22/10/2026 08:15</span></div>',
    "tiện ích": '<div id="tien_ich"><i class="ngay">22/10/2026 08:15</i></div>',
}


@pytest.mark.parametrize("name", list(BARS))
def test_a_bar_of_buttons_may_hold_the_date(name: str) -> None:
    parts = read(article(line=BARS[name]))
    assert (published(parts), parts.view_count) == (MINUTE, None)


def test_a_bar_of_buttons_may_hold_the_author() -> None:
    bar = '<div class="author-share-top"><a class="author">Ngọc Lan</a><span> - 22/10/2026 08:15</span></div>'
    assert read(article(line=bar)).byline == "Ngọc Lan"


@pytest.mark.parametrize("name", ["box-comment share", "tin-lien-quan", "related-share", "sidebar"])
def test_other_boxes_hold_no_date_of_the_article(name: str) -> None:
    box = f'<div class="{name}"><span class="date">01/10/2026 07:00</span></div>'
    assert published(read(article(line=box))) is None


BELOW = {
    "WordPress": (
        '<footer class="entry-footer"><div class="posted-by"><span class="posted-on">Published '
        '<time class="entry-date published updated" datetime="2026-10-22T08:15:00+07:00">22/10/2026</time></span></div>'
        "</footer>"
    ),
    "posted on": (
        '<footer class="entry-meta"><span class="screen-reader-text">Posted on</span> <a href="/x"><time '
        'class="entry-date published" datetime="2026-10-22T01:15:00Z">22/10</time>'
        '<time class="updated" datetime="2026-10-25T09:00:00+07:00">25/10</time></a></footer>'
    ),
    "Vietnamese label in the parent": (
        '<div class="post-foot">Đăng ngày: <time datetime="2026-10-22T08:15:00+07:00">22/10/2026</time></div>'
    ),
    "label before": (
        '<p>Ngày đăng:</p><div class="wp-block-post-date"><time datetime="2026-10-22T08:15+07:00">22/10</time></div>'
    ),
    "label in the element": '<span class="date">Đăng lúc 08:15 ngày 22/10/2026</span>',
    "no class": "<p>Ngày đăng: 22/10/2026 08:15</p>",
    "by": '<div class="info">Đăng bởi: Ngọc Lan - 22/10/2026 08:15</div>',
    "posted": '<p>Đã đăng <time class="entry-date published" datetime="2026-10-22T08:15:00+07:00">22/10</time></p>',
    "created": "<p>Ngày tạo: <span>22/10/2026 08:15</span></p>",
    "list": '<ul class="meta"><li>Ngày đăng: 22/10/2026 08:15</li><li>Mục: <a href="/c">Tin tức xã</a></li></ul>',
    "with a bar": '<div class="share-box">Xuất bản: <time datetime="2026-10-22T08:15:00+07:00">22/10/2026</time></div>',
}


@pytest.mark.parametrize("name", list(BELOW))
def test_a_labelled_date_below_the_text_is_the_articles(name: str) -> None:
    for body in (
        article(below=BELOW[name]),
        f'<article class="post">{HEADING}<div class="entry">{TEXT}</div>{BELOW[name]}</article>',
    ):
        assert published(read(body)) == MINUTE


OTHERS = {
    "related": (
        '<div class="tin-lien-quan"><article><a href="/a-1.html">Đường thôn Bắc được rải nhựa xong</a>'
        '<span>Published <time class="entry-date published" datetime="2026-09-01T08:00:00">1/9</time></span></article>'
        "</div>"
    ),
    "rows": (
        '<ul><li><a href="/a-1.html">Giá rau xanh tăng</a> Đăng ngày: <time datetime="2026-09-01">1/9/2026</time></li>'
        '<li><a href="/a-2.html">Thôn Nam họp dân</a> Đăng ngày: <time datetime="2026-09-02">2/9/2026</time></li></ul>'
    ),
    "row without label": (
        '<div><a href="/a-1.html">Thôn Nam họp dân bàn việc nước</a><time datetime="2026-09-02">2/9</time></div>'
    ),
    "comments": (
        '<section id="comments"><ol class="comment-list"><li><span>Đăng lúc <time datetime="2026-10-30T20:00:00+07:00">'
        "30/10/2026</time></span><p>Rất mong công trình sớm xong.</p></li></ol></section>"
    ),
    "reader": '<div class="y-kien"><p>Rất mong!</p><span class="time">Đăng lúc 20:00 30/10/2026</span></div>',
    "document": "<div><table><tr><td>Ngày ban hành</td><td>20/10/2026</td></tr></table></div>",
    "next": '<div class="pager"><a href="/b-2.html">Tin sau</a><time datetime="2026-10-30">30/10</time></div>',
    "time without label": '<p><time datetime="2026-09-02">2/9/2026</time></p>',
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_dates_of_others_below_the_text_are_not_the_articles(name: str) -> None:
    for body in (article(below=OTHERS[name]), article() + OTHERS[name], f"{HEADING}{TEXT}{OTHERS[name]}"):
        assert published(read(body)) is None


def test_real_wordpress_footer(shared: Path) -> None:
    body = (shared / "cases/cms/wp-time-in-footer/page.html").read_bytes()
    url = "https://xasondong.hanoi.test/2026/10/22/hop-tac-xa-vai-reo-xuat-ban-593-tan-buoi-dau-vu/"
    parts = article_parts(parse_page(body, url, None, datetime(2026, 11, 1, tzinfo=UTC)))
    assert (published(parts), parts.updated_at) == ("2026-10-22 03:13", None)


EVENTS = {
    "sentence": "<p>Sáng 22/10/2026, UBND xã Đồng Tâm tổ chức lễ khởi công.</p>",
    "sentence without a stop": "<h2>Chiều 22/10/2026, xã khởi công nhà văn hoá</h2>",
    "lead": f'<p class="sapo">Ngày 22/10/2026, xã khởi công. {LEAD}</p>',
    "time of the event": "<div>Khai mạc: 8h00 ngày 22/10/2026</div>",
    "deadline": "<div>Hạn nộp hồ sơ: 22/10/2026</div>",
    "issued": "<table><tr><td>Ban hành</td><td>22/10/2026</td></tr><tr><td>Hiệu lực</td></tr></table>",
    "place": "<p>Thời gian: 8h00 ngày 22/10/2026</p><p>Địa điểm: Nhà văn hoá thôn Đông</p>",
    "range": "<p>Thời gian nhận hồ sơ: từ 01/10/2026 đến hết ngày 22/10/2026</p>",
    "birthday": "<p>Sinh ngày 22/10/1985 tại xã Đồng Tâm</p>",
    "caption": '<figure><img src="a"><figcaption>Lễ khởi công ngày 22/10/2026 (Ảnh: Ngọc Lan)</figcaption></figure>',
    "picture": '<div class="anh"><img src="a.jpg"><p class="chu-thich">Bà con dự lễ ngày 22/10/2026</p></div>',
    "class": '<span class="event-date">22/10/2026</span>',
    "rows": "".join(f"<div><span>{day}/09/2026</span> Họp thôn</div>" for day in (10, 11, 12, 13)),
}


@pytest.mark.parametrize("name", list(EVENTS))
def test_dates_of_events_are_no_date_of_publication(name: str) -> None:
    assert published(read(article(line=EVENTS[name]))) is None
    assert published(read(article(line=LINE + EVENTS[name]))) == MINUTE


def test_a_day_in_the_zone_of_the_server_is_that_of_the_machine_readable_date() -> None:
    line = '<div class="post-date"><time datetime="2026-10-21T23:40:05+00:00"><a href="#">21/10/2026</a></time></div>'
    assert published(read(article(line=line))) == "2026-10-22 06:40"
    other = '<div class="date"><time datetime="2026-10-20T23:40:05+00:00">22/10/2026</time></div>'
    assert published(read(article(line=other))) == "2026-10-22"


def test_a_kicker_with_a_date_is_no_date_of_publication() -> None:
    assert published(read(article(above='<div class="kicker">Kỷ niệm 20/10/2026</div>'))) is None
    assert published(read(article(above="<div>Đô thị 08:15 | 22/10/2026</div>"))) == MINUTE


def test_a_time_element_in_a_sentence_is_no_date_of_publication() -> None:
    sentence = (
        '<p>Lễ khánh thành dự kiến vào <time datetime="2026-10-25">25/10</time> tại sân vận động của xã, với sự có mặt '
        "của bà con ba thôn.</p>"
    )
    assert published(read(f"<article>{HEADING}{sentence}{TEXT}</article>")) is None


DATE_LINES = {
    "office": "<p>Ban Biên tập Cổng thông tin xã - 22/10/2026 08:15</p>",
    "author before": "<p><b>Ngọc Lan</b> 08:15 ngày 22/10/2026</p>",
    "section": "<p>Tin hoạt động của xã | 22/10/2026 | 08:15</p>",
    "views": "<p>22/10/2026 08:15 - Lượt xem: 2184</p>",
    "in words": "<p>Thứ năm, ngày 22 tháng 10 năm 2026 lúc 8 giờ 15 phút sáng</p>",
    "old time": "<p>08h15' 22/10/2026 (GMT+7)</p>",
    "short year": "<p>22/10/26 08:15</p>",
    "English": "<p>By Ngoc Lan on October 22, 2026 at 8:15 am</p>",
    "subtitle and date": "<div>Người dân thôn Đông chờ công trình này đã hơn mười năm nay<br>22/10/2026 08:15</div>",
    "two elements": "<div><span>22/10/2026</span><span>08:15</span></div>",
    "list": "<ul><li>08:15</li><li>Thứ năm, 22/10/2026</li></ul>",
    "reading time": "<p>Ngọc Lan · 22/10/2026 08:15 · 3 phút đọc</p>",
    "clock in a title": '<p>Đăng ngày <a href="#" title="8:15 sáng"><b class="date">22 Tháng 10, 2026</b></a></p>',
    "abbr": '<abbr class="published" title="2026-10-22T08:15:00+07:00">22/10</abbr>',
    "microdata": '<meta itemprop="datePublished" content="2026-10-22T08:15:00+07:00">',
    "dl": "<dl><dt>Ngày đăng</dt><dd>22/10/2026 08:15</dd></dl>",
}


@pytest.mark.parametrize("name", list(DATE_LINES))
def test_date_lines(name: str) -> None:
    assert published(read(article(line=DATE_LINES[name]))) == MINUTE


@pytest.mark.parametrize(
    "line",
    [
        "<div>Đăng lúc: 22/10/2026 08:15 | Cập nhật lúc: 25/10/2026 09:00</div>",
        "<div>Cập nhật: 25/10/2026 09:00 | Đăng lúc: 22/10/2026 08:15</div>",
        "<div>Cập nhật lần cuối 25/10/2026 09:00 Ngày đăng: 22/10/2026 08:15</div>",
        "<div>Published: 22/10/2026 08:15. Updated: 25/10/2026 09:00</div>",
        "<div>Updated 25/10/2026 09:00</div><div>Posted 22/10/2026 08:15</div>",
        "<p><span>Cập nhật:</span> <b>25/10/2026 09:00</b></p><p><span>Đăng:</span> <b>22/10/2026 08:15</b></p>",
        '<time class="updated" datetime="2026-10-25T09:00+07:00">25/10</time><time class="entry-date published" '
        'datetime="2026-10-22T08:15+07:00">22/10</time>',
        '<meta itemprop="dateModified" content="2026-10-25T09:00:00+07:00"><meta itemprop="datePublished" '
        'content="2026-10-22T08:15:00+07:00">',
    ],
)
def test_publication_and_update(line: str) -> None:
    parts = read(article(line=line))
    assert published(parts) == MINUTE
    assert parts.updated_at is not None
    assert f"{parts.updated_at:%Y-%m-%d %H:%M}" == "2026-10-25 09:00"


META = '<meta property="article:published_time" content="2026-10-22T08:15:00+07:00">'


def test_an_update_does_not_replace_a_declared_publication() -> None:
    parts = read(article(line="<div>Cập nhật: 25/10/2026 09:00</div>"), META)
    assert (published(parts), parts.published_basis) == (MINUTE, "meta")
    assert parts.updated_at is not None
    assert "date_of_update" not in parts.flags


def test_an_update_alone_counts_with_a_flag() -> None:
    parts = read(article(line="<div>Cập nhật: 25/10/2026 09:00</div>"))
    assert (published(parts), parts.updated_at) == ("2026-10-25 09:00", None)
    assert "date_of_update" in parts.flags


def test_an_update_before_the_declared_publication_is_the_publication() -> None:
    parts = read(article(line="<div>Cập nhật: 20/10/2026 09:00</div>"), META)
    assert (published(parts), "date_of_update" in parts.flags) == ("2026-10-20 09:00", False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<h6>Posted by: Ban biên tập 1\xa0day, 10\xa0hours ago</h6>", "2026-11-01"),
        ("<span>2 giờ trước</span>", "2026-11-02"),
        ("<span>Hôm qua, 16:30</span>", "2026-11-01 16:30"),
        ('<time class="time">25 phút trước</time>', "2026-11-02 09:40"),
    ],
)
def test_ages_are_reckoned(line: str, expected: str) -> None:
    parts = read(article(line=line))
    assert (published(parts), "date_reckoned" in parts.flags) == (expected, True)
    assert published(read(article(line=line), captured_at=None)) is None
    assert published(read(article(line=line), META)) == MINUTE


@pytest.mark.parametrize(
    "line", ["22/10/9999", "31/12/1969 23:59", "99/99/2026", "0000-00-00", "22/10/2126", "1/1/0001"]
)
def test_dates_out_of_range_are_none(line: str) -> None:
    assert published(read(article(line=f'<p class="date">{line}</p>'))) is None
    time_element = f'<time datetime="{line}T99:99:99+99:99"></time>'
    assert published(read(article(line=time_element))) is None


@pytest.mark.parametrize(
    "part",
    [
        '<div class="date">22/10/2026 08:15</div>' * 3000,
        '<div class="share">' * 200 + '<span class="date">22/10/2026 08:15</span>' + "</div>" * 200,
        '<time class="date" datetime="2026-10-22T08:15:00+07:00">22/10</time>' * 3000,
        f'<div class="top">{CLOCK}</div>' * 3000,
        "<script>" + "new Date();" * 20_000 + "</script>",
        f'<div class="date" id="gio">{CLOCK}</div>' * 500 + "<script>new Date(); 'gio'</script>" * 500,
        f'<p class="{"top-" * 20_000}">{CLOCK}</p>',
        "<footer>" * 300 + '<span class="date">Đăng lúc 22/10/2026</span>',
    ],
)
def test_hostile_pages_cost_little(part: str) -> None:
    started = time.process_time()
    for body in (article(line=part), article(above=part), article(below=part)):
        read(body)
    assert time.process_time() - started < 20
