"""Stories day by day: the articles that arrived on a day join known stories, or found new ones.

Belongs here: one day's step, and the replay of many days.
Does not belong here: the state between days (`warehouse.derive.stories.known`), reading and writing rows
(`warehouse.tables.stories`), and texts of shared terms (`warehouse.derive.stories.reasons`).

Articles arrive in days. A day's articles are linked with each other and with the articles of all stories that one of
them is like; these stories are made anew, since what was joined for want of better company may now part. So stories
gain, pass on and lose articles, and keep their IDs; merges and splits are recorded.

A day's result is a function of the articles that arrived until then and of their days: neither the order of articles
within the day nor the number of runs matters, since a day is made anew from the state of the day before. Days with
many articles are made in parts by publication time, for memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from warehouse.derive.stories.known import Block, Founding, Known, ReadTerms
from warehouse.derive.stories.linking import linked
from warehouse.derive.stories.rows import Ints, Places, Rows, joined, joined_places
from warehouse.derive.stories.similarity import LEAST_SIMILARITY, WINDOW, alike, pairs
from warehouse.derive.stories.weights import Snapshot, Vectors, buckets_of, no_tally, vectors_of

_PART: Final = 1500
_REACH: Final = int(WINDOW.total_seconds())
_SHARED_MAX: Final = 40
SIMILARITY_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story that an article belongs to from a day on: that of its arrival, or a later one if it moved.

    Attributes:
        time: seconds since 1970, like `Rows.times`.
        similarity: mean cosine with the other articles of the story that it was compared with; None if it is alone.
        shared: hashes of terms with a text that they have in common, those that count most first.
        position: the number by which the article's terms are read.
    """

    article_id: str
    story_id: str
    assigned_on: date
    time: int
    similarity: float | None
    shared: tuple[int, ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A merge or split of stories known before the day.

    Attributes:
        story_id: the story that was merged into another, or a new one that was split off.
        other_id: the story that it is part of now, or that most of its articles were in.
    """

    kind: Literal["merge", "split"]
    story_id: str
    other_id: str
    changed_on: date


@dataclass(frozen=True, slots=True)
class DayResult:
    """What a day decided: assignments of new and moved articles, by time and ID, and changes."""

    assignments: tuple[Assignment, ...]
    changes: tuple[Change, ...]
    known: Known


def story_id_of(article_id: str, split_on: date | None = None) -> str:
    """Return the ID of the story that an article founds, on its arrival or when it is split off."""
    return hashlib.sha256(f"story\n{article_id}\n{split_on or ''}".encode()).hexdigest()[:16]


def cluster_day(arrived_on: date, batch: Places, known: Known, snapshot: Snapshot | None, read: ReadTerms) -> DayResult:
    """Assign the articles that arrived on a day; the order of `batch` does not matter."""
    ordered = batch.take(batch.in_order())
    before = known
    assignments: dict[str, Assignment] = {}
    changes: list[Change] = []
    for start in range(0, len(ordered), _PART):
        part = ordered.take(np.arange(start, min(start + _PART, len(ordered))))
        result = _cluster_part(arrived_on, part, known, snapshot, read)
        assignments |= {each.article_id: each for each in result.assignments}
        changes += result.changes
        known = result.known
    # What began and ended within the day was never seen.
    final = (replace(each, story_id=known.story(each.story_id)) for each in assignments.values())
    return DayResult(
        tuple(sorted(final, key=lambda each: (each.time, each.article_id))),
        tuple(change for change in changes if _is_seen(change, before, known)),
        known,
    )


def replay(days: Iterable[tuple[date, Rows]]) -> Iterator[DayResult]:
    """Yield the results of all days from nothing, with all terms in memory; days come in order, each once."""
    known, tally, rows = Known(), no_tally(), joined(())
    for arrived_on, batch in days:
        rows = joined((rows, batch))
        places = Places(batch.article_ids, batch.times, np.arange(len(rows) - len(batch), len(rows)))
        result = cluster_day(arrived_on, places, known, tally.snapshot, in_memory(rows))
        known, tally = result.known, tally.with_day(batch)
        yield result


def in_memory(rows: Rows) -> ReadTerms:
    """Return what takes terms from rows; the positions of articles are the numbers of their rows."""
    return lambda places: rows.take(places.positions)


def _is_seen(change: Change, before: Known, after: Known) -> bool:
    """Tell whether a change is one between the stories of two days, and not undone within the day."""
    if change.kind == "merge":
        return change.story_id in before.founded
    return change.other_id in before.founded and change.story_id not in after.merged


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """The articles of a part and those known near them; those with the same terms are one text.

    Attributes:
        places: the near articles, then those of the part, each in the order of time and ID.
        rows: their terms.
        near: the stories of the near articles.
        texts: numbers of the rows that are the first of their text.
        text_of: for each row, the number of its text in `texts`.
        vectors: of the texts.
    """

    places: Places
    rows: Rows
    near: tuple[str, ...]
    texts: Ints
    text_of: Ints
    vectors: Vectors

    def story_of(self, text: int) -> str | None:
        """Return the story of a text: of its first near article; None if it has none."""
        first = int(self.texts[text])
        return self.near[first] if first < len(self.near) else None


def _window(part: Places, near: Block, snapshot: Snapshot | None, read: ReadTerms) -> _Window:
    places = joined_places([near.places, part])
    rows = read(places)
    texts, text_of = np.unique(rows.texts(_REACH), return_inverse=True)
    vectors = vectors_of(rows if len(texts) == len(rows) else rows.take(texts), snapshot)
    return _Window(places, rows, near.stories, texts, text_of, vectors)


def _cluster_part(
    arrived_on: date, part: Places, known: Known, snapshot: Snapshot | None, read: ReadTerms
) -> DayResult:
    window = _window(part, known.near(part.times), snapshot, read)
    rows = window.rows
    units = _units(window)
    times = rows.times[window.texts]
    groups = [units[group] for group in linked(pairs(window.vectors, times, units), LEAST_SIMILARITY)]
    rows_of_text = _places(window.text_of, len(window.texts))
    founded, moved, merged = dict(known.founded), dict(known.moved), dict(known.merged)
    assignments: list[Assignment] = []
    changes: list[Change] = []
    for group, stories in zip(groups, _heirs(groups, window, founded), strict=True):
        members = [number for text in group.tolist() for number in rows_of_text[text]]
        old = [number for number in members if number < len(window.near)]
        if stories:
            story_id = stories[0]
        else:
            first = min(members, key=lambda number: (int(rows.times[number]), rows.article_ids[number]))
            story_id = story_id_of(rows.article_ids[first], arrived_on if old else None)
            founded[story_id] = Founding(arrived_on, int(rows.times[first]), rows.article_ids[first])
            if old:
                most = Counter(window.near[number] for number in old).most_common(1)[0][0]
                changes.append(Change("split", story_id, most, arrived_on))
        for other in stories[1:]:
            merged[other] = story_id
            changes.append(Change("merge", other, story_id, arrived_on))
        leaving = {number for number in old if window.near[number] not in stories}
        moved |= {rows.article_ids[number]: story_id for number in leaving}
        given = [number for number in members if number >= len(window.near) or number in leaving]
        assignments += _assignments(arrived_on, story_id, window, group, members, given)
    story_of = {each.article_id: each.story_id for each in assignments}
    block = Block(part, tuple(story_of[article_id] for article_id in part.article_ids))
    return DayResult(tuple(assignments), tuple(changes), Known((*known.blocks, block), founded, moved, merged))


def _units(window: _Window) -> Ints:
    """Return the texts to link: those of the part, and those of all stories of which one is like a text."""
    new = np.unique(window.text_of[len(window.near) :])
    old = np.flatnonzero(window.texts < len(window.near))
    is_like = np.zeros(len(old), np.bool_)
    for numbers, values in alike(window.vectors, window.rows.times[window.texts], old, new):
        is_like[np.searchsorted(old, numbers)] = (values >= LEAST_SIMILARITY).any(axis=1)
    stories = {window.story_of(text) for text in old[is_like].tolist()}
    touched = [text for text in old.tolist() if window.story_of(text) in stories]
    return np.union1d(new, np.array(touched, np.int64))


def _places(numbers: Ints, count: int) -> list[list[int]]:
    """Return for each number below `count` the places where it is."""
    places: list[list[int]] = [[] for _ in range(count)]
    for place, number in enumerate(numbers.tolist()):
        places[number].append(place)
    return places


def _heirs(groups: list[Ints], window: _Window, founded: Mapping[str, Founding]) -> list[list[str]]:
    """Return for each group of texts the stories that it is from now on, the oldest first.

    A story goes on in the group that has most of its texts; of equals, in that with the earliest one.
    """
    found = Counter(
        (story_id, place)
        for place, group in enumerate(groups)
        for text in group.tolist()
        if (story_id := window.story_of(text))
    )
    home: dict[str, int] = {}
    for (story_id, place), _ in sorted(found.items(), key=lambda item: (-item[1], item[0][1])):
        home.setdefault(story_id, place)
    heirs: list[list[str]] = [[] for _ in groups]
    for story_id in sorted(home, key=lambda each: founded[each]):
        heirs[home[story_id]].append(story_id)
    return heirs


def _assignments(
    assigned_on: date, story_id: str, window: _Window, group: Ints, members: list[int], given: list[int]
) -> Iterator[Assignment]:
    """Yield the assignments of some members of a group of texts, with what each shares with all others."""
    topic, rows = window.vectors.topic[group], window.rows
    buckets, columns = np.unique(topic.indices, return_inverse=True)
    values = topic.data.astype(np.float64)
    place_of = {text: place for place, text in enumerate(group.tolist())}
    articles = np.zeros(len(group))
    for number in members:
        articles[place_of[int(window.text_of[number])]] += 1
    total = np.bincount(columns, weights=values * np.repeat(articles, np.diff(topic.indptr)), minlength=len(buckets))
    for number in given:
        place = place_of[int(window.text_of[number])]
        own = slice(topic.indptr[place], topic.indptr[place + 1])
        similarity: float | None = None
        shared: tuple[int, ...] = ()
        if len(members) > 1:
            mine = np.bincount(columns[own], weights=values[own], minlength=len(buckets))
            alike_by = mine * (total - mine)
            similarity = round(float(alike_by.sum()) / (len(members) - 1), SIMILARITY_DIGITS)
            shared = _heaviest(rows, number, buckets, alike_by)
        article_id, position = rows.article_ids[number], int(window.places.positions[number])
        yield Assignment(article_id, story_id, assigned_on, int(rows.times[number]), similarity, shared, position)


def _heaviest(
    rows: Rows, number: int, buckets: npt.NDArray[np.int32], weights: npt.NDArray[np.float64]
) -> tuple[int, ...]:
    """Return the hashes of an article's readable terms that weigh most, by weights as `buckets`."""
    start = rows.starts[number]
    hashes = rows.hashes[start : start + rows.readables[number]]
    weighed = weights[np.searchsorted(buckets, buckets_of(hashes))]
    order = np.argsort(-weighed, kind="stable")[:_SHARED_MAX]
    return tuple(hashes[order[weighed[order] > 0]].tolist())
