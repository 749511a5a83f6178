"""How every portal is: its verdict day by day, what it published, how well it is read, when it was last seen well.

Here: reading that out of the built marts. Not here: the rules (dbt models), and how it is shown
(`dagster_project.operations.health`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from warehouse.clock import HANOI_TIME
from warehouse.home import Home
from warehouse.tables import store

DAYS = 30


@dataclass(frozen=True, slots=True)
class PortalDay:
    """One day of a portal, in Hanoi.

    Attributes:
        verdict: of the day's last look; `not_looked` where there was none.
        articles_new: articles that were first captured on it.
    """

    day: date
    verdict: str
    articles_new: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares, of 1, of the pages of the newest crawl that was read, which have the field."""

    title: float
    date: float
    body: float


@dataclass(frozen=True, slots=True)
class PortalHealth:
    """How one portal is.

    Attributes:
        days: the last `DAYS` days, the oldest first.
        verdict_reason: of its last look; None where it was never looked at.
        last_healthy_at: when the last look with verdict `ok` or `no_news` began.
        coverage: None where no crawl brought a page.
    """

    slug: str
    name: str
    base_url: str
    days: tuple[PortalDay, ...]
    verdict_reason: str | None
    last_healthy_at: datetime | None
    coverage: Coverage | None


def portals_health(home: Home, now: datetime) -> list[PortalHealth]:
    """Return how every portal is, by slug; the marts are built, and the caller holds the lock.

    Args:
        home: whose warehouse dbt has built.
        now: the time, with a time zone: the last of the days is that of Hanoi.
    """
    today = now.astimezone(HANOI_TIME).date()
    with store.connect(home) as warehouse:
        known = warehouse.execute("select slug, name, base_url from marts.dim_portals order by slug").fetchall()
        days = _days(warehouse, today)
        looks = _last_looks(warehouse)
        coverage = _coverage(warehouse)
    return [
        PortalHealth(
            slug,
            name,
            base_url,
            tuple(days.get((slug, day), PortalDay(day, "not_looked", 0)) for day in _last_days(today)),
            *looks.get(slug, (None, None)),
            coverage.get(slug),
        )
        for slug, name, base_url in known
    ]


def _last_days(today: date) -> list[date]:
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def _days(warehouse: duckdb.DuckDBPyConnection, today: date) -> Mapping[tuple[str, date], PortalDay]:
    rows = warehouse.execute(
        "select portal, day_on, verdict, articles_new from marts.fct_portal_days where day_on > $since",
        {"since": today - timedelta(days=DAYS)},
    ).fetchall()
    return {(portal, day): PortalDay(day, verdict, articles_new) for portal, day, verdict, articles_new in rows}


def _last_looks(warehouse: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[str | None, datetime | None]]:
    """Return, by portal, why the last look had its verdict, and when the last healthy one began."""
    rows = warehouse.execute(
        "select portal, max_by(verdict_reason, started_at),"
        " max(started_at) filter (where verdict in ('ok', 'no_news'))"
        " from marts.fct_crawls where kind in ('full', 'incremental') group by portal"
    ).fetchall()
    return {portal: (reason, healthy_at) for portal, reason, healthy_at in rows}


def _coverage(warehouse: duckdb.DuckDBPyConnection) -> Mapping[str, Coverage]:
    rows = warehouse.execute(
        "select portal, share_with_title, share_with_date, share_with_body from marts.fct_extraction_quality"
        " where articles > 0 qualify row_number() over (partition by portal order by looked_at desc, crawl_id) = 1"
    ).fetchall()
    return {portal: Coverage(title or 0.0, dated or 0.0, body or 0.0) for portal, title, dated, body in rows}
