"""Bars: the value of each, by origin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.extraction.bars import BARS, Summary, all_reached, of_origin, reached
from bench.extraction.cases import Case, Origin
from bench.extraction.score import Agreement, Score

CASE = Case(name="một", platform="generic", origin="written", url="https://xa.test/", body=b"", gold={})


def a_score(origin: Origin = "written", f1: float = 1, leaked: int = 0, **fields: bool) -> Score:
    return Score(
        case=replace(CASE, origin=origin),
        fields=fields,
        invented=(),
        text=Agreement(f1, f1),
        caption_leaks=("chú thích",) * leaked,
        furniture_leaks=(),
        is_lead_repeated=False,
    )


def test_a_share_counts_only_cases_that_judge_the_field() -> None:
    summary = Summary([a_score(title=True), a_score(title=False), a_score()])
    assert summary.share("title") == 0.5
    assert summary.share("byline") is None


def test_origins_are_kept_apart() -> None:
    scores = {"template": [a_score("real", title=True), a_score("seed", title=False)]}
    found = {(one.origin, one.bar.what): one.is_met for one in all_reached(scores) if one.bar.what == "title"}
    assert found == {("real", "title"): True, ("seed", "title"): False}
    assert of_origin(scores["template"], "written") is None


@pytest.mark.parametrize(
    ("f1", "mean_is_met", "lowest_is_met"), [(1, True, True), (0.98, True, True), (0.96, False, False)]
)
def test_the_lowest_f1_has_its_own_bar(f1: float, mean_is_met: bool, lowest_is_met: bool) -> None:
    scores = {"template": [a_score(f1=1), a_score(f1=f1)]}
    found = {one.bar.what: one.is_met for one in all_reached(scores)}
    assert (found["mean F1"], found["lowest F1"]) == (mean_is_met, lowest_is_met)


@pytest.mark.parametrize(("ours", "theirs", "is_met"), [(1, 4, True), (2, 4, False), (0, 0, True), (1, 0, False)])
def test_leaks_are_compared_with_those_of_trafilatura(ours: int, theirs: int, is_met: bool) -> None:
    scores = {"generic": [a_score(leaked=ours)], "trafilatura": [a_score(leaked=theirs)]}
    found = {one.bar.what: one.is_met for one in all_reached(scores)}
    assert found["leaks by trafilatura's"] is is_met


def test_a_bar_that_no_case_judges_has_no_value() -> None:
    bar = next(bar for bar in BARS if bar.what == "byline")
    assert reached({bar.contender: [a_score(title=True)]}, bar, "written") is None
    assert reached({}, bar, "written") is None


def test_the_name_of_a_bar_states_its_limit() -> None:
    assert [str(bar) for bar in BARS[:1]] == ["template: title >= 1"]
