"""Signatures and credits in a text: each form that must be taken off it, and lines that must stay."""

from __future__ import annotations

import time

import pytest

from spiders.platforms.parts.attribution.bylines import byline_from, dated_byline, marked_byline
from spiders.platforms.parts.attribution.names import is_name, is_person, is_publisher
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.roles import Roles, assign_roles
from tests.spiders.platforms.pages import a_page

FIRST = "Sáng mùng Năm, xã tổ chức hội nghị sơ kết, bàn việc cho những tháng cuối năm với các thôn."
LAST = "Hội nghị giao từng phần việc cho mười hai thôn, hẹn ngày báo cáo lại."
RIGHT = ' style="text-align: right"'


def roles(html: str, **known: str) -> Roles:
    page = a_page(f'<div id="text">{html}</div>')
    return assign_roles(read_blocks(page.tree.get_element_by_id("text")), page.url, **known)


def at_end(html: str, **known: str) -> Roles:
    """Return the roles of the markup after two paragraphs."""
    return roles(f"<p>{FIRST}</p><p>{LAST}</p>{html}", **known)


@pytest.mark.parametrize(
    ("html", "byline"),
    [
        ("<p>Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<p>NGUYỄN THU HÀ</p>", "NGUYỄN THU HÀ"),
        ("<p>Thu Hà, Đức Minh và Lan Chi</p>", "Thu Hà, Đức Minh và Lan Chi"),
        ("<p>Thu Hà và 1 tác giả khác</p>", "Thu Hà và 1 tác giả khác"),
        ("<p>Bài viết của Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<p>Thực hiện: Thu Hà, Đức Minh</p>", "Thu Hà, Đức Minh"),
        ("<p>Sưu tầm: Thu Hà</p>", "Thu Hà"),
        ("<p>Theo: Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<p>N.V.A</p>", "N.V.A"),
        ("<p>Q.Huy</p>", "Q.Huy"),
        (f"<p{RIGHT}>Hoài</p>", "Hoài"),
        ("<p>Thu Hà (tổng hợp)</p>", "Thu Hà (tổng hợp)"),
        ("<p>Thu Hà (t/h)</p>", "Thu Hà (t/h)"),
        ("<p>Nguyễn An lược ghi</p>", "Nguyễn An lược ghi"),
        ("<p>T.H (CTV)</p>", "T.H"),
        ("<p>Nguyễn Thu Hà, phóng viên</p>", "Nguyễn Thu Hà"),
        ("<p>Nguyễn Thu Hà (thuha@xa-thu.test)</p>", "Nguyễn Thu Hà"),
        ("<p>Nguyễn Thu Hà - ĐT: 024 3000 0000</p>", "Nguyễn Thu Hà"),
        ("<p>Thu Hà - Ảnh: Đức Minh</p>", "Thu Hà"),
        ("<p>Bài: Thu Hà. Ảnh: Đức Minh</p>", "Thu Hà"),
        ("<p>Ảnh: Đức Minh - Bài: Thu Hà</p>", "Thu Hà"),
        ("<p>Bài: Thu Hà</p><p>Ảnh: Đức Minh</p>", "Thu Hà"),
        ("<p>Nhóm PV</p>", "Nhóm PV"),
        (
            f"<p{RIGHT}>Trung tâm Văn hóa, Thông tin và Thể thao quận</p>",
            "Trung tâm Văn hóa, Thông tin và Thể thao quận",
        ),
        ("<p>Đăng bởi: Nguyễn Văn Lưu</p>", "Nguyễn Văn Lưu"),
        ("<p>Thu Hà</p><p>Đăng bởi: Nguyễn Văn Lưu</p>", "Thu Hà"),
    ],
)
def test_signatures_are_taken_off_the_end(html: str, byline: str) -> None:
    found = at_end(html)
    assert (found.body, found.byline, found.captions) == ((FIRST, LAST), byline, ())
    assert found.credited_source_name is None


