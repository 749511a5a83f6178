"""The clean and the normal form of a text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.text.normal import clean, count_words, normal_form

# Letters, marks and symbols of Vietnamese text and its faults.
VIETNAMESE = st.text(
    alphabet=st.one_of(
        st.sampled_from("aăâeêioôơuưyqhtlnđAOUYQĐ"),
        st.sampled_from("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323\u0338"),
        st.sampled_from("oàoáoảoãoạuỳuýuỷuỹuỵoèoéoẻoẽoẹ"),
        st.sampled_from(" \u00a0\u200b\ufeff\u2009\n“”‘’–—-'\"´`.,"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hoà", "hòa"),
        ("uỷ", "ủy"),
        ("thuỷ", "thủy"),
        ("khoẻ", "khỏe"),
        ("loè", "lòe"),
        ("hoạ", "họa"),
        ("oà", "òa"),
        ("Uỷ ban", "Ủy ban"),
        ("UỶ BAN", "ỦY BAN"),
        ("HOÀ BÌNH", "HÒA BÌNH"),
        ("Hoà", "Hòa"),
        ("hoà,", "hòa,"),
        ("toà-án", "tòa-án"),
        ("thuỷ2", "thủy2"),
    ],
)
def test_the_tone_of_an_open_rime_moves_to_its_first_vowel(old: str, new: str) -> None:
    assert normal_form(old) == new
    assert normal_form(new) == new


@pytest.mark.parametrize(
    "word",
    [
        *("toán", "hoàng", "Hoàng", "HOÀNG", "hoài", "ngoáy", "khoẻo", "toẹt", "huỳnh", "khuỷu", "tuýt"),
        *("quý", "Quý", "QUÝ", "quỳ", "quả", "quỹ", "quá", "nguyễn", "của", "thuở", "địa"),
    ],
)
def test_other_rimes_keep_their_tone_placement(word: str) -> None:
    assert normal_form(word) == word


def test_quotes_dashes_and_white_space_are_folded() -> None:
    assert normal_form("“một  việc”\u00a0–\t‘đạt’ — «3»\n\n2024−2025") == '"một việc" - \'đạt\' - "3" 2024-2025'


def test_invisible_characters_are_removed_even_between_a_letter_and_its_mark() -> None:
    assert normal_form("\ufeffhu\u200byện u\u200b\u0309y\u00ad") == "huyện ủy"


def test_case_is_kept() -> None:
    assert normal_form("TP Hà Nội") == "TP Hà Nội"


def test_clean_keeps_the_portals_spelling() -> None:
    assert clean("  “Uỷ ban” –\u00a0\u200bhoà \n giải  ") == "“Uỷ ban” – hoà giải"
    assert clean(unicodedata.normalize("NFD", "Huyện ủy")) == "Huyện ủy"
    assert clean("a \u200b b\x00") == "a b"


@given(VIETNAMESE)
def test_normal_form_is_idempotent(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@given(VIETNAMESE)
def test_decomposed_and_composed_text_have_one_normal_form(text: str) -> None:
    decomposed, composed = unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)
    assert normal_form(decomposed) == normal_form(composed)


@given(VIETNAMESE)
def test_clean_is_idempotent_and_composed(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())


@given(st.lists(VIETNAMESE, max_size=4))
def test_the_way_paragraphs_are_joined_does_not_matter(paragraphs: list[str]) -> None:
    assert normal_form("\n\n".join(paragraphs)) == normal_form(" ".join(paragraphs))


def test_words_are_counted_at_white_space() -> None:
    assert count_words("Hội nghị\u00a0giao ban  quý III/2024") == 6
    assert count_words("") == 0
