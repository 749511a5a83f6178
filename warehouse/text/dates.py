"""Dates as Vietnamese portals write them: day first, always, and in Vietnam's time zone.

Here: text to a point in time and how precisely it is known. Not here: where on a page the text stands, and which of
several dates is an article's (`spiders.platforms.parts.dating`).

Every pattern looks at a line of bounded length whose white space is single spaces, and repeats nothing without a
bound: hostile text costs no more than honest text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from warehouse.text.ages import parse_age
from warehouse.text.clocks import CLOCK, ISO_CLOCK, read_clock
from warehouse.text.moment import VIETNAM, Moment, moment_of
from warehouse.text.normal import normal_form

__all__ = ["VIETNAM", "Moment", "parse_moment"]

_LINE_CHARACTERS_MAX: Final = 400
_RAW_CHARACTERS_MAX: Final = 4000  # a short line amid the indentation of its markup
_BESIDE_CHARACTERS_MAX: Final = 60  # how far before a date its weekday and time of day may begin

_LAST_SHORT_YEAR_OF_2000: Final = 50  # `30/4/75` is 1975

_MONTHS: Final[dict[str, int]] = {
    **{"một": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9},
    **{"mười": 10, "mười một": 11, "mười hai": 12},
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6},
    **{"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12},
}
_WEEKDAYS: Final[dict[str, int]] = {
    **{"hai": 0, "ba": 1, "tư": 2, "năm": 3, "sáu": 4, "bảy": 5, "bẩy": 5, "nhật": 6, "cn": 6},
    **{"2": 0, "3": 1, "4": 2, "5": 3, "6": 4, "7": 5},
    **{"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6},
}

# Not inside a longer number; behind a time of day (`17:41-14/10/2024`) a date may be glued.
_START: Final = r"(?<![0-9/])(?<![0-9][.:])(?:(?<![0-9][,-])|(?<=[:hg][0-9]{2}[,-]))"
# Not before what makes it a document's number (`14/10/2024/QĐ-UBND`), a longer number, or a day of the lunar calendar.
_END: Final = r"(?![0-9/]|[.,](?![0-9]{1,2}[:hg])[0-9]|-(?![0-9]{1,2}[:hg])[^ ]| ?\(?(?:âm lịch|âl(?!\w)))"
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_YEAR: Final = r"(?P<year>(?:19|2[01])[0-9]{2})"
_MONTH: Final = r"(?P<month>[0-9]{1,2})"
_SAID_MONTH: Final = (
    r"(?:tháng|thg\.?|th\.?) ?"
    r"(?P<month>[0-9]{1,2}|một|hai|ba|tư|bốn|năm|sáu|bảy|bẩy|tám|chín|mười(?: (?:một|hai))?)(?!\w)"
)
_ENGLISH_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?!\w)"
)

_YEAR_FIRST: Final = re.compile(rf"{_START}{_YEAR}(?P<mark>[-/.]){_MONTH}(?P=mark){_DAY}{_END}")
_SHORT_YEAR: Final = re.compile(rf"{_START}{_DAY}(?P<mark>[/.]){_MONTH}(?P=mark)(?P<year>[0-9]{{2}}){_END}(?![:h%])")
_FORMS: Final = (
    # `10-12/2024` is October to December: the second mark repeats the first, or is the dash of `30/4-1975`.
    re.compile(rf"{_START}{_DAY} ?(?P<mark>[/.-]) ?{_MONTH}(?: ?(?P=mark) ?|-|,? năm ){_YEAR}{_END}"),
    re.compile(rf"{_START}{_DAY},? ?{_SAID_MONTH}(?:,? năm |,? ?[/.-] ?|,? ){_YEAR}{_END}"),
    re.compile(rf"(?<!\w){_SAID_MONTH} {_DAY}, ?{_YEAR}{_END}"),
    re.compile(rf"{_START}{_DAY}(?:st|nd|rd|th)?[ /-]{_ENGLISH_MONTH}\.?,?[ /-]{_YEAR}{_END}"),
    re.compile(rf"(?<!\w){_ENGLISH_MONTH}\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}{_END}"),
    _YEAR_FIRST,
    _SHORT_YEAR,
)
_NO_YEAR_BEHIND: Final = r"(?![0-9%]| ?[/.-] ?[0-9]|,? năm | [0-9]{4}| ?\(?âm lịch)"
_WITHOUT_YEAR: Final = (
    re.compile(rf"{_START}{_DAY} ?[/-] ?{_MONTH}{_NO_YEAR_BEHIND}"),
    re.compile(rf"{_START}{_DAY},? ?{_SAID_MONTH}{_NO_YEAR_BEHIND}"),
)

_GAP: Final = r"[ |,;:.()\[\]@•·-]{0,6}"


def _weekday(name: str) -> str:
    """Return the pattern of a weekday as a group of that name; behind some words it is an ordinal: `kỳ họp thứ năm`."""
    return (
        r"(?<!\w)(?<!lần )(?<!họp )(?<!kỳ )(?<!hạng )(?<!đợt )(?<!nghị )(?<!khóa )(?<!tập )"
        rf"(?P<{name}>(?:thứ ?|t\.?)[2-7]|thứ (?:hai|ba|tư|năm|sáu|bảy|bẩy)|(?:chủ|chúa) nhật|cn"
        r"|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?!\w)"
    )


_BEFORE: Final = re.compile(
    rf"(?:{_weekday('weekday')}{_GAP}(?:lúc )?)?(?:{CLOCK}{_GAP})?(?:{_weekday('weekday_near')}{_GAP})?"
    rf"(?P<word>(?:(?<!\w)(?:sáng|trưa|chiều|tối|đêm|hôm|ngày|mùng|mồng|đăng|tạo)(?!\w){_GAP}){{0,3}})$"
)
_LABEL: Final = rf"{_GAP}(?:(?:vào lúc|lúc|hồi|giờ|at)(?!\w){_GAP})?"
_BEHIND: Final = re.compile(rf"(?:{_GAP}{_weekday('weekday')})?(?:{_LABEL}{CLOCK})?")
# NukeViet puts the offset where the T belongs: `2024-10-14+0717:41:00`.
_BEHIND_ISO: Final = re.compile(rf"(?:{_GAP}{_weekday('weekday')})?(?:(?:t|\+07(?=[0-9]{{2}}:)|{_LABEL}){ISO_CLOCK})?")

_TO: Final = r"(?:-|đến|tới)"
_HOUR: Final = r"[0-9]{1,2}[:hg][0-9]{2}"
_THEN: Final = r"(?:hết )?(?:(?:thứ \w{1,4}|chủ nhật),? )?(?:ngày )?"
_RANGE_BEFORE: Final = re.compile(
    r"(?<![\w:.,])(?<!thứ )(?<!giờ )(?<!h )(?P<first>[0-9]{1,2})"
    rf"(?P<more>(?: ?[/.-] ?|,? tháng )[0-9]{{1,2}}(?: ?[/.-] ?[0-9]{{4}}(?:[ ,|]{{1,3}}{_HOUR})?)?)?"
    rf" ?(?P<link>{_TO}|và|,) ?(?P<at>{_HOUR},? )?{_THEN}$"
)
_RANGE_BEHIND: Final = re.compile(
    rf"(?:[ ,|]{{1,3}}{_HOUR})? ?{_TO} ?(?:{_HOUR},? )?{_THEN}"
    r"[0-9]{1,2}(?: ?[/.-] ?[0-9]{1,2}(?![0-9:h])|,? tháng)"
)
# From one time to another, or the time of a second date.
_CLOCK_GOES_ON: Final = re.compile(
    rf" ?(?:{_TO} ?[0-9]{{1,2}} ?(?:[:hg]|giờ)|,? ?(?:ngày )?[0-9]{{1,2}} ?[/.-] ?[0-9]{{1,2}} ?[/.-] ?[0-9])"
)
_CLOCK_CAME_BEFORE: Final = re.compile(rf"(?:[:hg][0-9]{{2}}|[0-9] ?h|giờ|phút|') ?{_TO} ?$|[0-9](?:-| đến | tới )$")
_NUMBERED: Final = re.compile(r"(?<!\w)số:? ?$")
# What every date with a year holds: most lines hold none, and this costs them nearly nothing.
_YEAR_SHAPE: Final = re.compile(r"(?:19|2[01])[0-9]{2}(?![0-9])|[/.][0-9]{2}(?![0-9])")


def parse_moment(text: str, *, near: date | None = None, seen_at: datetime | None = None) -> Moment | None:
    """Return the first moment that the text states, or None where it states none or an impossible date.

    Read are, day first, `14/10/2024 | 17:41`, `14-10-2024 08:15`, `21 tháng 09 năm 2025`, `14 Tháng Mười, 2024`; with
    the month in words also `Tháng Mười 14, 2024` and `Mon, 14 Oct 2024 17:41:00 +0700`; ISO 8601, also as NukeViet
    misspells it (`2024-10-14+0717:41:00`); `08/09/25` behind a weekday or `ngày`. The time of day, with 24 hours or 12
    (AM/PM, SA/CH, sáng/chiều), stands behind or before the date; where two are named, or one from when to when, only
    the day is known. Exact midnight is what systems show that know no time: it counts as the bare day.

    No date is what begins a document's number, or one end of a range (`12 - 14/10/2024`). A month before a day in
    figures is never guessed: `10/14/2024` is impossible.

    Args:
        text: a line; may hold other words around the date. What stands further back than 400 characters is not read.
        near: with it a date without a year (`Sáng 12-10`, `ngày 11/10`) is read too, as the last such day up to and
            including `near`: behind such a word, or where it is all the text.
        seen_at: when the page was captured, with its time zone. With it a line that gives only an age (`hôm qua`,
            `3 giờ trước`) is read too; see `warehouse.text.ages`. Not for sentences.
    """
    may_hold_date = _YEAR_SHAPE.search(text) is not None
    if not (may_hold_date or near or seen_at):
        return None
    line = _line(text)
    for match in _dates(line) if may_hold_date else ():
        if not _is_number_or_range(match, line):
            beside = _beside(match, line)
            if match.re is not _SHORT_YEAR or beside.is_announced:
                return _read(match, beside)
    if near and (moment := _without_year(line, near)):
        return moment
    return parse_age(line, seen_at) if seen_at else None


def _line(text: str) -> str:
    line = normal_form(text[:_RAW_CHARACTERS_MAX]).lower()
    if len(line) <= _LINE_CHARACTERS_MAX and len(text) <= _RAW_CHARACTERS_MAX:
        return line
    # Cut between words, for half a year is another year.
    return line[:_LINE_CHARACTERS_MAX].rpartition(" ")[0]


def _dates(line: str) -> Iterator[re.Match[str]]:
    """Yield what has a date's form, in the order of the line."""
    pos = 0
    while found := [match for form in _FORMS if (match := form.search(line, pos))]:
        match = min(found, key=re.Match.start)
        yield match
        pos = match.end()


