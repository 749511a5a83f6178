"""Names in text: which phrases are names."""

from warehouse.derive.names import names_in


def test_a_name_is_two_or_more_capitalised_syllables() -> None:
    text = "Sáng nay, Chủ tịch Ủy ban nhân dân huyện Mỹ Đức về thăm xã Hương Sơn và chùa Thiên Trù."
    assert list(names_in(text)) == ["mỹ đức", "hương sơn", "thiên trù"]


def test_punctuation_ends_a_name() -> None:
    assert list(names_in("Đông Anh, Sóc Sơn - Hà Đông (Tây Hồ)")) == ["đông anh", "sóc sơn", "hà đông", "tây hồ"]
    assert list(names_in("Hà. Đông, HĐND, 12 Ba")) == []


def test_a_text_without_letters_has_no_names() -> None:
    assert list(names_in("")) == []
    assert list(names_in(" … 2024 – 15% ")) == []
