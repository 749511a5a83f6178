"""The guard's limits: for each, figures that must pass and figures that must not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from warehouse.corpus.release import FIELDS, PortalFigures
from warehouse.tables.guard import NAMES, violations


def portal(articles: int, revisions: int | None = None, **missing: int) -> PortalFigures:
    """Return figures of a portal; `missing` is the number of articles without a field."""
    filled = {field: articles - missing.get(field, 0) for field in FIELDS}
    return PortalFigures(articles, articles if revisions is None else revisions, filled)


LAST = {"my-duc": portal(300), "tay-ho": portal(700), "xa-nho": portal(5)}


def names(
    new: Mapping[str, PortalFigures],
    old: Mapping[str, PortalFigures] = LAST,
    joined: Mapping[str, int] | None = None,
) -> set[str]:
    return {violation.name for violation in violations(old, new, 2000, 2000, joined or {})}


def test_the_same_release_again_passes() -> None:
    assert names(LAST) == set()


def test_growth_passes() -> None:
    assert names({slug: portal(figures.articles * 3) for slug, figures in LAST.items()}) == set()


@pytest.mark.parametrize(
    ("changed", "held_back"),
    [
        ({"tay-ho": portal(690)}, set()),
        ({"tay-ho": portal(689)}, {"articles"}),
        # One portal's loss can be hidden by another's growth.
        ({"my-duc": portal(270), "tay-ho": portal(800)}, set()),
        ({"my-duc": portal(269), "tay-ho": portal(800)}, {"articles"}),
        # Two lost articles of five are allowed.
        ({"xa-nho": portal(3)}, set()),
        ({"xa-nho": portal(2)}, {"articles"}),
        ({"tay-ho": portal(700, byline=50)}, set()),
        ({"tay-ho": portal(700, byline=51)}, {"coverage.byline"}),
        # One portal's broken template hardly changes the total.
        ({"my-duc": portal(40), "tay-ho": portal(5000)}, {"articles"}),
        ({"my-duc": portal(300, lead=60), "tay-ho": portal(5000)}, set()),
        ({"my-duc": portal(300, lead=61), "tay-ho": portal(5000)}, {"coverage.lead"}),
        ({"xa-nho": portal(5, title=5)}, set()),
        ({"tay-ho": portal(700, revisions=800)}, set()),
        ({"tay-ho": portal(700, revisions=801)}, {"revisions"}),
        # Twice as many articles with the same number of edits each.
        ({"tay-ho": portal(1400, revisions=1500)}, set()),
    ],
)
def test_limits(changed: dict[str, PortalFigures], held_back: set[str]) -> None:
    assert names(LAST | changed) == held_back


@pytest.mark.parametrize(("joined", "held_back"), [(300, set()), (295, set()), (280, {"articles"})])
def test_articles_that_are_one_with_another_are_not_lost(joined: int, held_back: set[str]) -> None:
    assert names(LAST | {"tay-ho": portal(400)}, joined={"tay-ho": joined}) == held_back


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_guarded(field: str) -> None:
    assert names(LAST | {"tay-ho": portal(700, **{field: 90})}) == {f"coverage.{field}"}


def test_a_lost_portal_is_named() -> None:
    new = {slug: figures for slug, figures in LAST.items() if slug != "xa-nho"}
    (found,) = violations(LAST, new, 2000, 2000, {})
    assert found.name == "portals"
    assert (found.old, found.new) == ("3", "2")
    assert "xa-nho" in str(found)


def test_a_new_portal_with_other_coverage_passes() -> None:
    everything = dict.fromkeys(FIELDS, 2000)
    assert names(LAST | {"van-ban": portal(2000, revisions=9000, **everything)}) == set()


def test_no_capture_may_be_lost() -> None:
    (found,) = violations(LAST, LAST, 2000, 1999, {})
    assert str(found) == "captures: 2000 before, 1999 now; none may go (override: captures)"


def test_a_few_edits_in_a_small_corpus_pass() -> None:
    small = {"my-duc": portal(20)}
    assert names({"my-duc": portal(20, revisions=30)}, small) == set()
    assert names({"my-duc": portal(20, revisions=31)}, small) == {"revisions"}


def test_an_empty_release_is_no_division_by_zero() -> None:
    assert names({}) == {"articles", "portals"}
    assert names(LAST, {}) == set()


def test_every_violation_can_be_overridden_by_name() -> None:
    ruined = {"tay-ho": PortalFigures(500, 5000, dict.fromkeys(FIELDS, 0))}
    found = {violation.name for violation in violations(LAST, ruined, 2000, 10, {})}
    assert found == NAMES


def test_a_violation_has_the_old_and_the_new_figure() -> None:
    (found,) = violations(LAST, LAST | {"tay-ho": portal(700, byline=100)}, 2000, 2000, {})
    assert dataclasses.astuple(found)[:4] == ("coverage.byline", "articles with byline, all portals", "100.0%", "90.0%")
    assert "at most 5%" in found.limit
