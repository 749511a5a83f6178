"""Scoring: words and 4-grams, leaks, and correct fields."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.extraction.cases import Case
from bench.extraction.score import Agreement, agreement, leaks, score, words

CASE = Case(
    name="một",
    platform="generic",
    origin="written",
    url="https://xa.test/tin/mot.html",
    body=b"",
    gold={
        "title": "Xã mở hội làng",
        "lead": "Hội mở ba ngày.",
        "body": ["Sáng 12/2, xã mở hội làng ở đình Trung.", "Hội có vật, cờ người và hát chèo."],
        "captions": ["Lễ rước kiệu.", "Sới vật sân đình"],
        "byline": "Thu Hà",
        "credited_source_name": "Báo Thử Nghiệm",
        "credited_source_url": "https://bao.test/hoi-lang",
        "section": None,
        "tags": [],
        "view_count": 15,
        "published_at": "2025-02-12T07:30:00+07:00",
        "published_precision": "minute",
    },
    furniture=("Tin khác", "In trang"),
)
TEXTS = st.lists(st.text(alphabet="abc ,.", max_size=12), max_size=4)


def found(**fields: Any) -> dict[str, Any]:
    """Return a result that is correct except for these fields."""
    assert CASE.gold is not None
    return {**CASE.gold, **fields}


def test_words_are_compared_in_normal_form() -> None:
    assert words("Hoà “Bình” – uỷ ban, 29.647") == ["hòa", "bình", "ủy", "ban", "29", "647"]
    assert words(unicodedata.normalize("NFD", "Đống Đa")) == ["đống", "đa"]


@pytest.mark.parametrize(
    ("gold", "got", "expected"),
    [
        (["a b c d e"], ["a b c d"], Agreement(1, 0.5)),
        (["a b c d"], ["a b c d e f"], Agreement(1 / 3, 1)),
        (["a b c d"], ["a b c d a b c d"], Agreement(1 / 5, 1)),  # with multiplicity
        (["a b", "c d e"], ["a b c", "d e"], Agreement(1, 1)),  # across paragraphs
        (["A, b."], ["a b"], Agreement(1, 1)),  # fewer than four words are a single gram
        (["a b"], ["a b c"], Agreement(0, 0)),
        (["a b"], [], Agreement(0, 0)),
        ([], ["a"], Agreement(0, 0)),
        ([], ["…"], Agreement(1, 1)),
    ],
)
def test_precision_and_recall(gold: list[str], got: list[str], expected: Agreement) -> None:
    assert agreement(gold, got) == expected


def test_f1_is_the_harmonic_mean() -> None:
    assert Agreement(0.5, 1).f1 == pytest.approx(2 / 3)
    assert Agreement(0, 0).f1 == 0


@given(TEXTS, TEXTS)
def test_agreement_is_full_with_itself_and_symmetric(some: list[str], other: list[str]) -> None:
    assert agreement(some, some).f1 == 1
    one, turned = agreement(some, other), agreement(other, some)
    assert (one.precision, one.recall) == (turned.recall, turned.precision)
    assert 0 <= one.f1 <= 1


@pytest.mark.parametrize(
    ("gold", "got", "leaked"),
    [
        (["Xem tin."], ["Xem tin. Tin khác"], True),
        (["Xem tin."], ["Xem tin.", "TIN", "KHÁC"], True),
        (["Có tin khác đến."], ["Có tin khác đến."], False),  # also in gold
        (["Có tin khác đến."], ["Có tin khác đến. Tin khác Tin khác"], True),
        (["Xem tin."], ["Xem tin khácthường."], False),  # whole words only
        (["Xem tin."], ["Xem đôitin khác."], False),
    ],
)
def test_a_leak_is_a_text_that_occurs_more_often_than_in_gold(gold: list[str], got: list[str], leaked: bool) -> None:
    assert leaks(["Tin khác", "…"], gold, got) == (("Tin khác",) if leaked else ())


def test_a_result_equal_to_gold_is_clean() -> None:
    one = score(CASE, found())
    assert one.is_clean
    assert set(one.fields) == {"title", "day", "minute", "byline", "source", "captions", "lead", "views"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": "Xã mở hội"}, {"title"}),
        ({"title": None}, {"title"}),
        ({"byline": "Thu Hà – Báo"}, {"byline"}),
        ({"published_at": "2025-02-12T00:30:00+00:00"}, set()),  # the same time
        ({"published_at": "2025-02-12T07:30:00"}, set()),  # without offset: Vietnamese time
        ({"published_at": "2025-02-11T20:00:00+00:00"}, {"minute"}),  # the same day in Vietnam
        ({"published_at": "2025-02-12", "published_precision": "day"}, {"minute"}),
        ({"published_at": "2025-02-12T07:30:00+07:00", "published_precision": "day"}, {"minute"}),
        ({"published_at": "2025-12-02T07:30:00+07:00"}, {"day", "minute"}),
        ({"published_at": None, "published_precision": None}, {"day", "minute"}),
        ({"credited_source_url": None}, {"source"}),
        ({"credited_source_name": "Báo"}, {"source"}),
        ({"captions": ["Sới vật sân đình.", "Lễ rước kiệu"]}, set()),
        ({"captions": ["Lễ rước kiệu."]}, {"captions"}),
        ({"captions": []}, {"captions"}),
        ({"view_count": 16}, {"views"}),
    ],
)
def test_fields_are_judged_by_their_own_comparison(changes: dict[str, Any], wrong: set[str]) -> None:
    fields = score(CASE, found(**changes)).fields
    assert {name for name, is_right in fields.items() if not is_right} == wrong


def test_a_field_that_the_extractor_lacks_is_not_judged() -> None:
    one = score(CASE, {"title": "Xã mở hội làng", "body": ["Hội mở ba ngày."]})
    assert one.fields == {"title": True}


def test_a_field_that_gold_lacks_is_not_judged() -> None:
    one = score(replace(CASE, gold={"title": "Xã mở hội làng", "body": []}), found(byline="Ai đó"))
    assert (set(one.fields), one.invented) == ({"title"}, ())


def test_only_the_name_of_a_source_is_judged_if_gold_has_no_url() -> None:
    assert CASE.gold is not None
    gold = {name: value for name, value in CASE.gold.items() if name != "credited_source_url"}
    assert score(replace(CASE, gold=gold), found(credited_source_url="https://khac.test/")).fields["source"]


def test_a_value_for_an_empty_field_is_invented() -> None:
    one = score(CASE, found(section="Tin tức", tags=["hội"]))
    assert one.invented == ("section", "tags")
    assert not one.is_clean
    assert all(one.fields.values())


def test_no_article_is_wrong_in_all_fields() -> None:
    one = score(CASE, None)
    assert not any(one.fields.values())
    assert set(one.fields) == set(score(CASE, found()).fields)
    assert one.text == Agreement(0, 0)


def test_captions_and_boilerplate_in_the_text_are_leaks() -> None:
    assert CASE.gold is not None
    one = score(CASE, found(body=[*CASE.gold["body"], "Lễ rước kiệu", "In trang"]))
    assert (one.caption_leaks, one.furniture_leaks) == (("Lễ rước kiệu.",), ("In trang",))
    assert one.text.recall == 1
    assert one.text.precision < 1


def test_an_optional_paragraph_counts_neither_way() -> None:
    case = replace(CASE, optional=("Mời quý khách về dự.",))
    assert score(case, found(body=[*found()["body"], "Mời quý khách về dự."])).is_clean
    assert score(case, found()).is_clean
    assert not score(CASE, found(body=[*found()["body"], "Mời quý khách về dự."])).is_clean


def test_a_repeated_lead_is_reported() -> None:
    assert CASE.gold is not None
    assert score(CASE, found(body=["Hội mở ba ngày.", *CASE.gold["body"]])).is_lead_repeated
    # Whether the lead is separate does not matter.
    inside = score(CASE, found(lead=None, body=["Hội mở ba ngày.", *CASE.gold["body"]]))
    assert not inside.is_lead_repeated
    assert inside.text.f1 == 1


def test_a_page_without_an_article_is_not_scored() -> None:
    with pytest.raises(ValueError, match="một contains no article"):
        score(replace(CASE, gold=None), None)
