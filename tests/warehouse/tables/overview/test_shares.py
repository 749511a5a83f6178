"""Shares of the newest day's articles: which days are judged by which, and what is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.arrivals import Arrivals, arrive
from warehouse.home import Home
from warehouse.tables import store
from warehouse.tables.overview.shares import (
    ARTICLES_MIN,
    DAY_ARTICLES_MIN,
    DAYS_BEFORE,
    DAYS_MIN,
    EXAMPLES_MAX,
    NEAR_DUPLICATES,
    SINGLETONS,
    PortalShare,
    ShareJudgement,
    shares_of,
)

TODAY = date(2026, 11, 30)
USUAL = Arrivals(articles=50, near_duplicates=4, singletons=30)


def judged(home: Home, *days: Arrivals) -> Mapping[str, ShareJudgement]:
    """Return the judgements after these days, the last of which is today."""
    arrive(home, {TODAY - timedelta(days=len(days) - 1 - number): day for number, day in enumerate(days)})
    return shares_of(home)


def test_a_usual_day_is_in_the_band(home: Home) -> None:
    found = judged(home, *[USUAL] * 31)
    assert list(found) == [NEAR_DUPLICATES, SINGLETONS]
    assert all(share.is_usual and share.day == TODAY and share.days == 30 for share in found.values())
    assert (found[NEAR_DUPLICATES].count, found[SINGLETONS].count) == (4, 30)
    assert found[NEAR_DUPLICATES].usual_share == pytest.approx(0.08, abs=0.005)
    assert found[NEAR_DUPLICATES].days_outside == 0
    assert str(found[SINGLETONS]).startswith(
        "30 of 50 articles (60.0%) that arrived on 2026-11-30 are alone in their story; usual are "
    )
    assert "Outside" not in str(found[SINGLETONS])


def test_a_day_of_singletons_alone_is_outside_and_the_other_share_is_not(home: Home) -> None:
    found = judged(home, *[USUAL] * 30, Arrivals(articles=50, near_duplicates=4, singletons=50))
    assert (found[NEAR_DUPLICATES].is_usual, found[SINGLETONS].is_usual) == (True, False)
    assert found[SINGLETONS].count > found[SINGLETONS].high
    assert [each.portal for each in found[SINGLETONS].portals] == ["hong", "lanh"]
    assert "Outside for 1 day in a row. Most changed: " in str(found[SINGLETONS])


def test_days_outside_in_a_row_are_counted_and_small_ones_between_left_out(home: Home) -> None:
    broken, small = Arrivals(200, 0, 120), Arrivals(3, 0, 1)
    found = judged(home, *[Arrivals(200, 16, 120)] * 60, broken, broken, small, broken)[NEAR_DUPLICATES]
    assert (found.count, found.days_outside) == (0, 3)
    assert "Outside for 3 days in a row" in str(found)


def test_too_few_are_shown_by_articles_that_are_not_counted(home: Home) -> None:
    found = judged(home, *[Arrivals(200, 16, 120)] * 40, Arrivals(200, 0, 120))[NEAR_DUPLICATES]
    assert found.count < found.low
    assert "Articles that are not: https://" in str(found)
    assert len(found.examples) == EXAMPLES_MAX


def test_examples_are_of_all_portals_at_first(home: Home) -> None:
    found = judged(home, *[USUAL] * 30, Arrivals(articles=50, near_duplicates=40, singletons=30))[NEAR_DUPLICATES]
    assert [each.portal for each in found.examples[:2]] == ["hong", "lanh"]
    assert len(found.examples) == EXAMPLES_MAX
    assert "Articles: https://hong.test/" in str(found)


def test_portals_have_their_own_usual_share(home: Home) -> None:
    (found,) = {share for name, share in judged(home, *[USUAL] * 31).items() if name == SINGLETONS}
    assert {each.portal: (each.articles, each.count) for each in found.portals} == {"hong": (25, 15), "lanh": (25, 15)}
    assert all(each.usual_share == pytest.approx(0.6) for each in found.portals)
    with store.connect(home) as warehouse:
        warehouse.execute(
            "update marts.fct_articles set portal = 'moi' where article_id in"
            " (select article_id from intermediate.int_stories__journal where decided_on = ? and similarity is null)",
            [TODAY],
        )
    new, *others = shares_of(home)[SINGLETONS].portals
    assert new == PortalShare("moi", 30, 30, None)
    assert {(each.portal, each.articles, each.count) for each in others} == {("hong", 10, 0), ("lanh", 10, 0)}


@pytest.mark.parametrize(
    "days",
    [
        [],
        [USUAL] * DAYS_MIN,
        [Arrivals(ARTICLES_MIN // DAYS_MIN, 1, 5)] * DAYS_MIN + [USUAL],
        [Arrivals(DAY_ARTICLES_MIN - 1, 1, 5)] * 80,
    ],
    ids=["no day", "too few days", "too few articles", "small days alone"],
)
def test_without_enough_days_and_articles_nothing_is_judged(home: Home, days: list[Arrivals]) -> None:
    assert shares_of(home) == {}
    assert judged(home, *days) == {}


def test_with_just_enough_of_both_all_is_judged(home: Home) -> None:
    assert len(judged(home, *[Arrivals(15, 1, 9)] * DAYS_MIN, USUAL)) == 2


def test_a_day_of_three_articles_is_not_judged_and_the_day_before_still_is(home: Home) -> None:
    found = judged(home, *[USUAL] * 30, Arrivals(articles=3, near_duplicates=3, singletons=0))
    assert {share.day for share in found.values()} == {TODAY - timedelta(days=1)}
    assert all(share.is_usual for share in found.values())


def test_the_last_day_is_judged_once_half_as_many_articles_as_usual_have_arrived(home: Home) -> None:
    morning, noon = Arrivals(24, 0, 24), Arrivals(25, 0, 25)
    found = judged(home, *[USUAL] * 29, Arrivals(12, 1, 7), morning)
    assert {share.day for share in found.values()} == {TODAY - timedelta(days=1)}, "a small day that has ended"
    with store.connect(home) as warehouse:
        for table in ("days", "numbered", "marts.fct_articles", "intermediate.int_stories__journal"):
            warehouse.execute(f"drop table {table}")
    found = judged(home, *[USUAL] * 30, noon)
    assert {share.day for share in found.values()} == {TODAY}


def test_days_long_before_are_no_longer_usual(home: Home) -> None:
    former = Arrivals(50, 50, 0)
    found = judged(home, *[former] * 60, *[USUAL] * (DAYS_BEFORE + 1))
    assert all(share.is_usual and share.days == DAYS_BEFORE for share in found.values())


def test_rows_of_other_kinds_and_of_articles_that_are_gone_do_not_count(home: Home) -> None:
    before = judged(home, *[USUAL] * 31)
    with store.connect(home) as warehouse:
        warehouse.execute(
            "insert into intermediate.int_stories__journal by name"
            " select 'moved' as kind, decided_on, article_id, null as similarity from intermediate.int_stories__journal"
        )
        warehouse.execute(
            "insert into intermediate.int_stories__journal by name"
            " select 'arrived' as kind, decided_on, 'gone' as article_id, null as similarity"
            " from intermediate.int_stories__journal where kind = 'arrived'"
        )
    assert shares_of(home) == before


def test_the_words_name_counts_band_and_days() -> None:
    made = ShareJudgement(
        *(NEAR_DUPLICATES, TODAY, 160, 0, 0.081, 2, 31, 60, 2),
        (PortalShare("hong", 80, 0, 0.09),),
        (),
    )
    assert str(made) == (
        "0 of 160 articles (0.0%) that arrived on 2026-11-30 are near-duplicates; usual are 2 to 31 of so many "
        "(1.2% to 19.4%), and 8.1% on the 60 days before. Outside for 2 days in a row. Most changed: hong 0 of 80. "
        "Articles that are not: "
    )
    assert str(replace(made, count=5)).endswith("60 days before")
