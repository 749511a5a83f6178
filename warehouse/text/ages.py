"""Parses relative dates: `hôm qua, 08:15`, `Hôm nay lúc 14:30`, `3 giờ trước`.

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

_PARTS: Final = re.compile(r" ?[|•·()] ?| - ")
_LABEL: Final = r"(?:(?:ngày |đã )?(?:đăng|cập nhật|xuất bản|gửi)(?: lúc| ngày| vào)?:? ?)?"
_AGE: Final = re.compile(
    rf"{_LABEL}(?:khoảng )?(?:(?P<hours>[0-9]{{1,2}}) ?(?:giờ|tiếng|h) )?(?P<count>[0-9]{{1,3}}) ?"
    r"(?P<unit>giây|phút|p|giờ|tiếng|h|ngày|tuần) trước(?: đây)?\.?"
)
_DAY: Final = re.compile(rf"{_LABEL}hôm (?P<day>nay|qua|kia)(?:,? ?lúc)?")
_CLOCK: Final = re.compile(CLOCK)

_DAYS_AGO: Final = {"nay": 0, "qua": 1, "kia": 2}
_MINUTES: Final = {"giây": 0, "phút": 1, "p": 1}
_HOURS: Final = {"giờ": 1, "tiếng": 1, "h": 1, "ngày": 24, "tuần": 7 * 24}


def parse_age(line: str, seen_at: datetime) -> Moment | None:
    """Return the moment that a line states relative to `seen_at`, or None if it states none.

    An age in minutes or seconds gives a moment to the minute. An age in hours gives only the day, since `3 giờ trước`
    means any time from three to four hours. An age in days or weeks gives the day (see `Moment.is_reckoned`).

    Args:
        line: in the normal form and in lower case.
        seen_at: when the page was captured, with a time zone.
    """
    parts = _PARTS.split(line)
    seen_at = seen_at.astimezone(HANOI_TIME)
    for part, following in zip(parts, (*parts[1:], ""), strict=True):
        if age := _AGE.fullmatch(part.strip()):
            return _moment_before(seen_at, age)
        clock = _CLOCK.search(part)
        rest = part if clock is None else f"{part[: clock.start()]}{part[clock.end() :]}"
        if day := _DAY.fullmatch(rest.strip(" ,:;-")):
            clock = clock or _CLOCK.fullmatch(following.strip())
            on = seen_at.date() - timedelta(days=_DAYS_AGO[day["day"]])
            return moment_of(on, read_clock(clock) if clock else None, is_reckoned=True)
    return None


def _moment_before(seen_at: datetime, age: re.Match[str]) -> Moment:
    count, unit = int(age["count"]), age["unit"]
    if unit in _MINUTES:
        at = seen_at - timedelta(hours=int(age["hours"] or 0), minutes=count * _MINUTES[unit])
        return Moment(at.replace(second=0, microsecond=0), "minute", is_reckoned=True)
    at = seen_at - timedelta(hours=count * _HOURS[unit])
    return moment_of(at.date(), None, is_reckoned=True)
