"""Finds figures and dates in Vietnamese text; readers of a changed notice check these first.

The patterns that scan the text have bounded repetitions, so hostile text costs no more than normal text.
Belongs here: finding figures and dates with their values, so that `13 tỷ 752 triệu đồng` and `13,752 tỉ đồng` are the
same figure, and `5/9/2025` and `ngày 05 tháng 9 năm 2025` the same date; and those
that one text mentions more often than another.
Does not belong here: comparing texts as a whole (`warehouse.derive.revisions.edits`), and parsing dates
(`warehouse.text.dates`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from warehouse.text.dates import parse_moment
from warehouse.text.normal import normal_form


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure or a date in a text.

    Attributes:
        written: the text as written, in normal form.
        value: equal for all spellings of a date, and for figures that differ only in how digits and magnitude are
            written. Unit names are compared as written, except for their case.
    """

    written: str
    value: str


_DAY: Final = "[0-9]{1,2}"
_YEAR: Final = "(?:19|2[01])[0-9]{2}"
_MONTH_IN_WORDS: Final = (
    r"(?:tháng|thg\.?) ?(?:1[0-2]|0?[1-9]|mười(?: một| hai)?|một|giêng|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|chạp)"
)
_DATE_PREFIX: Final = r"(?:ngày|sáng|trưa|chiều|tối|đêm|hôm|mùng|mồng|đến|từ)"
# A date must not be part of a longer number or start a document number (`12/10/2024/QĐ-UBND`).
_NOT_PRECEDED: Final = r"(?<![\w/])(?<![0-9][.,])"
_NOT_FOLLOWED: Final = r"(?![\w/]|[.,-][0-9])"
_DATE: Final = re.compile(
    rf"{_NOT_PRECEDED}(?P<day>{_DAY}(?: ?[/.-] ?{_DAY} ?[/.-] ?|,? {_MONTH_IN_WORDS}(?:,? năm |[/.-]|,? )){_YEAR})"
    rf"{_NOT_FOLLOWED}"
    rf"|{_NOT_PRECEDED}(?P<yearless>{_DAY},? {_MONTH_IN_WORDS}){_NOT_FOLLOWED}"
    rf"|(?<!\w){_DATE_PREFIX} (?P<short>{_DAY}[/-]{_DAY}){_NOT_FOLLOWED}"
    rf"|(?<!\w)(?P<month>(?:tháng ?)?(?:1[0-2]|0?[1-9])(?:/| năm ){_YEAR}){_NOT_FOLLOWED}"
    rf"|(?<!\w)(?P<year>năm {_YEAR}){_NOT_FOLLOWED}",
    re.IGNORECASE,
)
# 31 December of a leap year: `parse_moment` looks back from it, so it finds every day, even 29 February.
_ANY_YEAR: Final = date(2024, 12, 31)

_MAGNITUDES: Final = {
    "trăm": 10**2, "nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9,
}  # fmt: skip
_UNITS: Final = (
    *("đồng", "vnđ", "vnd", "usd", "đô la", "euro", "%", "‰", "điểm", "độ"),
    *("mm", "cm", "m", "km", "m2", "m²", "km2", "km²", "ha", "hecta", "héc-ta", "m3", "m³", "lít"),
    *("g", "kg", "tạ", "tấn", "kw", "kwh", "mw"),
    *("người", "hộ", "nhân khẩu", "lượt", "ca", "vụ"),
)
_NUMBER: Final = r"(?:[0-9]{1,3}(?:[.,][0-9]{3}){1,6}(?:,[0-9]{1,9})?(?![0-9])|[0-9]{1,18}(?:[.,][0-9]{1,9})?)"
_MAGNITUDE: Final = rf"(?: ?(?:{'|'.join(_MAGNITUDES)})(?!\w)){{1,3}}"
_TERMS: Final = rf"{_NUMBER}{_MAGNITUDE}(?: {_NUMBER}{_MAGNITUDE}){{0,4}}"
_UNIT: Final = rf"(?: ?(?P<unit>{'|'.join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))})(?!\w))?"
_FIGURE: Final = re.compile(
    # A document number is a name: do not read its digits as an amount.
    r"(?<![\w.,])(?P<document>[0-9]{1,6}(?:/[0-9]{4})?/[a-zđ][\w-]{1,30})"
    # A time of day.
    r"|(?<![\w.,])(?P<clock>[0-9]{1,2} ?(?:h|g|giờ|:) ?[0-5][0-9](?!\w)(?: phút)?|[0-9]{1,2} ?(?:h|giờ)(?!\w))"
    rf"|(?<![0-9][.,])(?<![0-9])(?P<amount>{_TERMS}|{_NUMBER}){_UNIT}",
    re.IGNORECASE,
)
_TERM: Final = re.compile(rf"(?P<number>{_NUMBER})(?P<magnitude>{_MAGNITUDE})?", re.IGNORECASE)
_CLOCK_NUMBERS: Final = re.compile("[0-9]{1,2}")


