"""Which of the dates on a page is its article's.

Here: candidates ranked by where they stand, checked against each other, the capture and the portal's life; a date in an
address. Not here: finding the candidates (the platforms), reading text (`warehouse.text.dates`).

The rules, and why:

- What a reader sees beside the headline counts before what is declared for machines: NukeViet's meta elements are
  malformed, JSON-LD often gives local time as UTC, and nobody at the portal sees either. Among declarations those
  that stand in the article itself come first.
- A date beside the headline that is the day of the capture, without a time or with that of the capture, is the clock
  that portals show in their frame as soon as a declaration is older.
- A bare day is completed with the time that another candidate states for that day. `basis` stays that of the day, by
  which the article is sorted and counted; the flag `minute_declared` says that the time is from elsewhere.
- Exactly seven hours apart from what is seen is the same time under the wrong offset; it confirms and is not doubted.
- Ages (`3 giờ trước`) are rough and count only where no date is stated; dates in the text tell of events and addresses
  of folders, so they count only where nothing else does, and contradict nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from warehouse.text.moment import VIETNAM, Moment, moment_of

BASES: Final[dict[str, str]] = {
    "template": "the date line of the portal's own template",
    "date_line": "a line beside the headline",
    "microdata": "microdata in the page (itemprop datePublished)",
    "time_element": "the machine-readable value of a time element",
    "json_ld": "the page's JSON-LD",
    "meta": "a meta element in the page's head",
    "text": "a date inside the article's text",
    "url": "the page's address",
}
"""How a date was found, the most trusted first: name → meaning for analysts (column `published_basis`)."""

FLAGS: Final[dict[str, str]] = {
    "date_from_text": "the publication date is one that the article's text mentions",
    "date_from_url": "the publication date is the one in the page's address",
    "date_reckoned": "the page says only how long ago it was published; the date was reckoned from its capture",
    "dates_disagree": "the page states publication dates of different days; the one beside the headline counts",
    "minute_declared": "the page shows the day of publication; the time of day is from another declaration",
    "published_after_capture": "the page states a publication date later than its capture; it was dropped",
    "published_before_portal": "the page states a publication date before the portal existed; it was dropped",
    "weekday_differs": "the weekday beside the publication date is not that date's",
}
"""What may be doubtful about a chosen date."""

INTERNET_IN_VIETNAM: Final = date(1997, 11, 19)
"""The first day on which a portal can have published anything."""

_RANKS: Final = {basis: rank for rank, basis in enumerate(BASES)}
_LAST_RESORTS: Final = {"text": "date_from_text", "url": "date_from_url"}
_CLOCK_SKEW: Final = timedelta(minutes=10)
_OFFSET_OF_VIETNAM: Final = timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that a page states.

    Attributes:
        basis: where it stands: a name in `BASES`.
    """

    moment: Moment
    basis: str


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of an article.

    Attributes:
        moment: None where no candidate is credible.
        basis: where its day stands: a name in `BASES`; None without a date.
        flags: sorted names of `FLAGS`.
    """

    moment: Moment | None
    basis: str | None
    flags: tuple[str, ...] = ()


def choose_date(candidates: Sequence[Candidate], *, seen_at: datetime | None, portal_from: date | None = None) -> Dated:
    """Return the publication date among the candidates of one page, by the rules above.

    Args:
        candidates: in any order; of one basis the first counts most.
        seen_at: when the page was captured, with its time zone; None where nobody knows.
        portal_from: the portal's first day; Vietnam's first day on the Internet where it is not known.
    """
    ranked = sorted(candidates, key=lambda candidate: _RANKS[candidate.basis])
    faults = {one: _fault(one.moment, seen_at, portal_from or INTERNET_IN_VIETNAM) for one in ranked}
    timed = next((one for one in ranked if _is_exact(one) and one.moment.precision != "day" and not faults[one]), None)
    ranked = [one for one in ranked if timed is None or not _is_under_wrong_offset(one.moment, timed.moment)]
    credible = [one for one in ranked if not faults[one]]
    if exact := [one for one in credible if _is_exact(one)]:
        dated = _among_exact(exact, seen_at)
    elif reckoned := [one for one in credible if one.basis not in _LAST_RESORTS]:
        dated = Dated(reckoned[0].moment, reckoned[0].basis, ("date_reckoned",))
    elif credible:
        dated = Dated(credible[0].moment, credible[0].basis, (_LAST_RESORTS[credible[0].basis],))
    else:
        dated = Dated(None, None)
    flags = {*dated.flags, *(fault for one in ranked if one.basis not in _LAST_RESORTS and (fault := faults[one]))}
    if dated.moment and dated.moment.weekday_differs:
        flags.add("weekday_differs")
    return replace(dated, flags=tuple(sorted(flags)))


def _fault(moment: Moment, seen_at: datetime | None, portal_from: date) -> str | None:
    """Return the flag that says why an article cannot have been published then, or None where it can."""
    if seen_at and moment.at > seen_at + _CLOCK_SKEW:
        return "published_after_capture"
    return "published_before_portal" if moment.day < portal_from else None


def _is_exact(candidate: Candidate) -> bool:
    return candidate.basis not in _LAST_RESORTS and not candidate.moment.is_reckoned


def _is_under_wrong_offset(moment: Moment, timed: Moment) -> bool:
    # Seconds may be given here and not there.
    return moment.precision != "day" and abs(_to_minute(moment) - _to_minute(timed)) == _OFFSET_OF_VIETNAM


def _to_minute(moment: Moment) -> datetime:
    return moment.at.replace(second=0)


def _among_exact(ranked: Sequence[Candidate], seen_at: datetime | None) -> Dated:
    first = _not_clock_of_page(ranked, seen_at)
    chosen = _confirmed(first, ranked)
    moment = chosen.moment
    flags: set[str] = set()
    if first.moment.weekday_differs:
        flags.add("weekday_differs")
    if any(one.moment.day != moment.day for one in ranked):
        flags.add("dates_disagree")
    if moment.precision == "day" and (timed := _timed_on(moment.day, ranked)):
        moment = replace(moment, at=timed.moment.at, precision=timed.moment.precision)
        if timed.basis != chosen.basis:
            flags.add("minute_declared")
    return Dated(moment, chosen.basis, tuple(flags))


def _not_clock_of_page(ranked: Sequence[Candidate], seen_at: datetime | None) -> Candidate:
    """Return the best candidate, passing over what may be the clock in the page's frame."""
    first = ranked[0]
    if first.basis != "date_line" or seen_at is None or first.moment.day != seen_at.astimezone(VIETNAM).date():
        return first
    if first.moment.precision != "day" and abs(first.moment.at - seen_at) > _CLOCK_SKEW:
        return first
    older = (one for one in ranked if one.basis != "date_line" and one.moment.day < first.moment.day)
    return next(older, first)


