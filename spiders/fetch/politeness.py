"""Politeness limits: what a host asks for in its headers and its robots.txt, URL length, and a contact.

Here: pure functions and the bounds up to which a host's wishes are met. Not here: waiting and stopping
(`spiders.fetch.back_off`), or what an operator decides, as quiet hours and budgets are (`warehouse.settings`).
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from protego import Protego

CRAWL_DELAY_MAX_SECONDS: Final = 60.0
"""A host that asks for more between two requests could never be crawled: 5,000 pages take three and a half days so."""

RETRY_AFTER_MAX_SECONDS: Final = 600.0
"""How long a crawl waits for a host without an answer in between, before it ends."""

URL_MAX_CHARACTERS: Final = 2000
"""No portal makes longer ones in earnest; calendars and filters that append to themselves do."""

REDIRECTS_MAX: Final = 5


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
