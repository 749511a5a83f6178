"""Figures and dates in sentences like those of official notices."""

from __future__ import annotations

import pytest

from warehouse.derive.revisions.figures import figures_and_dates


def values(text: str) -> tuple[list[str], list[str]]:
    figures, dates = figures_and_dates(text)
    return [figure.value for figure in figures], [found.value for found in dates]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("thu ngân sách đạt 29.647 tỷ đồng, bằng 36,6% dự toán", ["29.647 tỷ đồng", "36,6%"]),
        ("tăng 13 tỷ 752 triệu đồng so với cùng kỳ", ["13 tỷ 752 triệu đồng"]),
        ("hỗ trợ 120 hộ, 1.234,5 m2 đất và 3 dự án", ["120 hộ", "1.234,5 m2", "3"]),
        ("từ 8h30 đến 17 giờ, lúc 14 giờ 05 phút", ["8h30", "17 giờ", "14 giờ 05 phút"]),
        ("Quyết định số 123/QĐ-UBND và 45/2024/NĐ-CP", ["123/QĐ-UBND", "45/2024/NĐ-CP"]),
        ("giảm 5-7 triệu đồng", ["5", "7 triệu đồng"]),
        ("không có số nào", []),
    ],
)
def test_figures_as_written(text: str, written: list[str]) -> None:
    assert [figure.written for figure in figures_and_dates(text)[0]] == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("13 tỷ 752 triệu đồng", "13,752 tỉ đồng"),
        ("29.647 tỷ", "29,647 nghìn tỷ"),
        ("1.000 người", "1000 người"),
        ("1,234,567 USD", "1.234.567 usd"),
        ("5 trăm triệu đồng", "500.000.000 đồng"),
        ("36,6 %", "36,60%"),
        ("7h", "07:00"),
    ],
)
def test_the_same_figure_in_another_spelling(one: str, other: str) -> None:
    assert values(one) == values(other)
    assert len(values(one)[0]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("29.647 tỷ đồng", "29.647 triệu đồng"), ("36,6%", "36,6 ha"), ("29.647", "29,647"), ("8h30", "8h35")],
)
def test_other_figures(one: str, other: str) -> None:
    assert values(one) != values(other)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("ngày 5/9/2025, hay 05 tháng 9 năm 2025, hay 5-9-2025", ["2025-09-05"] * 3),
        ("sáng 12/10 và ngày 29/2", ["--10-12", "--02-29"]),
        ("ngày 5 tháng 9", ["--09-05"]),
        ("trong tháng 9/2025 và tháng 10 năm 2025", ["2025-09", "2025-10"]),
        ("kế hoạch năm 2026", ["2026"]),
    ],
)
def test_dates(text: str, dates: list[str]) -> None:
    assert values(text) == ([], dates)


@pytest.mark.parametrize("text", ["31/02/2025", "ngày 30/2", "1/3 số hộ", "24/7", "9/2025/NĐ-CP", "tỷ lệ 3:1"])
def test_impossible_dates_are_figures(text: str) -> None:
    figures, dates = values(text)
    assert figures
    assert dates == []


def test_parts_of_a_date_are_no_figures() -> None:
    assert values("Ngày 2/9/2025, 36 đại biểu") == (["36"], ["2025-09-02"])


@pytest.mark.parametrize("text", ["1,234.567 đồng", "1.234,567.890 m", "1,234,567,8 kg", "2 tỷ 1,234.567 triệu đồng"])
def test_numbers_with_mixed_separators_are_no_figures(text: str) -> None:
    assert values(text) == ([], [])
