"""What extraction must reach on the gold cases, by where they come from: the bars of `bench.extraction.bars`.

Each test names the origins on which its bar is missed, with what was reached. `python -m bench.extraction` tells more.
"""

from __future__ import annotations

import pytest

from bench.extraction.all_cases import load_cases
from bench.extraction.bars import BARS, AccuracyBar, Scores, reached
from bench.extraction.cases import ORIGINS, Case
from bench.extraction.contenders import OURS, TRAFILATURA
from bench.extraction.lists import ListCase, list_cases, read_rows, score_list
from bench.extraction.scoring import articles_where_none_is, score_all
from spiders.platforms import PLATFORMS

CASES = load_cases()


@pytest.fixture(scope="module")
def scores() -> Scores:
    """Return the scores of ours, and of the extractor whose leaks ours are held against."""
    return score_all(CASES, (*OURS, TRAFILATURA))


@pytest.mark.parametrize("bar", BARS, ids=str)
def test_bar_is_reached(scores: Scores, bar: AccuracyBar) -> None:
    found = [one for origin in ORIGINS if (one := reached(scores, bar, origin))]
    assert found
    assert {one.origin: round(one.value, 4) for one in found if not one.is_met} == {}


@pytest.mark.parametrize("case", [case for case in CASES if case.gold is None], ids=lambda case: case.name)
def test_no_article_is_seen_where_there_is_none(case: Case) -> None:
    assert articles_where_none_is([case]) == []


@pytest.mark.parametrize("case", list(list_cases()), ids=lambda case: case.name)
def test_every_row_of_a_real_list_is_right(case: ListCase) -> None:
    found = score_list(case, read_rows(case))
    assert (found.wrong, found.extra) == ((), ())


def test_every_case_is_of_a_known_platform() -> None:
    assert {case.platform for case in CASES} <= set(PLATFORMS)
