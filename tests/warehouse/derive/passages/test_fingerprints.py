"""Fingerprints: what texts with a common passage have in common, and how many there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.derive.passages.fingerprints import (
    NGRAM_WORDS,
    WINDOW,
    fingerprints_of,
    fingerprints_of_articles,
    located_fingerprints,
)
from warehouse.derive.passages.sentences import sentences_of_article

SENTENCE = (
    "Đoàn kiểm tra đề nghị các xã ven sông rà soát lại từng đoạn đê xung yếu, chuẩn bị đủ bao cát, cọc tre và phân công"
    " người trực đêm cho đến khi lũ rút."
)


def words(text: str) -> tuple[str, ...]:
    (sentence,) = sentences_of_article(None, text)
    return sentence.words


def of_body(body: str) -> set[int]:
    return {value for found in fingerprints_of_articles([("id", None, body)]) for value in found.fingerprints}


def test_a_sentence_has_the_same_fingerprints_in_every_text() -> None:
    around = "Tin riêng của trang này không có ở trang nào khác cả."
    assert set(fingerprints_of(words(SENTENCE))) < of_body(f"{around} {SENTENCE}\n\n{around}")
    assert of_body(SENTENCE) == of_body(SENTENCE.upper())


@pytest.mark.parametrize("start", range(5))
def test_a_common_run_of_words_gives_a_common_fingerprint(start: int) -> None:
    run = words(SENTENCE)[start : start + NGRAM_WORDS + WINDOW - 1]
    one, other = (f"{before} {' '.join(run)} {after}" for before, after in (("sáng nay", "như cũ"), ("một tin", "hết")))
    assert of_body(one) & of_body(other)


def test_a_sentence_of_eight_words_has_a_fingerprint() -> None:
    eight = words("Tám chữ này cũng là một câu đủ.")
    assert len(fingerprints_of(eight)) == 1
    assert fingerprints_of(eight[:6]) == []


def test_places_are_those_of_the_first_words() -> None:
    found = words(SENTENCE)
    for start, value in located_fingerprints(found):
        assert fingerprints_of(found[start : start + NGRAM_WORDS]) == [value]


def test_one_word_repeated_has_one_fingerprint() -> None:
    assert len(of_body("lụt " * 900)) == 1
    assert len(of_body(f"{'lụt ' * 900}\n\n" * 300)) == 1


def test_a_megabyte_has_bounded_fingerprints() -> None:
    sentence = "Câu số {} nói về đoạn đê thứ {} trong số các đoạn đê của huyện này."
    assert len(of_body(" ".join(sentence.format(n, n) for n in range(13_000)))) <= 2 * 1_000


def test_articles_without_sentences_have_no_row() -> None:
    rows = [("a", None, "Tin ngắn."), ("b", SENTENCE, "Tin ngắn."), ("c", None, "")]
    assert [found.capture_id for found in fingerprints_of_articles(rows)] == ["b"]


def test_real_texts_have_at_most_sixty_per_five_hundred_words(shared: Path) -> None:
    files = sorted((shared / "corpora" / "vims").glob("*/*.txt"))[::20]
    bodies = [file.read_text(encoding="utf-8", errors="replace").replace("\n", "\n\n") for file in files]
    count = sum(len(of_body(body)) for body in bodies)
    assert 30 < 500 * count / sum(len(body.split()) for body in bodies) < 60
