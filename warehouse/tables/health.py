"""The figures of every portal that only the marts have: daily verdicts and articles, and coverage.

Belongs here: reading these figures from the marts.
Does not belong here: the rules (dbt models), the present state (`dagster_project.operations.states`), and keeping the
figures for operators (`dagster_project.operations.health`).
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
    """One day of a portal, in Hanoi time.

    Attributes:
        verdict: the verdict of the day's last regular crawl; `not_looked` if there was none.
        articles_new: the number of articles first captured on that day.
    """

    day: date
    verdict: str
    articles_new: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The shares (0 to 1) of article pages with each field, in the newest crawl that has article pages."""

    title: float
    date: float
    body: float


@dataclass(frozen=True, slots=True)
class PortalHealth:
    """The figures of one portal.

    Attributes:
        days: the last `DAYS` days, in chronological order.
        coverage: None if no crawl captured an article page.
    """

    slug: str
    days: tuple[PortalDay, ...]
    coverage: Coverage | None


def portals_health(home: Home, now: datetime) -> list[PortalHealth]:
    """Return the figures of every portal up to the day of `now` in Hanoi, sorted by slug.

    The marts must exist, and the caller must hold the lock.
    """
    today = now.astimezone(HANOI_TIME).date()
    last_days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    with store.connect(home) as warehouse:
        known = warehouse.execute("select slug from marts.dim_portals order by slug").fetchall()
        days = _days(warehouse, today)
        coverage = _coverage(warehouse)
    return [
        PortalHealth(
            slug,
            tuple(days.get((slug, day), PortalDay(day, "not_looked", 0)) for day in last_days),
            coverage.get(slug),
        )
        for (slug,) in known
    ]


def _days(warehouse: duckdb.DuckDBPyConnection, today: date) -> Mapping[tuple[str, date], PortalDay]:
    rows = warehouse.execute(
        "select portal, day_on, verdict, articles_new from marts.fct_portal_days where day_on > $since",
        {"since": today - timedelta(days=DAYS)},
    ).fetchall()
    return {(portal, day): PortalDay(day, verdict, articles_new) for portal, day, verdict, articles_new in rows}


def _coverage(warehouse: duckdb.DuckDBPyConnection) -> Mapping[str, Coverage]:
    rows = warehouse.execute(
        "select portal, share_with_title, share_with_date, share_with_body from marts.fct_extraction_quality"
        " where articles > 0 qualify row_number() over (partition by portal order by looked_at desc, crawl_id) = 1"
    ).fetchall()
    return {portal: Coverage(title or 0.0, dated or 0.0, body or 0.0) for portal, title, dated, body in rows}
