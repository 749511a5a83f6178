"""Regression tests for malformed pages found by fuzzing, in their smallest form."""

from __future__ import annotations

import time

import pytest

from spiders.extract.article import read_page
from spiders.pages.html import NotAPage, parse_page
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.urls import absolute, is_attachment
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import a_page, a_portal

URL = "https://dongtam.hanoi.test/tin-moi-123456.html"


def test_an_overlong_url_is_not_a_link() -> None:
    assert absolute(URL, "/" + "a-" * 1_900 + "1.html")
    assert absolute(URL, "/" + "a-" * 2_500_000 + "1.html") is None


def test_hostile_links_are_classified_quickly() -> None:
    page = a_page("".join(f"<a href='/{'1-' * 1_900}{number}'>x</a>" for number in range(300)))
    begun = time.process_time()
    links = PLATFORMS["generic"].links(page, a_portal("generic"))
    assert links.articles == ()
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/tin\x04moi", "https://dongtam.hanoi.test/tin%04moi"),
        ("/tin\x7fmoi", "https://dongtam.hanoi.test/tin%7Fmoi"),
        ("/tin moi", "https://dongtam.hanoi.test/tin%20moi"),
        ("/tin\u2028moi\u200b", "https://dongtam.hanoi.test/tin%E2%80%A8moi%E2%80%8B"),
        ("/tin-mới", "https://dongtam.hanoi.test/tin-mới"),
    ],
)
def test_invisible_characters_in_urls_are_percent_encoded(href: str, url: str) -> None:
    assert absolute(URL, href) == url


def test_rows_without_a_title_are_skipped() -> None:
    row = '<div class="asset-abstract"><h3 class="asset-title"><a href="/-/view_content/{}-tin">{}</a></h3></div>'
    page = a_page(row.format(1, "") + row.format(2, "Tin mới của xã"))
    assert [row.title for row in PLATFORMS["liferay_point"].list_rows(page)] == ["Tin mới của xã"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "markup",
    [
        '<meta property="" content="x">',
        '<meta name content="x">',
        '<h1>Tin mới</h1><img data-src="&#8232;"><p>Một câu.</p>',
        "<table>" * 3_000 + "<tr><td>Một câu.",
        "<table><tr><td colspan=99999999999999999999>Một câu.</table>",
        "<table><tr>" + "<td colspan=1000>a" + "<tr><td>b" * 290,
    ],
)
def test_malformed_pages_are_read_quickly_and_without_empty_paragraphs(platform: PlatformName, markup: str) -> None:
    begun = time.process_time()
    body = f"<html><body>{markup}</body></html>".encode()
    reading = read_page(body, URL, a_portal(platform, URL))
    assert "" not in (reading.parts.body if reading.parts else ())
    assert time.process_time() - begun < 20


SENTENCE = "Hôm nay xã tổ chức hội nghị tổng kết công tác năm và bàn việc của năm tới. "
HEAD = "<h1>Xã Đồng Tâm tổng kết công tác năm</h1><p>12/05/2025 08:00</p>"
HINTED = "author source nguon date views luotxem sapo tags dinhkem breadcrumb kicker news-title"


def test_content_after_the_end_of_the_page_belongs_to_it() -> None:
    tree = parse_page(b"Tin</html><div itemscope>a</div> b <p>c</p></html><p>d</p>", URL, None).tree
    assert tree.text_content() == "Tina b cd"
    assert tree.getnext() is None
    assert [element.text for element in tree.iter("p")] == ["c", "d"]
    assert parse_page(b"Tin moi cua xa nha</html>\x01<p>a\x01</p>", URL, None).tree.getnext() is None


def test_elements_nested_too_deep_are_emptied_beside_any_character() -> None:
    page = parse_page(b"<body>" + b"<div>" * 398 + b"a<b>x</b>\x01<b>y</b>\x01c", URL, None)
    assert "too_deep" in page.flags
    assert page.tree.text_content() == "a\x01\x01c"


