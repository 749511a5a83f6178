"""The calendar: each day is a date of its own, and long enough after the previous one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from spiders.mirror.days import DAYS, UnknownDayError, edited_at, moment_of


def test_the_days_are_consecutive_dates_in_hanoi() -> None:
    dates = [moment_of(day).date() for day in DAYS]
    assert [str(date) for date in (dates[0], dates[-1])] == ["2026-10-20", "2026-10-24"]
    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(days=1)}
    assert {moment_of(day).utcoffset() for day in DAYS} == {timedelta(hours=7)}


def test_crawls_of_a_page_are_a_day_apart_even_if_the_first_is_late() -> None:
    assert min(moment_of(day + 1) - moment_of(day) for day in DAYS[:-1]) >= timedelta(hours=27)


@pytest.mark.parametrize("day", DAYS[1:])
def test_edits_are_between_two_crawls(day: int) -> None:
    assert moment_of(day - 1) < edited_at(day) < moment_of(day)


@pytest.mark.parametrize("day", [0, 6])
def test_other_days_are_rejected(day: int) -> None:
    with pytest.raises(UnknownDayError, match=f"has days 1 to 5, not day {day}"):
        moment_of(day)
