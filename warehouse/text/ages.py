"""Parses relative dates: `hôm qua, 08:15`, `Hôm nay lúc 14:30`, `3 giờ trước`, `1 day, 10 hours ago`.

A relative date is parsed only if the line has no other words; it is then relative to the time of capture. In a sentence
such words are relative to the day of writing, which is unknown.
Belongs here: relative dates. Does not belong here: absolute dates (`warehouse.text.dates`).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from warehouse.clock import HANOI_TIME
from warehouse.text.clocks import CLOCK, read_clock
from warehouse.text.moment import Moment, moment_of

_SEPARATORS: Final = re.compile(r" ?[|•·()] ?| - ")
_LABEL: Final = (
    r"(?:(?:ngày |đã )?(?:đăng|cập nhật|xuất bản|gửi|posted|published|updated)(?: lúc| ngày| vào| on| at)?:? ?)?"
)
# Django's `timesince` follows the author's name.
_BY: Final = r"(?:(?:by|bởi):? [^\d\s]+(?: [^\d\s]+){0,3} )?"
_UNIT: Final = (
    r"(?:giây|phút|p|giờ|tiếng|h|ngày|tuần"
    r"|sec(?:ond)?s?|min(?:ute)?s?|m|hours?|hrs?|days?|d|weeks?|w)(?!\w)"
)
_QUANTITY: Final = rf"(?:[0-9]{{1,3}}|một|an?|one) ?{_UNIT}"
_QUANTITIES: Final = rf"{_QUANTITY}(?:,? (?:and |và )?{_QUANTITY}){{0,2}}"
_AGE: Final = re.compile(
    rf"{_LABEL}{_BY}(?:(?:khoảng|hơn|about|over) )?"
    rf"(?P<age>{_QUANTITIES} (?:trước(?: đây)?|ago)|cách đây (?:khoảng |hơn )?{_QUANTITIES})\.?"
)
_ONE_QUANTITY: Final = re.compile(rf"(?P<count>[0-9]{{1,3}}|một|an?|one) ?(?P<unit>{_UNIT})")
_DAY: Final = re.compile(rf"{_LABEL}{_BY}(?P<day>hôm (?:nay|qua|kia)|today|yesterday)(?:,? ?(?:lúc|at))?")
_CLOCK: Final = re.compile(CLOCK)

_YEAR_MIN, _YEAR_MAX = 1990, 2199
_DAYS_AGO: Final = {"hôm nay": 0, "today": 0, "hôm qua": 1, "yesterday": 1, "hôm kia": 2}
_SECONDS: Final = ("giây", "s")
_MINUTES: Final = ("phút", "p", "m")
_HOURS: Final = ("giờ", "tiếng", "h")
_DAYS: Final = ("ngày", "d")


def parse_age(line: str, seen_at: datetime) -> Moment | None:
    """Return the moment that a line states relative to `seen_at`, or None if it states none.

    An age in minutes or seconds gives a moment to the minute. An age in hours gives only the day, since `3 giờ trước`
    means any time from three to four hours. An age in days or weeks gives the day (see `Moment.is_reckoned`). An age in
    months or years gives nothing: not even the day is known.

    Args:
        line: in the normal form and in lower case.
        seen_at: when the page was captured, with a time zone.
    """
    if not _YEAR_MIN <= seen_at.year <= _YEAR_MAX:  # nothing can be reckoned from a clock that was wrong
        return None
    parts = _SEPARATORS.split(line)
    seen_at = seen_at.astimezone(HANOI_TIME)
    for part, following in zip(parts, (*parts[1:], ""), strict=True):
        if age := _AGE.fullmatch(part.strip()):
            return _moment_before(seen_at, age["age"])
        clock = _CLOCK.search(part)
        rest = part if clock is None else f"{part[: clock.start()]}{part[clock.end() :]}"
        if day := _DAY.fullmatch(rest.strip(" ,:;-")):
            clock = clock or _CLOCK.fullmatch(following.strip())
            on = seen_at.date() - timedelta(days=_DAYS_AGO[day["day"]])
            return moment_of(on, read_clock(clock) if clock else None, is_reckoned=True)
    return None


def _moment_before(seen_at: datetime, age: str) -> Moment:
    quantities = [(match["count"], match["unit"]) for match in _ONE_QUANTITY.finditer(age)]
    ago = timedelta()
    for count, unit in quantities:
        ago += (int(count) if count.isdigit() else 1) * _length(unit)
    smallest = _length(quantities[-1][1])
    if smallest <= timedelta(minutes=1):
        return Moment((seen_at - ago).replace(second=0, microsecond=0), "minute", is_reckoned=True)
    return moment_of((seen_at - ago).date(), None, is_reckoned=True)


def _length(unit: str) -> timedelta:
    """Return the length of a unit; a second counts as nothing, because the result has no seconds."""
    if unit.startswith(_SECONDS):
        return timedelta()
    if unit.startswith(_MINUTES):
        return timedelta(minutes=1)
    if unit.startswith(_HOURS):
        return timedelta(hours=1)
    return timedelta(days=1) if unit.startswith(_DAYS) else timedelta(weeks=1)
