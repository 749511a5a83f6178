"""The calendar of the test portals: which days they play, and when a crawl of each begins.

Here: day numbers and moments. Not here: what a portal shows on a day (`content`).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from warehouse.clock import HANOI_TIME

DAYS: Final = (1, 2, 3, 4, 5)

_DAY_1: Final = datetime(2026, 10, 20, 6, 30, tzinfo=HANOI_TIME)
# Each day is the next date of the calendar, and four hours later in the day: whatever page a crawl comes to first, it
# looks at it more than 24 hours after the crawl before.
_BETWEEN_DAYS: Final = timedelta(hours=28)
_EDITORS_AT: Final = time(9, 12, 45, tzinfo=HANOI_TIME)


class UnknownDayError(ValueError):
    """A day that the test portals do not play."""


def moment_of(day: int) -> datetime:
    """Return when a crawl of that day begins, in Hanoi's time.

    Raises:
        UnknownDayError: the day is none of `DAYS`.
    """
    if day not in DAYS:
        raise UnknownDayError(f"the mirror plays days {DAYS[0]} to {DAYS[-1]}, not day {day}")
    return _DAY_1 + (day - DAYS[0]) * _BETWEEN_DAYS


def edited_at(day: int) -> datetime:
    """Return when the portals' editors changed what reads otherwise on that day; before its crawl begins.

    Raises:
        UnknownDayError: the day is none of `DAYS`.
    """
    return datetime.combine(moment_of(day), _EDITORS_AT)
