"""Articles that arrive day by day, in tables of the warehouse as dbt makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from warehouse.home import Home
from warehouse.tables import store

HOSTILE_TITLE = "Tin <b>nóng</b> | [x](y)"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The articles that arrive on a day, half of them on each of two portals.

    Attributes:
        near_duplicates: the number of them that are near-duplicates.
        singletons: the number of them that are alone in their story.
    """

    articles: int
    near_duplicates: int
    singletons: int


def arrive(home: Home, days: Mapping[date, Arrivals]) -> None:
    """Make the tables with the articles of the days; the caller holds the lock."""
    with store.connect(home) as warehouse:
        warehouse.execute("create schema if not exists intermediate")
        warehouse.execute(
            "create table days as select unnest(?::date[]) as day, unnest(?::int[]) as articles,"
            " unnest(?::int[]) as near_duplicates, unnest(?::int[]) as singletons",
            [
                list(days),
                *([getattr(day, name) for day in days.values()] for name in Arrivals.__dataclass_fields__),
            ],
        )
        # In both columns the first articles of a day are what is counted; those of even numbers are of one portal.
        warehouse.execute(
            "create table numbered as select *, day || '-' || number as article_id"
            " from (select *, unnest(range(articles)) as number from days)"
        )
        warehouse.execute(
            "create table marts.fct_articles as select article_id, if(number % 2 = 0, 'hong', 'lanh') as portal,"
            " ? as title, 'https://' || portal || '.test/' || article_id as url,"
            " if(number < near_duplicates, 'earlier', null) as near_duplicate_of from numbered",
            [HOSTILE_TITLE],
        )
        warehouse.execute(
            "create table intermediate.int_stories__journal as select 'arrived' as kind, day as decided_on, article_id,"
            " if(number < singletons, null, 0.5) as similarity from numbered"
        )
