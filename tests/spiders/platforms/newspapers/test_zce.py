"""ZCE: URLs, lists, links, and seed 001 in the markup of this CMS."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.page import PageKind
from spiders.platforms import PLATFORMS
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_page, a_portal

HOST = "https://nhatbao.hanoi.test"
ARTICLE = f"{HOST}/chin-truong-hoc-cham-tien-do-post811010.html"
zce = PLATFORMS["zce"]
PORTAL = a_portal("zce", HOST)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        (f"{ARTICLE}?zarsrc=30&utm_campaign=x#comment", ARTICLE),
        (f"{HOST}/chin-truong-hoc-cham-tien-do-post811010.amp", f"{HOST}/chin-truong-hoc-cham-tien-do-post811010"),
        ("https://m.nhatbao.hanoi.test/chin-truong-hoc-cham-tien-do-post811010.html", ARTICLE),
        (f"{HOST}/print/chin-truong-hoc-cham-tien-do-post811010.html", ARTICLE),
        (f"{HOST}/van-hoa/rap-chuong-vang-743219/", f"{HOST}/van-hoa/rap-chuong-vang-743219"),
        (f"{HOST}/doi-song/metro-post9.vnp", f"{HOST}/doi-song/metro-post9.vnp"),
        (f"{HOST}/do-thi/", f"{HOST}/do-thi"),
        (f"{HOST}/do-thi/trang2", f"{HOST}/do-thi/trang2"),
        (f"{HOST}/do-thi/?p=3&x=y", f"{HOST}/do-thi?p=3"),
        (f"{HOST}?utm_source=a", f"{HOST}/"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert zce.canonical_url(url) == canonical
    assert zce.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (ARTICLE, "811010", True),
        (f"{HOST}/kinh-te/quat-post811011.vnp", "811011", True),
        (f"{HOST}/rap-chuong-vang-743219/", "743219", True),
        (f"{HOST}/van-hoa/rap-chuong-vang-743219.html", "743219", True),
        (f"{HOST}/ten-bai/435626.html", "435626", True),
        (f"{HOST}/amp/quat-post811011.html", "811011", False),
        (f"{HOST}/quat-post811011.html?outputtype=amp", "811011", False),
        (f"{HOST}/chu-de/tet-2026-12345.html", "12345", False),
        (f"{HOST}/tet-binh-ngo-event1234.html", None, False),
        (f"{HOST}/tac-gia/ngoc-bich-3.html", None, False),
        (f"{HOST}/photo/trang-1.html", None, False),
        (f"{HOST}/do-thi/", None, False),
        (f"{HOST}/bau-cu-2026/", None, False),
        (f"{HOST}/lich/2026-10234/", None, False),
        (f"{HOST}/rss/home.rss", None, False),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert zce.article_key(url) == key
    assert zce.is_article_url(url, PORTAL) is is_article


def test_old_and_new_urls_of_an_article_have_the_same_key() -> None:
    assert zce.article_key(f"{HOST}/chinh-tri/hop-674821/") == zce.article_key(f"{HOST}/hop-post674821.html")


def test_list_rows() -> None:
    body = (FIXTURES / "zce/gone_shows_list/page.html").read_bytes()
    reading = read_page(body, f"{HOST}/do-thi/", PORTAL)
    assert reading.kind is PageKind.LIST
    row = reading.rows[0]
    assert (row.title, row.url) == ("Bài thứ 1 trong chuyên mục đô thị", f"{HOST}/bai-1-post811101.html")
    assert row.published_at is not None
    assert (f"{row.published_at:%d/%m/%Y %H:%M}", row.published_precision) == ("01/10/2025 08:15", "minute")
    assert row.summary == "Dòng dẫn của một bài khác trên báo."


def test_list_rows_of_the_older_layout() -> None:
    page = a_page(
        """<div class="article-item"><p class="article-title"><a href="/a-743210.html">Một</a></p>
        <p class="article-meta"><span class="article-publish">09/08/2019 06:00</span></p>
        <p class="article-summary">Tóm tắt.</p></div>
        <div class="article-item"><p class="article-title"><a href="/b-743211.html">Hai</a></p></div>"""
    )
    first, second = zce.list_rows(page)
    assert (first.title, first.summary) == ("Một", "Tóm tắt.")
    assert first.published_at is not None
    assert f"{first.published_at:%d/%m/%Y %H:%M}" == "09/08/2019 06:00"
    assert (second.title, second.published_at) == ("Hai", None)


def test_links_are_articles_and_lists_without_their_variants() -> None:
    page = a_page(
        f"""<header><ul class="menu"><li><a href="/do-thi/">a</a></li><li><a href="/tag/ha-noi/">b</a></li>
        <li><a href="/rss.html">c</a></li></ul></header>
        <article class="story"><h3 class="story__heading"><a href="{ARTICLE}">Một</a></h3></article>
        <article class="story"><h3 class="story__heading"><a href="/print/x-post1.html">In</a></h3></article>
        <div class="paging"><a href="/do-thi/trang2">2</a></div>""",
        f"{HOST}/do-thi/",
    )
    links = zce.links(page, PORTAL)
    assert links.articles == (ARTICLE,)
    assert links.lists == (f"{HOST}/do-thi/", f"{HOST}/do-thi/trang2")
    assert links.row_count == 2


# --- Seed 001, from an unknown newspaper and without its title, in both layouts ---

PICTURE = '<img class="cms-photo" data-src="https://image.nhatbao.test/a.jpg" alt="">'
CAPTIONED = {
    "table": f'<table class="picture"><tr><td class="pic">{PICTURE}</td></tr>'
    '<tr><td class="caption"><p>{0}</p></td></tr>'
    "</table>",
    "bare table": f"<table><tbody><tr><td>{PICTURE}</td></tr><tr><td>{{0}}</td></tr></tbody></table>",
    "figure": f'<figure class="picture">{PICTURE}<figcaption>{{0}}</figcaption></figure>',
}
RELATED = {
    "bold link": '<p><strong><a href="/ky-nguyen-post811001.html">{0}</a></strong></p>',
    "box": '<div class="article-relate"><a href="/ky-nguyen-post811001.html">{0}</a></div>',
}
LAYOUTS = {
    "cms-body": '<div class="article__meta"><time class="time">12/10/2024 08:10</time></div>'
    '<div class="article__body zce-content-body cms-body">{0}</div>'
    '<div class="article__tag"><a href="/tag/x">hội nghị</a></div>',
    "article-body": '<span class="article-date">12/10/2024 08:10</span><p class="article-sapo"></p>'
    '<div class="article-body">{0}</div>',
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("related", RELATED)
@pytest.mark.parametrize("caption", CAPTIONED)
def test_seed_001_is_extracted_as_in_gold(shared: Path, caption: str, related: str, layout: str) -> None:
    gold: dict[str, dict[str, Any]] = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    name, case = next((name, case) for name, case in gold.items() if name.startswith("001"))
    lines = (shared / f"seeds/{name}.txt").read_text(encoding="utf-8").split("\n")
    text, expected = "", []
    for number, role in sorted(case["line_roles"].items(), key=lambda item: int(item[0])):
        line = lines[int(number) - 1]
        if role in ("body", "subheading"):
            expected.append(line)
        text += {
            "body": "<p>{0}</p>",
            "subheading": "<p><strong>{0}</strong></p>",
            "caption": CAPTIONED[caption],
            "related_link": RELATED[related],
        }[role].format(html.escape(line.removesuffix(" |")))
    body = f'<html><body><div class="article">{LAYOUTS[layout].format(text)}</div></body></html>'.encode()
    article = extract_article(a_capture(ARTICLE, body), body, PORTAL)
    assert article is not None
    assert (article.template, article.title, article.byline) == (layout, None, None)
    assert list(article.captions) == case["captions"]
    assert list(article.body) == expected
    assert not any(line in "\n".join(article.body) for line in case["chrome"])
    assert "no_title" in article.quality_flags
    assert ("caption_in_table" in article.quality_flags) is ("table" in caption)
