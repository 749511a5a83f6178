"""Paragraphs, sentences, words and n-grams: handwritten cases."""

from __future__ import annotations

import unicodedata

import pytest

from warehouse.derive.copies.words import NGRAM_WORDS, ngrams, paragraphs_of_text, sentences_of, words_of

LEAD = "Sáng 5/9, học sinh toàn huyện dự lễ khai giảng."


def test_the_lead_comes_first() -> None:
    assert paragraphs_of_text(LEAD, ["Một.", "Hai."]) == (LEAD, "Một.", "Hai.")
    assert paragraphs_of_text(None, ["Một.", "Hai."]) == paragraphs_of_text(" ", ["Một.", "Hai."]) == ("Một.", "Hai.")


@pytest.mark.parametrize("place", [0, 1])
def test_a_lead_that_the_body_repeats_is_not_added(place: int) -> None:
    body = ["Một.", "Hai."]
    body.insert(place, unicodedata.normalize("NFD", LEAD))
    assert paragraphs_of_text(LEAD, body).count(LEAD) == 1
    assert len(paragraphs_of_text(LEAD, body)) == 3


def test_a_lead_that_stands_further_down_is_added() -> None:
    assert len(paragraphs_of_text(LEAD, ["Một.", "Hai.", LEAD])) == 4


def test_paragraphs_are_in_normal_form_and_not_empty() -> None:
    assert paragraphs_of_text(None, ["“Khoẻ”  để học", " ", "", "–"]) == ('"Khỏe" để học', "-")
    assert paragraphs_of_text(None, []) == ()


def test_words_have_no_case_and_no_punctuation() -> None:
    assert words_of("UBND xã đã chi 1.240 triệu đồng (đợt 2).") == [
        *("ubnd", "xã", "đã", "chi", "1", "240", "triệu", "đồng", "đợt", "2")
    ]
    assert words_of(" … – ") == []


def test_ngrams_run_over_all_words() -> None:
    assert ngrams(["một", "hai", "ba", "bốn"]) == ["một hai ba", "hai ba bốn"]
    assert ngrams(["a"] * 5) == ["a a a"] * 3
    for count in range(NGRAM_WORDS):
        assert ngrams(["một"] * count) == []


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("Trời mưa. Đường ngập! Ai cũng lo? Đúng vậy…", ["Trời mưa.", "Đường ngập!", "Ai cũng lo?", "Đúng vậy…"]),
        ("Đoàn về TP. Hà Nội gặp ThS. Trần Thử.", ["Đoàn về TP. Hà Nội gặp ThS. Trần Thử."]),
        ('Bà nói: "Nước đã về." Ai cũng vui.', ["Bà nói:", '"Nước đã về."', "Ai cũng vui."]),
        ("Gạo, ngô, v.v. được chở về xã. Hết.", ["Gạo, ngô, v.v. được chở về xã.", "Hết."]),
        ("Có ba việc: cấp nước, làm đường.", ["Có ba việc: cấp nước, làm đường."]),
        ("- Cấp nước; làm đường; Trồng cây.", ["- Cấp nước;", "làm đường;", "Trồng cây."]),
        ("Thu đạt 13.752 tỷ đồng.", ["Thu đạt 13.752 tỷ đồng."]),
        ("... Hết. – !", ["Hết."]),
        ("", []),
    ],
)
def test_sentences(paragraph: str, sentences: list[str]) -> None:
    assert sentences_of([paragraph]) == sentences


def test_a_sentence_does_not_go_on_in_the_next_paragraph() -> None:
    assert sentences_of(["Gồm có.", "cấp nước."]) == ["Gồm có.", "cấp nước."]


def test_no_word_is_lost_between_sentences() -> None:
    paragraphs = paragraphs_of_text(LEAD, ['Gồm: a) cấp nước; b) làm đường. "Tốt!" (ông nói.) 1. Xong...'])
    assert [word for sentence in sentences_of(paragraphs) for word in words_of(sentence)] == words_of(
        " ".join(paragraphs)
    )
