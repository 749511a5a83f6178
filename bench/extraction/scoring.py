"""Scores of all contenders on all cases.

Belongs here: which contender is scored on which case. Does not belong here: scoring one case (see
`bench.extraction.score`).
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.extraction.cases import Case
from bench.extraction.contenders import CONTENDERS, OURS, contends
from bench.extraction.score import Score, score


def score_all(cases: Sequence[Case], contenders: Sequence[str] = tuple(CONTENDERS)) -> dict[str, list[Score]]:
    """Return the scores on the cases with an article, by contender."""
    return {
        name: [score(case, CONTENDERS[name](case)) for case in cases if case.gold is not None and contends(name, case)]
        for name in contenders
    }


def false_articles(cases: Sequence[Case]) -> list[str]:
    """Return case and contender for each article that we extract from a page without one."""
    return [
        f"{case.name} ({name})"
        for case in cases
        for name in OURS
        if case.gold is None and contends(name, case) and CONTENDERS[name](case) is not None
    ]
