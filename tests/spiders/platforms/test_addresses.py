"""Addresses that stand in texts, as pages credit their sources."""

from __future__ import annotations

import pytest

from spiders.platforms import PLATFORMS
from spiders.platforms.addresses import written_address
from tests.spiders.platforms.pages import a_page


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Nguồn: https://bao.test/tin-1.html", "https://bao.test/tin-1.html"),
        ("(Theo www.bao.test/tin-1.html).", "https://www.bao.test/tin-1.html"),
        ("HTTP://BAO.TEST/Tin", "http://BAO.TEST/Tin"),
        ("Theo https://bao.test/Hà_Nội, hôm nay", "https://bao.test/Hà_Nội"),
        ("https://[bao.test/tin", None),
        ("http://", None),
        ("Báo Thử", None),
        ("", None),
    ],
)
def test_an_address_in_a_text_is_whole_or_none(text: str, url: str | None) -> None:
    assert written_address(text) == url


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("https://bao.test/tin-1.html", "https://bao.test/tin-1.html"),
        ("https://bao.test/tin-1.htmlLấy link!", None),
        ("Lấy link!", None),
    ],
)
def test_an_address_offered_for_copying_is_whole_or_none(said: str, url: str | None) -> None:
    page = a_page(
        '<div class="c-news-detail"><h1 class="c-detail-head__title">Rau ven sông vào siêu thị</h1>'
        '<span class="c-detail-head__time">12-10-2024 17:20</span>'
        f'<div class="b-maincontent"><p>Rau của xã vào siêu thị.</p></div><p class="js-source-copy">Báo Thử</p>'
        f'<span id="url-copy">{said}</span></div>',
        "https://bao.hanoi.test/kinh-te/rau-700002.html",
    )
    template = next(one for one in PLATFORMS["onecms"].TEMPLATES if one.fits(page))
    parts = template.article_parts(page)
    assert parts.credited_source_name == "Báo Thử"
    assert parts.credited_source_url == url


def test_a_credit_in_its_own_element_has_a_whole_address() -> None:
    page = a_page(
        '<div class="c-news-detail"><h1 class="c-detail-head__title">Rau ven sông vào siêu thị</h1>'
        '<div class="b-maincontent"><p>Rau của xã vào siêu thị.</p></div>'
        '<p class="js-source-copy">www.bao.test/tin-1.html</p></div>',
        "https://bao.hanoi.test/kinh-te/rau-700002.html",
    )
    template = next(one for one in PLATFORMS["onecms"].TEMPLATES if one.fits(page))
    assert template.article_parts(page).credited_source_url == "https://www.bao.test/tin-1.html"
