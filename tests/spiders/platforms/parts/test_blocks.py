"""Splitting markup into blocks: paragraph boundaries and formatting."""

from __future__ import annotations

import pytest
from lxml import etree

from spiders.platforms.parts.blocks import read_blocks
from tests.spiders.platforms.pages import a_page


def texts(html: str) -> list[str]:
    page = a_page(f'<div id="text">{html}</div>')
    return [block.text or f"[{block.image}]" for block in read_blocks(page.tree.get_element_by_id("text"))]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>một</p><p>hai</p>", ["một", "hai"]),
        ("<div>một<div>hai</div>ba</div>", ["một", "hai", "ba"]),
        ("một<br><br>hai", ["một", "hai"]),
        ("một<br> &nbsp;<br/>hai", ["một", "hai"]),
        ("dòng một<br>còn nữa", ["dòng một còn nữa"]),
        ("Hết câu.<br>Câu khác", ["Hết câu.", "Câu khác"]),
        ("một</p>hai</p>ba", ["một", "hai", "ba"]),
        ("<p>một <b>hai</b> <i>ba</i>bốn</p>", ["một hai babốn"]),
        ("<p>một<img src='a.jpg'>hai</p>", ["một", "[a.jpg]", "hai"]),
        ("<p>một<script>x</script> hai<style>y</style></p><noscript>z</noscript>", ["một hai"]),
        ("<p>một<span style='display: none'>ẩn</span></p><p hidden>ẩn</p>", ["một"]),
        ("<ul><li>một</li><li>hai<ul><li>ba</li></ul></li></ul>", ["một", "hai", "ba"]),
        ("<table><tr><td>một</td><td>hai</td></tr></table>", ["một", "hai"]),
        ("<p>&nbsp;</p><p> \u200b </p>", []),
        ("<p>một<!-- lời chú --> hai</p>", ["một hai"]),
    ],
)
def test_paragraphs(html: str, expected: list[str]) -> None:
    assert texts(html) == expected


def test_formatting() -> None:
    page = a_page(
        """<div id="text"><center><i>nghiêng</i></center><p style="text-align: RIGHT"><b>đậm</b></p>
        <p><b style="font-weight: normal">thường</b></p><h2>mục</h2><p><em>nửa</em> nghiêng</p>
        <p><a href="/x">liên kết</a></p><p class="photo-caption">lời</p></div>"""
    )
    blocks = {block.text: block for block in read_blocks(page.tree.get_element_by_id("text"))}
    assert (blocks["nghiêng"].align, blocks["nghiêng"].is_italic) == ("center", True)
    assert (blocks["đậm"].align, blocks["đậm"].is_bold) == ("right", True)
    assert not blocks["thường"].is_bold
    assert blocks["mục"].is_heading
    assert not blocks["nửa nghiêng"].is_italic
    assert (blocks["liên kết"].links, blocks["liên kết"].link_density) == ((("/x", "liên kết"),), 1.0)
    assert blocks["lời"].is_caption


def test_reading_does_not_modify_the_page() -> None:
    page = a_page('<div id="text"><p>một<br>hai</p><script>x</script><table><tr><td>ba</td></tr></table></div>')
    before = etree.tostring(page.tree)
    read_blocks(page.tree.get_element_by_id("text"), lambda element: element.tag == "table")
    assert etree.tostring(page.tree) == before


def test_verse_is_split_at_every_line_break_and_prose_is_not() -> None:
    verses = [
        "Leng keng rơi xuống mặt đường",
        "nhặt lên thì đã thành sương",
        "Bờ Hồ đèn đỏ về đâu",
        "mà toa tàu cũ nằm sâu.",
    ]
    assert texts("<p>" + "<br>\n".join(verses) + "</p>") == verses
    prose = "Sáng nay các hộ dân trong ngõ đã cùng nhau dọn<br>" * 4
    assert texts(f"<p>{prose}</p>") == [" ".join(prose.replace("<br>", " ").split())]