def figures_and_dates(text: str) -> tuple[list[Mention], list[Mention]]:
    """Return the figures and the dates in a text, each in reading order.

    Figures are numbers in digits, with their magnitude and unit if they have any, times of day, and document numbers.
    Dates are days with or without a year, months of a year, and years after `năm`. Numbers in a date are not figures.
    """
    line = normal_form(text)
    dates: list[Mention] = []
    rest: list[str] = []
    end = 0
    for match in _DATE.finditer(line):
        if value := _date_value(match):
            dates.append(Mention(match[match.lastgroup or 0], value))
            # No figure contains a line break, so none is found across the removed date.
            rest += [line[end : match.start()], "\n"]
            end = match.end()
    rest.append(line[end:])
    return list(_figures("".join(rest))), dates


def mentions_of(paragraphs: Iterable[str]) -> tuple[list[Mention], list[Mention]]:
    """Return the figures and the dates in paragraphs, each in reading order."""
    found = [figures_and_dates(paragraph) for paragraph in paragraphs]
    return [figure for figures, _ in found for figure in figures], [date for _, dates in found for date in dates]


def surplus_mentions(these: Iterable[Mention], those: Iterable[Mention]) -> tuple[str, ...]:
    """Return the mentions more frequent in `these` than in `those`, in reading order.

    Each value is returned once, as written where it first occurs once too often.
    """
    remaining = Counter(mention.value for mention in those)
    surplus: dict[str, str] = {}
    for mention in these:
        remaining[mention.value] -= 1
        if remaining[mention.value] < 0:
            surplus.setdefault(mention.value, mention.written)
    return tuple(surplus.values())


def _date_value(match: re.Match[str]) -> str | None:
    """Return the date in ISO 8601, without unknown parts; None if it is invalid."""
    if match["day"]:
        moment = parse_moment(match["day"])
        return moment.day.isoformat() if moment else None
    if short := match["yearless"] or match["short"]:
        moment = parse_moment(f"ngày {short}", near=_ANY_YEAR)
        return f"--{moment.day:%m-%d}" if moment else None
    if match["month"]:
        month, year = re.findall("[0-9]+", match["month"])
        return f"{year}-{int(month):02}"
    return match["year"][-4:]


def _figures(line: str) -> Iterator[Mention]:
    for match in _FIGURE.finditer(line):
        written = match[0].strip()
        if match["document"]:
            yield Mention(written, match["document"].casefold())
        elif match["clock"]:
            hour, *minute = (int(number) for number in _CLOCK_NUMBERS.findall(match["clock"]))
            yield Mention(written, f"{hour}:{minute[0] if minute else 0:02}")
        elif (amount := _amount(match["amount"])) is not None:
            yield Mention(written, f"{amount:f} {(match['unit'] or '').casefold()}".strip())


def _amount(written: str) -> Decimal | None:
    """Return the sum of the terms (`13 tỷ 752 triệu` is 13,752,000,000); None if one cannot be parsed."""
    total = Decimal(0)
    for term in _TERM.finditer(written):
        if (value := _number(term["number"])) is None:
            return None
        for magnitude in (term["magnitude"] or "").split():
            value *= _MAGNITUDES[magnitude.casefold()]
        total += value
    return total.normalize()


def _number(written: str) -> Decimal | None:
    """Parse a number; None if its separators are mixed in another way (`1,234.567`).

    Points before three digits, and several commas, separate thousands. A single comma is the decimal mark.
    """
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", written):
        return Decimal(written.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3}){2,}", written):
        return Decimal(written.replace(",", ""))
    return Decimal(written.replace(",", ".")) if len(re.findall("[.,]", written)) <= 1 else None
