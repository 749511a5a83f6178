"""Articles as the clustering sees them: times, and term hashes with weights, many in a few arrays.

Belongs here: the arrays, taking and joining them.
Does not belong here: making the terms (`warehouse.derive.stories.terms`), and what rare terms are
(`warehouse.derive.stories.weights`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from warehouse.records import StoryTerms

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Articles without their terms.

    Attributes:
        article_ids: each once.
        times: seconds since 1970 in UTC: when the article was published, or captured first if that is unknown.
        positions: the numbers by which their terms are read.
    """

    article_ids: tuple[str, ...]
    times: Ints
    positions: Ints

    def __len__(self) -> int:
        return len(self.article_ids)

    def take(self, chosen: Ints) -> Places:
        """Return articles by their numbers, in that order."""
        return Places(
            tuple(self.article_ids[number] for number in chosen.tolist()), self.times[chosen], self.positions[chosen]
        )

    def in_order(self) -> Ints:
        """Return the numbers of the articles by time, then by ID."""
        return np.array(
            sorted(range(len(self)), key=lambda number: (int(self.times[number]), self.article_ids[number])), np.int64
        )


def joined_places(parts: Sequence[Places]) -> Places:
    """Return the articles of all parts, in their order."""
    return Places(
        tuple(article_id for part in parts for article_id in part.article_ids),
        np.concatenate([np.zeros(0, np.int64), *(part.times for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.positions for part in parts)]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Terms of articles; row i has the terms `starts[i]:starts[i + 1]` of `hashes` and `weights`.

    Attributes:
        article_ids: as in `Places`.
        times: likewise.
        specifics: number of a row's first terms that are names, figures or documents.
        readables: number of a row's first terms whose text is kept.
        starts: one more than rows.
    """

    article_ids: tuple[str, ...]
    times: Ints
    specifics: Ints
    readables: Ints
    starts: Ints
    hashes: npt.NDArray[np.int32]
    weights: Floats

    def __len__(self) -> int:
        return len(self.article_ids)

    def take(self, chosen: Ints) -> Rows:
        """Return rows by their numbers, in that order."""
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        terms = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(
            tuple(self.article_ids[number] for number in chosen.tolist()),
            self.times[chosen],
            self.specifics[chosen],
            self.readables[chosen],
            starts,
            self.hashes[terms],
            self.weights[terms],
        )

    def texts(self, reach: int) -> Ints:
        """Return for each row the first row with the same terms; rows without terms all differ.

        Rows more than `reach` seconds apart are different as well.
        """
        firsts: dict[bytes, list[int]] = {}
        numbers = np.arange(len(self))
        times = self.times.tolist()
        for number, (start, end) in enumerate(pairwise(self.starts.tolist())):
            if start < end:
                key = self.hashes[start:end].tobytes() + self.weights[start:end].tobytes()
                same = firsts.setdefault(key, [])
                numbers[number] = next((one for one in same if abs(times[one] - times[number]) <= reach), number)
                if numbers[number] == number:
                    same.append(number)
        return numbers


def rows_of(articles: Iterable[tuple[datetime, StoryTerms]]) -> Rows:
    """Return articles as rows, in their order; each comes with its time, which has a time zone."""
    found = list(articles)
    lengths = [len(terms.hashes) for _, terms in found]
    return Rows(
        tuple(terms.article_id for _, terms in found),
        np.array([int(time.astimezone(UTC).timestamp()) for time, _ in found], np.int64),
        np.array([len(terms.names) + len(terms.figures) + len(terms.documents) for _, terms in found], np.int64),
        np.array([len(readable_texts(terms)) for _, terms in found], np.int64),
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.fromiter((key for _, terms in found for key in terms.hashes), np.int32, sum(lengths)),
        np.fromiter((weight for _, terms in found for weight in terms.weights), np.float32, sum(lengths)),
    )


def readable_texts(terms: StoryTerms) -> tuple[str, ...]:
    """Return the texts of an article's first terms, in the order of their hashes."""
    return (*terms.names, *terms.figures, *terms.documents, *terms.pairs)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, in their order."""
    ends = np.cumsum([0, *(int(part.starts[-1]) for part in parts)])
    return Rows(
        tuple(article_id for part in parts for article_id in part.article_ids),
        np.concatenate([np.zeros(0, np.int64), *(part.times for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.specifics for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.readables for part in parts)]),
        np.concatenate(
            [np.zeros(1, np.int64), *(part.starts[1:] + end for part, end in zip(parts, ends, strict=False))]
        ),
        np.concatenate([np.zeros(0, np.int32), *(part.hashes for part in parts)]),
        np.concatenate([np.zeros(0, np.float32), *(part.weights for part in parts)]),
    )
