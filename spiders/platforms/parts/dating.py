"""Chooses an article's publication date among the dates on its page.

Belongs here: ranking the candidates, and checking them against each other, the capture time and the portal's first
day; dates in URLs. Does not belong here: finding the candidates (the platforms), parsing text (`warehouse.text.dates`).

The rules, and why:

- A visible date beside the headline ranks before machine-readable metadata: NukeViet's meta elements are malformed,
  JSON-LD often gives local time as UTC, and editors see neither. Metadata inside the article ranks before the rest.
- A date line with the day of the capture, and no time or that of the capture, may be the clock in the page header. If
  the page states an older date too, such lines are ignored.
- A date of the last change counts only if the page states no other; one in the URL is preferred if it is earlier.
- If a date has no time, it takes the time that another candidate states for that day. `basis` still tells where the
  day was found; the flag `minute_declared` says that the time has another basis.
- A candidate exactly seven hours from the highest-ranked time has a wrong UTC offset and is ignored.
- The date of a feed or news sitemap is not on the page. It counts if the page states no date exactly, and gives the
  time of a day that the page states; it never causes `dates_disagree`.
- Relative ages (`3 giờ trước`) are rough and count only if no date is stated. Dates in the text are often of events,
  those in URLs of upload folders: they count only if there is no other date, and never cause `dates_disagree`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from warehouse.clock import HANOI_TIME
from warehouse.text.moment import Moment, moment_of

BASES: Final[dict[str, str]] = {
    "template": "the date line of the portal's own template",
    "date_line": "a line beside the headline",
    "microdata": "microdata in the page (itemprop datePublished)",
    "time_element": "the machine-readable value of a time element",
    "json_ld": "the page's JSON-LD",
    "meta": "a meta element in the page's head",
    "feed": "the entry of the portal's feed that led to the page",
    "sitemap": "the entry of the portal's news sitemap that led to the page",
    "text": "a date inside the article's text",
    "url": "the page's URL",
}
"""How a date was found, most trusted first: name → meaning for analysts (column `published_basis`)."""

FLAGS: Final[dict[str, str]] = {
    "date_from_text": "the publication date is one that the article's text mentions",
    "date_from_url": "the publication date is the one in the page's URL",
    "date_of_update": "the page states only when the article was last changed; that date counts",
    "date_reckoned": "the page says only how long ago it was published; the date was computed from the time of capture",
    "dates_disagree": "the page states publication dates of different days; the most trusted counts",
    "minute_declared": "the page shows the day of publication; the time of day is from another declaration",
    "published_after_capture": "the page, or its feed's entry, states a publication date later than its capture; "
    "it was dropped",
    "published_before_portal": "the page, or its feed's entry, states a publication date before the portal existed; "
    "it was dropped",
    "weekday_differs": "the weekday beside the publication date is not that date's",
}
"""Quality flags of a chosen date."""

INTERNET_IN_VIETNAM: Final = date(1997, 11, 19)
"""The earliest day on which a portal can have published anything."""

_RANKS: Final = {basis: rank for rank, basis in enumerate(BASES)}
_OFF_PAGE: Final = frozenset(("feed", "sitemap"))
_LAST_RESORTS: Final = {"text": "date_from_text", "url": "date_from_url"}
_CLOCK_SKEW: Final = timedelta(minutes=10)
_OFFSET_OF_HANOI: Final = HANOI_TIME.utcoffset(None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that a page states.

    Attributes:
        basis: where it was found: a name in `BASES`.
        is_update: whether the page says that the article was changed then.
    """

    moment: Moment
    basis: str
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of an article.

    Attributes:
        moment: None if no candidate is credible.
        basis: where its day was found: a name in `BASES`; None without a date.
        flags: sorted names of `FLAGS`.
    """

    moment: Moment | None
    basis: str | None
    flags: tuple[str, ...] = ()


def choose_date(candidates: Sequence[Candidate], *, seen_at: datetime | None, portal_from: date | None = None) -> Dated:
    """Return the publication date among the candidates of one page, by the rules above.

    Args:
        candidates: their order matters only within one basis, where the first ranks highest.
        seen_at: capture time with time zone; None if unknown.
        portal_from: the portal's first day; None for Vietnam's first day on the Internet.
    """
    ranked = sorted(candidates, key=lambda candidate: _RANKS[candidate.basis])
    judged = [(one, _fault(one.moment, seen_at, portal_from or INTERNET_IN_VIETNAM)) for one in ranked]
    credible = [one for one, fault in judged if not fault]
    timed = next((one for one in credible if _is_exact(one) and one.moment.precision != "day"), None)
    if timed is not None and len(judged) > 1:
        judged = [(one, fault) for one, fault in judged if not _is_under_wrong_offset(one.moment, timed.moment)]
        credible = [one for one, fault in judged if not fault]
    if exact := [one for one in credible if _is_exact(one)]:
        dated = _choose_exact(exact, seen_at)
    elif reckoned := [one for one in credible if one.basis not in _LAST_RESORTS and not one.is_update]:
        dated = Dated(reckoned[0].moment, reckoned[0].basis, ("date_reckoned",))
    elif credible:
        dated = _choose_last_resort(credible)
    else:
        dated = Dated(None, None)
    # If the page states a date, one elsewhere that is impossible does not matter.
    unflagged = {*_LAST_RESORTS, *(_OFF_PAGE if dated.moment else ())}
    flags = {*dated.flags, *(fault for one, fault in judged if fault and one.basis not in unflagged)}
    if dated.moment and dated.moment.weekday_differs:
        flags.add("weekday_differs")
    return Dated(dated.moment, dated.basis, tuple(sorted(flags)))


def _fault(moment: Moment, seen_at: datetime | None, portal_from: date) -> str | None:
    """Return the flag for an impossible publication date, or None for a possible one."""
    if seen_at and moment.at - seen_at > _CLOCK_SKEW:
        return "published_after_capture"
    return "published_before_portal" if moment.day < portal_from else None


def _is_exact(candidate: Candidate) -> bool:
    is_stated = candidate.basis not in _LAST_RESORTS and not candidate.is_update
    return is_stated and not candidate.moment.is_reckoned


def _is_under_wrong_offset(moment: Moment, timed: Moment) -> bool:
    if moment.precision == "day":
        return False
    # One of the two may lack seconds.
    return abs(moment.at.replace(second=0) - timed.at.replace(second=0)) == _OFFSET_OF_HANOI


def _choose_exact(ranked: Sequence[Candidate], seen_at: datetime | None) -> Dated:
    ranked = _without_page_clock(ranked, seen_at)
    first = ranked[0]
    chosen = _confirmed(first, ranked)
    moment = chosen.moment
    flags: set[str] = set()
    if first.moment.weekday_differs:
        flags.add("weekday_differs")
    if any(one.moment.day != moment.day for one in ranked if one.basis not in _OFF_PAGE):
        flags.add("dates_disagree")
    timed = next((one for one in ranked if one.moment.day == moment.day and one.moment.precision != "day"), None)
    if moment.precision == "day" and timed:
        moment = replace(moment, at=timed.moment.at, precision=timed.moment.precision)
        if timed.basis != chosen.basis:
            flags.add("minute_declared")
    return Dated(moment, chosen.basis, tuple(flags))


def _without_page_clock(ranked: Sequence[Candidate], seen_at: datetime | None) -> Sequence[Candidate]:
    """Drop the date lines that may be the clock in the page header, if an older date is left."""
    if seen_at is None:
        return ranked
    left = [one for one in ranked if not _may_be_clock(one, seen_at)]
    if len(left) == len(ranked):
        return ranked
    today = seen_at.astimezone(HANOI_TIME).date()
    return left if any(one.moment.day < today for one in left) else ranked


def _may_be_clock(candidate: Candidate, seen_at: datetime) -> bool:
    moment = candidate.moment
    if candidate.basis != "date_line" or moment.day != seen_at.astimezone(HANOI_TIME).date():
        return False
    return moment.precision == "day" or abs(moment.at - seen_at) <= _CLOCK_SKEW


def _choose_last_resort(credible: Sequence[Candidate]) -> Dated:
    """Return the date of the last change, or the date in text or URL.

    The date in text or URL is taken if there is no date of a change, or if it is earlier than the change.
    """
    updates = [one for one in credible if one.is_update]
    others = [one for one in credible if not one.is_update]
    if updates and all(one.moment.day >= updates[0].moment.day for one in others):
        moment = updates[0].moment
        flags = ("date_of_update", "date_reckoned") if moment.is_reckoned else ("date_of_update",)
        return Dated(moment, updates[0].basis, flags)
    return Dated(others[0].moment, others[0].basis, (_LAST_RESORTS[others[0].basis],))


def _confirmed(first: Candidate, ranked: Sequence[Candidate]) -> Candidate:
    """Return the first candidate; if its weekday does not fit its date, another candidate may win.

    Either the date or the weekday is wrong. The best other candidate that has this date or this weekday decides.
    """
    if first.moment.wrong_weekday is None:
        return first
    for other in (one for one in ranked if one is not first):
        if other.moment.day == first.moment.day:
            return first
        if other.moment.day.weekday() == first.moment.wrong_weekday:
            return other
    return first


_FOLDERS: Final = re.compile(r"(?<=/)((?:19|20)[0-9]{2})/([0-9]{1,2})/([0-9]{1,2})(?=/)")
_SEGMENT: Final = re.compile(r"(?<=/)((?:19|20)[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})(?=/|$)")
# Date and time to the second or millisecond after the slug: too long for an article number.
_STAMP: Final = re.compile(
    r"[/_-]((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}(?:[0-9]{3})?(?=\.\w+$|/?$)"
)

# The number of a site, then the time of the article's creation to the millisecond: VCCorp, vnPortal.
_NUMBERED_STAMP: Final = re.compile(
    r"-[1-9][0-9]{0,5}([0-9]{2})([0-9]{2})([0-9]{2})(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}[0-9]{3}(?=\.(?:html?|chn)$)"
)


def date_in_url(url: str) -> Moment | None:
    """Return the date in a URL, or None if there is no valid one or more than one.

    Supported are path segments (`/2024/10/14/`, `/2024-10-14/`, `/20241014`) and timestamps at the end
    (`…-20241014174105123.htm`, `…-102241014174105123.htm`). Eight digits at the end of a slug are an article number.
    """
    try:
        path = urlsplit(url).path
    except ValueError:  # a malformed host
        return None
    days = set(_days_in(path))
    return moment_of(days.pop(), None) if len(days) == 1 else None


def _days_in(path: str) -> Iterator[date]:
    found = [(match[1], match[2], match[3]) for match in _FOLDERS.finditer(path)]
    found += [(match[1], match[3], match[4]) for match in _SEGMENT.finditer(path)]
    found += [(match[1], match[2], match[3]) for match in _STAMP.finditer(path)]
    found += [(f"20{match[1]}", match[2], match[3]) for match in _NUMBERED_STAMP.finditer(path)]
    for year, month, day in found:
        try:
            on = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if on >= INTERNET_IN_VIETNAM:
            yield on
