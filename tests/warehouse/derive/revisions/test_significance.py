"""How much an edit matters: signs that weigh, and changes that do not."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from warehouse.derive.revisions import significance as of_edits
from warehouse.derive.revisions.edits import edit_of
from warehouse.derive.revisions.significance import NAMES_MAX, significance_of

NOTICE = {
    "title": ["Phường Quảng An cấp nước sạch cho 1.200 hộ"],
    "lead": ["Dự án hoàn thành ngày 5/9/2025."],
    "body": [
        "Ủy ban nhân dân phường giao ông Trần Văn Mạnh Thử phụ trách, kinh phí 13,5 tỷ đồng.",
        "Người dân không phải nộp phí lắp đặt. Đường ống đi qua phố Xuân Diệu và ngõ 52.",
        "Các hộ đăng ký tại nhà văn hóa tổ dân phố trước ngày 20/8/2025, mang theo giấy tờ nhà đất và căn cước.",
        "Lượt xem: 1.234",
        "Ngày đăng: 01/08/2025 08:15",
    ],
    "captions": ["Công nhân lắp đồng hồ nước."],
    "attachments": ["https://quang-an.test/kh-45.pdf"],
}


def significance(before: dict[str, list[str]], after: dict[str, list[str]]) -> float:
    return significance_of(edit_of(before, after), before, after)


def replaced(old: str, new: str) -> float:
    """Return the significance of replacing a text wherever it stands in the notice."""
    after = {field: [part.replace(old, new) for part in parts] for field, parts in NOTICE.items()}
    assert after != NOTICE
    return significance(NOTICE, after)


def changed(**fields: Any) -> float:
    return significance(NOTICE, NOTICE | fields)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.234", "1.301"),
        ("Lượt xem: 1.234", "1.301 lượt xem"),
        ("Lượt xem: 1.234", "Đã xem: 9"),
        ("01/08/2025 08:15", "02/08/2025 17:03"),
        ("Ngày đăng: 01/08/2025 08:15", "Cập nhật lúc: 17:03 ngày 02/08/2025"),
        ("Ngày đăng: 01/08/2025 08:15", "Thứ Bảy, 02/08/2025 | 17:03 (GMT+7)"),
        ("Ủy ban", "Uỷ ban"),
        ("văn hóa", "văn hoá"),
        ("lắp đặt. Đường", "lắp đặt.  Đường"),
        ("1.200 hộ", "1200 hộ"),
        ("5/9/2025", "05-09-2025"),
        ("Ủy ban nhân dân", "ủy ban nhân dân"),
        ("nhà đất và căn cước", "nhà đất, và căn cước"),
    ],
)
def test_counters_dates_of_the_page_and_spelling_do_not_matter(old: str, new: str) -> None:
    assert replaced(old, new) <= 0.02


@pytest.mark.parametrize(
    ("old", "new", "least"),
    [
        ("13,5 tỷ", "15,3 tỷ", 0.5),
        ("1.200 hộ", "1.500 hộ", 0.5),
        ("20/8/2025", "28/8/2025", 0.4),
        ("Mạnh Thử", "Hùng Thử", 0.4),
        ("Xuân Diệu", "Tô Ngọc Vân", 0.4),
        ("không phải nộp", "phải nộp", 0.5),
        ("hoàn thành", "tạm dừng", 0.5),
        ("cấp nước sạch", "cắt nước sạch", 0.3),
    ],
)
def test_figures_dates_names_negations_and_headlines_matter(old: str, new: str, least: float) -> None:
    assert least <= replaced(old, new) < 1
    assert replaced(old, new) > replaced("mang theo", "đem theo")


@pytest.mark.parametrize("text", ["hàng không", "không khí", "không gian", "phòng không"])
def test_air_is_no_negation(text: str) -> None:
    assert replaced("giấy tờ nhà đất", f"giấy tờ {text}") < 0.1


def test_a_counter_beside_a_changed_figure_hides_nothing() -> None:
    body = [part.replace("1.234", "1.301").replace("13,5", "15,3") for part in NOTICE["body"]]
    assert changed(body=body) == replaced("13,5", "15,3")


def test_what_only_moved_is_no_change() -> None:
    assert changed(lead=[], body=[*NOTICE["lead"], *NOTICE["body"]]) == 0
    assert changed(body=NOTICE["body"][::-1]) == 0


def test_a_headline_in_capitals_has_no_other_names() -> None:
    assert changed(title=[NOTICE["title"][0].upper()]) == 0


def test_another_attachment_matters_and_another_order_does_not() -> None:
    assert changed(attachments=[]) == 0.3
    two = {"attachments": ["https://quang-an.test/a.pdf", "https://quang-an.test/b.pdf"]}
    assert significance(NOTICE | two, NOTICE | {"attachments": two["attachments"][::-1]}) == 0


def test_it_grows_with_the_share_that_changed_and_is_symmetric() -> None:
    shorter, other = changed(body=NOTICE["body"][1:]), changed(title=["Khác"], lead=[], body=["Bài khác."], captions=[])
    assert 0 < replaced("mang theo", "đem theo") < shorter < other < 1
    assert significance(NOTICE | {"lead": []}, NOTICE) == significance(NOTICE, NOTICE | {"lead": []})


def test_empty_texts_are_equal() -> None:
    empty: dict[str, list[str]] = {field: [] for field in NOTICE}
    assert significance(empty, empty) == 0
    assert 0 < significance(empty, NOTICE) < 1


def test_names_in_another_spelling_are_the_same() -> None:
    body = [*NOTICE["body"], "Bà Hoà Thuỷ Thử phát biểu."]
    after = [*NOTICE["body"], "Bà Hòa Thủy Thử phát biểu tại hội trường."]
    assert significance(NOTICE | {"body": body}, NOTICE | {"body": after}) < 0.1


def test_few_of_a_hostile_text_s_names_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def stands_in(_text: str, name: str) -> bool:
        looked_up.append(name)
        return True

    monkeypatch.setattr(of_edits, "_stands_in", stands_in)
    names = [f"Ông Thử {''.join(letters)}." for letters in product("ABCDEFGH", repeat=4)]
    significance(NOTICE | {"body": names}, NOTICE)
    assert NAMES_MAX <= len(looked_up) < NAMES_MAX + 20
