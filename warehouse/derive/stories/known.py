"""What earlier days decided: which articles there are, and the story of each.

Belongs here: the state between days, and the articles that new ones are compared with.
Does not belong here: terms, which are read when articles are compared, and deciding (`warehouse.derive.stories.days`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

import numpy as np

from warehouse.derive.stories.rows import Ints, Places, Rows, joined_places
from warehouse.derive.stories.similarity import WINDOW

REPRESENTATIVES: Final = 64
"""A story is compared by its latest articles in the window, at most this many: ten thousand copies cost no more."""

NEAR_MAX: Final = 30_000
"""Articles that new ones are compared with, at most: a window of 20 days with 1,500 articles a day. An archive that
states no dates is all of the day it came on, so that of a hundred thousand articles only the last of these count."""

_REACH: Final = int(WINDOW.total_seconds())

ReadTerms: TypeAlias = Callable[[Places], Rows]
"""Returns the terms of articles, in their order."""


@dataclass(frozen=True, slots=True, order=True)
class Founding:
    """The first article of a story; the least of two is the older story's."""

    arrived_on: date
    time: int
    article_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Articles with the stories that they were assigned to, in the order of time and ID."""

    places: Places
    stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier days decided, at least of articles within `WINDOW` of an article that comes.

    Attributes:
        founded: the first article of each story in the blocks.
        moved: the stories of articles that were assigned again.
        merged: stories that are others' now.
    """

    blocks: tuple[Block, ...] = ()
    founded: Mapping[str, Founding] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)

    def story(self, story_id: str) -> str:
        """Return the story that this one is part of now."""
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id

    def near(self, times: Ints) -> Block:
        """Return the articles to compare with those of some times, which ascend, with their stories of today.

        They are within `WINDOW` of one of these times: the latest `REPRESENTATIVES` of each story, and of all the
        `NEAR_MAX` nearest, the latest of equally near ones.
        """
        found: list[tuple[int, str, str, int, int, int]] = []
        for number, block in enumerate(self.blocks):
            chosen, distances = _within_reach(block.places.times, times)
            for place, distance in zip(chosen.tolist(), distances.tolist(), strict=True):
                name = block.places.article_ids[place]
                story_id = self.story(self.moved.get(name, block.stories[place]))
                found.append((int(block.places.times[place]), name, story_id, distance, number, place))
        found.sort(reverse=True)
        seen: Counter[str] = Counter()
        near = []
        for each in found:
            seen[each[2]] += 1
            if seen[each[2]] <= REPRESENTATIVES:
                near.append(each)
        near.sort(key=lambda each: each[3])
        near = sorted(near[:NEAR_MAX])
        places: dict[int, list[int]] = {}
        for _, _, _, _, number, place in near:
            places.setdefault(number, []).append(place)
        taken = [self.blocks[number].places.take(np.array(each, np.int64)) for number, each in places.items()]
        together = joined_places(taken)
        # Those of one block are in order already.
        return Block(
            together if len(taken) <= 1 else together.take(together.in_order()), tuple(each[2] for each in near)
        )


def known_of(places: Places, stories: tuple[str, ...], founded: Mapping[str, Founding]) -> Known:
    """Return what earlier days decided from stored rows: articles and the stories that they belong to now.

    At least the articles within `WINDOW` of one that comes must be given, and the first article of each story.
    """
    order = places.in_order()
    return Known((Block(places.take(order), tuple(stories[number] for number in order.tolist())),), founded)


def _within_reach(times: Ints, of: Ints) -> tuple[Ints, Ints]:
    """Return the places of the times that are within `WINDOW` of one of others, and how near; both ascend."""
    start, end = np.searchsorted(times, [of[0] - _REACH, of[-1] + _REACH + 1])
    between = times[start:end]
    after = np.searchsorted(of, between)
    distances = np.minimum(
        np.abs(between - of[np.maximum(after - 1, 0)]), np.abs(of[np.minimum(after, len(of) - 1)] - between)
    )
    kept = np.flatnonzero(distances <= _REACH)
    return kept + start, distances[kept]
