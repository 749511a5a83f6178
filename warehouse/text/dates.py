"""Dates as Vietnamese portals write them: day first, always, and in Vietnam's time zone.

Here: text to a point in time and how precisely it is known. Not here: where on a page the text stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from warehouse.records import Precision

VIETNAM: Final = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page states it.

    Attributes:
        at: with offset +07:00; midnight of the day where only the day is known.
        precision: the smallest unit that the page states.
    """

    at: datetime
    precision: Precision


_DAY = r"(?<!\d)(?<!\d[/.,-])(?P<day>\d{1,2})(?:\s?[/.-]\s?|\s+tháng\s+)(?P<month>\d{1,2})"
_YEAR = r"(?:\s?[/.-]\s?|,?\s+năm\s+|,\s*)(?P<year>\d{4})(?!\d)"
_CLOCK = (
    r"(?<![\d:])(?P<hour>\d{1,2})[:hg](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?![\d:])(?:\s*(?P<half>AM|PM|SA|CH)\b)?"
)
_DATE: Final = re.compile(_DAY + _YEAR, re.IGNORECASE)
_DAY_AND_MONTH: Final = re.compile(_DAY + r"(?![\d/.-]*\d)", re.IGNORECASE)
_TIME_AFTER: Final = re.compile(r"[\s|,;()–-]*(?:lúc\s*)?" + _CLOCK, re.IGNORECASE)
_TIME_BEFORE: Final = re.compile(_CLOCK + r"[\s|,;()–-]*(?:(?:thứ\s+\w+|chủ\s+nhật|ngày)[\s,|–-]*)*$", re.IGNORECASE)
_ISO: Final = re.compile(
    r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:(?:[T ]|\+07(?=\d{2}:\d{2}:))(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"\s?(?P<offset>Z|[+-]\d{2}:?\d{2})?(?!\d)"
)


def parse_moment(text: str, *, near: date | None = None) -> Moment | None:
    """Return the first moment that the text states, or None where it states none or an impossible date.

    Read are ISO 8601 (also as NukeViet misspells it, `2024-10-14+0717:41:00`) and, day first, `14/10/2024 | 17:41`,
    `14-10-2024 08:15`, `21 tháng 09 năm 2025`, with a 24-hour or 12-hour clock (AM/PM, SA/CH) behind or before the
    date. Exact midnight is what systems show that know no time: it counts as the bare day.

    Args:
        text: may hold other words around the date.
        near: with it a date without a year (`Sáng 12-10`) is read too, as the last such day up to and including
            `near`.
    """
    if iso := _ISO.search(text):
        return _from_iso(iso)
    if match := _DATE.search(text):
        day = _day(int(match["year"]), int(match["month"]), int(match["day"]))
        return (
            None
            if day is None
            else _with_clock(day, _TIME_AFTER.match(text, match.end()) or _TIME_BEFORE.search(text[: match.start()]))
        )
    if near and (match := _DAY_AND_MONTH.search(text)):
        return _last_such_day(int(match["month"]), int(match["day"]), near)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _with_clock(day: date, clock: re.Match[str] | None) -> Moment:
    """Join day and clock; a clock that shows no possible time is as good as none."""
    if clock is None:
        return _moment(day, 0, 0, 0)
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    half = (clock["half"] or "").upper()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in ("PM", "CH") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return _moment(day, 0, 0, 0)
    return _moment(day, hour, minute, second)


def _moment(day: date, hour: int, minute: int, second: int) -> Moment:
    at = datetime.combine(day, time(hour, minute, second), VIETNAM)
    # Seconds of 00 are padding sixty times as often as they are true; the coarser reading cannot be wrong.
    precision: Precision = "second" if second else "minute" if hour or minute else "day"
    return Moment(at, precision)


def _from_iso(match: re.Match[str]) -> Moment | None:
    day = _day(int(match["year"]), int(match["month"]), int(match["day"]))
    if day is None:
        return None
    if match["hour"] is None:
        return _moment(day, 0, 0, 0)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return _moment(day, 0, 0, 0)
    moment = _moment(day, hour, minute, second)
    if match["offset"] is None or moment.precision == "day":
        return moment
    try:
        return Moment(moment.at.replace(tzinfo=_offset(match["offset"])).astimezone(VIETNAM), moment.precision)
    except (OverflowError, ValueError):  # beyond year 1 or 9999; an offset of a day and more
        return None


def _offset(written: str) -> timezone:
    if written == "Z":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _last_such_day(month: int, day: int, near: date) -> Moment | None:
    # Eight years back reach the last 29 February even across 1900 and 2100.
    for year in range(near.year, near.year - 9, -1):
        found = _day(year, month, day)
        if found and found <= near:
            return _moment(found, 0, 0, 0)
    return None