@pytest.mark.parametrize(
    ("html", "byline", "source"),
    [
        ("<p>Theo Thu Hà/Báo Thử</p>", "Thu Hà", "Báo Thử"),
        ("<p>Theo Thu Hà/baothu.vn</p>", "Thu Hà", "baothu.vn"),
        ("<p>(Thu Hà/Vietnam+)</p>", "Thu Hà", "Vietnam+"),
        ("<p>PV/VOV1</p>", "PV", "VOV1"),
        ("<p>Thu Hà (theo Báo Thử)</p>", "Thu Hà", "Báo Thử"),
        ("<p>Thu Hà - Theo Báo Thử</p>", "Thu Hà", "Báo Thử"),
        ("<p>Thu Hà<br>(Nguồn: Báo Thử)</p>", "Thu Hà", "Báo Thử"),
        ("<p>Tác giả: Thu Hà</p><p>Nguồn: Báo Thử</p>", "Thu Hà", "Báo Thử"),
        ("<p>Thu Hà</p><p>Nguồn: Báo Thử https://bao.test/a Hà Nội</p>", "Thu Hà", "Báo Thử Hà Nội"),
        ("<p>(Theo TTXVN)</p>", None, "TTXVN"),
        ("<p>(TTXVN/Vietnam+)</p>", None, "TTXVN/Vietnam+"),
        ("<p>Theo Tuổi Trẻ</p>", None, "Tuổi Trẻ"),
        ("<p>Theo Cổng thông tin điện tử phường Sen Hạ</p>", None, "Cổng thông tin điện tử phường Sen Hạ"),
        ("<p><b>Tuổi Trẻ</b></p>", None, "Tuổi Trẻ"),
        ("<p>Tien Phong</p>", None, "Tien Phong"),
        ("<p>baothu.vn</p>", None, "baothu.vn"),
        ('<p>Xem bài gốc tại: <a href="https://bao.test/1">Báo Thử</a></p>', None, "Báo Thử"),
        ('<p>Link bài gốc: <a href="https://bao.test/1">Báo Thử</a></p>', None, "Báo Thử"),
    ],
)
def test_authors_and_publishers_on_one_line_are_told_apart(html: str, byline: str | None, source: str) -> None:
    found = at_end(html)
    assert (found.body, found.byline, found.credited_source_name) == ((FIRST, LAST), byline, source)


def test_a_bare_address_is_a_source_but_not_that_of_a_shop_or_the_site_itself() -> None:
    assert at_end("<p>https://bao.test/bai-1.html</p>").credited_source_url == "https://bao.test/bai-1.html"
    for other in ("https://bit.ly/3abc", "https://www.facebook.com/xa", "https://dongtam.hanoi.test/tin"):
        found = at_end(f"<p>{other}</p>")
        assert (found.credited_source_url, found.body[-1]) == (None, other)


@pytest.mark.parametrize(
    "html",
    [
        "<p>KT. CHỦ TỊCH</p><p>PHÓ CHỦ TỊCH</p><p><b>Nguyễn Văn An</b></p>",
        "<p>KT. CHỦ TỊCH PHÓ CHỦ TỊCH Nguyễn Văn An</p>",
        "<p>GIÁM ĐỐC</p><p>(Đã ký)</p><p>Nguyễn Văn An</p>",
        f"<div{RIGHT}><p>TM. ỦY BAN NHÂN DÂN</p><p>CHỦ TỊCH</p><p>Nguyễn Văn An</p></div>",
        "<p><b>Ông Nguyễn Văn An, Chủ tịch UBND xã</b></p>",
        "<p><b>Nguyễn Văn An, Chủ tịch UBND xã</b></p>",
        "<p>Đồng chí Nguyễn Văn An</p>",
        "<p>“Đường làng sạch thì lòng người vui.”</p><p>- Nguyễn Văn An</p>",
        "<p><i>“Đường làng sạch thì lòng người vui.”</i></p>",
        "<p><b>Kết quả bước đầu</b></p>",
        f"<p{RIGHT}>Hà Nội</p>",
        "<p>Hoàng Mai</p>",
        "<p><b>Trân trọng cảm ơn</b></p>",
        "<p>Công an xã cảm ơn sự phối hợp của bà con.</p>",
        '<p><a href="/duong/nguyen-trai">Nguyễn Trãi</a></p>',
    ],
)
def test_those_who_sign_a_decision_or_speak_are_no_authors(html: str) -> None:
    found = at_end(html)
    assert found.byline is None
    assert len(found.body) > 2 or found.flags == ("related_inside",)


