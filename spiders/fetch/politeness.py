"""Politeness: Retry-After, robots.txt, and the operator's contact.

Belongs here: pure functions, and the maximum waits. Does not belong here: waiting and stopping (see
`spiders.fetch.back_off`), limits of an answer (see `warehouse.http_policy`), and the operator's quiet hours and budgets
(see `warehouse.settings`).
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from protego import Protego
from w3lib.encoding import read_bom

CRAWL_DELAY_MAX_SECONDS: Final = 60.0
"""Longer delays are reduced to this one, with which 5,000 pages already take three and a half days."""

RETRY_AFTER_MAX_SECONDS: Final = 600.0
"""A crawl stops if the waits that a host asks for add up to more, without a 200 response in between."""


# At the ends of the calendar, arithmetic with dates overflows; HTTP has no dates before 1970.
_YEAR_MIN, _YEAR_MAX = 1970, 9998


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Return the wait that a `Retry-After` header asks for, in seconds; None if it is invalid.

    Args:
        value: seconds, or an HTTP date (RFC 9110, 10.2.3).
        now: with a time zone; preferably the `Date` of the same response, since clocks differ.
    """
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,10}", text):
        return float(text)
    until = http_date(text)
    return None if until is None else max(0.0, (until - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """Return the time of an HTTP date; None if it is invalid or has no time zone."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # the parser was written for well-formed mail
        return None
    return moment if moment.tzinfo and _YEAR_MIN <= moment.year <= _YEAR_MAX else None


def robots_text(body: bytes) -> str:
    """Return the text of robots.txt.

    It is UTF-8 (RFC 9309, 2.3), or what its byte-order mark says: some editors save UTF-16. Bytes of other
    characters are left out; rules are ASCII.
    """
    charset, mark = read_bom(body)
    return body.removeprefix(mark or b"").decode(charset or "utf-8", "ignore")


def robots_delay_seconds(rules: Protego, agent: str) -> float:
    """Return the delay between requests in robots.txt (Crawl-delay, Request-rate), in seconds; 0 if none."""
    rate = rules.request_rate(agent)
    try:
        of_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
    except OverflowError:  # numbers of hundreds of digits
        of_rate = math.inf
    delays = (rules.crawl_delay(agent) or 0.0, of_rate)
    return max(0.0, *(delay for delay in delays if not math.isnan(delay)))


def contact_problem(contact: str | None) -> str | None:
    """Return what is wrong with the contact for the User-Agent, as a predicate; None if it is valid."""
    if not contact:
        return "is not set"
    if not contact.isascii() or not contact.isprintable() or re.search(r"[\s()<>\"]", contact):
        return f"is {contact!r}, but must be ASCII without spaces, brackets and quotes"
    if re.fullmatch(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?([/?].*)?|(mailto:)?[^@:/]+@[^@:/]+\.[^@:/]+", contact):
        return None
    return f"is {contact!r}, which is neither a web address nor an e-mail address"
