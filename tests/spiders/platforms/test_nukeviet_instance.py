"""NukeViet: the saved pages of a running 4.5 instance."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from spiders.extract.article import extract_article, read_page
from spiders.pages.html import parse_page
from spiders.pages.page import PageKind
from spiders.pages.syndication.feeds import read_feed
from spiders.pages.syndication.sitemaps import read_sitemap
from spiders.platforms.nukeviet import platform as nukeviet
from tests.spiders.platforms.pages import a_capture, a_portal
from warehouse.records import Article, ListRow
from warehouse.text.normal import clean, normal_form

REAL = "http://127.0.0.1:8089"
REAL_PORTAL = a_portal("nukeviet", REAL)
SEEDS = {"16": "000", "17": "001", "18": "002", "19": "003", "20": "004"}


@pytest.fixture(scope="module")
def real(shared: Path) -> Path:
    return shared / "portals/nukeviet"


@pytest.fixture(scope="module")
def gold(shared: Path) -> dict[str, dict[str, Any]]:
    read = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    return {name[:3]: {**expected, "name": name} for name, expected in read.items()}


@pytest.fixture(scope="module")
def urls_by_key(real: Path) -> dict[str, str]:
    """Return the articles' URLs by key, from the instance's own sitemap."""
    sitemap = read_sitemap((real / "sitemap-vi.news.xml").read_bytes(), REAL)
    return {key: url for url in sitemap.pages if (key := nukeviet.article_key(url))}


def real_article(real: Path, file: str, url: str) -> Article:
    body = (real / file).read_bytes()
    capture = a_capture(url, body, captured_at=datetime(2026, 11, 21, 19, 29, tzinfo=UTC))
    article = extract_article(capture, body, REAL_PORTAL)
    assert article is not None
    return article


@pytest.mark.parametrize("key", SEEDS)
def test_the_seeds_are_extracted_as_in_gold(
    real: Path, shared: Path, gold: dict[str, dict[str, Any]], urls_by_key: dict[str, str], key: str
) -> None:
    expected = gold[SEEDS[key]]
    article = real_article(real, f"detail-{key}.html", urls_by_key[key])
    assert (article.url, article.template) == (urls_by_key[key], "4.5")
    assert article.byline == expected["byline"]
    assert list(article.captions) == expected["captions"]
    assert article.updated_at is None
    lines = (shared / f"seeds/{expected['name']}.txt").read_text(encoding="utf-8").split("\n")
    roles = expected["line_roles"].items()
    expected_text = [clean(lines[int(number) - 1]) for number, role in roles if role in ("body", "subheading")]
    related = [clean(lines[int(number) - 1]) for number, role in roles if role not in ("body", "subheading")]
    # The related line of seed 001 is a plain paragraph here, which looks like a sub-heading.
    found = [text for text in (article.lead or "", *article.body) if key != "17" or text not in related]
    assert [normal_form(text) for text in found] == [normal_form(text) for text in expected_text]
    if expected["title"]:
        assert article.title == expected["title"]
    if expected["published_at"]:
        assert article.published_at == datetime.fromisoformat(expected["published_at"])
        assert article.published_precision == expected["published_precision"]


@pytest.mark.parametrize(("key", "source"), [("16", None), ("17", "nhandan.vn"), ("18", None), ("19", "hanoimoi.vn")])
def test_credited_sources_of_the_real_pages(
    real: Path, urls_by_key: dict[str, str], key: str, source: str | None
) -> None:
    assert real_article(real, f"detail-{key}.html", urls_by_key[key]).credited_source_name == source


def test_the_real_article_of_the_system_itself(real: Path, urls_by_key: dict[str, str]) -> None:
    article = real_article(real, "detail-sample-11.html", urls_by_key["11"])
    assert article.tags == ("nukeviet", "mã nguồn mở", "giáo dục")
    assert article.section == "Tin tức"
    # The sitemap confirms the visible date; the hidden one is the modification date.
    assert str(article.published_at) == "2015-10-21 08:32:00+07:00"
    assert str(article.updated_at) == "2015-10-21 09:22:13+07:00"
    assert (article.captions, article.byline, len(article.body)) == ((), None, 13)
    assert article.image_urls == (f"{REAL}/uploads/news/nukeviet-cms.jpg",)


def test_no_boilerplate_of_the_real_pages_is_extracted(real: Path, urls_by_key: dict[str, str]) -> None:
    boilerplate = re.compile(
        r"Tổng số điểm|Click để đánh giá|Ý kiến bạn đọc|Những tin (?:mới|cũ) hơn|Nguồn tin|Tác giả:|Tags|In ra|Đã xem|"
        r"Tweet|Mã an toàn|Cổng thông tin thử nghiệm|Thứ \w+ - \d"
    )
    for key in (*SEEDS, "sample-11"):
        file = f"detail-{key}.html"
        page = (real / file).read_text(encoding="utf-8")
        assert len(set(boilerplate.findall(page))) > 5
        article = real_article(real, file, urls_by_key[key.removeprefix("sample-")])
        assert not [text for text in (article.lead or "", *article.body, *article.captions) if boilerplate.search(text)]


def test_the_real_print_view_is_the_article(real: Path, urls_by_key: dict[str, str]) -> None:
    page = real_article(real, "detail-16.html", urls_by_key["16"])
    view = real_article(real, "print-16.html", urls_by_key["16"].replace("8089/", "8089/print/"))
    assert (view.url, view.article_id, view.template) == (page.url, page.article_id, "print")
    assert (view.title, view.lead, view.body, view.captions, view.byline, view.published_at) == (
        page.title, page.lead, page.body, page.captions, page.byline, page.published_at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "kind"),
    [("home", "list"), ("list-dang-doan-the-p1", "list"), ("list-tin-quan-huyen-p1", "list"), ("feeds", "neither"),
     ("missing", "neither"), ("detail-16", "article")],
)  # fmt: skip
def test_kinds_of_the_real_pages(real: Path, file: str, kind: str) -> None:
    assert read_page((real / f"{file}.html").read_bytes(), f"{REAL}/", REAL_PORTAL).kind is PageKind(kind)


def feed_titles(path: Path) -> dict[str, str]:
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(recover=True))
    return {
        item.findtext("link", "").strip(): clean(html.unescape(item.findtext("title", "")))
        for item in root.iter("item")
    }


LISTS = ["home", *(f"list-dang-doan-the-p{page}" for page in (1, 2, 3)), "list-tin-quan-huyen-p1"]


def test_every_row_of_the_real_lists_is_right(real: Path) -> None:
    """Titles are checked against the feeds and dates against the sitemap, whose dates are correct."""
    sitemap = (real / "sitemap-vi.news.xml").read_text(encoding="utf-8")
    dates = {url: datetime.fromisoformat(at) for url, at in re.findall(r"<loc>([^<]+)</loc><lastmod>([^<]+)<", sitemap)}
    titles = feed_titles(real / "rss-all.xml") | feed_titles(real / "rss-dang-doan-the.xml")
    rows = {file: list_rows(real, file) for file in LISTS}
    assert [len(rows[file]) for file in LISTS] == [30, 30, 25, 5, 20]
    named, full = 0, []
    for file in LISTS:
        for row in rows[file]:
            assert row.url in dates
            if row.url in titles:
                named += 1
                assert row.title == titles[row.url]
            if row.published_at is None:  # a view that shows neither date nor counter
                assert (file, row.view_count) == ("list-tin-quan-huyen-p1", None)
                assert row.summary
            elif row.summary is None:  # older news below the list: `Bài cũ (04/06/2016)`
                assert row.published_at.date() == dates[row.url].date()
                assert row.published_precision == "day"
            else:
                full.append(file)
                assert row.published_at == dates[row.url]
                assert row.view_count is not None
                assert not re.search(r"Phản hồi|Đã xem|Xem tiếp", row.summary)
    assert [full.count(file) for file in LISTS] == [20, 20, 20, 5, 0]
    assert named > 60


def list_rows(real: Path, file: str) -> tuple[ListRow, ...]:
    return read_page((real / f"{file}.html").read_bytes(), f"{REAL}/", REAL_PORTAL).rows


def test_the_three_pages_of_a_category_hold_each_article_once(real: Path) -> None:
    rows = [row for page in (1, 2, 3) for row in list_rows(real, f"list-dang-doan-the-p{page}")]
    urls = [row.url for row in rows if row.summary]  # rows without a summary belong to the next page
    sitemap = read_sitemap((real / "sitemap-vi.news.xml").read_bytes(), REAL)
    assert urls == [url for url in sitemap.pages if "/dang-doan-the/" in url]


def test_links_of_the_real_pages_are_rows_and_pagination_only(real: Path) -> None:
    for file in (*LISTS, "detail-16", "detail-sample-11", "print-16", "feeds"):
        page = parse_page((real / f"{file}.html").read_bytes(), f"{REAL}/dang-doan-the/", None)
        links = nukeviet.links(page, REAL_PORTAL)
        assert {row.url for row in nukeviet.list_rows(page)} <= set(links.articles)
        for url in links.articles + links.lists:
            assert not re.search(
                r"/(?:print|savefile|sendmail|rating|tag|seek|search|users|rss|feeds|about|voting)/", url
            )
            assert "?" not in url
    first = parse_page((real / "list-dang-doan-the-p1.html").read_bytes(), f"{REAL}/dang-doan-the/", None)
    assert {f"{REAL}/dang-doan-the/page-2/", f"{REAL}/dang-doan-the/page-3/"} <= set(
        nukeviet.links(first, REAL_PORTAL).lists
    )


def test_only_urls_of_feeds_are_used(real: Path, urls_by_key: dict[str, str]) -> None:
    body = (real / "rss-all.xml").read_bytes()
    assert "Mon, 14 Oct 2024 10:10:00 GMT" in body.decode()  # 10:41, with the month for minutes
    links = read_feed(body, f"{REAL}/rss/").pages
    assert links[0] == urls_by_key["16"]
    assert all(nukeviet.is_article_url(link, REAL_PORTAL) for link in links)