def _confirmed(first: Candidate, ranked: Sequence[Candidate]) -> Candidate:
    """Return the first candidate, or where its weekday does not fit, the best other one that has that weekday.

    Either the figures are wrong or the weekday is; the best of the others that knows one of the two decides.
    """
    if first.moment.wrong_weekday is None:
        return first
    for other in (one for one in ranked if one is not first):
        if other.moment.day == first.moment.day:
            return first
        if other.moment.day.weekday() == first.moment.wrong_weekday:
            return other
    return first


def _timed_on(day: date, ranked: Sequence[Candidate]) -> Candidate | None:
    return next((one for one in ranked if one.moment.day == day and one.moment.precision != "day"), None)


_FOLDERS: Final = re.compile(r"(?<=/)((?:19|20)[0-9]{2})/([0-9]{1,2})/([0-9]{1,2})(?=/)")
_SEGMENT: Final = re.compile(r"(?<=/)((?:19|20)[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})(?=/|$)")
# A day and a time to the second or millisecond behind the words: too long for an article's number.
_STAMP: Final = re.compile(
    r"[/_-]((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}(?:[0-9]{3})?(?=\.\w+$|/?$)"
)


def date_in_url(url: str) -> Moment | None:
    """Return the day that an address holds, or None where it holds none, an impossible one or two.

    Read are folders (`/2024/10/14/`, `/2024-10-14/`, `/20241014`) and time stamps at the end
    (`…-20241014174105123.htm`). Eight figures in the last words of an address are an article's number.
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
    for year, month, day in found:
        try:
            on = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if on >= INTERNET_IN_VIETNAM:
            yield on
