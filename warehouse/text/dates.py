"""Parses dates as Vietnamese portals write them: always day first, and in Hanoi time.

The patterns have bounded repetitions and are applied to a line of bounded length with single spaces, so hostile text
costs no more than normal text.
Belongs here: converting text to a point in time with its precision. Does not belong here: finding the text
on a page, and choosing an article's date among several (`spiders.platforms.parts.dating`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from warehouse.text.ages import parse_age
from warehouse.text.clocks import CLOCK, ISO_CLOCK, read_clock
from warehouse.text.moment import Moment, moment_of
from warehouse.text.normal import normal_form

__all__ = ["Moment", "parse_moment"]

_LINE_CHARACTERS_MAX: Final = 400
_RAW_CHARACTERS_MAX: Final = 4000  # a short line with the indentation of its markup
_CACHED_LINES_MAX: Final = 200
_CONTEXT_CHARACTERS_MAX: Final = 60  # how far before a date its weekday or time of day may begin

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

# A date must not start inside a longer number, but may directly follow a time of day (`17:41-14/10/2024`).
_START: Final = r"(?<![0-9/])(?<![0-9][.:])(?:(?<![0-9][,-])|(?<=[:hg][0-9]{2}[,-]))"
# A date must not continue as a document number (`14/10/2024/QĐ-UBND`) or a longer number, or be a lunar date.
_END: Final = r"(?![0-9/]|[.,](?![0-9]{1,2}[:hg])[0-9]|-(?![0-9]{1,2}[:hg])[^ ]| ?\(?(?:âm lịch|âl(?!\w)))"
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_YEAR: Final = r"(?P<year>(?:19|2[01])[0-9]{2})"
_MONTH: Final = r"(?P<month>[0-9]{1,2})"
_MONTH_IN_WORDS: Final = (
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
    # The second separator repeats the first, since `10-12/2024` is October to December; `30/4-1975` is an exception.
    re.compile(rf"{_START}{_DAY} ?(?P<mark>[/.-]) ?{_MONTH}(?: ?(?P=mark) ?|-|,? năm ){_YEAR}{_END}"),
    re.compile(rf"{_START}{_DAY},? ?{_MONTH_IN_WORDS}(?:,? năm |,? ?[/.-] ?|,? ){_YEAR}{_END}"),
    re.compile(rf"(?<!\w){_MONTH_IN_WORDS} {_DAY}, ?{_YEAR}{_END}"),
    re.compile(rf"{_START}{_DAY}(?:st|nd|rd|th)?[ /-]{_ENGLISH_MONTH}\.?,?[ /-]{_YEAR}{_END}"),
    re.compile(rf"(?<!\w){_ENGLISH_MONTH}\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}{_END}"),
    _YEAR_FIRST,
    _SHORT_YEAR,
)
_NO_YEAR_AFTER: Final = r"(?![0-9%]| ?[/.-] ?[0-9]|,? năm | [0-9]{4}| ?\(?âm lịch)"
_WITHOUT_YEAR: Final = (
    re.compile(rf"{_START}{_DAY} ?[/-] ?{_MONTH}{_NO_YEAR_AFTER}"),
    re.compile(rf"{_START}{_DAY},? ?{_MONTH_IN_WORDS}{_NO_YEAR_AFTER}"),
)

_GAP: Final = r"[ |,;:.()\[\]@•·-]{0,6}"


def _weekday(name: str) -> str:
    """Return the pattern of a weekday as a named group; it excludes ordinals, as in `kỳ họp thứ năm`."""
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
_AFTER: Final = re.compile(rf"(?:{_GAP}{_weekday('weekday')})?(?:{_LABEL}{CLOCK})?")
# NukeViet prints the offset in place of the T: `2024-10-14+0717:41:00`.
_AFTER_ISO: Final = re.compile(rf"(?:{_GAP}{_weekday('weekday')})?(?:(?:t|\+07(?=[0-9]{{2}}:)|{_LABEL}){ISO_CLOCK})?")

_TO: Final = r"(?:-|đến|tới)"
_HOUR: Final = r"[0-9]{1,2}[:hg][0-9]{2}"
_THEN: Final = r"(?:hết )?(?:(?:thứ \w{1,4}|chủ nhật),? )?(?:ngày )?"
_RANGE_BEFORE: Final = re.compile(
    r"(?<![\w:.,])(?<!thứ )(?<!giờ )(?<!h )(?P<first>[0-9]{1,2})"
    rf"(?P<more>(?: ?[/.-] ?|,? tháng )[0-9]{{1,2}}(?: ?[/.-] ?[0-9]{{4}}(?:[ ,|]{{1,3}}{_HOUR})?)?)?"
    rf" ?(?P<link>{_TO}|và|,) ?(?P<at>{_HOUR},? )?{_THEN}$"
)
_RANGE_AFTER: Final = re.compile(
    rf"(?:[ ,|]{{1,3}}{_HOUR})? ?{_TO} ?(?:{_HOUR},? )?{_THEN}"
    r"[0-9]{1,2}(?: ?[/.-] ?[0-9]{1,2}(?![0-9:h])|,? tháng)"
)
# The time starts a time range, or belongs to a second date.
_CLOCK_CONTINUES: Final = re.compile(
    rf" ?(?:{_TO} ?[0-9]{{1,2}} ?(?:[:hg]|giờ)|,? ?(?:ngày )?[0-9]{{1,2}} ?[/.-] ?[0-9]{{1,2}} ?[/.-] ?[0-9])"
)
_CLOCK_PRECEDES: Final = re.compile(rf"(?:[:hg][0-9]{{2}}|[0-9] ?h|giờ|phút|') ?{_TO} ?$|[0-9](?:-| đến | tới )$")
_NUMBERED: Final = re.compile(r"(?<!\w)số:? ?$")
# American and other zones: their names are ambiguous, and Hanoi time would be another day as often as not.
_FOREIGN_ZONE: Final = re.compile(r",? ?\(?(?:e[sd]?t|[cmp][sd]t|cest|cet|bst|ist|jst|kst|sgt|ae[sd]t)(?!\w)")
# Part of every date with a year. Most lines have none, and this check is cheap.
_YEAR_SHAPE: Final = re.compile(r"(?:19|2[01])[0-9]{2}(?![0-9])|[/.][0-9]{2}(?![0-9])")


def parse_moment(text: str, *, near: date | None = None, seen_at: datetime | None = None) -> Moment | None:
    """Return the first moment that the text states, or None if it states none or an impossible date.

    Accepted forms, with the day first: `14/10/2024 | 17:41`, `14-10-2024 08:15`, `21 tháng 09 năm 2025`,
    `14 Tháng Mười, 2024`; with the month in words also `Tháng Mười 14, 2024` and `Mon, 14 Oct 2024 17:41:00 +0700`;
    ISO 8601, also in NukeViet's variant (`2024-10-14+0717:41:00`); and `08/09/25` after a weekday or `ngày` or beside a
    time. A time of day, with 24 hours or 12 (AM/PM, SA/CH, sáng/chiều), may follow or precede the date. If there are
    two different times, a time range or a time in a foreign zone (`8:03 pm EST`), only the day is known. A CMS without
    a time prints midnight, so 00:00 counts as no time.

    The start of a document number is not a date, and neither is an end of a range (`12 - 14/10/2024`). Without a year
    before it, a numeric month follows the day: `10/14/2024` is impossible.

    Args:
        text: a line, which may hold other words around the date. Only the first 400 characters are parsed.
        near: if given, a date without a year is accepted after a word as in `Sáng 12-10` and `ngày 11/10`, or as the
            whole text; the result is the last such day up to and including `near`.
        seen_at: when the page was captured, with a time zone. If given, a line with only a relative date is accepted
            (`hôm qua`, `3 giờ trước`; see `warehouse.text.ages`). Not for sentences.
    """
    if not (near or seen_at) and _YEAR_SHAPE.search(text) is None:
        return None
    return _moment_in(text[: _RAW_CHARACTERS_MAX + 1], near, seen_at)


# Several readers of one page ask about the same lines.
@lru_cache(_CACHED_LINES_MAX)
def _moment_in(text: str, near: date | None, seen_at: datetime | None) -> Moment | None:
    line = _line(text)
    for match in _dates(line) if _YEAR_SHAPE.search(text) else ():
        if not _is_number_or_range(match, line):
            context = _context_of(match, line)
            if match.re is not _SHORT_YEAR or context.is_announced or context.clock:
                return _read(match, context)
    if near and (moment := _without_year(line, near)):
        return moment
    return parse_age(line, seen_at) if seen_at else None


def _line(text: str) -> str:
    line = normal_form(text[:_RAW_CHARACTERS_MAX]).lower()
    if len(line) <= _LINE_CHARACTERS_MAX and len(text) <= _RAW_CHARACTERS_MAX:
        return line
    # Cut between words: a part of a year would be another year.
    return line[:_LINE_CHARACTERS_MAX].rpartition(" ")[0]


def _dates(line: str) -> Iterator[re.Match[str]]:
    """Yield each part of the line that has the form of a date, in order."""
    pos = 0
    while found := [match for form in _FORMS if (match := form.search(line, pos))]:
        match = min(found, key=re.Match.start)
        yield match
        pos = match.end()


def _before(match: re.Match[str], line: str) -> str:
    return line[max(0, match.start() - _CONTEXT_CHARACTERS_MAX) : match.start()]


def _is_number_or_range(match: re.Match[str], line: str) -> bool:
    """Tell whether a match is part of a document number or a range of dates, not a date of its own."""
    before = _before(match, line)
    if _NUMBERED.search(before) or _RANGE_AFTER.match(line, match.end()):
        return True
    start = _RANGE_BEFORE.search(before)
    if start is None or start["more"]:
        return start is not None
    # `12 - 14/10/2024` and `ngày 12, 14/10/2024`, but not `Số 28 - 14/10/2024` and `Quận 5, 14/10/2024`.
    is_day = start["link"] != "," or before[: start.start()].endswith("ngày ")
    return is_day and not start["at"] and int(start["first"]) < int(match["day"])


@dataclass(frozen=True, slots=True)
class _Context:
    """The time of day and weekday beside a date.

    Attributes:
        clock: the time of day; None if there is none, there are different ones, or there is a time range.
        weekday: 0 for Monday; None if no weekday is named.
        is_announced: whether a weekday or a word such as `ngày` or `sáng` precedes the date.
    """

    clock: time | None
    weekday: int | None
    is_announced: bool


def _context_of(match: re.Match[str], line: str) -> _Context:
    before = _before(match, line)
    # Every part of these patterns is optional, so they always match.
    left = next(_BEFORE.finditer(before))
    right = next((_AFTER_ISO if match.re is _YEAR_FIRST else _AFTER).finditer(line, match.end()))
    weekday = left["weekday_near"] or left["weekday"] or right["weekday"]
    clocks = set()
    if left["hour"] and not _CLOCK_PRECEDES.search(before[: left.start("hour")]):
        clocks.add(read_clock(left))
    is_foreign = right["hour"] and _FOREIGN_ZONE.match(line, right.end())
    if right["hour"] and not is_foreign and not _CLOCK_CONTINUES.match(line, right.end()):
        clocks.add(read_clock(right))
    clocks.discard(None)
    return _Context(
        clock=clocks.pop() if len(clocks) == 1 else None,
        weekday=_weekday_number(weekday) if weekday else None,
        is_announced=bool(left["word"] or left["weekday"] or left["weekday_near"]),
    )


def _weekday_number(written: str) -> int:
    keys = (written[:3], written[-1], written.split()[-1], written)
    return next(_WEEKDAYS[key] for key in keys if key in _WEEKDAYS)


def _read(match: re.Match[str], context: _Context) -> Moment | None:
    year = int(match["year"])
    if match.re is _SHORT_YEAR:
        year += 2000 if year <= _LAST_SHORT_YEAR_OF_2000 else 1900
    day = _day(year, _month_number(match["month"]), int(match["day"]))
    return moment_of(day, context.clock, context.weekday) if day else None


def _month_number(written: str) -> int:
    return int(written) if written.isdigit() else _MONTHS.get(written) or _MONTHS[written[:3]]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _without_year(line: str, near: date) -> Moment | None:
    for match in (match for form in _WITHOUT_YEAR for match in form.finditer(line)):
        context = _context_of(match, line)
        # A bare `3/4` among other words is a fraction.
        if (context.is_announced or match[0] == line) and not _is_number_or_range(match, line):
            day = _last_such_day(_month_number(match["month"]), int(match["day"]), near)
            return moment_of(day, None, context.weekday) if day else None
    return None


def _last_such_day(month: int, day: int, near: date) -> date | None:
    # Eight years back include a leap year, even around 1900 and 2100, which are none.
    days = (_day(year, month, day) for year in range(near.year, near.year - 9, -1))
    return next((found for found in days if found and found <= near), None)
