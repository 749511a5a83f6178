"""The journal of stories: what each day of arrival decided, made anew from the first day that changed.

Belongs here: from the warehouse's tables to the days' decisions, and these as rows of `int_stories__journal`.
Does not belong here: deciding (`warehouse.derive.stories.days`), and which days changed (`int_changes__story_days`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.derive.stories.days import Assignment, Change, DayResult, cluster_day
from warehouse.derive.stories.known import Founding, Known, known_of
from warehouse.derive.stories.reasons import reason_of
from warehouse.derive.stories.rows import Places, Rows
from warehouse.derive.stories.similarity import WINDOW
from warehouse.derive.stories.weights import BUCKETS, Snapshot
from warehouse.records import StoryTerms
from warehouse.tables import store

_TEXTS: Final[pa.DataType] = pa.list_(pa.string())
_COLUMNS: Final[list[tuple[str, pa.DataType]]] = [
    ("decided_on", pa.date32()),
    ("kind", pa.string()),
    ("article_id", pa.string()),
    ("story_id", pa.string()),
    ("other_story_id", pa.string()),
    ("published_by", pa.timestamp("us", tz="UTC")),
    ("similarity", pa.float64()),
    ("shared_terms", _TEXTS),
    ("shared_names", _TEXTS),
    ("shared_figures", _TEXTS),
    ("shared_documents", _TEXTS),
]
SCHEMA: Final = pa.schema(_COLUMNS)

_REASONS_AT_A_TIME: Final = 5000
# A number of the day; only differences of it matter.
_DAY_OF: Final = "cast(floor(epoch(articles.published_by) / 86400) as bigint)"
# The articles that a day's are compared with are published at most this many days before or after one of them.
_WINDOW_DAYS: Final = WINDOW.days

_PLACES: Final = """
select articles.article_id, cast(epoch(articles.published_by) as bigint) as time, terms.row_position
from ({articles}) as articles
inner join ({terms}) as terms on articles.capture_id = terms.capture_id
where articles.arrived_on = ?
"""
# What earlier days decided about the articles near those of the days to make, as it was before the first of them.
_EARLIER: Final = """
with near_days as (
    select distinct {day_of} + steps.step as day
    from ({articles}) as articles
    cross join (select unnest(range(-{window}, {window} + 1)) as step) as steps
    where articles.arrived_on >= $first
),
articles as (
    select articles.article_id, articles.capture_id, articles.published_by
    from ({articles}) as articles
    where
        articles.arrived_on < $first
        and {day_of} in (select near_days.day from near_days)
),
stories as (
    select journal.article_id, arg_max(journal.story_id, journal.decided_on) as story_id
    from {journal} as journal
    semi join articles on journal.article_id = articles.article_id
    where journal.kind in ('arrived', 'moved') and journal.decided_on < $first
    group by journal.article_id
)
select articles.article_id, cast(epoch(articles.published_by) as bigint) as time, terms.row_position, stories.story_id
from articles
inner join stories on articles.article_id = stories.article_id
inner join ({terms}) as terms on articles.capture_id = terms.capture_id
"""
_MERGED: Final = """
select story_id, other_story_id from {journal} where kind = 'merged' and decided_on < ?
"""
_FOUNDED: Final = """
select story_id, decided_on, cast(epoch(published_by) as bigint), article_id
from {journal} where kind = 'founded' and decided_on < ? and story_id in (select story_id from given)
"""
_TERMS: Final = """
select
    row_position,
    len(names) + len(figures) + len(documents) as specifics,
    len(names) + len(figures) + len(documents) + len(pairs) as readables,
    hashes,
    weights
from ({terms}) where row_position in (select row_position from given)
"""
_READABLE: Final = """
select row_position, capture_id, article_id, published_by, names, figures, documents, pairs, hashes
from ({terms}) where row_position in (select row_position from given)
"""
_COUNTS: Final = """
select bucket, sum(article_count) as articles from ({snapshots}) where snapshot <= ? group by bucket
"""


@dataclass(frozen=True, slots=True)
class Relations:
    """Queries of the models that the journal is made of, and the journal's own table in an increment."""

    articles: str
    terms: str
    days: str
    snapshots: str
    changed_days: str
    journal: str | None


def journal_of(session: duckdb.DuckDBPyConnection, relations: Relations) -> Iterator[pa.Table]:
    """Yield the rows of each day that changed; of every day if the journal has no table yet."""
    changed = f"where arrived_on in (select decided_on from ({relations.changed_days}))" if relations.journal else ""  # noqa: S608 - dbt's query
    days = session.execute(f"select arrived_on from ({relations.days}) {changed} order by arrived_on").fetchall()  # noqa: S608 - dbt's queries
    if not days:
        return
    terms = _Terms(session, relations)
    snapshots = _Snapshots(session, relations)
    known = _known_before(days[0][0], session, relations)
    for (day,) in days:
        batch = _batch(day, session, relations)
        result = cluster_day(day, batch, known, snapshots.before(day), terms.read)
        yield _rows(day, frozenset(batch.article_ids), known, result, terms)
        known = result.known


def _batch(day: date, session: duckdb.DuckDBPyConnection, relations: Relations) -> Places:
    query = _PLACES.format(articles=relations.articles, terms=relations.terms)
    return _places(_fetched(session.execute(query, [day])))


