"""Faults of markup: each keeps the words readable and breaks the markup in its own way."""

from __future__ import annotations

from dataclasses import replace

import lxml.html
import pytest
from lxml.html import HtmlElement

from spiders.mirror.content import Content, Fault, ShownArticle
from spiders.mirror.markup import Cms, Link, body_markup

CAPTION = "Quang cảnh cuộc họp."
RELATED = Link("/khac", "Bài khác <của> cổng")


@pytest.fixture
def article(content: Content) -> ShownArticle:
    found = content.state("my-duc-thu-nghiem", 1).article(100)
    assert found
    return found


def body(article: ShownArticle, *faults: Fault, cms: Cms = "liferay_point") -> str:
    spoiled = replace(article, faults=frozenset(faults))
    return str(body_markup(spoiled, cms, lambda file: f"/anh/{file}", RELATED))


def parsed(html: str) -> HtmlElement:
    return lxml.html.fragment_fromstring(html, create_parent="div")


def test_plain_bodies_follow_the_cms(article: ShownArticle) -> None:
    liferay = parsed(body(article, cms="liferay_point"))
    ward, newspaper = parsed(body(article, cms="ward")), parsed(body(article, cms="newspaper"))
    assert len(liferay.xpath("p[@style and span]")) == 3
    assert liferay.xpath("string(p[img])") == CAPTION
    assert ward.xpath("string(figure[img]/figcaption)") == CAPTION
    assert ward.xpath("string(h2)") == "Ba việc"
    assert newspaper.xpath("string(table//tr[2]/td)") == CAPTION


def test_caption_table(article: ShownArticle) -> None:
    tree = parsed(body(article, "caption_table"))
    assert tree.xpath("count(table//tr[1]//img)") == 1
    assert tree.xpath("string(table//tr[2])") == CAPTION


def test_caption_italic(article: ShownArticle) -> None:
    tree = parsed(body(article, "caption_italic"))
    assert tree.xpath("string(p[img]/following-sibling::p[1]/em)") == CAPTION


@pytest.mark.parametrize("cms", ["liferay_point", "ward", "newspaper"])
def test_caption_repeated(article: ShownArticle, cms: Cms) -> None:
    assert body(article, cms=cms).count(CAPTION) == 1
    assert body(article, "caption_repeated", cms=cms).count(CAPTION) == 2


def test_line_breaks(article: ShownArticle) -> None:
    tree = parsed(body(article, "line_breaks"))
    assert tree.xpath("count(div/br)") == 2
    assert "Việc thứ ba để tuần sau." in [text.strip() for text in tree.xpath("div/text()")]
    assert tree.xpath("count(div/p[span])") == 0


def test_related_inside(article: ShownArticle) -> None:
    tree = parsed(body(article, "related_inside"))
    assert tree.xpath("string(//a[@href='/khac'])") == RELATED.title
    link = tree.xpath("//p[.//a]")[0]
    assert link.getprevious() is not None
    assert link.getnext() is not None


def test_broken_html(article: ShownArticle) -> None:
    html = body(article, "broken_html")
    assert html.count("</p>") > html.count("<p")
    assert html.count("<span") > html.count("</span>")
    words = " ".join(parsed(html).text_content().split())
    assert "Sáng nay, văn phòng họp giao ban." in words
    assert "Việc thứ ba để tuần sau." in words


def test_no_break_spaces_are_written_as_entities(article: ShownArticle) -> None:
    assert "&nbsp;&nbsp;" in body(replace(article, body=("\u00a0\u00a0Một.",)))


def test_text_cannot_become_markup(article: ShownArticle) -> None:
    assert "<script>" not in body(replace(article, body=("<script>alert(1)</script>",)))
