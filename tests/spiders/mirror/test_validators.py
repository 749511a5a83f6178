"""Conditional requests: the rules of HTTP, and how each test portal follows or violates them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.mirror.content import load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite
from spiders.mirror.validators import etag_of, is_unchanged
from tests.spiders.mirror.portals import NEWSPAPER, ONECMS, WARD, Sites, url

TAG, DATE, EARLIER = etag_of(b"x"), "Tue, 20 Oct 2026 02:12:45 GMT", "Mon, 19 Oct 2026 02:12:45 GMT"


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"if-none-match": TAG}, True),
        ({"if-none-match": f"W/{TAG}"}, True),
        ({"if-none-match": f'"other", {TAG}'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"other"'}, False),
        ({"if-none-match": '"other"', "if-modified-since": DATE}, False),
        ({"if-modified-since": DATE}, True),
        ({"if-modified-since": EARLIER}, False),
        ({"if-modified-since": "hôm qua"}, False),
        ({"if-modified-since": DATE.replace("GMT", "-0000")}, True),
        ({"if-modified-since": EARLIER.replace("GMT", "-0000")}, False),
        ({}, False),
    ],
)
def test_is_unchanged(headers: dict[str, str], answer: bool) -> None:
    assert is_unchanged(headers, {"ETag": TAG, "Last-Modified": DATE}) is answer
    assert not is_unchanged(headers, {})


def conditions_of(site: PublishingSite, target: str, day: int) -> dict[str, str]:
    headers = site.get(target, day).headers
    names = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}
    return {names[name]: value for name, value in headers.items() if name in names}


@pytest.mark.parametrize(("portal", "target"), [(WARD, "/rss/tin-tuc.rss"), (NEWSPAPER, "/sitemap-1.xml")])
def test_feeds_and_sitemaps_return_304_only_if_unchanged(
    tmp_path: Path, content_folder: Path, portal: str, target: str
) -> None:
    text = (content_folder / f"{portal}.yml").read_text(encoding="utf-8")
    new = "  - {id: 999, section: thoi-su, title: Tin mới, published: 2026-10-21 08:00, body: [Mới.], day: 2}\n"
    section = "thoi-su" if portal == NEWSPAPER else "tin-tuc"
    (tmp_path / f"{portal}.yml").write_text(text + new.replace("thoi-su", section), encoding="utf-8")
    (site,) = (one for one in all_sites(load_content(tmp_path)).values() if isinstance(one, PublishingSite))
    known = conditions_of(site, target, 1)
    again = site.get(target, 1, known)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", known["if-none-match"])
    assert site.get(target, 2, known).status == 200


def test_a_newspaper_article_is_unchanged_if_only_its_counter_grows(sites: Sites) -> None:
    site = sites[NEWSPAPER]
    target = url(site, 900)
    assert site.get(target, 1).body != site.get(target, 1).body
    known = conditions_of(site, target, 1)
    assert set(known) == {"if-none-match", "if-modified-since"}
    for name, value in known.items():
        assert site.get(target, 2, {name: value}).status == 304
    assert "ETag" not in site.get("/", 1).headers
    assert site.get(url(site, 901), 1, {"if-none-match": "*"}).status == 404


def test_an_edited_newspaper_article_is_changed_until_it_is_reverted(tmp_path: Path, content_folder: Path) -> None:
    text = (content_folder / f"{NEWSPAPER}.yml").read_text(encoding="utf-8")
    edits = "    days: {2: {replace: {0: Đoạn khác.}}, 3: {reverted: true}}\n    byline: Sông Tô\n"
    (tmp_path / f"{NEWSPAPER}.yml").write_text(text.replace("    byline: Sông Tô\n", edits), encoding="utf-8")
    (site,) = (one for one in all_sites(load_content(tmp_path)).values() if isinstance(one, PublishingSite))
    target = url(site, 900)
    known = conditions_of(site, target, 1)
    assert [site.get(target, day, known).status for day in (1, 2, 3)] == [304, 200, 304]
    dated = {"if-modified-since": known["if-modified-since"]}
    assert [site.get(target, day, dated).status for day in (1, 2, 3)] == [304, 200, 200]


def test_the_feed_of_onecms_always_returns_304(sites: Sites) -> None:
    site = sites[ONECMS]
    known = conditions_of(site, "/rss/home.rss", 1)
    assert set(known) == {"if-none-match"}
    assert [site.get("/rss/home.rss", day, known).status for day in (1, 2, 5)] == [304, 304, 304]
    assert site.get("/rss/home.rss", 5).status == 200
    assert "ETag" not in site.get("/", 1).headers
