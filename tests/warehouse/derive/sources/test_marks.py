"""Marks of publishers in byline, dateline and ending; sentences that speak of a publisher are none."""

from __future__ import annotations

import pytest

from warehouse.derive.sources.marks import find_mark

TEXT = "Hội nghị của phường đã thống nhất kế hoạch sửa bốn nhà văn hóa trong quý tới."


def marked(
    byline: str | None = None, lead: str | None = None, body: tuple[str, ...] = (TEXT,)
) -> tuple[str, str] | None:
    found = find_mark(byline, lead, body)
    return (found.publisher.key, found.place) if found else None


@pytest.mark.parametrize(
    ("byline", "key"),
    [
        ("TTXVN", "ttxvn"),
        ("PV/TTXVN", "ttxvn"),
        ("Mộc Miên (TTXVN)", "ttxvn"),
        ("Mộc Miên - TTXVN/Vietnam+", "ttxvn"),
        ("Theo Hànộimới", "hanoimoi"),
        ("Mộc Miên - Báo Lao Động", "laodong"),
        ("Mộc Miên/Báo Tin tức", "baotintuc"),
        ("VOV.VN", "vov"),
        ("Mộc Miên, kinhtedothi.vn", "kinhtedothi"),
    ],
)
def test_a_byline_names_its_publisher(byline: str, key: str) -> None:
    assert marked(byline) == (key, "byline")


@pytest.mark.parametrize(
    "byline",
    [
        "Mộc Miên",
        "Thanh Niên",
        "Mộc Miên - Đoàn Thanh niên phường",
        "Công đoàn Lao Động",
        "Tuổi Trẻ phường",
        "Phòng Văn hóa và Thông tin",
        "Đài Truyền thanh xã",
        "Công an phường",
        "Ban Tuyên giáo - Quận ủy",
    ],
)
def test_a_byline_of_a_person_or_an_office_names_no_publisher(byline: str) -> None:
    assert marked(byline) is None


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("(TTXVN) - ", "ttxvn"),
        ("Hà Nội (TTXVN) - ", "ttxvn"),
        ("Hà Nội, ngày 12/10 (TTXVN) – ", "ttxvn"),
        ("TP Hồ Chí Minh, 5-9 (TTXVN/Vietnam+) - ", "ttxvn"),
        ("(HNMO) - ", "hanoimoi"),
        ("(HNM) – ", "hanoimoi"),
        ("Hànộimới - ", "hanoimoi"),
        ("(Chinhphu.vn) - ", "baochinhphu"),
        ("Chinhphu.vn – ", "baochinhphu"),
        ("Kinhtedothi – ", "kinhtedothi"),
        ("(Dân trí) - ", "dantri"),
        ("[VOV2] - ", "vov"),
        ("TPO - ", "tienphong"),
        ("(PL&XH) - ", "phapluatxahoi"),
    ],
)
def test_a_dateline_names_its_publisher_in_the_lead_or_the_body(head: str, key: str) -> None:
    assert marked(lead=head + TEXT) == (key, "dateline")
    assert marked(body=(head + TEXT, TEXT)) == (key, "dateline")
    assert marked(body=(TEXT, head + TEXT)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Thông tấn xã Việt Nam (TTXVN) - cơ quan thông tấn quốc gia - mở triển lãm ảnh.",
        "Báo Hà Nội Mới (HNM) - cơ quan của Đảng bộ thành phố - kỷ niệm ngày ra số đầu.",
        "Báo Hà Nội Mới - cơ quan của Đảng bộ thành phố - kỷ niệm ngày ra số đầu.",
        "Đài Truyền hình Việt Nam (VTV) - đơn vị chủ trì giải chạy - cho biết kết quả.",
        "Nhân dân - chủ thể của việc giữ phố phường sạch đẹp.",
        "Lao động - việc làm là chủ đề của phiên họp.",
        "Thanh niên - lực lượng xung kích trong chuyển đổi số.",
        "Tại hội nghị, phóng viên đã hỏi nhiều câu. Ông trả lời (TTXVN) - và dừng lại.",
        "Người lao động (NLĐ) - nhất là lao động trẻ - được vay vốn.",
        "(Ảnh: TTXVN) - Toàn cảnh hội nghị.",
        "(Tiếp theo kỳ trước) - Sông Tô Lịch đổi màu.",
    ],
)
def test_a_first_sentence_about_a_publisher_is_no_dateline(text: str) -> None:
    assert marked(body=(text,)) is None


@pytest.mark.parametrize(
    ("end", "key"),
    [
        (" Theo TTXVN", "ttxvn"),
        ("/. Theo TTXVN/Vietnam+", "ttxvn"),
        (" Nguồn: hanoimoi.vn", "hanoimoi"),
        (" Nguồn Báo Hànộimới.", "hanoimoi"),
        (" PV/TTXVN", "ttxvn"),
        (" Mộc Miên (TTXVN/Vietnam+)", "ttxvn"),
        (" (TTXVN).", "ttxvn"),
        (" TTXVN", "ttxvn"),
        ("” Theo Lao Động", "laodong"),
        (" Theo Mộc Miên/Hànộimới", "hanoimoi"),
        (" Theo chinhphu.vn", "baochinhphu"),
        (" Theo Kinh tế & Đô thị", "kinhtedothi"),
    ],
)
def test_what_follows_the_last_sentence_names_the_publisher(end: str, key: str) -> None:
    assert marked(body=(TEXT, TEXT + end)) == (key, "ending")
    assert marked(body=(TEXT + end, TEXT)) is None


def test_the_whole_last_paragraph_may_be_the_mark() -> None:
    assert marked(body=(TEXT, "Theo TTXVN")) == ("ttxvn", "ending")


@pytest.mark.parametrize(
    "text",
    [
        "Con số này tăng gấp đôi so với năm trước, theo TTXVN.",
        "Ảnh chụp được gửi tới Thông tấn xã Việt Nam (TTXVN).",
        "Cuộc gặp do VTV truyền hình trực tiếp. Mời bạn đọc theo dõi trên VTV1",
        "Các lớp học được mở miễn phí. Theo kế hoạch, lớp cuối mở vào tháng Mười",
        "Phiên họp bàn về việc làm. Lao Động",
        "Ông cảm ơn các nhà báo. Thanh Niên",
        "Buổi lễ có nhiều đoàn dự. Đoàn Thanh niên",
        "Bạn đọc quan tâm gọi số máy của tòa soạn. Báo Mới",
    ],
)
def test_a_last_sentence_about_a_publisher_is_no_mark(text: str) -> None:
    assert marked(body=(TEXT, text)) is None


def test_the_byline_counts_before_the_dateline_and_this_before_the_ending() -> None:
    body = (f"(HNM) - {TEXT}", f"{TEXT} Theo VOV")
    assert marked("TTXVN", None, body) == ("ttxvn", "byline")
    assert marked("Mộc Miên", None, body) == ("hanoimoi", "dateline")
    assert marked("Mộc Miên", None, (TEXT, body[1])) == ("vov", "ending")


def test_an_article_without_text_has_no_mark() -> None:
    assert marked(None, None, ()) is None
    assert marked("", "", ("",)) is None


@pytest.mark.parametrize("unit", ["a", ".", ". a", "(", "()", "- ", "” ", "(TTXVN) ", "Theo ", "TTXVN/", "\u0300"])
def test_a_hostile_text_is_read_to_its_limits(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    find_mark(text, text, (text, text))
