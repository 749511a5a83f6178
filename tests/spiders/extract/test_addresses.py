"""Keys and former ids of extracted articles, and the article that a page names by rel=canonical."""

from __future__ import annotations

import pytest

from spiders.extract.addresses import canonical_key, canonical_url
from spiders.extract.article import extract_page
from spiders.pages.html import parse_page
from spiders.portal import Portal, portal_of_platform
from tests.spiders.extract.staging import NOW, PAGE, TEXT
from warehouse.records import Article
from warehouse.text.identity import article_id

URL = "https://myduc.hanoi.test/tin/hoi-xuan-123456.html"


def a_portal(platform: str = "generic", **changes: object) -> Portal:
    portal = portal_of_platform(platform, "https://myduc.hanoi.test/tin")
    return portal.model_copy(update={"slug": "my-duc", **changes})


def declared(head: str, url: str = URL) -> str | None:
    page = f"<html><head>{head}</head><body><h1>Hội xuân</h1></body></html>".encode()
    return canonical_url(parse_page(page, url, None))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="/tin/a.html">', "https://myduc.hanoi.test/tin/a.html"),
        ('<link rel="Canonical nofollow" href="https://myduc.hanoi.test/b">', "https://myduc.hanoi.test/b"),
        ('<base href="https://khac.test/x/"><link rel="canonical" href="c">', "https://khac.test/x/c"),
        ('<link rel="canonical" href="/a"><link rel="canonical" href="/a#dau">', "https://myduc.hanoi.test/a"),
        ('<link rel="canonical" href="/a"><link rel="canonical" href="/b">', None),
        ('<link rel="alternate" href="/a">', None),
        ('<link rel="noncanonical" href="/a">', None),
        ('<link rel="canonical" href="http://[">', None),
        ('<link rel="canonical" href="">', None),
        ("", None),
    ],
)
def test_the_declared_address_is_absolute_and_unambiguous(head: str, expected: str | None) -> None:
    assert declared(head) == expected


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://myduc.hanoi.test/tin/a.html/?utm_source=zalo", "myduc.hanoi.test/tin/a.html"),
        ("https://myduc.hanoi.test", None),
        ("https://myduc.hanoi.test/?id=7", "myduc.hanoi.test?id=7"),
        ("https://myduc.hanoi.test/", None),
        ("http://myduc.hanoi.test/tin/", None),
        ("https://thudo.test/tin/a.html", None),
        (None, None),
    ],
)
def test_home_pages_start_pages_and_other_sites_are_no_article(url: str | None, key: str | None) -> None:
    assert canonical_key(url, a_portal()) == key


def read(url: str, portal: Portal) -> Article:
    found = extract_page(PAGE.format(number=1, text=TEXT).encode(), url, portal, NOW)
    assert found is not None
    return found


def test_an_article_without_a_number_has_the_key_of_its_address() -> None:
    layout = a_portal()
    article = read("http://www.myduc.hanoi.test/tin/hoi-xuan-123456.html?utm_source=zalo", layout)
    assert (article.article_key, article.page_key) == ("myduc.hanoi.test/tin/hoi-xuan-123456.html",) * 2
    assert article.article_id == article_id("my-duc", "myduc.hanoi.test/tin/hoi-xuan-123456.html")
    assert article.former_ids == (article_id("my-duc", "http://www.myduc.hanoi.test/tin/hoi-xuan-123456.html"),)


def test_an_article_with_a_number_keeps_it_at_every_address() -> None:
    portal = a_portal("liferay_point")
    one, other = (read(f"https://myduc.hanoi.test/tin/-/view_content/4401001-{slug}", portal) for slug in ("a", "b"))
    assert (one.article_id, one.article_key, one.former_ids) == (other.article_id, "4401001", ())


def test_a_former_host_gives_the_present_key_and_the_ids_that_it_gave() -> None:
    url = "https://huyenmyduc.test/tin/hoi-xuan-123456.html"
    article = read(url, a_portal(formerly=("huyenmyduc.test",)))
    assert article.article_key == "myduc.hanoi.test/tin/hoi-xuan-123456.html"
    assert article.former_ids == (
        article_id("my-duc", url),
        article_id("my-duc", "huyenmyduc.test/tin/hoi-xuan-123456.html"),
    )
