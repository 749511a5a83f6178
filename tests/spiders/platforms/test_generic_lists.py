"""Rows of lists on unknown systems: many shapes of markup, and what is no row."""

from __future__ import annotations

import pytest

from spiders.extract.article import read_page
from spiders.pages.page import PageKind
from spiders.platforms.generic import platform as generic
from tests.spiders.platforms.listed import (
    DATES,
    DAYS,
    HOST,
    NONE,
    PORTAL,
    SUMMARY,
    TIMES,
    TITLES,
    VIEWS,
    ShownRow,
    expected,
    filled,
    rows,
)
from tests.spiders.platforms.pages import a_page, a_portal

# Per shape: the row's markup, what is around the rows, and the rows.
SHAPES: dict[str, tuple[str, str, list[ShownRow]]] = {
    "WordPress blocks": (
        '<li class="wp-block-post post-1{n} category-tin-noi-bat tag-a{n}"><h2>'
        '<a href="/2025/11/0{n}/bai-{n}/">{title}</a></h2><div><p>{summary}</p></div>'
        '<div class="wp-block-post-date"><a href="/2025/11/0{n}/bai-{n}/">'
        '<time datetime="{date}T08:1{n}:00+07:00">{day}</time></a></div></li>',
        '<main><ul class="wp-block-post-template">{}</ul></main>',
        expected("/2025/11/0{n}/bai-{n}/", TIMES),
    ),
    "WordPress entries": (
        '<article class="post-1{n} tag-x{n}"><header class="entry-header"><h2><a href="/?p=1{n}">{title}</a></h2>'
        '<div class="entry-meta">Đăng ngày <a href="/?p=1{n}"><time class="entry-date published" '
        'datetime="{date}T08:1{n}:00+07:00">{day}</time><time class="updated" datetime="2025-11-16T10:00:00+07:00">'
        '16/11/2025</time></a> bởi <a href="/author/bbt">Ban biên tập trang tin xã</a></div></header><p>{summary}</p>'
        '<footer><a href="/tag/x{n}">nhãn của bài viết số {n}</a></footer></article>',
        '<div class="content-sidebar-wrap"><div class="has-sidebar">{}</div></div>',
        expected("/?p=1{n}", TIMES),
    ),
    "Joomla blog": (
        '<div class="item"><h2><a href="/index.php/tin/{n}-bai">{title}</a></h2><dl><dt>Chi tiết</dt>'
        '<dd>Viết bởi Quản trị</dd><dd>Danh mục: <a href="/index.php/tin">Tin tức - Sự kiện của xã</a></dd>'
        '<dd class="published">Được đăng: {day} 08:1{n}</dd><dd class="hits">Lượt xem: 12{n}</dd></dl>'
        '<p>{summary}</p><p><a href="/index.php/tin/{n}-bai">Đọc thêm: {title}...</a></p></div>',
        '<div class="blog">{}</div>',
        expected("/index.php/tin/{n}-bai", TIMES, VIEWS),
    ),
    "Drupal view": (
        '<div class="views-row views-row-{n}"><div class="views-field-title"><span>'
        '<a href="/node/1{n}">{title}</a></span></div><div class="views-field-created"><span>{day}</span></div></div>',
        '<div class="view-content">{}</div>',
        expected("/node/1{n}"),
    ),
    "DotNetNuke": (
        '<div class="edn"><a class="img" href="/anh/{n}"><img src="/i.jpg"></a><h2><a href="/Default.aspx?tabid=101'
        '&ArticleID={n}">{title}</a></h2><div class="edn_meta">Đăng ngày <span>{day}</span> | Lượt xem: 12{n}</div>'
        '<p>{summary}</p><a href="/Default.aspx?tabid=101&ArticleID={n}">[Xem tiếp]</a></div>',
        '<form id="Form">{}</form>',
        expected("/Default.aspx?tabid=101&ArticleID={n}", DATES, VIEWS),
    ),
    "ASP.NET table, date first": (
        '<tr class="r{n}"><td>{day}</td><td><a href="view.aspx?ID=4{n}">{title}</a></td><td>7{n}</td></tr>',
        '<table id="ctl00_gv"><tr><th>Ngày đăng</th><th>Tiêu đề</th><th>STT</th></tr>{}</table>',
        expected("/view.aspx?ID=4{n}"),
    ),
    "two table rows each": (
        '<tr><td><a href="/Tin.aspx?id={n}">{title}</a></td></tr><tr><td>({day} 08:1{n})</td></tr>',
        "<table>{}</table>",
        expected("/Tin.aspx?id={n}", TIMES),
    ),
    "a table in each row": (
        '<tr><td><table><tr><td rowspan="2"><a href="/t/x{n}"><img></a></td><td><a href="/t/x{n}">{title}</a></td></tr>'
        '<tr><td class="d">{day}</td></tr></table></td></tr>',
        "<table>{}</table>",
        expected("/t/x{n}"),
    ),
    "cells beside each other": (
        '<td><a href="/t/x{n}"><img></a><br><a href="/t/x{n}"><b>{title}</b></a><br><span>{day}</span></td>',
        "<table><tr>{}</tr></table>",
        expected("/t/x{n}"),
    ),
    "flat, date after": (
        '<h3><a href="/blog/bai-{n}/">{title}</a></h3><span>{day}</span><p>{summary}</p>',
        "<h1>Tin tức</h1>{}",
        expected("/blog/bai-{n}/"),
    ),
    "flat, date before": (
        '<span>{day}</span><h3><a href="/blog/bai-{n}/">{title}</a></h3><p>{summary}</p>',
        "<h1>Tin tức</h1>{}",
        expected("/blog/bai-{n}/"),
    ),
    "flat text": ('- <a href="bai-{n}.htm">{title}</a> ({day})<br>', "<div>{}</div>", expected("/bai-{n}.htm")),
    "flat, with rules": (
        '<i>{day}</i><br><b><a href="/t/x{n}">{title}</a></b><br>{summary}<hr>',
        "<div>{}</div>",
        expected("/t/x{n}"),
    ),
    "date items between items": (
        '<li>{day}</li><li><a href="/t/x{n}">{title}</a></li>',
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "definitions, date first": (
        '<dt>{day}</dt><dd><a href="/t/x{n}">{title}</a></dd>',
        "<dl>{}</dl>",
        expected("/t/x{n}"),
    ),
    "definitions, title first": (
        '<dt><a href="/t/x{n}">{title}</a></dt><dd>{day}</dd><dd>{summary}</dd>',
        "<dl>{}</dl>",
        expected("/t/x{n}"),
    ),
    "cards": (
        '<a class="card" href="/t/{n}"><img><div class="body"><h3>{title}</h3><time datetime="{date}">{day}</time>'
        "<p>{summary}</p></div></a>",
        '<div class="grid">{}</div>',
        expected("/t/{n}"),
    ),
    "cards without headings": (
        '<a class="card" href="/t/{n}"><div><img></div><div>{title}</div><div>{day}</div><p>{summary}</p></a>',
        "<div>{}</div>",
        expected("/t/{n}"),
    ),
    "Bootstrap media": (
        '<div class="media"><div class="media-left"><a href="/b/{n}/"><img alt="{title}"></a></div><div '
        'class="media-body"><h4><a href="/b/{n}/" title="{title}">{title}</a></h4><small><i class="fa"></i> {day} '
        '<i class="fa"></i> Ban Biên tập <i class="fa"></i> 12{n} lượt xem</small><p>{summary}</p></div></div>',
        '<div class="tab-content" id="nav-tabContent"><div class="tab-pane" id="nav-home">{}</div></div>',
        expected("/b/{n}/", DATES, VIEWS),
    ),
    "Elementor posts": (
        '<article class="elementor-post"><h3><a href="/x{n}/">{title}</a></h3><div class="elementor-post__meta-data">'
        "<span>{day}</span></div><div><p>{summary}</p></div></article>",
        '<div class="elementor-widget elementor-widget-posts">{}</div>',
        expected("/x{n}/"),
    ),
    "a category in each row": (
        '<div class="r"><a class="c" href="/muc-{n}">Hoạt động của lãnh đạo {n}</a>'
        '<h3><a href="/t/{n}">{title}</a></h3>'
        "<b>{day}</b></div>",
        "<div>{}</div>",
        expected("/t/{n}"),
    ),
    "other titles in each row": (
        '<li><h3><a href="/t/x{n}">{title}</a></h3><span>{day}</span><ul>'
        '<li><a href="/t/z{n}1">Bài liên quan thứ nhất {n}</a></li>'
        '<li><a href="/t/z{n}2">Bài liên quan thứ hai {n}</a></li></ul></li>',
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "rank and badge": (
        '<li><b class="stt">{n}</b><a href="/t/x{n}"><span>1.</span> {title} <sup>Mới</sup></a> '
        "<span>{day}</span></li>",
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "date inside the link": (
        '<li><a href="/t/x{n}"><span class="date">{day}</span> {title}</a></li>',
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "date inside the link, title in its attribute": (
        '<li><a href="/t/x{n}" title="{title}">{title} ({day})</a></li>',
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "image, title and summary are links": (
        '<div><a href="/t/x{n}"><img alt="{title}"></a><a href="/t/x{n}">{title}</a><a href="/t/x{n}">{summary}</a>'
        "<b>{day}</b></div>",
        "<div>{}</div>",
        expected("/t/x{n}"),
    ),
    "advertisements between rows": (
        '<li><h3><a href="/t/x{n}">{title}</a></h3><span>{day}</span></li><li><a href="https://qc.test/{n}"><img></a></li>',
        "<ul>{}</ul>",
        expected("/t/x{n}"),
    ),
    "undated": (
        '<div class="n"><h3><a href="/t/x{n}">{title}</a></h3><p>{summary}</p></div>',
        "{}",
        expected("/t/x{n}", NONE),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_of_many_shapes(shape: str) -> None:
    row, around, found = SHAPES[shape]
    assert rows(around.replace("{}", filled(row))) == found


ITEMS = filled('<div class="item"><h3><a href="/t/x{n}">{title}</a></h3><span>{day}</span></div>')


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(
            '<div class="c4"><h4>Đọc nhiều</h4><ul>'
            + filled('<li><a href="/t/y{n}">Bài được đọc nhiều thứ {n}</a><span>{day}</span></li>')
            + "</ul></div>",
            id="most read",
        ),
        pytest.param(
            '<div class="c4"><div class="hd"><span>Tin nổi bật</span></div>'
            + filled('<div class="item"><h3><a href="/t/y{n}">Tin nổi bật thứ {n}</a></h3><span>{day}</span></div>')
            + "</div>",
            id="the same markup below a heading",
        ),
        pytest.param(
            '<aside class="widget">'
            + filled('<p><a href="/t/y{n}">Bài mới thứ {n} trong tuần</a> {day}</p>')
            + "</aside>",
            id="aside",
        ),
        pytest.param(
            '<div class="c4"><h3><a href="/thong-bao">Thông báo của Ủy ban nhân dân xã</a></h3></div>',
            id="section heading",
        ),
        pytest.param(
            '<div class="tagcloud">' + filled('<h3><a href="/tag/{n}">chuyển đổi số nông thôn {n}</a></h3>') + "</div>",
            id="tags",
        ),
        pytest.param(
            '<ul class="pagination">' + filled('<li><a href="/tin/trang-{n}">Đi đến trang thứ {n}</a></li>') + "</ul>",
            id="pagination",
        ),
        pytest.param(
            filled('<p><a href="https://tinh{n}.test/">Cổng thông tin điện tử tỉnh {n}</a></p>'), id="links to sites"
        ),
    ],
)
def test_what_stands_beside_the_list_is_no_row(beside: str) -> None:
    found = expected("/t/x{n}")
    assert rows(f'<div class="c8">{ITEMS}</div>{beside}') == found
    assert rows(f'{beside}<div class="c8">{ITEMS}</div>') == found


def test_several_blocks_are_one_list() -> None:
    html = "".join(
        f'<div class="block"><h2><a href="/muc-{b}">Chuyên mục tin hoạt động số {b}</a></h2>'
        + "".join(
            f'<div class="post"><h3><a href="/muc/{b}{n}">Bài số {n} của chuyên mục {b}</a></h3>'
            f"<i>0{n}/0{b}/2025</i></div>"
            for n in range(1, 4)
        )
        + "</div>"
        for b in range(1, 4)
    )
    assert rows(html) == [
        (f"Bài số {n} của chuyên mục {b}", f"/muc/{b}{n}", f"2025-0{b}-0{n}", None)
        for b in range(1, 4)
        for n in range(1, 4)
    ]


def test_a_row_without_a_date_has_none() -> None:
    html = "".join(
        f'<li><h3><a href="/t/x{n}">{title}</a></h3>{f"<span>{DAYS[n]}</span>" if n != 1 else ""}<p>{SUMMARY}</p></li>'
        for n, title in enumerate(TITLES)
    )
    found = expected("/t/x{n}", (DATES[0], None, *DATES[2:]))
    assert rows(f"<ul>{html}</ul>") == found
    assert rows(html.replace("<li>", "").replace("</li>", "")) == found


def test_dates_on_both_sides_of_a_flat_list_are_unclear() -> None:
    html = "<span>17/11/2025</span>" + filled('<h3><a href="/t/x{n}">{title}</a></h3><span>{day}</span>')
    assert rows(html) == expected("/t/x{n}", NONE)


@pytest.mark.parametrize("line", ["<p>Cập nhật: 16/11/2025</p>", '<p class="clock">Thứ hai, 17/11/2025</p>'])
def test_a_date_around_an_undated_list_is_no_rows(line: str) -> None:
    html = filled('<h3><a href="/t/x{n}">{title}</a></h3><p class="sapo">{summary}</p>')
    assert rows(html + line) == rows(line + html) == expected("/t/x{n}", NONE)
    alone = f'<div class="m">{line}<div><h3><a href="/t/x0">{TITLES[0]}</a></h3><p>{SUMMARY}</p></div></div>'
    assert rows(alone) == []


def test_a_column_with_another_date() -> None:
    head = "<tr><th>Ngày ban hành</th><th>Trích yếu</th><th>Ngày đăng</th></tr>"
    html = filled('<tr><td>01/0{n}/2025</td><td><a href="/vb/{n}">{title}</a></td><td>{day}</td></tr>')
    assert rows(f"<table>{head}{html}</table>") == expected("/vb/{n}")
    assert all(date is None for _, _, date, _ in rows(f"<table>{head.replace('Ngày đăng', 'Hiệu lực')}{html}</table>"))


def test_a_category_beside_each_title_in_the_same_markup() -> None:
    html = filled(
        '<div class="i"><p class="c"><a href="/m{n}">Xây dựng nông thôn mới</a></p>'
        '<p class="t"><a href="/t/x{n}">{title}</a></p><p class="d">{day}</p></div>'
    )
    assert rows(html) == expected("/t/x{n}")


def test_an_article_that_two_lists_show_is_one_row() -> None:
    slides = filled('<div class="s"><h2><a href="/t/x{n}">{title}</a></h2></div>')
    assert rows(f'<div class="slides">{slides}</div><div class="l">{ITEMS}</div>') == expected("/t/x{n}")


def test_a_heading_with_line_breaks() -> None:
    html = "".join(
        f'<div class="item"><h3><a href="/t/x{n}">Xã Thử<br>{title}</a></h3><span>{DAYS[n]}</span></div>'
        for n, title in enumerate(TITLES)
    )
    assert [title for title, *_ in rows(html)] == [f"Xã Thử {title}" for title in TITLES]


def test_a_title_that_the_link_cuts_off() -> None:
    html = "".join(
        f'<li><a href="/t/x{n}" title="{title}">{title[:20]}...</a> <span>{DAYS[n]}</span></li>'
        for n, title in enumerate(TITLES)
    )
    assert rows(html) == expected("/t/x{n}")


def test_the_only_row_of_a_list() -> None:
    html = f'<div class="r"><h3><a href="/t/x0">{TITLES[0]}</a></h3><div>{DAYS[0]}</div><div>{SUMMARY}</div></div>'
    assert rows(html) == expected("/t/x{n}")[:1]


def test_the_portals_patterns_tell_articles() -> None:
    html = filled('<div class="n"><a href="/doc/{n}">{title}</a><p>Chi tiết</p></div>')
    assert rows(html, a_portal("generic", HOST, r"^/doc/\d+$")) == expected("/doc/{n}", NONE)
    page = a_page(html, f"{HOST}/tin")
    assert not generic.is_list(page.of(PORTAL))
    assert generic.is_list(page.of(a_portal("generic", HOST, r"^/doc/\d+$")))


def test_dated_rows_are_followed_where_no_pattern_tells_articles() -> None:
    undated = f'<div class="item"><h3><a href="/muc/khac">{TITLES[0]}</a></h3></div>'
    other_host = f'<div class="item"><h3><a href="https://khac.test/t">{TITLES[0]}</a></h3><span>{DAYS[0]}</span></div>'
    page = a_page(f'<ul class="menu"><li><a href="/t/x1">Tin</a></li></ul>{ITEMS}{undated}{other_host}', f"{HOST}/tin")
    links = generic.links(page, PORTAL)
    assert links.articles == tuple(f"{HOST}/t/x{n}" for n in (0, 2, 3))
    assert links.lists == (f"{HOST}/t/x1",)
    assert links.row_count == 6
    assert generic.links(page, a_portal("generic", HOST, "^/bai/")).articles == ()


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(filled('<p><a href="/thu-tuc/{n}">Thủ tục hành chính lĩnh vực {n}</a></p>'), id="bare links"),
        pytest.param(filled('<li><a href="/vb/{n}.pdf">{title}</a> <span>{day}</span></li>'), id="files"),
        pytest.param(f"<h1>{TITLES[0]}</h1><p>14/11/2025</p><p>{SUMMARY * 9}</p>", id="an article"),
        pytest.param("", id="nothing"),
    ],
)
def test_pages_without_rows(html: str) -> None:
    assert rows(html) == []


def test_a_section_page_is_read_as_a_list() -> None:
    body = f"<html><body><h1>Tin tức và sự kiện của xã Thử</h1>{ITEMS}</body></html>".encode()
    assert read_page(body, f"{HOST}/tin-tuc", PORTAL).kind is PageKind.LIST


def test_the_link_home_beside_a_clock_is_no_row() -> None:
    top = '<div class="tin"><span>17/11/2025 09:30</span><a href="/">Trang chủ</a></div>'
    row = '<div class="tin"><span>{day}</span><a href="/t/{n}">{title}</a></div>'
    assert rows(top + filled(row)) == expected("/t/{n}")
