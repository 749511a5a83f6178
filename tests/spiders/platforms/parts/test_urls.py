"""URLs in texts and credits, and variants of article URLs."""

from __future__ import annotations

import pytest

from spiders.platforms import PLATFORMS
from spiders.platforms.generic.headline import find_headline
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.urls import absolute, base_of, links_in, url_in_text
from spiders.portal_values import PlatformName
from tests.spiders.platforms.pages import a_page, a_portal


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Nguồn: https://bao.test/tin-1.html", "https://bao.test/tin-1.html"),
        ("(Theo www.bao.test/tin-1.html).", "https://www.bao.test/tin-1.html"),
        ("HTTP://BAO.TEST/Tin", "http://BAO.TEST/Tin"),
        ("Theo https://bao.test/Hà_Nội, hôm nay", "https://bao.test/Hà_Nội"),
        ("Nguồn: “https://bao.test/tin-1.html”", "https://bao.test/tin-1.html"),
        ("<https://bao.test/tin-1.html>…", "https://bao.test/tin-1.html"),
        ("https://[bao.test/tin", None),
        ("http://", None),
        ("Báo Thử", None),
        ("", None),
    ],
)
def test_url_in_text(text: str, url: str | None) -> None:
    assert url_in_text(text) == url


@pytest.mark.parametrize(
    ("copied", "url"),
    [
        ("https://bao.test/tin-1.html", "https://bao.test/tin-1.html"),
        ("https://bao.test/tin-1.htmlLấy link!", None),
        ("Lấy link!", None),
    ],
)
def test_a_url_offered_for_copying_is_used_only_if_complete(copied: str, url: str | None) -> None:
    page = a_page(
        '<div class="c-news-detail"><h1 class="c-detail-head__title">Rau ven sông vào siêu thị</h1>'
        '<span class="c-detail-head__time">12-10-2024 17:20</span>'
        f'<div class="b-maincontent"><p>Rau của xã vào siêu thị.</p></div><p class="js-source-copy">Báo Thử</p>'
        f'<span id="url-copy">{copied}</span></div>',
        "https://bao.hanoi.test/kinh-te/rau-700002.html",
    )
    template = next(one for one in PLATFORMS["onecms"].TEMPLATES if one.fits(page))
    parts = template.article_parts(page)
    assert parts.credited_source_name == "Báo Thử"
    assert parts.credited_source_url == url


def test_a_url_in_a_credit_element_gets_a_scheme() -> None:
    page = a_page(
        '<div class="c-news-detail"><h1 class="c-detail-head__title">Rau ven sông vào siêu thị</h1>'
        '<div class="b-maincontent"><p>Rau của xã vào siêu thị.</p></div>'
        '<p class="js-source-copy">www.bao.test/tin-1.html</p></div>',
        "https://bao.hanoi.test/kinh-te/rau-700002.html",
    )
    template = next(one for one in PLATFORMS["onecms"].TEMPLATES if one.fits(page))
    assert template.article_parts(page).credited_source_url == "https://www.bao.test/tin-1.html"


@pytest.mark.parametrize("platform", ["onecms", "zce"])
def test_variants_map_to_their_article_and_are_not_article_urls(platform: PlatformName) -> None:
    """The same rule detects variants and maps them to the article."""
    portal = a_portal(platform, "https://bao.hanoi.test")
    article = {"onecms": "/kinh-te/rau-700002.html", "zce": "/rau-post123456.html"}[platform]
    assert PLATFORMS[platform].is_article_url(f"https://bao.hanoi.test{article}", portal)
    for prefix in ("/m", "/in", "/amp", "/print"):
        url = f"https://bao.hanoi.test{prefix}{article}"
        assert not PLATFORMS[platform].is_article_url(url, portal)
        assert PLATFORMS[platform].canonical_url(url) == f"https://bao.hanoi.test{article}"


@pytest.mark.parametrize(
    "href",
    [
        "\\tin\\bai.html",
        "bai.html?utm_source=zalo",
        "/(S(tz3jxu55mdmyjy45ccoqrnbr))/tin/bai.html",
        "bai.html;jsessionid=1A#binh-luan",
        "HTTPS:\\\\bao.hanoi.test/tin/bai.html",
    ],
)
def test_links_are_those_of_browsers_without_sessions(href: str) -> None:
    page = a_page(f'<a href="{href}">Đọc</a>', "https://bao.hanoi.test/(S(aaaaxu55mdmyjy45ccoqrnbr))/tin/muc.html")
    assert page.url == "https://bao.hanoi.test/tin/muc.html"
    assert list(links_in([page.tree], base_of(page))) == ["https://bao.hanoi.test/tin/bai.html"]


def test_the_signature_of_a_picture_is_kept() -> None:
    url = "https://anh.test/a.jpg?w=680&s=9f86d081884c7d659a2feaa0c55ad0159f86d081"
    assert absolute("https://bao.hanoi.test/", url) == url


def test_a_headline_may_link_to_its_own_page_relative_to_the_base_url() -> None:
    html = (
        '<base href="/"><h1><a href="kinh-te/rau-700002.html">Rau ven sông vào siêu thị của thành phố</a></h1>'
        "<p>12-10-2024 17:20</p><p>Rau của xã vào siêu thị.</p>"
    )
    page = a_page(html, "https://bao.hanoi.test/kinh-te/rau-700002.html")
    assert find_headline(page, read_metadata(page)).element is not None
