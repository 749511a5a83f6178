"""A point in time with its precision, as a page states it.

Belongs here: `Moment`, and combining a day and a time of day.
Does not belong here: parsing text (`warehouse.text.dates`, `warehouse.text.clocks`, `warehouse.text.ages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from warehouse.clock import HANOI_TIME
from warehouse.records import Precision


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page states it.

    Attributes:
        at: with offset +07:00; midnight of the day if only the day is known.
        precision: the smallest unit that is known.
        wrong_weekday: the weekday that the page names, 0 for Monday, if it contradicts the date; else None.
        is_reckoned: whether it was computed from an age relative to the capture (`hôm qua`, `3 giờ trước`). If so, it
            may be off by one minute or day (see `precision`), and for an age in weeks by six days.
    """

    at: datetime
    precision: Precision
    wrong_weekday: int | None = None
    is_reckoned: bool = False

    @property
    def day(self) -> date:
        """Return the day in Hanoi time."""
        return self.at.date()

    @property
    def weekday_differs(self) -> bool:
        """Tell whether the page names a weekday that does not match the date."""
        return self.wrong_weekday is not None


def moment_of(day: date, clock: time | None, weekday: int | None = None, *, is_reckoned: bool = False) -> Moment:
    """Combine a day, a time of day if one is known, and a weekday if one is named.

    A CMS without a time prints exact midnight, so midnight in Hanoi or in the page's time zone counts as no time.

    Args:
        day: as written, in the time zone of `clock`.
        clock: with its time zone.
        weekday: as written, 0 for Monday.
        is_reckoned: whether the day was computed from an age.

    Raises:
        OverflowError: the moment is before year 1 or after 9999.
    """
    wrong_weekday = None if weekday in (None, day.weekday()) else weekday
    if clock is None or not (clock.hour or clock.minute or clock.second):
        return Moment(datetime.combine(day, time(), HANOI_TIME), "day", wrong_weekday, is_reckoned)
    at = datetime.combine(day, clock).astimezone(HANOI_TIME)
    if wrong_weekday is not None:
        wrong_weekday = (wrong_weekday + (at.date() - day).days) % 7
    # Seconds of 00 are mostly padding: only one time in sixty really has them. The coarser precision is never wrong.
    precision: Precision = "second" if at.second else "minute" if at.hour or at.minute else "day"
    return Moment(at, precision, wrong_weekday, is_reckoned)
