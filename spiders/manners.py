"""What good manners come to in figures: quiet hours, what a host asks for in its headers and its robots.txt, a contact.

Here: pure functions and the bounds up to which a host's wishes are met. Not here: waiting and stopping
(`spiders.middlewares`), or where an operator writes them down (`warehouse.settings`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from protego import Protego

from warehouse.clock import HANOI_TIME

CRAWL_DELAY_MAX_SECONDS: Final = 60.0
"""A host that asks for more between two requests could never be crawled: 5,000 pages take three and a half days so."""

RETRY_AFTER_MAX_SECONDS: Final = 600.0
"""How long a crawl waits for a host without an answer in between, before it ends."""

URL_MAX_CHARACTERS: Final = 2000
"""No portal makes longer ones in earnest; calendars and filters that append to themselves do."""

REDIRECTS_MAX: Final = 5


class QuietHours(NamedTuple):
    """A part of each day, in Hanoi, in which nothing is asked; into the next day where `end` is before `begin`."""

    begin: time
    end: time


def parse_quiet_hours(text: str) -> QuietHours:
    """Return the hours that a text such as `22:00-05:30` names.

    Raises:
        ValueError: it names none, or the whole day.
    """
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)", text.strip())
    if not found:
        raise ValueError(f"{text!r} is no part of a day; write it as 22:00-05:30, in the time of Hanoi")
    hours = QuietHours(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))
    if hours.begin == hours.end:
        raise ValueError(f"{text!r} begins when it ends; a portal that is never to be crawled belongs in no schedule")
    return hours


def quiet_until(now: datetime, hours: Sequence[QuietHours]) -> datetime | None:
    """Return when the quiet hours end in which `now` falls, in the time of Hanoi; None where it falls in none.

    Hours that meet or overlap are one. Each begins at its first minute and is over at its last.

    Args:
        now: with a time zone.
        hours: those of every day.
    """
    moment = now.astimezone(HANOI_TIME)
    until = moment
    # Each hours can take the end on once; hours around the whole day have no end, and would go on for ever.
    for _ in hours:
        until = max([until, *(end for one in hours if (end := _end_at(until, one)))])
    return until if until > moment else None


def _end_at(moment: datetime, hours: QuietHours) -> datetime | None:
    """Return when the hours end that `moment`, a time in Hanoi, falls in."""
    for days_ago in (0, 1):
        day = moment.date() - timedelta(days=days_ago)
        begin = datetime.combine(day, hours.begin, HANOI_TIME)
        end = datetime.combine(day + timedelta(days=hours.end < hours.begin), hours.end, HANOI_TIME)
        if begin <= moment < end:
            return end
    return None


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Return for how many seconds a `Retry-After` header asks for no request; None where it says nothing.

    Args:
        value: seconds, or an HTTP date (RFC 9110, 10.2.3).
        now: with a time zone; best what the same answer's `Date` says, since clocks differ.
    """
    text = value.strip()
    if re.fullmatch(r"\d{1,10}", text):
        return float(text)
    until = http_date(text)
    return None if until is None else max(0.0, (until - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """Return the moment that an HTTP date names; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def robots_delay_seconds(rules: Protego, agent: str) -> float:
    """Return the seconds between two requests that a robots.txt asks for, by Crawl-delay or Request-rate; else 0."""
    rate = rules.request_rate(agent)
    return max(rules.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate and rate.requests else 0.0)


def contact_problem(contact: str | None) -> str | None:
    """Return what is wrong with the contact that the user agent is to name; None where it can be written to."""
    if not contact:
        return "is not set"
    if not contact.isascii() or not contact.isprintable() or re.search(r"[\s()<>\"]", contact):
        return f"holds {contact!r}: leave out spaces, brackets, quotes and letters beyond ASCII"
    if re.fullmatch(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?([/?].*)?|(mailto:)?[^@:/]+@[^@:/]+\.[^@:/]+", contact):
        return None
    return f"holds {contact!r}, which is neither an https address nor an e-mail address"
