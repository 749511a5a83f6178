"""What our two paths must reach, and what was reached: summaries of scores, one for each origin, never mixed.

Here: the bars of extraction's accuracy. Not here: scoring one case (`bench.extraction.score`), or the bars of its speed
(`bench.articles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import Final

from bench.extraction.cases import ORIGINS, Origin
from bench.extraction.contenders import GENERIC, TEMPLATE, TRAFILATURA
from bench.extraction.score import Score
from bench.figures import Bar

Scores = Mapping[str, Sequence[Score]]
"""Scores by contender."""


@dataclass(frozen=True)
class Summary:
    """One contender on the cases of one origin; there is at least one."""

    scores: Sequence[Score]

    def share(self, field: str) -> float | None:
        """Return the share of the cases that judge the field in which it is right; None where none does."""
        judged = [score.fields[field] for score in self.scores if field in score.fields]
        return mean(judged) if judged else None

    @cached_property
    def f1_mean(self) -> float:
        """The mean F1 of the texts."""
        return mean(score.text.f1 for score in self.scores)

    @cached_property
    def f1_min(self) -> float:
        """The lowest F1 of a text."""
        return min(score.text.f1 for score in self.scores)

    @cached_property
    def caption_leaks(self) -> int:
        """Captions that stand in texts."""
        return sum(len(score.caption_leaks) for score in self.scores)

    @cached_property
    def furniture_leaks(self) -> int:
        """Pieces of furniture that stand in texts."""
        return sum(len(score.furniture_leaks) for score in self.scores)

    @cached_property
    def leaks(self) -> int:
        """Both."""
        return self.caption_leaks + self.furniture_leaks

    @cached_property
    def invented(self) -> int:
        """Values where gold says that the page states none."""
        return sum(len(score.invented) for score in self.scores)

    @cached_property
    def repeated_leads(self) -> int:
        """Texts that tell the lead twice."""
        return sum(score.is_lead_repeated for score in self.scores)


def of_origin(scores: Sequence[Score], origin: Origin) -> Summary | None:
    """Return the summary of the scores of that origin; None where there are none."""
    of_it = [score for score in scores if score.case.origin == origin]
    return Summary(of_it) if of_it else None


@dataclass(frozen=True, slots=True)
class AccuracyBar:
    """One bar.

    Attributes:
        contender: whose.
        what: what is measured.
        measure: of the contender's summary and trafilatura's on the same cases; None where no case judges it.
        bar: what it must reach.
    """

    contender: str
    what: str
    measure: Callable[[Summary, Summary | None], float | None]
    bar: Bar

    def __str__(self) -> str:
        """Return it as the report names it."""
        return f"{self.contender}: {self.what} {self.bar.sense} {self.bar.limit:g}"


@dataclass(frozen=True, slots=True)
class Reached:
    """A bar, and what was reached on the cases of one origin."""

    bar: AccuracyBar
    origin: Origin
    value: float

    @property
    def is_met(self) -> bool:
        """Whether the bar is reached."""
        return self.bar.bar.is_met(self.value, None)


def _share(field: str) -> Callable[[Summary, Summary | None], float | None]:
    return lambda summary, _: summary.share(field)


def _leaks_by_trafilaturas(summary: Summary, trafilatura: Summary | None) -> float | None:
    """Return our leaks by trafilatura's; ours alone where it has none."""
    return None if trafilatura is None else summary.leaks / max(trafilatura.leaks, 1)


def _at_least(limit: float) -> Bar:
    return Bar("value", ">=", limit)


def _at_most(limit: float) -> Bar:
    return Bar("value", "<=", limit)


BARS: Final[tuple[AccuracyBar, ...]] = (
    *(
        AccuracyBar(TEMPLATE, name, _share(name), _at_least(1))
        for name in ("title", "day", "minute", "byline", "source", "captions")
    ),
    AccuracyBar(TEMPLATE, "mean F1", lambda summary, _: summary.f1_mean, _at_least(0.99)),
    AccuracyBar(TEMPLATE, "lowest F1", lambda summary, _: summary.f1_min, _at_least(0.97)),
    AccuracyBar(TEMPLATE, "caption leaks", lambda summary, _: summary.caption_leaks, _at_most(0)),
    AccuracyBar(TEMPLATE, "furniture leaks", lambda summary, _: summary.furniture_leaks, _at_most(0)),
    AccuracyBar(GENERIC, "title", _share("title"), _at_least(0.98)),
    AccuracyBar(GENERIC, "day", _share("day"), _at_least(1)),
    AccuracyBar(GENERIC, "byline", _share("byline"), _at_least(0.8)),
    AccuracyBar(GENERIC, "mean F1", lambda summary, _: summary.f1_mean, _at_least(0.96)),
    AccuracyBar(GENERIC, "leaks by trafilatura's", _leaks_by_trafilaturas, _at_most(0.25)),
)
"""What platform pages and the generic path must reach."""


def reached(scores: Scores, bar: AccuracyBar, origin: Origin) -> Reached | None:
    """Return what the bar's contender reached on the cases of that origin; None where none of them judges it."""
    summary = of_origin(scores.get(bar.contender, ()), origin)
    value = None if summary is None else bar.measure(summary, of_origin(scores.get(TRAFILATURA, ()), origin))
    return None if value is None else Reached(bar, origin, value)


def all_reached(scores: Scores) -> list[Reached]:
    """Return what was reached of every bar on every origin that judges it."""
    found = (reached(scores, bar, origin) for origin in ORIGINS for bar in BARS)
    return [one for one in found if one]
