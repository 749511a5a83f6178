"""Vietnamese or English."""

from __future__ import annotations

import pytest

from warehouse.text.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Huyện ủy họp Ban Chấp hành mở rộng lần thứ 19", "vi"),
        ("Công ty TNHH ABC Vietnam giới thiệu smart city solution cho TP Hà Nội", "vi"),
        ("Hanoi continues to improve the business environment and its competitiveness in the region", "en"),
        ("The People's Committee of Tây Hồ Ward is open to the public on Saturdays", "en"),
        ("Thông báo số 12", None),
        ("", None),
        ("KH 88 UBND PL 01 02 03", None),
        ("Thong bao lich tiep cong dan quy bon nam nay", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert language_of(text) == language
