"""Words that can be Vietnamese syllables, and words that cannot."""

from __future__ import annotations

import unicodedata

import pytest

from warehouse.text.syllables import is_syllable

SYLLABLES = """Hà Nội nghiêng khuya quốc giếng gì huỳnh hoà hòa thuở ươm yêu ý ngoằn khuỷu xoong quý uỷ Ủy ĐƯỜNG rượu
    nghị gió già kể ghế nghỉ chuyện tuyết uých ngoéo"""
NONE = """Héi nghÞ caùc Müller été für niño strasse Hå Tæ được1 hócj càc hàp tất\u0301 kà cề nghà ghà qu b đ HĐND"""


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word))
    assert is_syllable(word.upper())


@pytest.mark.parametrize("word", NONE.split())
def test_other_words_are_no_syllables(word: str) -> None:
    assert not is_syllable(word)