def _fetched(query: duckdb.DuckDBPyConnection) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a query without nulls."""
    return {name: np.asarray(column) for name, column in query.fetchnumpy().items()}


def _places(columns: Mapping[str, npt.NDArray[Any]]) -> Places:
    return Places(
        tuple(columns["article_id"].tolist()),
        columns["time"].astype(np.int64),
        columns["row_position"].astype(np.int64),
    )


def _known_before(first: date, session: duckdb.DuckDBPyConnection, relations: Relations) -> Known:
    """Return what days before this one decided, of articles near those that arrived on it and later."""
    if relations.journal is None:
        return Known()
    names = {"articles": relations.articles, "terms": relations.terms, "journal": relations.journal}
    query = _EARLIER.format(**names, window=_WINDOW_DAYS, day_of=_DAY_OF)
    found = _fetched(session.execute(query, {"first": first}))
    merged = dict(session.execute(_MERGED.format(**names), [first]).fetchall())
    now = Known(merged=merged)
    stories = tuple(now.story(story_id) for story_id in found["story_id"].tolist())
    with store.given(session, {"story_id": sorted(set(stories))}):
        founded = {
            story_id: Founding(arrived_on, time, article_id)
            for story_id, arrived_on, time, article_id in session.execute(_FOUNDED.format(**names), [first]).fetchall()
        }
    return known_of(_places(found), stories, founded)


class _Terms:
    """The terms of articles, read by the numbers of their rows: DuckDB skips the lists of others."""

    def __init__(self, session: duckdb.DuckDBPyConnection, relations: Relations) -> None:
        self._session = session
        self._query = _TERMS.format(terms=relations.terms)
        self._readable_query = _READABLE.format(terms=relations.terms)

    def read(self, places: Places) -> Rows:
        """Return the terms of articles, in their order."""
        with store.given(self._session, {"row_position": places.positions.tolist()}):
            found = _fetched(self._session.execute(self._query))
        positions = found["row_position"].astype(np.int64)
        lengths = np.fromiter(map(len, found["hashes"]), np.int64, len(positions))
        rows = Rows(
            ("",) * len(positions),
            np.zeros(len(positions), np.int64),
            found["specifics"].astype(np.int64),
            found["readables"].astype(np.int64),
            np.concatenate(([0], np.cumsum(lengths))),
            np.concatenate([np.zeros(0, np.int32), *found["hashes"]]),
            np.concatenate([np.zeros(0, np.float32), *found["weights"]]),
        )
        order = np.argsort(positions)
        taken = rows.take(order[np.searchsorted(positions[order], places.positions)])
        return replace(taken, article_ids=places.article_ids, times=places.times)

    def readable(self, positions: list[int]) -> dict[int, StoryTerms]:
        """Return terms with a text, by the numbers of their rows; without weights."""
        with store.given(self._session, {"row_position": positions}):
            found = self._session.execute(self._readable_query).fetchall()
        return {
            position: StoryTerms(
                capture_id,
                article_id,
                published_by,
                tuple(names),
                tuple(figures),
                tuple(documents),
                tuple(pairs),
                tuple(hashes),
                (),
            )
            for position, capture_id, article_id, published_by, names, figures, documents, pairs, hashes in found
        }


class _Snapshots:
    """How many articles have each term when a snapshot was due; the last one read is kept."""

    def __init__(self, session: duckdb.DuckDBPyConnection, relations: Relations) -> None:
        self._session = session
        self._query = _COUNTS.format(snapshots=relations.snapshots)
        self._due = session.execute(
            f"select arrived_on, snapshot, total_count from ({relations.days})"  # noqa: S608 - dbt's query
            " where snapshot is not null order by arrived_on"
        ).fetchall()
        self._last: Snapshot | None = None

    def before(self, day: date) -> Snapshot | None:
        """Return the last snapshot of an earlier day; None if there is none."""
        due = [(number, total) for arrived_on, number, total in self._due if arrived_on < day]
        if not due:
            return None
        number, total = due[-1]
        if self._last is None or self._last.number != number:
            found = _fetched(self._session.execute(self._query, [number]))
            counts = np.zeros(BUCKETS, np.int32)
            counts[found["bucket"]] = found["articles"]
            self._last = Snapshot(number, total, counts)
        return self._last


def _rows(day: date, arrived: frozenset[str], before: Known, result: DayResult, terms: _Terms) -> pa.Table:
    rows = [
        *_assigned(arrived, result.assignments, terms),
        *_founded(day, before, result.known),
        *(_changed(change) for change in result.changes),
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _assigned(
    arrived: frozenset[str], assignments: tuple[Assignment, ...], terms: _Terms
) -> Iterator[dict[str, object]]:
    for start in range(0, len(assignments), _REASONS_AT_A_TIME):
        some = assignments[start : start + _REASONS_AT_A_TIME]
        written = terms.readable([each.position for each in some if each.shared])
        for each in some:
            reason = reason_of(each, written[each.position]) if each.shared else None
            yield {
                "decided_on": each.assigned_on,
                "kind": "arrived" if each.article_id in arrived else "moved",
                "article_id": each.article_id,
                "story_id": each.story_id,
                "published_by": _time(each.time),
                "similarity": each.similarity,
                "shared_terms": reason.terms if reason else (),
                "shared_names": reason.names if reason else (),
                "shared_figures": reason.figures if reason else (),
                "shared_documents": reason.documents if reason else (),
            }


def _founded(day: date, before: Known, known: Known) -> Iterator[dict[str, object]]:
    # The new ones are the last. One that was merged into another on the same day was never seen.
    new = islice(known.founded.items(), len(before.founded), None)
    for story_id, first in sorted(item for item in new if item[0] not in known.merged):
        yield {
            "decided_on": day,
            "kind": "founded",
            "article_id": first.article_id,
            "story_id": story_id,
            "published_by": _time(first.time),
        }


def _changed(change: Change) -> dict[str, object]:
    return {
        "decided_on": change.changed_on,
        "kind": {"merge": "merged", "split": "split"}[change.kind],
        "story_id": change.story_id,
        "other_story_id": change.other_id,
    }


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
