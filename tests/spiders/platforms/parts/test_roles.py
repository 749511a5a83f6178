"""Roles of blocks: for each rule, texts that it must match and texts that it must not."""

from __future__ import annotations

import pytest

from spiders.platforms.parts.attribution.bylines import byline_from
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.roles import Roles, assign_roles
from tests.spiders.platforms.pages import a_page

FIRST = "Đoạn đầu của bài, đủ dài và có dấu chấm."
LAST = "Đoạn cuối của bài, cũng có dấu chấm."
IMAGE = '<p><img src="/anh.jpg" alt=""></p>'


def roles(html: str, **known: str) -> Roles:
    page = a_page(f'<div id="text">{html}</div>')
    return assign_roles(read_blocks(page.tree.get_element_by_id("text")), page.url, **known)


def between(html: str) -> Roles:
    """Return the roles of the markup between two paragraphs."""
    return roles(f"<p>{FIRST}</p>{html}<p>{LAST}</p>")


def at_end(html: str) -> Roles:
    """Return the roles of the markup after two paragraphs."""
    return roles(f"<p>{FIRST}</p><p>{LAST}</p>{html}")


@pytest.mark.parametrize(
    ("html", "captions"),
    [
        (IMAGE + "<p>Quang cảnh cuộc họp</p>", ("Quang cảnh cuộc họp",)),
        (IMAGE + "<p>Quang cảnh cuộc họp.</p>", ("Quang cảnh cuộc họp.",)),
        (IMAGE + "<p>Quang cảnh cuộc họp</p><p>Ảnh: T.H</p>", ("Quang cảnh cuộc họp Ảnh: T.H",)),
        (IMAGE + IMAGE + "<p align=center>Hai bức, một lời.</p>", ("Hai bức, một lời.",)),
        ("<center><img src=a.jpg><br>Dưới ảnh, cùng khối.</center>", ("Dưới ảnh, cùng khối.",)),
        ('<p><img src=a.jpg alt="Lời dài: ' + "chữ " * 20 + '."></p><p>Lời dài: ' + "chữ " * 20 + ".</p>", None),
        ('<div class="image-caption">Không có ảnh nào cả.</div>', ("Không có ảnh nào cả.",)),
        ("<p>Câu in hai lần</p><p>Câu in hai lần.</p>", ("Câu in hai lần",)),
        ("<p>Các đại biểu biểu quyết tại kỳ họp</p>", ("Các đại biểu biểu quyết tại kỳ họp",)),
    ],
)
def test_captions(html: str, captions: tuple[str, ...] | None) -> None:
    found = between(html)
    assert found.body == (FIRST, LAST)
    assert found.captions == captions if captions else len(found.captions) == 1


@pytest.mark.parametrize(
    "html",
    [
        IMAGE + "<p><strong>Kết quả bước đầu</strong></p>",
        IMAGE + "<h3>Kết quả bước đầu</h3>",
        IMAGE + "<p>Cụ thể như sau:</p>",
        IMAGE + "<p>" + "Câu này dài hơn lời của một bức ảnh nhiều lắm. " * 3 + "</p>",
        "<p>Kết quả bước đầu</p>",
        "<p>Đồng chí Chủ tịch UBND xã phát biểu tại hội nghị, đề nghị các thôn vào cuộc.</p>",
        "<p><b>Đại biểu phát biểu tại hội nghị</b></p>",
    ],
)
def test_lines_that_are_not_captions(html: str) -> None:
    found = between(html)
    assert found.captions == ()
    assert len(found.body) == 3


