"""The journal of stories in a warehouse: increments give what is given from nothing, whatever came when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.derive.stories import made
from tests.warehouse.tables.made_up import PROJECT
from warehouse.datasets import STORY_TERMS
from warehouse.derive.stories.days import story_id_of
from warehouse.derive.stories.weights import BUCKETS, FIRST_SNAPSHOT
from warehouse.tables.stories.journal import Relations, journal_of

MONDAY: Final = date(2025, 3, 10)
ALL: Final = made.tellings() | {
    f"report-{number}": told for number, told in enumerate(made.reports("quý I năm 2025", seed=1))
}
TERMS: Final = {article_id: made.terms(article_id, *told) for article_id, told in ALL.items()}

# As the models make them of raw tables.
_TABLES: Final = """
create table articles (article_id text, capture_id text, arrived_on date, published_by timestamptz, digest int);

create view days as
select
    *,
    case when version is distinct from lag(version) over (order by arrived_on) then version end as snapshot
from (
    select
        arrived_on,
        bit_xor(hash(article_id, digest)) as digest,
        sum(count(*)) over (order by arrived_on) as total_count,
        case when total_count >= 4
            then cast(length(bin(cast(total_count // 4 as bigint))) as integer) - 1
        end as version
    from articles
    group by arrived_on
);

create view snapshots as
select snapshot, bucket, count(*) as article_count
from (
    select
        (select min(days.snapshot) from days where days.arrived_on >= articles.arrived_on) as snapshot,
        unnest(terms.hashes) & 4194303 as bucket
    from articles
    join terms using (capture_id)
)
where snapshot is not null
group by snapshot, bucket;

create table made_of as select arrived_on, digest from days;

create view changed as
select arrived_on as decided_on from days
where arrived_on >= (
    select min(arrived_on) from days full join made_of using (arrived_on)
    where days.digest is distinct from made_of.digest
);
"""
_FORGET: Final = """
delete from journal
where
    decided_on >= (select min(decided_on) from changed)
    or decided_on not in (select arrived_on from days)
"""


class Warehouse:
    """Tables of a warehouse, and the journal as it is after each build."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        rows = STORY_TERMS.table(TERMS.values())
        self.connection.register("given_terms", rows)
        self.connection.execute("create table terms as select *, row_number() over () as row_position from given_terms")
        self.connection.execute(_TABLES)
        self.is_built = False

    @property
    def relations(self) -> Relations:
        """What the journal is made of now."""
        journal = "journal" if self.is_built else None
        return Relations("from articles", "from terms", "from days", "from snapshots", "from changed", journal)

    def arrive(self, days: Mapping[str, int]) -> None:
        """Set on which day after Monday each article arrived; articles that are not named are not there."""
        self.connection.execute("delete from articles")
        for article_id, day in days.items():
            published = made.NOON + timedelta(days=day, minutes=sorted(ALL).index(article_id))
            self.connection.execute(
                "insert into articles values (?, ?, ?, ?, 1)",
                [article_id, TERMS[article_id].capture_id, MONDAY + timedelta(days=day), published],
            )

    def build(self) -> list[tuple[Any, ...]]:
        """Make the changed days of the journal; return all of its rows."""
        tables = list(journal_of(self.connection, self.relations))
        if self.is_built:
            self.connection.execute(_FORGET)
        for table in tables:
            self.connection.register("made", table)
            self.connection.execute(
                "insert into journal from made" if self.is_built else "create table journal as from made"
            )
            self.is_built = True
        self.connection.execute("create or replace table made_of as select arrived_on, digest from days")
        return self.connection.execute("from journal order by all").fetchall()


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_increments_decide_what_is_decided_from_nothing(data: st.DataObject) -> None:
    days = {name: data.draw(st.integers(0, 4)) for name in data.draw(st.permutations(sorted(ALL)))}
    warehouse, known = Warehouse(), dict[str, int]()
    # Days as they come, one of them in two builds.
    again = data.draw(st.integers(0, 4))
    for day in range(5):
        arrived = [name for name in days if days[name] == day]
        seen = data.draw(st.integers(1, len(arrived))) if day == again and arrived else len(arrived)
        for part in (arrived[:seen], arrived):
            known |= dict.fromkeys(part, day)
            if known:
                warehouse.arrive(known)
                rows = warehouse.build()
    assert rows == from_nothing(days)
    # An article of an earlier day comes late, and another is gone.
    late, gone = data.draw(st.permutations(sorted(ALL)))[:2]
    moved = {name: day for name, day in days.items() if name != gone} | {late: data.draw(st.integers(0, 4))}
    warehouse.arrive(moved)
    assert warehouse.build() == from_nothing(moved)


def from_nothing(days: Mapping[str, int]) -> list[tuple[Any, ...]]:
    warehouse = Warehouse()
    warehouse.arrive(days)
    return warehouse.build()


def test_an_unchanged_warehouse_decides_nothing() -> None:
    warehouse = Warehouse()
    warehouse.arrive(dict.fromkeys(ALL, 0))
    rows = warehouse.build()
    assert warehouse.build() == rows
    relations = replace(warehouse.relations, changed_days="select date '2000-01-01' as decided_on")
    assert list(journal_of(warehouse.connection, relations)) == []


def test_a_journal_says_who_founded_a_story_who_joined_and_why() -> None:
    warehouse = Warehouse()
    warehouse.arrive({"bridge-0": 0, "well-0": 0, "bus-0": 0, "bridge-1": 1})
    warehouse.build()
    bridge = story_id_of("bridge-0")
    columns = "decided_on - ?, kind, article_id, similarity > 0.2, shared_names"
    rows = warehouse.connection.execute(
        f"select {columns} from journal where story_id = ? order by all",  # noqa: S608 - constants
        [MONDAY, bridge],
    ).fetchall()
    assert rows == [
        (0, "arrived", "bridge-0", None, []),
        (0, "founded", "bridge-0", None, None),
        (1, "arrived", "bridge-1", True, ["Mai Lĩnh", "Ban Quản lý"]),
    ]


@pytest.mark.parametrize(
    ("limit", "value"), [("stories_snapshot_first", FIRST_SNAPSHOT), ("stories_bucket_count", BUCKETS)]
)
def test_the_models_and_the_code_count_alike(limit: str, value: int) -> None:
    limits = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["hanoi_corpus"]
    assert limits[limit] == value
