"""The usual band of a share: what a day's count can be by chance, judged by the days before.

Each day has a share of its own, and these shares have a beta distribution; the counts of days are then beta-binomial.
So days of 3 and of 3,000 articles are judged by one rule: a small day has the noise of its few articles, a large one
the spread between days. Both parameters are estimated by Huber's proposal 2, which bounds the weight of single days.
Belongs here: the statistics. Does not belong here: which days and articles count (`warehouse.tables.overview.shares`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln

TAIL: Final = 0.0005
"""The probability that a usual day is below its band, and that it is above."""

# In standard deviations: a day that is further off counts as if it were so far off. About 15 % of the days can be
# anything before the band contains everything.
_CLIP: Final = 2.5
# The mean of a squared standard normal variable that is clipped so.
_CLIPPED_SQUARE: Final = 0.9776
# The correlation of a day's articles. At least as much is assumed: between two days anything differs a little, and days
# of a few articles do not show how much.
_CORRELATIONS: Final = np.geomspace(0.002, 0.9, 150)
# The spread is less certain the fewer days there are, as in Student's t; measured for 14 to 90 days.
_DAYS_OF_DOUBLE_SPREAD: Final = 10
_CORRELATION_MAX: Final = 0.95
_STEPS: Final = 20

_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual share, and how far days are from it.

    Attributes:
        share: the centre (0 to 1); never quite 0 or 1.
        correlation: how much alike the articles of a day are (0 to 1): 0 if a day is a random sample of all.
    """

    share: float
    correlation: float

    def band(self, articles: int) -> tuple[int, int]:
        """Return the least and the greatest usual count of a day with so many articles."""
        strength = 1 / self.correlation - 1
        first, second = self.share * strength, (1 - self.share) * strength
        counts = np.arange(articles + 1, dtype=np.float64)
        logs = gammaln(articles + 1) - gammaln(counts + 1) - gammaln(articles - counts + 1)
        logs += betaln(counts + first, articles - counts + second) - betaln(first, second)
        chances = np.exp(logs)
        low = int(np.searchsorted(np.cumsum(chances), TAIL))
        high = articles - int(np.searchsorted(np.cumsum(chances[::-1]), TAIL))
        return low, high


def usual_of(counts: Sequence[int], articles: Sequence[int]) -> Usual:
    """Return the usual share of days with these counts, each of so many articles and at least one."""
    found, totals = np.asarray(counts, dtype=np.float64), np.asarray(articles, dtype=np.float64)
    # At first each day counts the same, so that a large day cannot be the centre by itself.
    correlation, share, weight = 1.0, _centre(found / totals, np.ones_like(totals)), float(len(totals))
    for _ in range(_STEPS):
        squares = (found - totals * share) ** 2 / (totals * share * (1 - share))
        correlation = _correlation(squares, totals, correlation)
        distances = np.sqrt(squares / _inflation(totals, correlation))
        weights = totals / _inflation(totals, correlation) * np.minimum(1, _CLIP / np.maximum(distances, _CLIP))
        share, weight = _centre(found / totals, weights), float(weights.sum())
    correlation = min(correlation * (1 + _DAYS_OF_DOUBLE_SPREAD / len(totals)), _CORRELATION_MAX)
    # The centre is known as well as from a sample of so many articles.
    return Usual(share, correlation + (1 - correlation) / (weight + 1))


def _centre(shares: _Numbers, weights: _Numbers) -> float:
    """Return the weighted mean; half an article more on either side keeps it off 0 and 1."""
    return float(((shares * weights).sum() + 0.5) / (weights.sum() + 1))


def _correlation(squares: _Numbers, totals: _Numbers, before: float) -> float:
    """Return the correlation by which the clipped squares are as large as they should be.

    Each day weighs as much as it says about the correlation: a day of one article says nothing.
    """
    told = (totals - 1) / _inflation(totals, before)
    scaled = squares / _inflation(totals, _CORRELATIONS[:, np.newaxis])
    excess = ((np.minimum(scaled, _CLIP**2) - _CLIPPED_SQUARE) * told).sum(axis=1)
    enough = np.flatnonzero(excess <= 0)
    return float(_CORRELATIONS[enough[0] if len(enough) else -1])


def _inflation(totals: _Numbers, correlation: float | _Numbers) -> _Numbers:
    """Return how often the variance of a day's count is that of a binomial one."""
    inflation: _Numbers = 1 + (totals - 1) * correlation
    return inflation