@pytest.mark.parametrize(
    ("html", "byline"),
    [
        ("<p>Nguyễn Hương</p>", "Nguyễn Hương"),
        ("<p>Thu Hà - Đức Minh</p>", "Thu Hà - Đức Minh"),
        ("<p>Trung tâm Văn hóa - Thông tin và Thể thao huyện</p>", "Trung tâm Văn hóa - Thông tin và Thể thao huyện"),
        ('<p style="text-align:right">Phương Linh (tổng hợp)</p>', "Phương Linh (tổng hợp)"),
        ("<p><strong>T.H</strong></p>", "T.H"),
        ("<p>Tin, ảnh: Thu Hà</p>", "Thu Hà"),
        ("<p>Bài và ảnh: Thu Hà</p>", "Thu Hà"),
        ("<p>Tác giả: Phòng Tư pháp</p>", "Phòng Tư pháp"),
        ("<p>(UBND xã)</p>", "UBND xã"),
    ],
)
def test_bylines(html: str, byline: str) -> None:
    found = at_end(html)
    assert found.body == (FIRST, LAST)
    assert found.byline == byline


@pytest.mark.parametrize(
    "text",
    [
        "Trân trọng thông báo!",
        "Hội nghị kết thúc lúc 11 giờ.",
        "Ủy ban nhân dân xã đề nghị các thôn, các hộ dân nghiêm túc thực hiện nội dung thông báo này",
        "Hotline: 024 0000 0000",
        "xin cảm ơn",
    ],
)
def test_lines_that_are_not_bylines(text: str) -> None:
    found = at_end(f"<p>{text}</p>")
    assert found.byline is None
    assert found.body[-1] == text


def test_a_known_byline_is_removed_from_the_text_only_if_equal() -> None:
    same = roles(f"<p>{FIRST}</p><p>Đài Truyền thanh xã</p>", byline="Đài truyền thanh xã")
    assert (same.body, same.byline) == ((FIRST,), "Đài truyền thanh xã")
    other = roles(f"<p>{FIRST}</p><p>Nguyễn Hương</p>", byline="Đài Truyền thanh xã")
    assert (len(other.body), other.byline) == (2, "Đài Truyền thanh xã")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tác giả: Thu Hà", "Thu Hà"),
        ("  Phòng  Tư pháp ", "Phòng Tư pháp"),
        ("admin admin", None),
        ("Administrator", None),
        ("Quản trị viên", None),
        ("", None),
        (None, None),
    ],
)
def test_byline_from(text: str | None, name: str | None) -> None:
    assert byline_from(text) == name


LINK = "https://bao.test/bai-12.html"


@pytest.mark.parametrize(
    ("html", "name", "url"),
    [
        ("<p>Nguồn: Báo Thử Nghiệm</p>", "Báo Thử Nghiệm", None),
        ("<p>(Nguồn: Báo Thử Nghiệm)</p>", "Báo Thử Nghiệm", None),
        ("<p>Nguồn tin: baothu.vn</p>", "baothu.vn", None),
        (f"<p>Nguồn Báo Thử Nghiệm: {LINK}</p>", "Báo Thử Nghiệm", LINK),
        (f'<p>Nguồn Báo Thử Nghiệm: <a href="{LINK}">{LINK}</a></p>', "Báo Thử Nghiệm", LINK),
        (f'<p>Nguồn: <a href="{LINK}">Báo Thử Nghiệm</a></p>', "Báo Thử Nghiệm", LINK),
        (f"<p>Nguồn: {LINK}</p>", None, LINK),
        ("<p>Nguồn: www.bao.test/bai</p>", None, "https://www.bao.test/bai"),
        ("<p><em>Theo Báo Thử Nghiệm</em></p>", "Báo Thử Nghiệm", None),
        ("<p>Theo baothu.vn</p>", "baothu.vn", None),
        ("<p>Nguồn: Báo Thử Nghiệm</p><p>Thu Hà</p>", "Báo Thử Nghiệm", None),
        ("<p>Thu Hà</p><p>Theo Báo Thử Nghiệm</p>", "Báo Thử Nghiệm", None),
    ],
)
def test_credited_sources(html: str, name: str | None, url: str | None) -> None:
    found = at_end(html)
    assert found.body == (FIRST, LAST)
    assert (found.credited_source_name, found.credited_source_url) == (name, url)
    assert found.byline == ("Thu Hà" if "Thu Hà" in html else None)


