"""Offsets of sentences: they hold in the stored text, whatever its form and white space."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from warehouse.derive.passages.sentences import (
    SENTENCE_WORDS_MAX,
    SENTENCE_WORDS_MIN,
    SENTENCES_MAX,
    Sentence,
    sentences_of_article,
)
from warehouse.text.normal import normal_form

LEAD = "Phường vừa mở thêm hai lớp học bơi miễn phí cho trẻ em."
FIRST = "Uỷ ban phường hoà giải xong mười hai vụ tranh chấp đất đai trong quý một."
SECOND = "Bà con tổ dân phố số 5 góp 36,6 triệu đồng sửa lại con ngõ lầy lội."
THIRD = "“Năm nay nước về sớm, bà con đã gặt xong trước khi đê phải đóng cửa”, ông trưởng thôn nói."


def written(lead: str | None, body: str) -> list[str]:
    """Return the sentences as they are cut out of the stored text."""
    fields = {"lead": lead or "", "body": body}
    return [fields[found.field][found.start : found.end] for found in sentences_of_article(lead, body)]


def test_sentences_stand_where_their_offsets_say() -> None:
    body = f"{FIRST} {SECOND}\n\n{THIRD}"
    assert written(LEAD, body) == [LEAD, FIRST, SECOND, THIRD]
    assert [found.field for found in sentences_of_article(LEAD, body)] == ["lead", "body", "body", "body"]


@pytest.mark.parametrize(
    "stored",
    [
        unicodedata.normalize("NFD", f"{FIRST} {SECOND}"),
        f"{FIRST}\u00a0 {SECOND}",
        f"\u200b{FIRST} \u200b {SECOND}\ufeff",
        f"  {FIRST}\n\t{SECOND} ",
        f"{FIRST} {SECOND}".replace("đất", "đ\u00adất").replace("con", "c\u200bon"),
    ],
    ids=["decomposed", "no-break space", "zero width", "white space", "within words"],
)
def test_offsets_are_those_of_the_stored_text(stored: str) -> None:
    first, second = sentences_of_article(None, f"Tin ngắn.\n\n{stored}\n\nHết.")
    plain_first, plain_second = sentences_of_article(None, f"{FIRST} {SECOND}")
    assert (first.words, second.words) == (plain_first.words, plain_second.words)
    body = f"Tin ngắn.\n\n{stored}\n\nHết."
    for found, plain in ((first, FIRST), (second, SECOND)):
        cut = body[found.start : found.end]
        assert normal_form(cut) == normal_form(plain)
        assert cut == cut.strip()


def test_short_sentences_are_none() -> None:
    short = " ".join(["Bảy"] * (SENTENCE_WORDS_MIN - 1))
    assert written(None, f"{short}. {short} tám.") == [f"{short} tám."]
    assert written(None, "") == []
    assert written("", " … \n\n–\n\n") == []


def test_a_lead_that_the_body_repeats_counts_once() -> None:
    assert written(LEAD, f"{LEAD}\n\n{FIRST}") == [LEAD, FIRST]
    assert [found.field for found in sentences_of_article(LEAD, f"{LEAD}\n\n{FIRST}")] == ["body", "body"]


def test_what_is_looked_at_is_bounded() -> None:
    assert len(sentences_of_article(None, f"{FIRST} " * (SENTENCES_MAX + 5))) == SENTENCES_MAX
    assert sentences_of_article(None, "bờ " * (SENTENCE_WORDS_MAX + 1)) == []
    assert sentences_of_article(None, "b" * 1_000_000) == []


def test_sentences_of_real_articles_stand_where_their_offsets_say(shared: Path) -> None:
    files = sorted((shared / "corpora" / "vims").glob("*/*.txt"))[::20]
    found = 0
    for file in files:
        body = file.read_text(encoding="utf-8", errors="replace").replace("\n", "\n\n")
        sentences = sentences_of_article(None, body)
        assert_in_order(sentences)
        for form in ("NFC", "NFD"):
            stored = unicodedata.normalize(form, body)
            again = sentences_of_article(None, stored)
            assert [each.words for each in again] == [each.words for each in sentences]
            cut = [normal_form(stored[each.start : each.end]) for each in again]
            assert cut == [normal_form(body[each.start : each.end]) for each in sentences]
        found += len(sentences)
    assert found > 500


def assert_in_order(sentences: list[Sentence]) -> None:
    ends = [0, *(each.end for each in sentences)]
    assert all(end <= each.start < each.end for end, each in zip(ends, sentences, strict=False))
