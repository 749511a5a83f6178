"""The calendar of the test portals: the simulated days, and the start time of each day's crawl.

Belongs here: day numbers and points in time. Does not belong here: a portal's content on a day (`content`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from warehouse.clock import HANOI_TIME

DAYS: Final = (1, 2, 3, 4, 5)

_DAY_1: Final = datetime(2026, 10, 20, 6, 30, tzinfo=HANOI_TIME)
# More than 24 hours, so that each crawl fetches any page more than a day after the previous crawl did. Each crawl is
# still on the next calendar date.
_BETWEEN_DAYS: Final = timedelta(hours=28)
_EDITORS_AT: Final = time(9, 12, 45, tzinfo=HANOI_TIME)


class UnknownDayError(ValueError):
    """The test portals do not simulate this day."""


def moment_of(day: int) -> datetime:
    """Return the start time of that day's crawl, in Hanoi time.

    Raises:
        UnknownDayError: the day is not one of `DAYS`.
    """
    if day not in DAYS:
        raise UnknownDayError(f"the mirror has days {DAYS[0]} to {DAYS[-1]}, not day {day}")
    return _DAY_1 + (day - DAYS[0]) * _BETWEEN_DAYS


def edited_at(day: int) -> datetime:
    """Return when the portals' editors made that day's changes, 09:12:45; before the crawl from day 2 on.

    Raises:
        UnknownDayError: the day is not one of `DAYS`.
    """
    return datetime.combine(moment_of(day), _EDITORS_AT)


@dataclass(frozen=True, slots=True)
class Moment:
    """Publication time of an article, in Hanoi time.

    Attributes:
        at: the time, with offset +07:00; midnight if only the date is known.
        has_time: whether the time of day is known.
    """

    at: datetime
    has_time: bool


def parse_moment(value: object) -> object:
    """Return the `Moment` of a text such as `2025-03-10 08:15`, or of a `date` (YAML's `2025-03-10`)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return Moment(datetime.combine(value, time(), HANOI_TIME), has_time=False)
    if isinstance(value, str):
        try:
            return Moment(datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=HANOI_TIME), has_time=True)
        except ValueError:
            pass
    raise ValueError("write it as 2025-03-10 08:15, or 2025-03-10 if the time is not known")