@pytest.mark.parametrize(
    ("end", "byline", "source"),
    [
        (" (Theo TTXVN)", None, "TTXVN"),
        (" (Thu Hà/Vietnam+)", "Thu Hà", "Vietnam+"),
        (" (Theo Thu Hà/Báo Thử)", "Thu Hà", "Báo Thử"),
        ("/.Nguyễn Thu Hà", "Nguyễn Thu Hà", None),
        (" (TTXVN)", None, "TTXVN"),
    ],
)
def test_marks_after_the_last_sentence(end: str, byline: str | None, source: str | None) -> None:
    found = roles(f"<p>{FIRST}</p><p>{LAST}{end}</p>")
    assert (found.byline, found.credited_source_name, found.flags) == (byline, source, ("source_glued",))
    assert found.body[1].rstrip("./") == LAST.rstrip(".")


@pytest.mark.parametrize("end", [" (Nguyễn Văn An)", " (ảnh dưới)", " (xem Phụ lục)", " (theo như hướng dẫn)"])
def test_other_brackets_after_the_last_sentence_stay(end: str) -> None:
    found = roles(f"<p>{FIRST}</p><p>{LAST}{end}</p>")
    assert (found.byline, found.credited_source_name, found.body[1]) == (None, None, LAST + end)


@pytest.mark.parametrize(
    ("html", "byline"),
    [
        ("<p>Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<p><i>Thu Hà</i></p>", "Thu Hà"),
        (f"<p{RIGHT}>Thu Hà</p>", "Thu Hà"),
        ("<p>Bài viết của Nguyễn Thu Hà</p>", "Nguyễn Thu Hà"),
        ("<p>Tin, ảnh: Thu Hà</p>", "Thu Hà"),
        ("<p>By Jane Doe</p>", "Jane Doe"),
        ("<p>Nguyễn Thu Hà - 05/11/2025 10:00</p>", "Nguyễn Thu Hà"),
    ],
)
def test_a_signature_as_first_paragraph(html: str, byline: str) -> None:
    found = roles(f"{html}<p>{FIRST}</p><p>{LAST}</p>")
    assert (found.body, found.byline) == ((FIRST, LAST), byline)


@pytest.mark.parametrize(
    "html",
    ["<h3>Hà Văn Trấn</h3>", "<p><b>Kết quả nổi bật</b></p>", "<p>Ông Nguyễn Văn An</p>", "<p><b>Đông Anh</b></p>"],
)
def test_a_first_sub_heading_is_no_signature(html: str) -> None:
    found = roles(f"{html}<p>{FIRST}</p><p>{LAST}</p>")
    assert (len(found.body), found.byline) == (3, None)


def test_a_desk_gives_way_to_a_name_and_a_name_does_not() -> None:
    desk = at_end("<p>Nguyễn Thu Hà</p>", byline="Ban biên tập")
    assert (desk.byline, desk.body) == ("Nguyễn Thu Hà", (FIRST, LAST))
    person = at_end("<p>Nguyễn Thu Hà</p>", byline="Trần Đức Minh")
    assert (person.byline, person.body[-1]) == ("Trần Đức Minh", "Nguyễn Thu Hà")


