"""The text of one line: spaces where browsers begin a new line, and nothing that readers do not see."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from lxml.html import HtmlElement

from bench.extraction.cases import FIXTURES
from spiders.onboarding.gold_cases import GOLD_FILE, PAGE_FILE, cases
from spiders.pages.html import parse_page
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.selectors import text_of
from tests.spiders.platforms.pages import CAPTURED_AT
from warehouse.text.normal import normal_form


def element(markup: str) -> HtmlElement:
    page = parse_page(f"<html><body>{markup}</body></html>".encode(), "https://thu.hanoi.test/", "text/html")
    body = page.tree.find("body")
    assert body is not None
    return body[0]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h1>Quận Đống Đa<br>họp giao ban</h1>", "Quận Đống Đa họp giao ban"),
        ("<h1>Quận Đống Đa<br/>\n<br/>họp giao ban</h1>", "Quận Đống Đa họp giao ban"),
        ("<h1><div>Quận Đống Đa</div><div>họp giao ban</div></h1>", "Quận Đống Đa họp giao ban"),
        ("<h1>Quận Đống Đa<div>họp</div>giao ban</h1>", "Quận Đống Đa họp giao ban"),
        ("<h1><span style='display:block'>Quận Đống Đa</span>họp giao ban</h1>", "Quận Đống Đa họp giao ban"),
        ("<div><p>Quận Đống Đa</p><p>họp giao ban</p></div>", "Quận Đống Đa họp giao ban"),
        ("<ul><li>14/10/2024</li><li>Tin tức</li></ul>", "14/10/2024 Tin tức"),
        ("<table><tr><td>Ngày</td><td>14/10</td></tr></table>", "Ngày 14/10"),
        ("<h1><b>Hà</b> Nội: <span>10</span>%, 5 km<sup>2</sup></h1>", "Hà Nội: 10%, 5 km2"),
        ("<h1><b>H</b>à <i>N</i><a href='/x'>ội</a></h1>", "Hà Nội"),
        ("<h1>Đống<wbr>Đa</h1>", "ĐốngĐa"),
        ("<h1>Họp <span style='display:inline-block'>1</span>0</h1>", "Họp 10"),
        ("<h1>Họp<script>var x = 1</script><style>b{}</style> giao ban</h1>", "Họp giao ban"),
        ("<h1></h1>", ""),
    ],
)
def test_spaces_stand_where_browsers_begin_a_line(markup: str, text: str) -> None:
    assert text_of(element(markup)) == text


HIDDEN = [
    "style='text-indent:-9999px'",
    "style='position:absolute;left:-9999px'",
    "style='position: fixed; top: -1000px'",
    "style='font-size:0'",
    "style='font-size: 0px; color: red'",
    "style='position:absolute;clip:rect(0 0 0 0)'",
    "style='clip: rect(1px, 1px, 1px, 1px); position: absolute'",
    "style='clip-path: inset(50%)'",
    "style='visibility:hidden'",
    "style='DISPLAY: NONE'",
    "style='opacity:0'",
    "style='opacity: 0.0; color: red'",
    "style='height:0;overflow:hidden'",
    "style='width:1px;height:1px;overflow:hidden'",
    "style='mso-hide:all'",
    "hidden",
    "class='sr-only'",
    "class='x visually-hidden'",
    "class='screen-reader-text'",
    "class='d-none'",
    "class='hide'",
]
SHOWN = [
    "aria-hidden='true'",
    "class='d-none d-md-block'",
    "class='hidden lg:inline'",
    "class='tab-pane hide'",
    "class='hide' role='tabpanel'",
    "class='hide-on-scroll hidden-xs'",
    "style='text-indent:-18.0pt;margin-left:36pt'",
    "style='text-indent:-0.25in'",
    "style='position:relative;left:-9px'",
    "style='position:absolute;left:-15px'",
    "style='left:-9999px'",
    "style='font-size:0.8em'",
    "style='opacity:0.9'",
    "style='opacity:1'",
    "style='overflow:hidden'",
    "style='height:100px;overflow:hidden'",
    "style='line-height:0'",
    "style='min-height:0;overflow:hidden'",
]


@pytest.mark.parametrize("attribute", HIDDEN)
def test_hidden_text_is_neither_in_a_line_nor_in_a_paragraph(attribute: str) -> None:
    box = element(f"<div><h1>Họp <span {attribute}>kín</span>giao ban</h1><div {attribute}>Ai đâu.</div>Có.</div>")
    assert text_of(box) == "Họp giao ban Có."
    assert [block.text for block in read_blocks(box)] == ["Họp giao ban", "Có."]


@pytest.mark.parametrize("attribute", SHOWN)
def test_shown_text_stays(attribute: str) -> None:
    box = element(f"<div><h1>Họp <span {attribute}>sớm</span> giao ban</h1><p {attribute}>Ai cũng đọc.</p></div>")
    assert text_of(box) == "Họp sớm giao ban Ai cũng đọc."
    assert [block.text for block in read_blocks(box)] == ["Họp sớm giao ban", "Ai cũng đọc."]


def test_a_box_without_letters_of_its_own_may_have_others_inside() -> None:
    box = element("<div style='font-size:0'><p style='font-size:16px'>Ai cũng đọc.</p></div>")
    assert [block.text for block in read_blocks(box)] == ["Ai cũng đọc."]
    box = element("<div><p style='font-size:0'><img src='/a.jpg'></p></div>")
    assert [block.image for block in read_blocks(box)] == ["/a.jpg"]


def test_the_title_element_may_have_markup_as_text() -> None:
    page = parse_page(
        "<html><head><title>Đống Đa<br>họp <b>giao</b> ban, 1 < 2</title></head><body><p>x</p></body></html>".encode(),
        "https://thu.hanoi.test/",
        "text/html; charset=utf-8",
    )
    title = page.tree.find("head/title")
    assert title is not None
    assert text_of(title) == "Đống Đa họp giao ban, 1 < 2"


@pytest.mark.parametrize(
    "markup", ["<b>" * 60 + "x", "<i></i>" * 25_000 + "x", "<p>chữ</p>" * 25_000, "<a>" + "x" * 900_000]
)
def test_large_elements_take_little_time(markup: str) -> None:
    box = element(f"<div>{markup}</div>")
    start = time.process_time()
    for _ in range(20):
        assert len(text_of(box)) <= 10_000
    assert time.process_time() - start < 3


GOLD = [
    folder
    for folder in cases(FIXTURES)
    if (json.loads((folder / GOLD_FILE).read_text(encoding="utf-8"))["article"] or {}).get("title")
]


@pytest.mark.parametrize("folder", GOLD, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_no_headline_is_glued_at_a_line_break(folder: Path) -> None:
    gold = json.loads((folder / GOLD_FILE).read_text(encoding="utf-8"))
    title = normal_form(gold["article"]["title"])
    page = parse_page((folder / PAGE_FILE).read_bytes(), gold["fetched_from"], gold["content_type"], CAPTURED_AT)
    if not _break_headlines(page.tree, title):
        pytest.skip("the headline is not in an element of its own")
    for name in (folder.parent.name, "generic"):
        template = next((each for each in PLATFORMS[name].TEMPLATES if each.fits(page)), None)
        if template is not None:
            assert normal_form(template.article_parts(page).title or "") == title


def _break_headlines(tree: HtmlElement, title: str) -> int:
    """Put a line break in place of the middle space of each heading with the title; return their number."""
    count = 0
    for each in tree.iter("h1", "h2", "h3", "h4", "div", "span", "p", "a", "strong", "b"):
        text = each.text or ""
        if normal_form(text) == title and " " in text.strip():
            words = text.split()
            each.text = " ".join(words[: len(words) // 2])
            line_break = each.makeelement("br")
            line_break.tail = " ".join(words[len(words) // 2 :])
            each.insert(0, line_break)
            count += 1
    return count
