"""Minimum extraction quality on the gold cases by origin: the bars of `bench.extraction.bars`.

Each test reports the origins that miss its bar, with their scores; `python -m bench.extraction` reports the details.
"""

from __future__ import annotations

import pytest

from bench.extraction.all_cases import load_cases
from bench.extraction.bars import BARS, AccuracyBar, Scores, reached
from bench.extraction.cases import ORIGINS, Case
from bench.extraction.contenders import OURS, TRAFILATURA
from bench.extraction.lists import list_cases, missed_bars, read_rows, score_list
from bench.extraction.scoring import false_articles, score_all
from spiders.platforms import PLATFORMS

pytestmark = pytest.mark.slow

CASES = load_cases()


@pytest.fixture(scope="module")
def scores() -> Scores:
    """Return the scores of our extractors, and of the one to which their leaks are compared."""
    return score_all(CASES, (*OURS, TRAFILATURA))


@pytest.mark.parametrize("bar", BARS, ids=str)
def test_bar_is_reached(scores: Scores, bar: AccuracyBar) -> None:
    found = [one for origin in ORIGINS if (one := reached(scores, bar, origin))]
    assert found
    assert {one.origin: round(one.value, 4) for one in found if not one.is_met} == {}


@pytest.mark.parametrize("case", [case for case in CASES if case.gold is None], ids=lambda case: case.name)
def test_no_article_is_extracted_from_other_pages(case: Case) -> None:
    assert false_articles([case]) == []


@pytest.mark.parametrize("platform", [*PLATFORMS])
def test_bars_of_real_lists_are_reached(platform: str) -> None:
    cases = [case for case in list_cases() if case.platform == platform]
    assert list(missed_bars([score_list(case, read_rows(case)) for case in cases])) == []


def test_every_case_is_of_a_known_platform() -> None:
    assert {case.platform for case in CASES} <= set(PLATFORMS)
