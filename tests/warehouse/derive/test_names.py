"""Names in text: which phrases are names."""

import pytest

from warehouse.derive.names import names_in, written_names


def test_a_name_is_two_or_more_capitalised_syllables() -> None:
    text = "Sáng nay, Chủ tịch Ủy ban nhân dân huyện Mỹ Đức về thăm xã Hương Sơn và chùa Thiên Trù."
    assert list(names_in(text)) == ["mỹ đức", "hương sơn", "thiên trù"]


def test_punctuation_ends_a_name() -> None:
    assert list(names_in("Đông Anh, Sóc Sơn - Hà Đông (Tây Hồ)")) == ["đông anh", "sóc sơn", "hà đông", "tây hồ"]
    assert list(names_in("Hà. Đông, HĐND, 12 Ba")) == []


def test_a_text_without_letters_has_no_names() -> None:
    assert list(names_in("")) == []
    assert list(names_in(" … 2024 – 15% ")) == []


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("do Sở Văn hóa và Thể thao chủ trì", "sở văn", "Sở Văn hóa"),
        ("Ban Quản lý dự án", "ban quản", "Ban Quản lý"),
        ("Bộ Công Thương đề nghị", "bộ công thương", "Bộ Công Thương"),
        ("xã Hương Sơn tổ chức", "hương sơn", "Hương Sơn"),
        ("Ở Văn Miếu sáng nay", "văn miếu", "Văn Miếu"),
        ("do Sở Văn", "sở văn", "Sở Văn"),
    ],
)
def test_offices_are_not_cut_where_readers_see_them(text: str, name: str, written: str) -> None:
    assert list(written_names(text)) == [(name, written)]


def test_a_first_word_and_one_syllable_are_no_name() -> None:
    assert list(names_in("Tại Lào. Theo Mai, Dự Đại hội")) == []
