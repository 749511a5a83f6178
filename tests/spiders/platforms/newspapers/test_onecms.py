"""ONECMS: URLs, lists, links, and a text from Hà Nội Mới in the markup of this CMS."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.extract.article import extract_article, read_page
from spiders.pages.page import PageKind
from spiders.platforms import PLATFORMS
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_page, a_portal
from warehouse.text.dates import parse_moment

HOST = "https://bao.hanoi.test"
ARTICLE = f"{HOST}/thu-cam-o-to-quanh-ho-700001.html"
OLD = f"{HOST}/tin-tuc/Do-thi/930004/nao-vet-muong"
onecms = PLATFORMS["onecms"]
PORTAL = a_portal("onecms", HOST)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        (f"{ARTICLE}?utm_source=zalo&zarsrc=30#binh-luan", ARTICLE),
        (f"{ARTICLE}?amp=1", ARTICLE),
        (f"{HOST}/amp/thu-cam-o-to-quanh-ho-700001.html", ARTICLE),
        (f"{HOST}/print/thu-cam-o-to-quanh-ho-700001.html", ARTICLE),
        (f"{ARTICLE}.amp", ARTICLE),
        ("HTTPS://m.Bao.hanoi.test:443/thu-cam-o-to-quanh-ho-700001.html", ARTICLE),
        (f"{HOST}/do-thi/thu-cam-700001.html", f"{HOST}/do-thi/thu-cam-700001.html"),
        (OLD, OLD),
        (HOST, f"{HOST}/"),
        (f"{HOST}/do-thi/", f"{HOST}/do-thi"),
        (f"{HOST}/do-thi?page=1&utm_source=x", f"{HOST}/do-thi"),
        (f"{HOST}/do-thi?page=2&sort=new", f"{HOST}/do-thi?page=2"),
        (f"{HOST}/do-thi/trang-2", f"{HOST}/do-thi/trang-2"),
    ],
)
def test_canonical_url(url: str, canonical: str) -> None:
    assert onecms.canonical_url(url) == canonical
    assert onecms.canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("url", "key", "is_article"),
    [
        (ARTICLE, "700001", True),
        (f"{HOST}/do-thi/giao-thong/ten-khac-700001.html", "700001", True),
        (f"{HOST}/amp/thu-cam-o-to-quanh-ho-700001.html", "700001", False),
        (f"{HOST}/print/700001.html", "700001", False),
        (f"{ARTICLE}?view=print", "700001", False),
        ("https://m.bao.hanoi.test/thu-cam-700001.html", "700001", False),
        (OLD, "2012-930004", True),
        (f"{HOST}/Tin-tuc/Do-thi/930004/ten-khac", "2012-930004", True),
        (f"{HOST}/tin-tuc/do-thi", None, False),
        (f"{HOST}/do-thi", None, False),
        (f"{HOST}/nam-2025.html", "2025", True),
        (f"{HOST}/tin-nhanh-12.html", None, False),
        (f"{HOST}/2025-1234.html", None, False),
        (f"{HOST}/tags/ho-tay-70001.html", "70001", False),
        (f"{HOST}/su-kien/tet-binh-ngo-1234.html", "1234", False),
        (f"{HOST}/rss/do-thi", None, False),
    ],
)
def test_article_urls(url: str, key: str | None, is_article: bool) -> None:
    assert onecms.article_key(url) == key
    assert onecms.is_article_url(url, PORTAL) is is_article


def test_equal_numbers_of_the_old_and_the_new_site_are_two_articles() -> None:
    assert onecms.article_key(f"{HOST}/tin-tuc/do-thi/700001/ten") != onecms.article_key(ARTICLE)


def test_an_article_at_an_unusual_url_has_the_key_of_its_canonical_url() -> None:
    page = a_page(f'<link rel="canonical" href="{ARTICLE}">', f"{HOST}/xem-truoc?id=9")
    assert onecms.page_key(page) == "700001"
    assert onecms.page_key(a_page("<p>x</p>", HOST)) is None


def test_list_rows() -> None:
    body = (FIXTURES / "onecms/gone_shows_list/page.html").read_bytes()
    reading = read_page(body, f"{HOST}/do-thi", PORTAL)
    assert reading.kind is PageKind.LIST
    titles = [row.title for row in reading.rows]
    assert titles[:5] == [f"Bài số {n} của chuyên mục đô thị" for n in range(1, 6)]
    stated = parse_moment("13/10/2025 08:03")
    assert stated is not None
    row = reading.rows[2]
    assert (row.url, row.published_at, row.published_precision) == (
        f"{HOST}/bai-so-3-cua-chuyen-muc-690103.html",
        stated.at,
        "minute",
    )
    assert row.summary == "Dòng dẫn của bài khác trong chuyên mục."


def test_a_row_without_a_date_takes_none_from_its_neighbour() -> None:
    page = a_page(
        """<ul class="onecms__loading"><li><h3 class="b-grid__title"><a href="/mot-700001.html">Một</a></h3></li>
        <li><h3 class="b-grid__title"><a href="/hai-700002.html">Hai</a></h3>
        <time class="c-time" datetime="2025-10-12T07:30:00+07:00">3 giờ trước</time></li>
        <li><h3 class="b-grid__title"><a href="/mot-700001.html">Một</a></h3></li></ul>"""
    )
    first, second = onecms.list_rows(page)
    assert (first.title, first.published_at) == ("Một", None)
    assert second.published_at is not None
    assert f"{second.published_at:%d/%m %H:%M}" == "12/10 07:30"


def test_a_date_beside_several_titles_belongs_to_none_of_them() -> None:
    page = a_page(
        """<div><h3 class="b-grid__title"><a href="/mot-700001.html">Một</a></h3>
        <span class="c-time">12/10/2025 07:30</span>
        <h3 class="b-grid__title"><a href="/hai-700002.html">Hai</a></h3></div>"""
    )
    assert [(row.title, row.published_at) for row in onecms.list_rows(page)] == [("Một", None), ("Hai", None)]


def test_list_rows_of_the_old_site() -> None:
    page = a_page(
        """<div class="timeline"><a href="/tin-tuc/do-thi/930001/mot">Một tin trên cùng</a></div>
        <ul><li class="bdrtp"><a href="/tin-tuc/do-thi/930002/hai">Hai</a></li></ul>"""
    )
    assert [row.title for row in onecms.list_rows(page)] == ["Một tin trên cùng", "Hai"]


def test_links_are_articles_and_lists_without_their_variants() -> None:
    page = a_page(
        f"""<nav><a href="/do-thi">a</a><a href="/tags/x-70001.html">b</a><a href="/rss/home.rss">c</a>
        <a href="/print/700001.html">d</a><a href="https://khac.test/x">e</a><a href="/tim-kiem?q=1">f</a></nav>
        <ul class="c-paging"><li><a href="/do-thi?page=2">2</a></li></ul>
        <h3 class="b-grid__title"><a href="{ARTICLE}">Một</a></h3><a href="/amp/x-700009.html">amp</a>
        <a href="{ARTICLE}">ảnh</a>""",
        f"{HOST}/do-thi",
    )
    links = onecms.links(page, PORTAL)
    assert links.articles == (ARTICLE,)
    assert links.lists == (f"{HOST}/do-thi", f"{HOST}/do-thi?page=2")
    assert (links.attachments, links.row_count) == ((), 1)


def test_attachments_come_only_from_the_text() -> None:
    body = (FIXTURES / "onecms/attachment_only/page.html").read_text(encoding="utf-8")
    page = a_page(body.replace("<footer", '<a href="/bang-gia-quang-cao.pdf">Quảng cáo</a><footer'), ARTICLE)
    links = onecms.links(page, PORTAL)
    assert links.attachments == (f"{HOST}/files/2025/03/diem-tiem.pdf",)
    assert links.row_count == 0


def test_the_old_layout_is_outdated_only_in_later_captures() -> None:
    body = (FIXTURES / "onecms/hanoimoi_2012/page.html").read_bytes()
    flags = {}
    for year in (2020, 2026):
        capture = a_capture(OLD, body, captured_at=datetime(year, 1, 1, tzinfo=UTC))
        article = extract_article(capture, body, PORTAL)
        assert article is not None
        assert article.template == "hanoimoi-2012"
        flags[year] = article.quality_flags
    assert set(flags[2026]) - set(flags[2020]) == {"outdated_template"}


# --- A seed text by Hà Nội Mới in the markup of its site ---

HEADS = {
    "longform": '<div class="sc-longform-header"><h1 class="sc-longform-header-title block-sc-title">{title}</h1>'
    '<span class="sc-longform-header-author block-sc-author">{author}</span>'
    '<span class="sc-longform-header-date block-sc-publish-time">12/10/2024 17:20</span></div>',
    "detail": '<div class="c-detail-head"><h1 class="c-detail-head__title">{title}</h1>'
    '<span class="c-detail-head__author">{author}</span>'
    '<span class="c-detail-head__time">12-10-2024 17:20</span></div>',
}
CAPTIONED = {
    "figure": '<figure class="image"><img src="/a.jpg"><figcaption>{0}</figcaption></figure>',
    "heading": '<figure class="expNoEdit"><img src="/a.jpg"><figcaption><h2>{0}</h2></figcaption></figure>',
    "centred line": '<p style="text-align:center"><img src="/a.jpg"></p><p style="text-align:center">{0}</p>',
    "table": "<table><tr><td><img src='/a.jpg'></td></tr><tr><td>{0}</td></tr></table>",
}


@pytest.mark.parametrize("caption", CAPTIONED)
@pytest.mark.parametrize("head", HEADS)
def test_seed_003_is_extracted_as_in_gold(shared: Path, head: str, caption: str) -> None:
    gold: dict[str, dict[str, Any]] = json.loads((shared / "seeds/gold.json").read_text(encoding="utf-8"))
    name, case = next((name, case) for name, case in gold.items() if name.startswith("003"))
    lines = (shared / f"seeds/{name}.txt").read_text(encoding="utf-8").split("\n")
    roles = {role: html.escape(lines[int(number) - 1]) for number, role in case["line_roles"].items()}
    text = ""
    for number, role in case["line_roles"].items():
        line = html.escape(lines[int(number) - 1])
        text += {"body": f"<p>{line}</p>", "caption": CAPTIONED[caption].format(line)}.get(role, "")
    box = '<div class="c-box"><h3 class="b-grid__title"><a href="/khac-700002.html">Một bài khác hẳn</a></h3></div>'
    body = (
        f'<html><body><div class="c-news-detail">{HEADS[head].format(title=roles["title"], author=roles["byline"])}'
        f'<div class="b-maincontent">{text}{box}</div><p class="js-source-copy">{roles["source"]}</p></div>'
        "</body></html>"
    ).encode()
    article = extract_article(a_capture(ARTICLE, body), body, PORTAL)
    assert article is not None
    assert (article.title, article.byline, article.template) == (case["title"], case["byline"], head)
    assert list(article.captions) == case["captions"]
    assert (article.credited_source_name, article.credited_source_url) == (
        case["credited_source"]["name"],
        case["credited_source"]["url"],
    )
    assert len(article.body) == case["body_paragraph_count"]
    assert article.body[0].startswith(case["body_first_words"])
    assert article.body[-1].endswith(case["body_last_words"])
    assert "Một bài khác hẳn" not in "\n".join(article.body)
