"""How alike articles are: cosines of terms, within a window, without what only shares a form.

Belongs here: similarities of pairs. Does not belong here: the weights of terms, and joining articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import numpy as np
import scipy.sparse as sparse

from warehouse.derive.stories.rows import Floats, Ints
from warehouse.derive.stories.weights import Vectors

WINDOW: Final = timedelta(days=10)
"""Articles published further apart are not of one event, however alike."""

# Lesser similarities count as 0, so that fewer are kept.
_LEAST_KEPT: Final = np.float32(0.03)
# Similarities computed at a time: bounds memory.
_AT_A_TIME: Final = 4_000_000

LEAST_SIMILARITY: Final = 0.2
"""Mean similarity of two groups of articles from which they are one story: the middle of what is good on ViMs, and on
samples of it in which most articles are alone; see `docs/benchmarks.md`."""

# Reports of one form share their words, and neither names nor figures. Pairs whose wording is alike by `_FORM` or more
# need a share of these in common, the more the more they are alike: on ViMs nine of ten such pairs of one event have
# it. The similarity of others falls with the fourth power of what they lack.
_FORM: Final = 0.57
_SHARED_PER_ALIKE: Final = 0.65
_SHARED_FREE: Final = 0.215
_POWER: Final = 4
# Of fewer names, figures and documents the share says little.
_SPECIFICS_MIN: Final = 9


def alike(vectors: Vectors, times: Ints, of: Ints, with_: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Yield some rows of `of` at a time with their similarities to all rows of `with_`, from 0 to 1.

    Args:
        vectors: of all articles.
        times: theirs, in seconds.
        of: numbers of rows.
        with_: numbers of rows; few, since their terms are held a second time.
    """
    columns = vectors.topic[with_].T.tocsr()
    step = max(_AT_A_TIME // max(len(with_), 1), 1)
    for start in range(0, len(of), step):
        rows = of[start : start + step]
        values: Floats = (vectors.topic[rows] @ columns).toarray()
        values[np.abs(times[rows][:, None] - times[with_][None]) > WINDOW.total_seconds()] = 0
        _discount_forms(values, vectors, rows, with_)
        yield rows, values


def _discount_forms(values: Floats, vectors: Vectors, of: Ints, with_: Ints) -> None:
    """Lower the similarities of pairs that have their wording in common, but not what they tell."""
    is_near = values >= LEAST_SIMILARITY
    places, columns = np.flatnonzero(is_near.any(axis=1)), np.flatnonzero(is_near.any(axis=0))
    if not len(places):
        return
    rows, others = of[places], with_[columns]
    wording: Floats = (vectors.wording(rows) @ vectors.wording(others).T.tocsr()).toarray()
    shared: Floats = (vectors.specifics(rows) @ vectors.specifics(others).T.tocsr()).toarray()
    counts = vectors.rows.specifics.astype(np.float32)
    counts, other_counts = counts[rows][:, None], counts[others][None]
    share = shared / np.maximum(counts + other_counts - shared, 1)
    needed = np.maximum(_SHARED_PER_ALIKE * wording - _SHARED_FREE, 1e-6)
    is_form = (wording >= _FORM) & (np.minimum(counts, other_counts) >= _SPECIFICS_MIN)
    factor = np.where(is_form, np.minimum(share / needed, 1) ** _POWER, 1).astype(np.float32)
    values[np.ix_(places, columns)] *= factor


def pairs(vectors: Vectors, times: Ints, rows: Ints) -> sparse.csr_array:
    """Return the similarities of rows with each other, those of note; by their places in `rows`."""
    parts = [sparse.csr_array((0, len(rows)), dtype=np.float32)]
    for _, values in alike(vectors, times, rows, rows):
        values[values < _LEAST_KEPT] = 0
        parts.append(sparse.csr_array(values))
    return sparse.vstack(parts, format="csr")