@pytest.mark.parametrize("glued", ["(Theo Báo Thử Nghiệm)", "(Nguồn: Báo Thử Nghiệm).", "Nguồn: Báo Thử Nghiệm"])
def test_a_source_glued_to_the_text_is_removed(glued: str) -> None:
    found = roles(f"<p>{FIRST}</p><p>{LAST}{glued}</p>")
    assert found.body == (FIRST, LAST)
    assert (found.credited_source_name, found.flags) == ("Báo Thử Nghiệm", ("source_glued",))


@pytest.mark.parametrize(
    "text",
    [
        "Theo báo cáo tại hội nghị, toàn xã có 214 hộ.",
        "Nguồn vốn đầu tư công năm nay là 29 tỷ đồng.",
        "Mọi việc làm đúng quy định (theo như hướng dẫn của huyện)",
        "Theo Kế hoạch số 45/KH-UBND, việc này xong trước tháng 12, chậm nhất là đầu tháng 1.",
    ],
)
def test_lines_that_are_not_credits(text: str) -> None:
    found = at_end(f"<p>{text}</p>")
    assert (found.credited_source_name, found.body[-1]) == (None, text)


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="/tin/-/view_content/5-khac">Một bài khác về cùng việc ấy</a></p>',
        '<p>&gt;&gt; <a href="/khac.html">Một bài khác</a></p>',
        '<p>Xem thêm: <a href="/khac.html">Một bài khác</a> và nhiều lời nữa ở phía sau cho đủ</p>',
        "<ul><li><a href='/a.html'>Một</a></li><li><a href='/b.html'>Hai</a></li></ul>",
    ],
)
def test_links_to_other_articles_are_removed(html: str) -> None:
    found = between(html)
    assert found.body == (FIRST, LAST)
    assert found.flags == ("related_inside",)


def test_a_link_inside_a_sentence_is_text() -> None:
    found = between('<p>Hồ sơ nộp tại <a href="https://dichvu.test/">cổng dịch vụ công</a> trước ngày 30.</p>')
    assert len(found.body) == 3
    assert found.flags == ()


@pytest.mark.parametrize(
    "text",
    [
        "Dòng sự kiện",
        "A- A A+ | Tăng tương phản Giảm tương phản",
        "Nội dung đang cập nhật...",
        "Bài viết liên quan",
        "Tổng số điểm của bài viết là: 0 trong 0 đánh giá",
        "Click để đánh giá bài viết",
        "File đính kèm:",
    ],
)
def test_boilerplate_lines_are_removed(text: str) -> None:
    assert between(f"<p>{text}</p>").body == (FIRST, LAST)


def test_attachments_and_pictures_are_listed_once() -> None:
    found = between(
        '<p><img src="/1.jpg"><img src="/1.jpg"><img data-src="/2.jpg" src="data:x"></p>'
        '<p>- <a href="/kh.pdf?p_auth=1">Kế hoạch</a></p>'
        '<p>Xem <a href="/kh.pdf?p_auth=2">kế hoạch kèm theo đây</a> nhé các bác.</p>'
    )
    assert found.image_urls == ("https://dongtam.hanoi.test/1.jpg", "https://dongtam.hanoi.test/2.jpg")
    assert found.attachments == ("https://dongtam.hanoi.test/kh.pdf",)
    assert found.body == (FIRST, "Xem kế hoạch kèm theo đây nhé các bác.", LAST)


def test_repeated_title_and_lead_are_removed() -> None:
    found = roles(f"<p>TÊN BÀI</p><p>Tóm tắt.</p><p>{FIRST}</p>", title="Tên bài", lead="Tóm tắt.")
    assert found.body == (FIRST,)
