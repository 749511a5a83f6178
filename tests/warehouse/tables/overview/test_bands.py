"""The usual band of a share: how often usual days leave it, and how often faults are seen, by simulation.

The days are made with fixed seeds, so the rates are the same in every run; they are those that `docs/operate.md` gives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from warehouse.tables.overview.bands import TAIL, Usual, usual_of

Days = npt.NDArray[np.int64]
Sizes = Callable[[np.random.Generator, int], Days]

SIZES: dict[str, Sizes] = {
    "few": lambda chance, days: chance.integers(1, 7, days),
    "fifteen": lambda chance, days: chance.poisson(15, days) + 1,
    "eighty": lambda chance, days: chance.poisson(80, days) + 1,
    "thousands": lambda chance, days: chance.poisson(1500, days) + 1,
    "office_days": lambda chance, days: chance.poisson(np.where(np.arange(days) % 7 < 5, 100, 20)) + 1,
}


def counts(chance: np.random.Generator, sizes: Days, share: float, correlation: float) -> Days:
    """Return the counts of days whose shares are spread around one."""
    strength = 1 / correlation - 1
    return chance.binomial(sizes, chance.beta(share * strength, (1 - share) * strength, len(sizes)))


def leaves(usual: Usual, count: int, articles: int) -> bool:
    low, high = usual.band(articles)
    return not low <= count <= high


def seen(share: float, fault: float, articles: int, correlation: float = 0.01, trials: int = 60) -> float:
    """Return how often a day with the share of a fault leaves the band of 60 days of as many articles."""
    chance = np.random.default_rng(7)
    found = 0
    for _ in range(trials):
        sizes = SIZES["eighty"](chance, 60) * articles // 80 + 1
        usual = usual_of(list(counts(chance, sizes, share, correlation)), list(sizes))
        found += leaves(usual, int(chance.binomial(articles, fault)), articles)
    return found / trials


@pytest.mark.parametrize("share", [0.08, 0.6])
@pytest.mark.parametrize("sizes", SIZES)
def test_usual_days_leave_the_band_once_in_hundreds_of_days(sizes: str, share: float) -> None:
    """At most 1 of 240 days, whether 14 or 90 days are known, and whether days differ much or little."""
    chance = np.random.default_rng(16)
    left = 0
    for trial in range(240):
        made = SIZES[sizes](chance, (14, 30, 90)[trial % 3] + 1)
        made[-1] = max(made[-1], 10)
        found = counts(chance, made, share, (0.003, 0.01, 0.05)[trial // 3 % 3])
        left += leaves(usual_of(list(found[:-1]), list(made[:-1])), int(found[-1]), int(made[-1]))
    assert left <= 1


def test_weekends_with_another_share_are_usual() -> None:
    chance = np.random.default_rng(3)
    left = 0
    for _ in range(60):
        made = SIZES["office_days"](chance, 91)
        share = np.where(np.arange(91) % 7 < 5, 0.08, 0.14)
        found = chance.binomial(made, chance.beta(share * 99, (1 - share) * 99))
        usual = usual_of(list(found[:-7]), list(made[:-7]))
        left += sum(leaves(usual, int(found[-day]), int(made[-day])) for day in range(1, 8))
    assert left <= 2


@pytest.mark.parametrize(
    ("share", "fault", "articles", "at_least"),
    [
        (0.08, 0.0, 80, 0.0),
        (0.08, 0.0, 160, 0.4),
        (0.08, 0.0, 200, 0.75),
        (0.08, 0.0, 320, 0.95),
        (0.08, 0.5, 10, 0.25),
        (0.08, 0.5, 40, 0.95),
        (0.6, 1.0, 20, 0.7),
        (0.6, 1.0, 40, 0.95),
        (0.6, 0.9, 80, 0.8),
        (0.6, 0.0, 20, 0.95),
    ],
)
def test_faults_are_seen_from_so_many_articles_on(share: float, fault: float, articles: int, at_least: float) -> None:
    """No near-duplicate any more, an archive that is published again, no story any more, stories of everything."""
    assert seen(share, fault, articles) >= at_least


def test_a_day_of_none_is_not_seen_where_usual_days_differ_much() -> None:
    assert seen(0.08, 0.0, 320, correlation=0.05) == 0


def test_a_large_day_is_judged_by_the_spread_between_days() -> None:
    chance = np.random.default_rng(5)
    sizes = SIZES["thousands"](chance, 60)
    alike, spread = (
        usual_of(list(counts(chance, sizes, 0.1, correlation)), list(sizes)) for correlation in (0.0001, 0.03)
    )
    low, high = alike.band(2000)
    assert 0.05 < low / 2000 < high / 2000 < 0.16
    low, high = spread.band(2000)
    assert low / 2000 < 0.02
    assert high / 2000 > 0.25


def test_single_bad_days_change_the_band_little() -> None:
    chance = np.random.default_rng(9)
    sizes = SIZES["eighty"](chance, 60)
    found = counts(chance, sizes, 0.08, 0.01)
    before = usual_of(list(found), list(sizes))
    sizes[20], found[20] = 5000, 5000
    sizes[40], found[40] = 300, 0
    after = usual_of(list(found), list(sizes))
    assert after.share == pytest.approx(before.share, abs=0.01)
    assert after.band(200)[1] <= before.band(200)[1] * 1.35


@pytest.mark.parametrize(("fault", "days"), [(1.0, range(12, 25))])
def test_a_change_that_lasts_is_the_usual_after_some_weeks(fault: float, days: range) -> None:
    chance = np.random.default_rng(11)
    sizes = SIZES["eighty"](chance, 200)
    found = counts(chance, sizes, 0.6, 0.01)
    found[90:] = (sizes[90:] * fault).astype(np.int64)
    outside = 0
    while leaves(
        usual_of(list(found[outside : 90 + outside]), list(sizes[outside : 90 + outside])),
        int(found[90 + outside]),
        int(sizes[90 + outside]),
    ):
        outside += 1
    assert outside in days


@pytest.mark.parametrize(("count", "band"), [(0, (0, 3)), (50, (47, 50))])
def test_what_never_or_always_was_has_a_band(count: int, band: tuple[int, int]) -> None:
    low, high = usual_of([count] * 60, [50] * 60).band(50)
    assert band[0] <= low <= high <= band[1]
    assert leaves(usual_of([count] * 60, [50] * 60), 25, 50)


def test_the_tails_are_those_of_a_beta_binomial_distribution() -> None:
    chance = np.random.default_rng(2)
    usual = Usual(0.3, 0.05)
    low, high = usual.band(40)
    drawn = counts(chance, np.full(400_000, 40), usual.share, usual.correlation)
    assert (drawn < low).mean() <= TAIL * 1.2
    assert (drawn > high).mean() <= TAIL * 1.2
    assert (drawn <= low).mean() >= TAIL * 0.8
    assert (drawn >= high).mean() >= TAIL * 0.8
