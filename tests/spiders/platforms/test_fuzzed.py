"""What bent pages have brought down once, as small as it goes."""

from __future__ import annotations

import time

import pytest

from spiders.extract import read_page
from spiders.platforms import PLATFORMS
from spiders.platforms.addresses import absolute
from spiders.portal import PlatformName
from tests.spiders.platforms.pages import a_page, a_portal

URL = "https://dongtam.hanoi.test/tin-moi-123456.html"


def test_an_address_that_no_server_takes_leads_nowhere() -> None:
    assert absolute(URL, "/" + "a-" * 1_900 + "1.html")
    assert absolute(URL, "/" + "a-" * 2_500_000 + "1.html") is None


def test_links_made_to_take_long_are_judged_at_once() -> None:
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
def test_addresses_hold_nothing_that_cannot_be_seen(href: str, url: str) -> None:
    assert absolute(URL, href) == url


def test_a_row_without_a_title_is_none() -> None:
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
def test_pages_are_read_in_time_and_without_empty_paragraphs(platform: PlatformName, markup: str) -> None:
    begun = time.process_time()
    body = f"<html><body>{markup}</body></html>".encode()
    reading = read_page(body, URL, a_portal(platform, URL))
    assert "" not in (reading.parts.body if reading.parts else ())
    assert time.process_time() - begun < 20