def _before(match: re.Match[str], line: str) -> str:
    return line[max(0, match.start() - _BESIDE_CHARACTERS_MAX) : match.start()]


def _is_number_or_range(match: re.Match[str], line: str) -> bool:
    """Tell the beginning of a document's number and an end of a range of dates from a date."""
    before = _before(match, line)
    if _NUMBERED.search(before) or _RANGE_BEHIND.match(line, match.end()):
        return True
    start = _RANGE_BEFORE.search(before)
    if start is None or start["more"]:
        return start is not None
    # `12 - 14/10/2024` and `ngày 12, 14/10/2024`, but not `Số 28 - 14/10/2024` and `Quận 5, 14/10/2024`.
    is_day = start["link"] != "," or before[: start.start()].endswith("ngày ")
    return is_day and not start["at"] and int(start["first"]) < int(match["day"])


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside a date.

    Attributes:
        clock: the time of day; None where none, two or a span of time is named.
        weekday: 0 for Monday.
        is_announced: whether a weekday or a word such as `ngày` or `sáng` stands before the date.
    """

    clock: time | None
    weekday: int | None
    is_announced: bool


def _beside(match: re.Match[str], line: str) -> _Beside:
    before = _before(match, line)
    # All of these patterns is optional: they match always, if only nothing.
    left = next(_BEFORE.finditer(before))
    right = next((_BEHIND_ISO if match.re is _YEAR_FIRST else _BEHIND).finditer(line, match.end()))
    weekday = left["weekday_near"] or left["weekday"] or right["weekday"]
    clocks = set()
    if left["hour"] and not _CLOCK_CAME_BEFORE.search(before[: left.start("hour")]):
        clocks.add(read_clock(left))
    if right["hour"] and not _CLOCK_GOES_ON.match(line, right.end()):
        clocks.add(read_clock(right))
    clocks.discard(None)
    return _Beside(
        clock=clocks.pop() if len(clocks) == 1 else None,
        weekday=_weekday_number(weekday) if weekday else None,
        is_announced=bool(left["word"] or left["weekday"] or left["weekday_near"]),
    )


def _weekday_number(written: str) -> int:
    keys = (written[:3], written[-1], written.split()[-1], written)
    return next(_WEEKDAYS[key] for key in keys if key in _WEEKDAYS)


def _read(match: re.Match[str], beside: _Beside) -> Moment | None:
    year = int(match["year"])
    if match.re is _SHORT_YEAR:
        year += 2000 if year <= _LAST_SHORT_YEAR_OF_2000 else 1900
    day = _day(year, _month_number(match["month"]), int(match["day"]))
    return moment_of(day, beside.clock, beside.weekday) if day else None


def _month_number(written: str) -> int:
    return int(written) if written.isdigit() else _MONTHS.get(written) or _MONTHS[written[:3]]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _without_year(line: str, near: date) -> Moment | None:
    for match in (match for form in _WITHOUT_YEAR for match in form.finditer(line)):
        beside = _beside(match, line)
        # A bare `3/4` amid other words is a fraction.
        if (beside.is_announced or match[0] == line) and not _is_number_or_range(match, line):
            day = _last_such_day(_month_number(match["month"]), int(match["day"]), near)
            return moment_of(day, None, beside.weekday) if day else None
    return None


def _last_such_day(month: int, day: int, near: date) -> date | None:
    # Eight years back reach the last 29 February even across 1900 and 2100.
    days = (_day(year, month, day) for year in range(near.year, near.year - 9, -1))
    return next((found for found in days if found and found <= near), None)