@pytest.mark.parametrize("href", ["http://[", "http://[a.pdf", "//[/a.pdf", "http://[::1/documents/1/a"])
def test_a_malformed_url_is_not_an_attachment(href: str) -> None:
    assert not is_attachment(href)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_malformed_urls_of_links_and_pictures_do_not_lose_the_article(platform: PlatformName) -> None:
    item = "<div itemscope itemtype='http://schema.org/NewsArticle'><img itemprop='image' src='http://['>{}</div>"
    link = "<p><a href='http://['>Tài liệu kèm theo của hội nghị tổng kết</a></p>"
    body = f"<html><body>{item.format(HEAD + f'<p>{SENTENCE * 3}</p>' + link)}</body></html>".encode()
    reading = read_page(body, URL, a_portal(platform, URL))
    assert reading.parts
    assert reading.parts.attachments == ()
    assert SENTENCE.strip() in reading.parts.body[0]


@pytest.mark.parametrize("tag", ["h\x05x", "h<x", "xã:đ"])
def test_a_headline_in_an_element_with_a_made_up_name_is_found(tag: str) -> None:
    title = "Xã Đồng Tâm tổng kết công tác năm"
    headline = f"<{tag} class='title'>{title}</{tag}><p>12/05/2025 08:00</p>"
    body = f"<html><head><title>{title}</title></head><body>{headline}<p>{SENTENCE * 5}</p></body></html>"
    reading = read_page(body.encode(), URL, a_portal("generic", URL))
    assert reading.parts
    assert reading.parts.title == title
    assert reading.parts.body == ((SENTENCE * 5).strip(),)


def test_text_nested_in_very_many_elements_is_refused() -> None:
    """The text of each ancestor may be read."""
    text = SENTENCE * 5_000
    with pytest.raises(NotAPage) as refusal:
        parse_page(("<div>" * 300 + text).encode(), URL, None)
    assert refusal.value.reason == "too_nested"
    assert parse_page(("<div>" * 30 + text).encode(), URL, None).tree is not None


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "markup",
    [
        HEAD + "<div>" * 14_000 + SENTENCE,
        HEAD + ("<div>" * 200 + SENTENCE * 30 + "</div>" * 200) * 60,
        (HEAD + f"<div class='{HINTED}'>" * 200 + SENTENCE * 30 + "</div>" * 200) * 60,
        HEAD + f"<p class='{HINTED}'>Nguyễn Văn A</p>" * 25_000,
    ],
    ids=["nested", "wrapped", "hinted and wrapped", "hinted"],
)
@pytest.mark.slow
def test_pages_with_many_wrappers_are_read_quickly(platform: PlatformName, markup: str) -> None:
    begun = time.process_time()
    read_page(f"<html><body>{markup}</body></html>".encode(), URL, a_portal(platform, URL))
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    "markup",
    [
        HEAD + f"<p>Tin liên quan</p><p>{SENTENCE * 2}</p>" * 12_000,
        HEAD + "<p>Tin</p>" * 12_000 + f"<p>{SENTENCE * 2}</p>" * 12_000,
        f"<meta property='og:title' content='{'Tin mới của xã - ' * 30_000}'>" + f"<p>{SENTENCE}</p>" * 9,
        "<div itemscope itemtype='http://schema.org/NewsArticle'>"
        + "<i itemprop='datePublished'>12/12/2019 08:00</i>" * 9_000
        + "<i itemprop='datePublished'>12/12/2021 08:00</i>"
        + "<i itemprop='dateModified'>12/12/2020 08:00</i>" * 9_000,
        "<div itemscope itemtype='http://schema.org/NewsArticle' itemref='" + "a " * 3_000 + "'>x</div><div id='a'>"
        + "<i itemprop='headline'>x</i>" * 3_000,
    ],
    ids=["ends", "short lines", "separators", "dates", "references"],
)  # fmt: skip
@pytest.mark.slow
def test_extraction_time_is_not_quadratic_in_the_page_size(markup: str) -> None:
    begun = time.process_time()
    read_page(f"<html><body>{markup}</body></html>".encode(), URL, a_portal("generic", URL))
    assert time.process_time() - begun < 20