@pytest.mark.parametrize("signature", ["Thu Hà", "T.H", "NGUYỄN THU HÀ"])
def test_a_short_form_of_the_known_author_is_removed(signature: str) -> None:
    found = at_end(f"<p>{signature}</p>", byline="Nguyễn Thu Hà")
    assert (found.byline, found.body) == ("Nguyễn Thu Hà", (FIRST, LAST))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("By Jane Doe | Reporter", "Jane Doe"),
        ("By Jane Doe, staff writer", "Jane Doe"),
        ("Jane Doe jane@paper.test (509) 459-5382", "Jane Doe"),
        ("Posted by: Ban biên tập 1 day, 10 hours ago", "Ban biên tập"),
        ("Thu Hà - 05/11/2025 10:00", "Thu Hà"),
        ("Theo Hồ Thu Hương", "Hồ Thu Hương"),
        ("Theo Tuổi Trẻ", None),
        ("Chi hội Cựu chiến binh số 4", "Chi hội Cựu chiến binh số 4"),
        ("Nguồn: Báo Thử", None),
        ("bientap1", None),
        ("Biên tập 2", None),
        ("toasoan", None),
        ("thuha@xa-thu.test", None),
        ("XaDongTao", None),
        ("McDonald", "McDonald"),
        ("Business Columnist", None),
        ("Bởi", None),
        ("Chúng tôi là trang tin của mọi nhà!", None),
        ("Xem các bài viết của tác giả", None),
        ("Ảnh: Đức Minh", None),
        ("1.204 lượt xem", None),
    ],
)
def test_lines_marked_as_the_authors(text: str, name: str | None) -> None:
    assert byline_from(text) == name


def test_a_marked_line_may_name_the_source_too() -> None:
    assert marked_byline("Theo Thu Hà/baothu.vn")[:2] == ("Thu Hà", "baothu.vn")
    assert marked_byline("Theo Tuổi Trẻ")[:2] == (None, "Tuổi Trẻ")
    assert marked_byline("Jane Doe, CNN")[:2] == ("Jane Doe", "CNN")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Thu Hà | 05/11/2025 10:00", "Nguyễn Thu Hà"),
        ("05/11/2025 10:00 - Nguyễn Thu Hà", "Nguyễn Thu Hà"),
        ("Hà Đông, 05/11/2025", None),
        ("Văn Hóa - 05/11/2025", None),
        ("Nguyễn Thu Hà", None),
    ],
)
def test_a_name_beside_a_date(text: str, name: str | None) -> None:
    assert dated_byline(text) == name


def test_kinds_of_names() -> None:
    assert all(map(is_person, ("Nguyễn Thu Hà", "Lê Minh", "T.H", "Võ Văn A")))
    assert not any(map(is_person, ("Tuổi Trẻ", "Hà Nội", "Thu Hà", "Ông Lê Minh", "TP.HCM")))
    assert all(map(is_name, ("Thu Hà", "Jane Doe and John Roe", "Ludwig van Dyck", "Y Moan Niê - Hà Thu")))
    assert not any(map(is_name, ("Kết quả bước đầu", "TIN LIÊN QUAN", "Thứ Sáu", "Hà Nội")))
    assert all(map(is_publisher, ("Báo Thử", "VnExpress", "Kinh tế & Đô thị", "hanoi.gov.vn", "TTXVN")))
    assert not any(map(is_publisher, ("Thu Hà", "Báo", "Trung tâm Văn hóa")))


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "(Theo " * 20_000 + "</p>",
        "<p>" + "(Thu Hà/TTXVN) " * 20_000 + "</p>",
        "<p>" + "./. Thu Hà " * 20_000 + "</p>",
        "<p>" + "theo nguồn " * 20_000 + "</p>",
        "<p>" + "a/" * 100_000 + "</p>",
        "".join(f"<p>Đăng bởi: Nguyễn Văn {number}</p>" for number in range(3000)),
        "".join(f"<p>Ảnh: Đức Minh {number}</p>" for number in range(3000)),
    ],
)
def test_hostile_endings_take_bounded_time(html: str) -> None:
    start = time.monotonic()
    at_end(html)
    assert time.monotonic() - start < 5
