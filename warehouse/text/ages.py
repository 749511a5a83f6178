"""Dates that a page gives by their distance from today: `hôm qua, 08:15`, `Hôm nay lúc 14:30`, `3 giờ trước`.

Here: a line that says nothing else, and the capture of its page, to a point in time. Not here: dates written out
(`warehouse.text.dates`). In prose such words count from the day of writing, which is what is looked for: a sentence
around them is never read.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from warehouse.text.clocks import CLOCK, read_clock
from warehouse.text.moment import VIETNAM, Moment, moment_of

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
    """Return the moment that the line gives by its age, or None where it gives none.

    Minutes and seconds are known to the minute. Of hours only the day is: `3 giờ trước` is anything from three to four
    hours. Of days and weeks too the day is returned; that it is reckoned says that it may be off.

    Args:
        line: in the normal form and in lower case.
        seen_at: when the page said so, with its time zone.
    """
    parts = _PARTS.split(line)
    seen_at = seen_at.astimezone(VIETNAM)
    for part, behind in zip(parts, (*parts[1:], ""), strict=True):
        if age := _AGE.fullmatch(part.strip()):
            return _reckon(age, seen_at)
        clock = _CLOCK.search(part)
        rest = part if clock is None else f"{part[: clock.start()]}{part[clock.end() :]}"
        if day := _DAY.fullmatch(rest.strip(" ,:;-")):
            clock = clock or _CLOCK.fullmatch(behind.strip())
            on = seen_at.date() - timedelta(days=_DAYS_AGO[day["day"]])
            return moment_of(on, read_clock(clock) if clock else None, is_reckoned=True)
    return None


def _reckon(age: re.Match[str], seen_at: datetime) -> Moment:
    count, unit = int(age["count"]), age["unit"]
    if unit in _MINUTES:
        at = seen_at - timedelta(hours=int(age["hours"] or 0), minutes=count * _MINUTES[unit])
        return Moment(at.replace(second=0, microsecond=0), "minute", is_reckoned=True)
    at = seen_at - timedelta(hours=count * _HOURS[unit])
    return moment_of(at.date(), None, is_reckoned=True)
