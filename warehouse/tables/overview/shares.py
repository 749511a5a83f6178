"""Near-duplicates and singletons among a day's articles, compared with the days before.

Belongs here: reading the days from the warehouse, which of them are judged, and the wording.
Does not belong here: the statistics (`warehouse.tables.overview.bands`), and what a near-duplicate or a story is
(`dbt_models`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

import duckdb

from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.overview.bands import usual_of

DAY_ARTICLES_MIN: Final = 10
"""A day of fewer articles is not judged, and the day before it still is."""

DAYS_BEFORE: Final = 90
"""The days before the judged one that say what is usual."""

DAYS_MIN, ARTICLES_MIN = 14, 200
"""With fewer days on which articles arrived, or fewer articles in them, nothing is usual yet."""

NEAR_DUPLICATES, SINGLETONS = "near_duplicates", "singletons"

EXAMPLES_MAX: Final = 5
_PORTALS_MAX: Final = 10
_URLS_IN_WORDS: Final = 3

# The condition of each share.
_CONDITIONS: Final = {
    NEAR_DUPLICATES: "articles.near_duplicate_of is not null",
    SINGLETONS: "journal.similarity is null",
}
_WORDS: Final = {NEAR_DUPLICATES: "near-duplicates", SINGLETONS: "alone in their story"}

_ARRIVED: Final = (
    "from intermediate.int_stories__journal as journal"
    " inner join marts.fct_articles as articles on journal.article_id = articles.article_id"
    " where journal.kind = 'arrived'"
)


@dataclass(frozen=True, slots=True)
class PortalShare:
    """The articles of one portal.

    Attributes:
        count: those of the judged day that the share counts.
        usual_share: the share of them in the days before; None if the portal had no articles then.
    """

    portal: str
    articles: int
    count: int
    usual_share: float | None


@dataclass(frozen=True, slots=True)
class Example:
    """An article of the judged day."""

    portal: str
    title: str | None
    url: str


@dataclass(frozen=True, slots=True)
class ShareJudgement:
    """A share of the articles that arrived on the newest day, compared with the days before.

    Attributes:
        share: its name.
        articles: those that arrived on the day.
        count: those of them that the share counts.
        usual_share: the usual share, 0 to 1.
        low: the least usual count of so many articles.
        high: the greatest.
        days: the number of days that say what is usual.
        days_outside: days in a row, up to this one, that are outside of the band; each was of enough articles.
        portals: those furthest from their own usual shares come first.
        examples: articles that the share counts; if they are too few, articles that it does not count.
    """

    share: str
    day: date
    articles: int
    count: int
    usual_share: float
    low: int
    high: int
    days: int
    days_outside: int
    portals: tuple[PortalShare, ...]
    examples: tuple[Example, ...]

    @property
    def is_usual(self) -> bool:
        """Whether the count is in the band."""
        return self.low <= self.count <= self.high

    def __str__(self) -> str:
        now, low, high = (f"{count / self.articles:.1%}" for count in (self.count, self.low, self.high))
        found = (
            f"{self.count} of {self.articles} articles ({now}) that arrived on {self.day} are {_WORDS[self.share]}; "
            f"usual are {self.low} to {self.high} of so many ({low} to {high}), and {self.usual_share:.1%} on the "
            f"{self.days} days before"
        )
        if self.is_usual:
            return found
        urls = " ".join(example.url for example in self.examples[:_URLS_IN_WORDS])
        portals = ", ".join(
            f"{portal.portal} {portal.count} of {portal.articles}" for portal in self.portals[:_URLS_IN_WORDS]
        )
        but = "" if self.count > self.high else " that are not"
        return (
            f"{found}. Outside for {self.days_outside} day{'' if self.days_outside == 1 else 's'} in a row. Most "
            f"changed: {portals}. Articles{but}: {urls}"
        )


def shares_of(home: Home) -> Mapping[str, ShareJudgement]:
    """Return the judgement of each share; none before the first build, or of too few articles.

    The caller must hold the lock.
    """
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, "intermediate", "int_stories__journal"):
            return {}
        counts = ", ".join(f"count(*) filter (where {condition})" for condition in _CONDITIONS.values())
        days = warehouse.execute(
            f"select journal.decided_on, count(*), {counts} {_ARRIVED} group by journal.decided_on order by all"
        ).fetchall()
        judged = _judged([row[1] for row in days])
        if judged is None:
            return {}
        first = days[judged][0] - timedelta(days=DAYS_BEFORE)
        usual = [row for row in days[:judged] if row[0] >= first]
        if len(usual) < DAYS_MIN or sum(row[1] for row in usual) < ARTICLES_MIN:
            return {}
        return {
            share: _judge(warehouse, share, [(row[0], row[1], row[2 + place]) for row in [*usual, days[judged]]])
            for place, share in enumerate(_CONDITIONS)
        }


def _judged(articles: Sequence[int]) -> int | None:
    """Return the place of the newest day with enough articles; None if there is none.

    The last day may not have ended. In the morning more articles are alone, and fewer are near-duplicates, since what
    is like them comes later; so it needs half as many as usual.
    """
    if not articles:
        return None
    *before, last = articles
    if last >= max(DAY_ARTICLES_MIN, median(before[-DAYS_BEFORE:] or [0]) / 2):
        return len(before)
    return max((place for place, count in enumerate(before) if count >= DAY_ARTICLES_MIN), default=None)


def _judge(warehouse: duckdb.DuckDBPyConnection, share: str, days: Sequence[tuple[date, int, int]]) -> ShareJudgement:
    """Return the judgement of the last day; days have their articles, and how many of them count."""
    *before, (day, articles, count) = days
    usual = usual_of([row[2] for row in before], [row[1] for row in before])
    low, high = usual.band(articles)
    outside = 0
    for _, its_articles, its_count in reversed(days):
        if its_articles < DAY_ARTICLES_MIN:
            continue
        its_low, its_high = usual.band(its_articles)
        if its_low <= its_count <= its_high:
            break
        outside += 1
    condition = _CONDITIONS[share] if count >= low else f"not ({_CONDITIONS[share]})"
    return ShareJudgement(
        share,
        day,
        articles,
        count,
        usual.share,
        low,
        high,
        len(before),
        outside,
        _portals(warehouse, share, day, before[0][0], usual.share),
        _examples(warehouse, condition, day),
    )


def _portals(
    warehouse: duckdb.DuckDBPyConnection, share: str, day: date, first: date, usual_share: float
) -> tuple[PortalShare, ...]:
    rows = warehouse.execute(
        f"with counted as (select articles.portal, journal.decided_on = $day as is_now, {_CONDITIONS[share]} as counts"  # noqa: S608 - our own condition
        f" {_ARRIVED} and journal.decided_on between $first and $day),"
        " portals as (select portal, count(*) filter (where is_now) as articles,"
        " count(*) filter (where is_now and counts) as found,"
        " count(*) filter (where counts and not is_now) / nullif(count(*) filter (where not is_now), 0) as usual"
        " from counted group by portal)"
        " select portal, articles, found, usual from portals where articles > 0"
        " order by abs(found - articles * coalesce(usual, $usual)) desc, portal limit $most",
        {"day": day, "first": first, "usual": usual_share, "most": _PORTALS_MAX},
    ).fetchall()
    return tuple(PortalShare(*row) for row in rows)


def _examples(warehouse: duckdb.DuckDBPyConnection, condition: str, day: date) -> tuple[Example, ...]:
    """Return articles of the day, at first one of each portal, those with most of them first."""
    rows = warehouse.execute(
        f"select articles.portal, articles.title, articles.url {_ARRIVED} and journal.decided_on = $day and {condition}"
        " order by row_number() over (partition by articles.portal order by articles.article_id),"
        " count(*) over (partition by articles.portal) desc, articles.article_id limit $most",
        {"day": day, "most": EXAMPLES_MAX},
    ).fetchall()
    return tuple(Example(*row) for row in rows)
