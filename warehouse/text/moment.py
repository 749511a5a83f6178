"""A point in time as a page states it, and how precisely it is known.

Here: `Moment`, Vietnam's time zone, and how a day and a time of day become one. Not here: reading text
(`warehouse.text.dates`, `warehouse.text.clocks`, `warehouse.text.ages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from warehouse.records import Precision

VIETNAM: Final = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page states it.

    Attributes:
        at: with offset +07:00; midnight of the day where only the day is known.
        precision: the smallest unit that the page states.
        wrong_weekday: the weekday named beside a date that falls on another one, 0 for Monday; None where none is
            named or the right one.
        is_reckoned: whether the page says only how long ago it was, seen from its capture (`hôm qua`, `3 giờ trước`):
            the smallest unit may then be off by one, and with weeks the day by six.
    """

    at: datetime
    precision: Precision
    wrong_weekday: int | None = None
    is_reckoned: bool = False

    @property
    def day(self) -> date:
        """Return the day in Vietnam."""
        return self.at.date()

    @property
    def weekday_differs(self) -> bool:
        """Tell whether a weekday is named on which the date does not fall."""
        return self.wrong_weekday is not None


def moment_of(day: date, clock: time | None, weekday: int | None = None, *, is_reckoned: bool = False) -> Moment:
    """Join a day, the time of day where it is known, and the weekday where one is named.

    Exact midnight, here or in the time zone that the page names, is what systems show that know no time: it counts as
    none.

    Args:
        day: as written, in the time zone of `clock`.
        clock: with its time zone.
        weekday: as written, 0 for Monday.
        is_reckoned: whether the day was reckoned from an age.

    Raises:
        OverflowError: the moment lies before year 1 or after 9999.
    """
    wrong_weekday = None if weekday in (None, day.weekday()) else weekday
    if clock is None or not (clock.hour or clock.minute or clock.second):
        return Moment(_midnight(day), "day", wrong_weekday, is_reckoned)
    at = datetime.combine(day, clock).astimezone(VIETNAM)
    if wrong_weekday is not None:
        wrong_weekday = (wrong_weekday + (at.date() - day).days) % 7
    # Seconds of 00 are padding sixty times as often as they are true; the coarser reading cannot be wrong.
    precision: Precision = "second" if at.second else "minute" if at.hour or at.minute else "day"
    return Moment(at, precision, wrong_weekday, is_reckoned)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)
