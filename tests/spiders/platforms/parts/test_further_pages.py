"""Articles over several pages: which link leads to the next page, and which pagers are not the article's."""

from __future__ import annotations

import time

import pytest

from spiders.pages.html import parse_page
from spiders.platforms.parts.further_pages import first_urls, is_further_page, next_page

HOST = "https://phuong.hanoi.test"
ARTICLE = f"{HOST}/tin/sua-duong-12.html"
TEXT = "<p>Sáng 12/10, phường tổ chức sửa chữa con đường dẫn vào trường tiểu học, dự kiến xong trong tháng này.</p>"


def next_of(body: str, url: str = ARTICLE) -> str | None:
    markup = f"<!DOCTYPE html><html><head><title>Tin</title></head><body><h1>Phường sửa đường</h1>{body}</body></html>"
    return next_page(parse_page(markup.encode(), url, "text/html; charset=utf-8"))


@pytest.mark.parametrize(
    ("url", "href"),
    [
        (ARTICLE, "?page=2"),
        (ARTICLE, "/tin/sua-duong-12.html?trang=2"),
        (ARTICLE, "/tin/sua-duong-12-p2.html"),
        (ARTICLE, "/tin/sua-duong-12/trang-2.html"),
        (f"{ARTICLE}?page=2", "?page=3"),
        (f"{HOST}/sua-duong/", "/sua-duong/2/"),
        (f"{HOST}/sua-duong/2/", "/sua-duong/3/"),
        (f"{HOST}/2026/10/12/sua-duong/", "/2026/10/12/sua-duong/2/"),
        (f"{HOST}/?p=12", "/?p=12&page=2"),
        (f"{HOST}/tin?id=12", "/tin?id=12&page=2"),
        (f"{HOST}/tin/12-sua-duong", "/tin/12-sua-duong?start=1"),  # Joomla counts from 0
    ],
)
def test_the_pager_of_the_text_leads_to_the_next_page(url: str, href: str) -> None:
    number = 3 if "3" in href else 2
    assert next_of(f'{TEXT}<div class="page-links"><a href="{href}">{number}</a></div>', url) is not None
    assert next_of(f'<div class="muc-luc"><a href="{href}">{number}</a></div>{TEXT}', url) is not None  # above the text


def test_a_next_link_in_words_counts_if_its_url_counts() -> None:
    assert next_of(f'{TEXT}<a href="?page=2">Trang sau</a>') == f"{ARTICLE}?page=2"
    assert next_of(f'{TEXT}<a href="?page=3">Trang sau</a>') is None


def test_a_pager_that_counts_from_0_is_known_by_its_text() -> None:
    assert next_of(f'{TEXT}<a href="?page=0">1</a><a href="?page=1">2</a>') == f"{ARTICLE}?page=1"
    assert next_of(f'{TEXT}<a href="?page=1">1</a>') is None


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (ARTICLE, f'{TEXT}<a href="/tin/sua-duong-13.html">Phường sửa đường giai đoạn hai</a>'),
        (ARTICLE, f'{TEXT}<a href="/tin?page=2">2</a>'),  # of the section
        (f"{HOST}/?p=12", f'{TEXT}<a href="/?p=13">Bài sau</a>'),
        (f"{HOST}/?p=12", f'{TEXT}<a href="/?p=13">13</a>'),
        (f"{HOST}/tin/1/", f'{TEXT}<a href="/tin/2/">Bài viết tiếp theo</a>'),
        (ARTICLE, f'{TEXT}<div class="comments"><a href="?page=2">2</a></div>'),
        (ARTICLE, f'{TEXT}<div id="tin-lien-quan"><a href="?page=2">2</a></div>'),
        (
            ARTICLE,
            f'{TEXT}<b>Các tin khác</b><ul><li><a href="/a-1.html">Phường họp giao ban tháng mười</a></li>'
            '<li><a href="/b-2.html">Phường tổng kết phong trào thi đua</a></li></ul><a href="?page=2">2</a>',
        ),
        (f"{ARTICLE}?page=30", f'{TEXT}<a href="?page=31">31</a>'),
    ],
)
def test_other_links_are_not_an_articles_next_page(url: str, body: str) -> None:
    assert next_of(body, url) is None


def test_urls_of_further_pages() -> None:
    assert is_further_page(f"{ARTICLE}?page=2", ARTICLE)
    assert is_further_page(f"{HOST}/sua-duong/2/", f"{HOST}/sua-duong/")
    assert not is_further_page(ARTICLE, ARTICLE)
    assert not is_further_page(f"{HOST}/tin/sua-duong-13.html?page=2", ARTICLE)
    assert list(first_urls(f"{ARTICLE}?page=2")) == [ARTICLE]
    assert not list(first_urls(f"{HOST}/bai/12/"))  # it may be an id
    assert not list(first_urls(f"{HOST}/tin/tren-dia-ban-thanh-p-1.html"))  # a slug cut off at 75 characters
    assert list(first_urls(f"{HOST}/tin/sua-duong/trang-2.html")) == [f"{HOST}/tin/sua-duong.html"]
    assert not list(first_urls(f"{HOST}/?p=12"))
    assert not list(first_urls("http://["))


def test_thousands_of_pagers_take_no_longer_than_a_page() -> None:
    pagers = '<div><span>x</span><a href="?page=2">2</a></div>' * 9_000
    start = time.process_time()
    assert next_of(pagers) is not None  # of the first, the headline stands before it
    hidden = '<div class="comment"><a href="?page=2">2</a></div>' * 14_000
    assert next_of(hidden) is None
    assert time.process_time() - start < 5
