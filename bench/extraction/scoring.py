"""All cases by all contenders.

Here: who is asked about which case. Not here: one case's score (`bench.extraction.score`).
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.extraction.cases import Case
from bench.extraction.contenders import CONTENDERS, OURS, contends
from bench.extraction.score import Score, score


def score_all(cases: Sequence[Case], contenders: Sequence[str] = tuple(CONTENDERS)) -> dict[str, list[Score]]:
    """Return the scores of the cases that show an article, by contender."""
    return {
        name: [score(case, CONTENDERS[name](case)) for case in cases if case.gold is not None and contends(name, case)]
        for name in contenders
    }


def articles_where_none_is(cases: Sequence[Case]) -> list[str]:
    """Return name and path of each case that shows no article and in which one of our paths sees one."""
    return [
        f"{case.name} ({name})"
        for case in cases
        for name in OURS
        if case.gold is None and contends(name, case) and CONTENDERS[name](case) is not None
    ]
