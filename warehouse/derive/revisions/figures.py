"""Figures and dates in Vietnamese text: what a reader of an official notice looks at first when it was changed.

Here: finding them, with what they amount to, so that `13 tỷ 752 triệu đồng` and `13,752 tỉ đồng` are the same figure,
and `5/9/2025` and `ngày 05 tháng 9 năm 2025` the same date. Not here: comparing texts
(`warehouse.derive.revisions.edits`), and an article's own date (`warehouse.text.dates`, whose parsers decide here too
whether something is a date).

Every pattern repeats nothing without a bound, so that hostile text costs no more than honest text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from warehouse.text.dates import parse_moment
from warehouse.text.normal import normal_form


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure or a date that a text names.

    Attributes:
        written: as the text has it, in normal form.
        value: equal for mentions of the same figure or date, however written.
    """

    written: str
    value: str


_DAY: Final = "[0-9]{1,2}"
_YEAR: Final = "(?:19|2[01])[0-9]{2}"
_SAID_MONTH: Final = (
    r"(?:tháng|thg\.?) ?(?:1[0-2]|0?[1-9]|mười(?: một| hai)?|một|giêng|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|chạp)"
)
_SAY_DAY: Final = r"(?:ngày|sáng|trưa|chiều|tối|đêm|hôm|mùng|mồng|đến|từ)"
# Not within a longer number, and not the beginning of a document's number (`12/10/2024/QĐ-UBND`).
_OPEN: Final = r"(?<![\w/])(?<![0-9][.,])"
_SHUT: Final = r"(?![\w/]|[.,-][0-9])"
_DATE: Final = re.compile(
    rf"{_OPEN}(?P<day>{_DAY}(?: ?[/.-] ?{_DAY} ?[/.-] ?|,? {_SAID_MONTH}(?:,? năm |[/.-]|,? )){_YEAR}){_SHUT}"
    rf"|{_OPEN}(?P<yearless>{_DAY},? {_SAID_MONTH}){_SHUT}"
    rf"|(?<!\w){_SAY_DAY} (?P<short>{_DAY}[/-]{_DAY}){_SHUT}"
    rf"|(?<!\w)(?P<month>(?:tháng ?)?(?:1[0-2]|0?[1-9])(?:/| năm ){_YEAR}){_SHUT}"
    rf"|(?<!\w)(?P<year>năm {_YEAR}){_SHUT}",
    re.IGNORECASE,
)
# A leap year, so that 29 February counts; the last day, so that every day of it is read as of it.
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
    # A document's number is a name: nothing in it is reckoned.
    r"(?<![\w.,])(?P<document>[0-9]{1,6}(?:/[0-9]{4})?/[a-zđ][\w-]{1,30})"
    # A time of day.
    r"|(?<![\w.,])(?P<clock>[0-9]{1,2} ?(?:h|g|giờ|:) ?[0-5][0-9](?!\w)(?: phút)?|[0-9]{1,2} ?(?:h|giờ)(?!\w))"
    rf"|(?<![0-9][.,])(?<![0-9])(?P<amount>{_TERMS}|{_NUMBER}){_UNIT}",
    re.IGNORECASE,
)
_TERM: Final = re.compile(rf"(?P<number>{_NUMBER})(?P<magnitude>{_MAGNITUDE})?", re.IGNORECASE)
_CLOCK_NUMBERS: Final = re.compile("[0-9]{1,2}")


def figures_and_dates(text: str) -> tuple[list[Mention], list[Mention]]:
    """Return the figures and the dates that the text names, each in reading order.

    Figures are numbers in digits with magnitude and unit, times of day, and the numbers of documents. Dates are days
    with or without a year, months of a year, and years behind `năm`; what is part of a date is no figure.
    """
    line = normal_form(text)
    dates: list[Mention] = []
    rest: list[str] = []
    end = 0
    for match in _DATE.finditer(line):
        if value := _date_value(match):
            dates.append(Mention(match[match.lastgroup or 0], value))
            # A mark that no figure holds keeps apart what stood on both sides of the date.
            rest += [line[end : match.start()], "\n"]
            end = match.end()
    rest.append(line[end:])
    return list(_figures("".join(rest))), dates


def _date_value(match: re.Match[str]) -> str | None:
    """Return the date as ISO 8601 writes it, without what is not known; None where it is none."""
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
        else:
            yield Mention(written, f"{_amount(match['amount']):f} {(match['unit'] or '').casefold()}".strip())


def _amount(written: str) -> Decimal:
    """Return the sum of the terms: `13 tỷ 752 triệu` is 13,752,000,000."""
    total = Decimal(0)
    for term in _TERM.finditer(written):
        value = _number(term["number"])
        for magnitude in (term["magnitude"] or "").split():
            value *= _MAGNITUDES[magnitude.casefold()]
        total += value
    return total.normalize()


def _number(written: str) -> Decimal:
    """Return the number: three digits behind a point group thousands, behind one comma they are decimals."""
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", written):
        return Decimal(written.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3}){2,}", written):
        return Decimal(written.replace(",", ""))
    return Decimal(written.replace(",", "."))
