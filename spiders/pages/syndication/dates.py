"""The dates that entries of feeds and sitemaps state: their form, credibility and meaning.

A date is kept as `<element> <text>`, such as `pubDate Mon, 14 Oct 2024 17:41:00 +0700`: the archive keeps it with the
capture of the article, and extraction parses it, so that a mended parser needs no new crawl.
Belongs here: these dates as text and as moments, and rules on all dates of one feed. Does not belong here: which
elements are dates (see `spiders.pages.syndication.feeds`), and choosing between a feed's date and the page's (see
`spiders.platforms.parts.dating`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Final, Literal, TypeAlias

from warehouse.clock import HANOI_TIME
from warehouse.records import Precision
from warehouse.text.dates import parse_moment
from warehouse.text.moment import Moment, moment_of

Basis: TypeAlias = Literal["feed", "sitemap"]

# `date` is Dublin Core's: of any event in an entry's life.
PUBLISHED: Final[Mapping[str, Basis]] = {
    "published": "feed",
    "pubdate": "feed",
    "issued": "feed",
    "date": "feed",
    "publication_date": "sitemap",
}
"""Elements, in lower case, that state the publication, most exact first: element → basis of the date."""

CHANGED: Final = ("updated", "modified", "lastmod")
"""Elements, in lower case, that state a change: it may be years after the publication."""

_CHARACTERS_MAX: Final = 100
# A feed's dates are judged by its first entries: a hostile feed has any number.
_JUDGED_MAX: Final = 200
_CLOCK_SKEW: Final = timedelta(minutes=10)
_OFFSET_OF_HANOI: Final = timedelta(hours=7)
# As few entries as can hardly have been published within a minute.
_SIMULTANEOUS_MIN: Final = 3
_LAST_SHORT_YEAR_OF_2000: Final = 50
_YEAR_MIN, _YEAR_MAX = 1900, 2199

_UTC: Final = re.compile(r"(?:GMT|UTC?|Z|[+-]00:?00)\s*$", re.IGNORECASE)
_MONTH_FIRST: Final = re.compile(r"(?<![0-9/])(?:0?[1-9]|1[0-2])/(?:1[3-9]|2[0-9]|3[01])/[0-9]{4}(?![0-9])")
_SLASHED: Final = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")
# Forms that `parse_moment` does not read. RFC 822 has years of two digits.
_SHORT_YEAR: Final = re.compile(r"(?<![0-9])([0-9]{1,2}[ -][a-z]{3,9}[ -])([0-9]{2})(?![0-9:])", re.IGNORECASE)
_CTIME: Final = re.compile(
    r"(?P<month>[a-z]{3,9}) {1,2}(?P<day>[0-9]{1,2}) (?P<clock>[0-9:]{5,8})(?P<zone> [a-z0-9+:-]{1,9})? "
    r"(?P<year>[0-9]{4})$",
    re.IGNORECASE,
)
# RFC 822 allows the zone's name as a comment behind its offset.
_COMMENT: Final = re.compile(r" ?\([^()0-9]{1,40}\)$")
_ZONE_NAME: Final = re.compile(r"(?<=[0-9] )(?P<name>[a-z][a-z_/ ]{0,30})$", re.IGNORECASE)
_READABLE_ZONES: Final = frozenset({"gmt", "utc", "z", "ict", "am", "pm", "sa", "ch"})
# The names of RFC 822 that mean one zone (CST is China's too), and those of Hanoi's time.
_ZONES: Final[Mapping[str, str]] = {
    **{"ut": "+0000", "est": "-0500", "edt": "-0400", "mst": "-0700", "mdt": "-0600", "pst": "-0800", "pdt": "-0700"},
    **dict.fromkeys(("asia/ho_chi_minh", "asia/saigon", "asia/bangkok", "se asia standard time"), "+0700"),
}


@dataclass(frozen=True, slots=True)
class FeedDate:
    """The date of publication that an entry of a feed or sitemap states."""

    moment: Moment
    basis: Basis


def written_date(element: str, text: str) -> str | None:
    """Return the form in which a date is kept; None if the text is empty, too long or not printable."""
    line = " ".join(text[: _CHARACTERS_MAX * 10].split())
    return f"{element} {line}" if line and len(line) <= _CHARACTERS_MAX and line.isprintable() else None


def states_publication(written: str) -> bool:
    """Return whether a date is that of the publication, not that of a change."""
    return written.partition(" ")[0].lower() in PUBLISHED


def better_date(known: str | None, other: str | None) -> str | None:
    """Return the date to keep of two that an article's entries stated at different times or places.

    A date of publication that can be read is better than others. Of equals the one that was known first stays, because
    some systems move an entry's date with every change.
    """
    return max(known, other, key=_rank) if known and other else known or other


def _rank(written: str) -> int:
    return states_publication(written) + (read_feed_date(written) is not None)


def read_feed_date(written: str | None, precision: Precision = "second") -> FeedDate | None:
    """Parse a kept date; None if it is not that of a publication, or cannot be read.

    Args:
        written: as `written_date` returned it. It may be from the archive of any version, so anything is allowed.
        precision: the platform's `FEED_PRECISION`.
    """
    element, _, text = (written or "").partition(" ")
    basis = PUBLISHED.get(element.lower())
    moment = _moment(text) if basis else None
    if basis is None or moment is None:
        return None
    return FeedDate(_to_the_day(moment) if precision == "day" else moment, basis)


def credible_dates(
    dates: Mapping[str, str], of_feed: Iterable[str] = (), seen_at: datetime | None = None
) -> dict[str, str]:
    """Return the dates of one feed that can be true, judged by all of them.

    - All within one minute: the system writes when it made the feed.
    - UTC, and just after `seen_at`: the system writes Hanoi's time with UTC's name. No date of that kind counts.
    - Some as `10/14/2024`: the others of that form have the month first too.
    - The minute is always the month's number, from `H:m` in PHP: only the day counts.

    Args:
        dates: by the URL of the entry, in the order of the feed.
        of_feed: texts of dates of the feed itself, for the second rule.
        seen_at: when the feed was received; None if unknown.
    """
    judged = list(islice((date for date in dates.values() if states_publication(date)), _JUDGED_MAX))
    texts = [*(date.partition(" ")[2] for date in judged), *islice(of_feed, _JUDGED_MAX)]
    moments = {text: moment for text in texts if (moment := _moment(text))}
    of_entries = [moments[text] for text in texts[: len(judged)] if text in moments]
    kept = dict(dates)
    if len(of_entries) >= _SIMULTANEOUS_MIN and _is_one_minute(of_entries):
        kept = {url: date for url, date in kept.items() if not states_publication(date)}
    if seen_at and any(_is_ahead(moment, seen_at) for text, moment in moments.items() if _UTC.search(text)):
        kept = {url: date for url, date in kept.items() if not _UTC.search(date)}
    if any(map(_MONTH_FIRST.search, judged)):
        kept = {url: date for url, date in kept.items() if not _SLASHED.search(date)}
    timed = [moment for moment in of_entries if moment.precision != "day"]
    if timed and all(map(_is_minute_of_month, timed)):
        kept = {url: _written_to_the_day(date) for url, date in kept.items()}
    return kept


def _is_one_minute(moments: Sequence[Moment]) -> bool:
    times = [moment.at for moment in moments]
    return max(times) - min(times) < timedelta(minutes=1)


def _is_ahead(moment: Moment, seen_at: datetime) -> bool:
    return moment.precision != "day" and _CLOCK_SKEW < moment.at - seen_at <= _OFFSET_OF_HANOI + _CLOCK_SKEW


def _is_minute_of_month(moment: Moment) -> bool:
    # At the turn of a month, the month as written may be another than in Hanoi.
    days = (moment.at + timedelta(days=number) for number in (-1, 0, 1))
    return moment.at.minute in {day.month for day in days}


def _to_the_day(moment: Moment) -> Moment:
    return replace(moment, at=datetime.combine(moment.day, time(), HANOI_TIME), precision="day")


def _written_to_the_day(written: str) -> str:
    found = read_feed_date(written)
    return f"{written.partition(' ')[0]} {found.moment.day.isoformat()}" if found else written


def _moment(text: str) -> Moment | None:
    """Parse the date of an entry; without an offset it is in Hanoi's time.

    None if the name of its zone is unknown.
    """
    line = _COMMENT.sub("", " ".join(text[:_CHARACTERS_MAX].split()))
    line = _CTIME.sub(r"\g<day> \g<month> \g<year> \g<clock>\g<zone>", line)
    line = _SHORT_YEAR.sub(lambda match: f"{match[1]}{_long_year(int(match[2]))}", line)
    zone = _ZONE_NAME.search(line)
    name = zone["name"].lower() if zone else ""
    if zone and name in _ZONES:
        line = line[: zone.start()] + _ZONES[name]
    elif zone and name not in _READABLE_ZONES:
        return None
    return parse_moment(line) or _compact(line)


def _long_year(year: int) -> int:
    return year + (2000 if year <= _LAST_SHORT_YEAR_OF_2000 else 1900)


def _compact(line: str) -> Moment | None:
    """Parse ISO 8601 without marks, such as `20241014T174100Z`."""
    try:
        at = datetime.fromisoformat(line)
    except ValueError:
        return None
    # At the ends of the calendar, arithmetic with dates overflows.
    if not _YEAR_MIN <= at.year <= _YEAR_MAX:
        return None
    return moment_of(at.date(), at.timetz() if at.tzinfo else at.time().replace(tzinfo=HANOI_TIME))
