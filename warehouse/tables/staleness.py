"""How long each portal has been silent: the age of its newest article, against the longest silence that is usual there.

Here: reading the newest articles out of the warehouse, and the rule. Not here: whether a portal was looked at at all,
which is the verdict's question, and what is usual, which the portal's file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.clock import HANOI_TIME
from warehouse.home import Home
from warehouse.tables import store


@dataclass(frozen=True, slots=True)
class NewestArticle:
    """The article of a portal that appeared last.

    Attributes:
        appeared_at: when it was published; where its page does not say, when it was first captured.
    """

    title: str | None
    url: str
    appeared_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a portal has published nothing.

    Attributes:
        newest: None where crawls have never brought an article of it.
        silent_for: the age of `newest`.
        days_max: the longest usual time without a new article.
    """

    portal: str
    newest: NewestArticle | None
    silent_for: timedelta | None
    days_max: int

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than is usual; also where there never was an article."""
        return self.silent_for is None or self.silent_for > timedelta(days=self.days_max)

    def __str__(self) -> str:
        if self.newest is None or self.silent_for is None:
            return (
                f"{self.portal} was crawled, and no article of it was ever found. See what is off now: "
                f"hanoi-corpus portals probe {self.portal}"
            )
        day = f"{self.newest.appeared_at.astimezone(HANOI_TIME):%Y-%m-%d}"
        told = f"silent for {self.silent_for.days} days, and {self.days_max} is the longest usual"
        if not self.is_too_long:
            return f"{told}; the newest article is of {day}"
        return (
            f"{told}: the newest article is of {day}. If the site has newer ones, see what is off: "
            f"hanoi-corpus portals probe {self.portal}. If it is quiet there too, raise "
            "expectations.silence_days_max in its portal file, or end it by active_until."
        )


def silences(home: Home, days_max: Mapping[str, int], now: datetime) -> Mapping[str, Silence]:
    """Return the silence of each portal that was ever crawled; the caller holds the lock.

    Args:
        home: whose warehouse is asked; nothing is judged before the first build.
        days_max: by portal to be judged, its longest usual silence.
        now: the time against which ages are reckoned, with a time zone.
    """
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, "marts", "fct_articles"):
            return {}
        crawled = {portal for (portal,) in warehouse.execute("select distinct portal from marts.fct_crawls").fetchall()}
        # A date in the future is a portal's mistake, and must not hide its silence.
        rows = warehouse.execute(
            "with dated as (select portal, title, url,"
            " case when published_at <= first_captured_at then published_at else first_captured_at end as appeared_at"
            " from marts.fct_articles)"
            " select portal, max_by(title, appeared_at), max_by(url, appeared_at), max(appeared_at) from dated"
            " group by portal"
        ).fetchall()
    newest = {portal: NewestArticle(title, url, appeared_at) for portal, title, url, appeared_at in rows}
    return {
        portal: Silence(
            portal, found := newest.get(portal), now - found.appeared_at if found else None, days_max[portal]
        )
        for portal in sorted(crawled & days_max.keys())
    }
