"""vnPortal: URLs, lists, links, both layouts, and pages that only resemble it."""

from __future__ import annotations

import time

import pytest

from spiders.extract.article import read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.platforms.parts.dating import date_in_url
from spiders.platforms.vnportal import platform as vnportal
from tests.spiders.platforms.pages import FIXTURES, a_page, a_portal

HOST = "https://congthu.hanoi.test"
ARTICLE = f"{HOST}/tin-so-nganh/lap-den-tin-hieu-4250829101112345.htm"
PORTAL = a_portal("vnportal", f"{HOST}/")


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        (f"{ARTICLE}?gidzl=abc&utm_source=zalo#binh-luan", ARTICLE),
        (f"{HOST}/print/tin-so-nganh/lap-den-tin-hieu-4250829101112345.htm", ARTICLE),
        (f"{HOST}/tin-so-nganh/", f"{HOST}/tin-so-nganh"),
        (f"{HOST}/tin-so-nganh?page=1", f"{HOST}/tin-so-nganh"),
        (f"{HOST}/tin-so-nganh?page=2&print=1", f"{HOST}/tin-so-nganh?page=2"),
        (f"{HOST}/?pageid=27205&p_cate=3", f"{HOST}/?pageid=27205&p_cate=3"),
        ("HTTPS://CongThu.hanoi.test:443", f"{HOST}/"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert vnportal.canonical_url(url) == canonical
    assert vnportal.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article", "day"),
    [
        (ARTICLE, "4250829101112345", True, "2025-08-29"),
        (f"{HOST}/tin/ban-ve-quy-hoach-2661260828152802271.htm", "2661260828152802271", True, "2026-08-28"),
        (f"{HOST}/tin-hoat-dong/trong-sen-4471240617103355213.htm", "4471240617103355213", True, "2024-06-17"),
        # Taken over from an older portal: a number without a date.
        (f"{HOST}/tin/cho-dung-cho-hat-xam-4000102581.htm", "4000102581", True, None),
        (f"{HOST}/tin/ngay-khong-co-4251399101112345.htm", "4251399101112345", True, None),
        (f"{HOST}/tin/gio-khong-co-4250829251112345.htm", "4250829251112345", True, None),
        (f"{HOST}/tin/so-{'9' * 21}.htm", "9" * 21, True, None),
        (f"{HOST}/tin/so-{'9' * 22}.htm", None, False, None),
        (f"{HOST}/tu-khoa/xe-buyt-2025.htm", None, False, None),
        (f"{HOST}/tin-so-nganh", None, False, None),
        (f"{HOST}/api/NewsZone/NewsZone", None, False, None),
        (f"{ARTICLE}?print=1", "4250829101112345", False, "2025-08-29"),
        (f"{HOST}/print/tin/a-4250829101112345.htm", "4250829101112345", False, "2025-08-29"),
        ("https://storage-vnportal.vnpt.vn/gov-thu/a-4250829101112345.pdf", None, False, None),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool, day: str | None) -> None:
    assert vnportal.article_key(url) == key
    assert vnportal.is_article_url(url, PORTAL) is is_article
    created = date_in_url(url)
    assert (created.day.isoformat() if created else None) == day


ARTICLE_LIST = """<div class="clock">14/11/2025 08:00</div><div class="UIArticleInMenu_Default"><ul class="ArticleList">
<li class="row"><div class="col"><img class="image" src="/a.jpg"></div><h2 class="Title"><a href="/tin/mot-101">Tin
một 1/1/2020</a>
</h2><div class="Ngaydang">12/11/2025 07:30</div><p>Tóm tắt một.</p></li>
<li class="row"><h2 class="Title"><a href="/tin/hai-102">Tin hai</a></h2><p>Tóm tắt hai.</p></li>
<li class="row"><h2 class="Title"></h2><a href="/tin/ba-103"><img src="/b.jpg"></a></li></ul></div>"""


def test_rows_of_both_lists_have_only_what_is_theirs() -> None:
    rows = vnportal.list_rows(a_page(ARTICLE_LIST, f"{HOST}/tin"))
    assert [(row.title, row.url, row.summary) for row in rows] == [
        ("Tin một 1/1/2020", f"{HOST}/tin/mot-101", "Tóm tắt một."),
        ("Tin hai", f"{HOST}/tin/hai-102", "Tóm tắt hai."),
    ]
    assert [row.published_at and row.published_at.isoformat() for row in rows] == ["2025-11-12T07:30:00+07:00", None]

    page = parse_page((FIXTURES / "vnportal/gone_shows_list/page.html").read_bytes(), f"{HOST}/tin-so-nganh", None)
    rows = vnportal.list_rows(page)
    assert [row.published_at and row.published_at.strftime("%d/%m/%Y %H:%M") for row in rows] == [
        "29/08/2025 10:11",
        None,
        "02/03/2019 00:00",
    ]
    links = vnportal.links(page, PORTAL)
    assert links.articles == tuple(row.url for row in rows)
    assert links.lists == (f"{HOST}/tin-so-nganh", f"{HOST}/thong-bao")
    assert links.row_count == 3


def test_a_list_where_an_article_was_is_no_article() -> None:
    reading = read_page((FIXTURES / "vnportal/gone_shows_list/page.html").read_bytes(), ARTICLE, PORTAL)
    assert (reading.kind, len(reading.rows)) == (PageKind.LIST, 3)


def test_links_of_an_article_are_other_articles_and_its_files() -> None:
    body = (FIXTURES / "vnportal/control_with_files/page.html").read_bytes()
    links = vnportal.links(parse_page(body, f"{HOST}/tin-tuc/cong-khai-quy-hoach-102345", None), PORTAL)
    assert links.attachments == (
        "https://storage-vnportal.vnpt.vn/thu/2001/2025/ban-ve-quy-hoach.pdf",
        "https://storage-vnportal.vnpt.vn/thu/2001/2025/mau-gop-y.docx",
    )
    assert links.row_count == 0


TEXT = "<p>Sở cho biết đèn mới có đồng hồ đếm ngược dành cho người đi bộ ở cả bốn hướng của ngã năm.</p>"


@pytest.mark.parametrize(
    "markup",
    [
        f"<h1>Lắp đèn tín hiệu ở ngã năm</h1><div class='detail-content'>{TEXT}</div>",  # no editor's mark, no date
        f"<div class='detail-content afcbc-body'>{TEXT}</div>",  # no title
        f"<div class='ArticleDetailControl'><div class='ArticleContent'>{TEXT}</div></div>",  # no title
        "<div class='ArticleDetailControl'><div class='ArticleHeader'>Lắp đèn tín hiệu</div></div>",  # no text
    ],
)
def test_a_page_that_only_resembles_a_layout_does_not_fit_it(markup: str) -> None:
    page = a_page(markup, ARTICLE)
    assert [template.name for template in vnportal.TEMPLATES if template.fits(page)] == []


def test_an_article_of_an_unknown_theme_is_read_by_generic() -> None:
    title = "Lắp thêm đèn tín hiệu ở ngã năm"
    shown = f"<h1>{title}</h1><p>29/08/2025 10:11</p><div>{TEXT}</div>"
    body = f"<html><head><title>{title}</title></head><body>{shown}</body></html>"
    reading = read_page(body.encode(), ARTICLE, PORTAL)
    assert (reading.kind, reading.extractor, reading.key) == (PageKind.ARTICLE, "generic", "4250829101112345")
    assert "fallback" in reading.flags


def test_the_page_says_its_number_in_its_canonical_address() -> None:
    body = f"<html><head><link rel='canonical' href='{ARTICLE}'></head><body>x</body></html>".encode()
    assert vnportal.page_key(parse_page(body, f"{HOST}/tin", None)) == "4250829101112345"
    assert vnportal.page_key(a_page("x", ARTICLE)) is None


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='news-item'><a href='/a'><h3 class='news-title'>Tin</h3></a>" * 380,
        "<div class='news-item'><a href='/a'><h3 class='news-title'>Tin</h3></a></div>" * 9_000,
        "<h1 class='detail-title'>Tin</h1><div class='detail-content afcbc-body'>"
        + "<p class='detail-time'>1/1/2020</p>" * 25_000,
        "<div class='ArticleDetailControl'>" * 50 + "<b class='ArticleHeader'>Tin</b>" * 9_000,
    ],
)
def test_pages_made_to_take_time_are_read_quickly(markup: str) -> None:
    begun = time.process_time()
    page = parse_page(f"<html><body>{markup}</body></html>".encode(), ARTICLE, None)
    vnportal.links(page, PORTAL)
    read_page(f"<html><body>{markup}</body></html>".encode(), ARTICLE, PORTAL)
    assert time.process_time() - begun < 15
