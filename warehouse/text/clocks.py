"""Parses times of day: `17:41`, `14h30`, `14 giờ 30 phút`, `2:30 CH`, `08:15 (GMT+7)`.

The patterns expect lower-case text in the normal form of `warehouse.text.normal`.
Belongs here: the patterns, and the meaning of a match.
Does not belong here: dates, and which time belongs to which date (`warehouse.text.dates`).
"""

from __future__ import annotations

import re
from datetime import UTC, time, timedelta, timezone, tzinfo
from typing import Final

from warehouse.clock import HANOI_TIME

# Without `GMT`, `-11` and `-11:30` are offsets only in ISO 8601: elsewhere `08:00 -11:30` is a time range.
_ZONE: Final = (
    r"z(?!\w)|(?:gmt|utc|ict)(?![^\W\d])(?: ?[+-][0-9]{1,2}(?::?[0-9]{2})?)?|\+[0-9]{2}(?::?[0-9]{2})?|-[0-9]{4}"
)
_CLOCK: Final = (
    r"(?P<hour>[0-9]{1,2})"
    r"(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"| ?(?:h|g|giờ) ?(?P<minute_after_word>[0-9]{2}(?![0-9])(?: ?(?:phút|'|p(?!\w)))?|[0-9] phút)"
    r"|(?:h| ?giờ)(?!\w)|(?= ?[ap]\.?m(?!\w)))(?![0-9:])"
    r"(?: ?(?P<half>am|a\.m|pm|p\.m|sa|ch|sáng|trưa|chiều|tối|đêm)(?!\w)\.?)?"
)

CLOCK: Final = rf"(?<![0-9:]){_CLOCK}(?:,? ?\(?(?P<zone>{_ZONE})(?![0-9:])\)?)?"
ISO_CLOCK: Final = rf"{_CLOCK}(?: ?(?P<zone>{_ZONE}|-[0-9]{{2}}(?::[0-9]{{2}})?)(?![0-9:]))?"

_MORNING: Final = frozenset(("am", "a.m", "sa", "sáng"))
_OFFSET_HOURS_MAX: Final = 14  # the Line Islands
_OFFSET: Final = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})?$")


def read_clock(match: re.Match[str]) -> time | None:
    """Return the time, with time zone, of a match; None if it has no clock or an impossible one.

    `14h` is 14:00. If the half of the day contradicts the hour (`17:41 SA`), the time is impossible.
    """
    if match["hour"] is None:
        return None
    hour = _hour_of_24(int(match["hour"]), match["half"])
    minute = int((match["minute"] or match["minute_after_word"] or "0")[:2])
    second = int(match["second"] or 0)
    zone = _zone(match["zone"])
    if hour is None or zone is None or hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second, tzinfo=zone)


def _hour_of_24(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if half in _MORNING:
        return hour % 12 if hour <= 12 else None
    if hour > 12:
        return hour
    if half == "trưa":
        return hour if hour >= 10 else hour + 12
    if half in ("tối", "đêm") and (hour == 12 or hour < 5):
        # `2 giờ đêm` is early in the morning; `12 giờ đêm` may be midnight at either end of the day.
        return None if hour == 12 else hour
    return hour % 12 + 12


def _zone(written: str | None) -> tzinfo | None:
    if written is None or written == "ict":
        return HANOI_TIME
    offset = _OFFSET.search(written)
    if offset is None:
        return UTC
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > _OFFSET_HOURS_MAX or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if offset[1] == "-" else size)
