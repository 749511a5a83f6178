"""Staleness of portals: the age of each portal's newest article, compared with a limit.

Belongs here: reading the newest articles from the warehouse, and the rule.
Does not belong here: whether crawls succeed (their verdicts), and the limit (the portal file).
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
    """A portal's newest article.

    Attributes:
        appeared_at: when it was published; if that is unknown, when it was first captured.
    """

    title: str | None
    url: str
    appeared_at: datetime


@dataclass(frozen=True, slots=True)
class Staleness:
    """The age of a portal's newest article, and the limit for it.

    Attributes:
        newest: None if no crawl has captured an article.
        silent_for: the age of `newest`; None if there is none.
        days_max: the limit, in days: the longest normal time without a new article.
    """

    portal: str
    newest: NewestArticle | None
    silent_for: timedelta | None
    days_max: int

    @property
    def is_too_long(self) -> bool:
        """Whether the age exceeds the limit, or there is no article."""
        return self.silent_for is None or self.silent_for > timedelta(days=self.days_max)

    def __str__(self) -> str:
        if self.newest is None or self.silent_for is None:
            return (
                f"{self.portal} was crawled, but no article was ever found. Find the cause: "
                f"hanoi-corpus portals probe {self.portal}"
            )
        day = f"{self.newest.appeared_at.astimezone(HANOI_TIME):%Y-%m-%d}"
        summary = f"no new article for {self.silent_for.days} days, with a limit of {self.days_max} days"
        if not self.is_too_long:
            return f"{summary}; the newest article is of {day}"
        return (
            f"{summary}: the newest article is of {day}. If the site has newer ones, find the cause: "
            f"hanoi-corpus portals probe {self.portal}. If it has none, raise "
            "expectations.silence_days_max in the portal file, or set active_until if the portal has ended."
        )


def staleness_of(home: Home, days_max: Mapping[str, int], now: datetime) -> Mapping[str, Staleness]:
    """Return the staleness of each crawled portal with a limit in `days_max`; the caller holds the lock.

    The result is empty before the first build. `now` has a time zone.
    """
    with store.connect(home) as warehouse:
        if not store.has_table(warehouse, "marts", "fct_articles"):
            return {}
        crawled = {portal for (portal,) in warehouse.execute("select distinct portal from marts.fct_crawls").fetchall()}
        # A publication date after the first capture is an error of the portal, and must not hide missing articles.
        rows = warehouse.execute(
            "with dated as (select portal, title, url,"
            " case when published_at <= first_captured_at then published_at else first_captured_at end as appeared_at"
            " from marts.fct_articles)"
            " select portal, max_by(title, appeared_at), max_by(url, appeared_at), max(appeared_at) from dated"
            " group by portal"
        ).fetchall()
    newest = {portal: NewestArticle(title, url, appeared_at) for portal, title, url, appeared_at in rows}
    return {
        portal: Staleness(
            portal, found := newest.get(portal), now - found.appeared_at if found else None, days_max[portal]
        )
        for portal in sorted(crawled & days_max.keys())
    }
