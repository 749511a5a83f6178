"""Bars for the accuracy of extraction, and summaries of scores by origin.

Belongs here: the bars, and which are met. Does not belong here: scoring one case (see `bench.extraction.score`) and
the bars for speed (see `bench.articles`).
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
    """Scores of one contender on the cases of one origin, at least one."""

    scores: Sequence[Score]

    def share(self, field: str) -> float | None:
        """Return the share of correct values among cases that judge the field; None without such cases."""
        judged = [score.fields[field] for score in self.scores if field in score.fields]
        return mean(judged) if judged else None

    @cached_property
    def f1_mean(self) -> float:
        """Mean F1 of the texts."""
        return mean(score.text.f1 for score in self.scores)

    @cached_property
    def f1_min(self) -> float:
        """Lowest F1 of a text."""
        return min(score.text.f1 for score in self.scores)

    @cached_property
    def caption_leaks(self) -> int:
        """Number of captions that leaked into texts."""
        return sum(len(score.caption_leaks) for score in self.scores)

    @cached_property
    def furniture_leaks(self) -> int:
        """Number of pieces of boilerplate that leaked into texts."""
        return sum(len(score.furniture_leaks) for score in self.scores)

    @cached_property
    def leaks(self) -> int:
        """Number of leaked captions and pieces of boilerplate."""
        return self.caption_leaks + self.furniture_leaks

    @cached_property
    def invented(self) -> int:
        """Number of values for fields that are empty in gold."""
        return sum(len(score.invented) for score in self.scores)

    @cached_property
    def repeated_leads(self) -> int:
        """Number of texts that repeat the lead."""
        return sum(score.is_lead_repeated for score in self.scores)


def of_origin(scores: Sequence[Score], origin: Origin) -> Summary | None:
    """Return the summary of the scores of one origin; None if there are none."""
    of_it = [score for score in scores if score.case.origin == origin]
    return Summary(of_it) if of_it else None


@dataclass(frozen=True, slots=True)
class AccuracyBar:
    """A bar for one contender.

    Attributes:
        contender: name of the contender.
        what: name of the measurement.
        measure: computes the value from the summaries of the contender and of trafilatura; None if no case judges it.
        bar: the required limit.
    """

    contender: str
    what: str
    measure: Callable[[Summary, Summary | None], float | None]
    bar: Bar

    def __str__(self) -> str:
        """Return its name in the report."""
        return f"{self.contender}: {self.what} {self.bar.sense} {self.bar.limit:g}"


@dataclass(frozen=True, slots=True)
class Reached:
    """A bar, and the value on the cases of one origin."""

    bar: AccuracyBar
    origin: Origin
    value: float

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.bar.bar.is_met(self.value, None)


def _share(field: str) -> Callable[[Summary, Summary | None], float | None]:
    return lambda summary, _: summary.share(field)


def _leaks_by_trafilaturas(summary: Summary, trafilatura: Summary | None) -> float | None:
    """Return our leaks divided by trafilatura's, or by 1 if it has none."""
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
    AccuracyBar(GENERIC, "byline", _share("byline"), _at_least(0.85)),
    AccuracyBar(GENERIC, "source", _share("source"), _at_least(0.85)),
    AccuracyBar(GENERIC, "minute", _share("minute"), _at_least(0.95)),
    AccuracyBar(GENERIC, "mean F1", lambda summary, _: summary.f1_mean, _at_least(0.96)),
    AccuracyBar(GENERIC, "leaks by trafilatura's", _leaks_by_trafilaturas, _at_most(0.25)),
)
"""The bars for template and generic extraction."""


def reached(scores: Scores, bar: AccuracyBar, origin: Origin) -> Reached | None:
    """Return the bar's value on the cases of one origin; None if no case judges it."""
    summary = of_origin(scores.get(bar.contender, ()), origin)
    value = None if summary is None else bar.measure(summary, of_origin(scores.get(TRAFILATURA, ()), origin))
    return None if value is None else Reached(bar, origin, value)


def all_reached(scores: Scores) -> list[Reached]:
    """Return the value of every bar for every origin that judges it."""
    found = (reached(scores, bar, origin) for origin in ORIGINS for bar in BARS)
    return [one for one in found if one]
