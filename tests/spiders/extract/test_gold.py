"""Minimum extraction quality on the gold cases by origin: the bars of `bench.extraction.bars`.

Each test reports the origins that miss its bar, with their scores; `python -m bench.extraction` reports the details.
"""

from __future__ import annotations

import pytest

from bench.extraction.all_cases import load_cases
from bench.extraction.bars import BARS, AccuracyBar, Scores, reached
from bench.extraction.cases import ORIGINS, Case
from bench.extraction.contenders import OURS, TRAFILATURA
from bench.extraction.lists import ListCase, list_cases, read_rows, score_list
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


@pytest.mark.parametrize("case", list(list_cases()), ids=lambda case: case.name)
def test_every_row_of_a_real_list_is_correct(case: ListCase) -> None:
    found = score_list(case, read_rows(case))
    assert (found.wrong, found.extra) == ((), ())


def test_every_case_is_of_a_known_platform() -> None:
    assert {case.platform for case in CASES} <= set(PLATFORMS)
