"""A clock that is moved while a crawl runs, or was wrong in the crawl before: the verdict's reason says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from spiders.crawl.process import told_of_clock
from warehouse.archive.state.queries import PastCrawl
from warehouse.clock import Clock

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MovedClock(Clock):
    by: timedelta = timedelta()

    @property
    def moved(self) -> timedelta:
        return self.by


def past(at: datetime) -> PastCrawl:
    return PastCrawl("my-duc-1", "full", "ok", True, at, at, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(("minutes", "told"), [(0, ""), (4, ""), (180, "+180 minutes"), (-90, "-90 minutes")])
def test_a_clock_that_is_moved_during_a_crawl_is_told(minutes: int, told: str) -> None:
    words = told_of_clock(MovedClock(by=timedelta(minutes=minutes)), NOW, ())
    assert told in words
    assert bool(words) == bool(told)


def test_a_crawl_before_that_is_dated_later_is_told() -> None:
    assert told_of_clock(Clock(), NOW, [past(NOW - timedelta(days=1))]) == ""
    assert "2026-11-01 06:30 UTC" in told_of_clock(Clock(), NOW, [past(NOW + timedelta(minutes=30))])
