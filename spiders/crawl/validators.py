"""Conditional requests: fetch only changed pages from hosts whose 304 responses can be trusted.

Belongs here: the validators of a request (RFC 9110, 13.1), and detecting false `Last-Modified` dates. Does not belong
here: which requests may be conditional (see `spiders.crawl.follow_policy`), setting the headers (see
`spiders.fetch.validators`), and recording 304 responses (see `spiders.crawl.log`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from spiders.fetch.politeness import http_date
from warehouse.archive.observations import HostAnswers
from warehouse.archive.state.queries import KnownPage

# Some caches always answer 304, so each page is fetched unconditionally again after this time.
_TRUSTED_FOR: Final = timedelta(days=3)
# If a host answered 304 to none of this many conditional requests, it does not support them.
_REQUESTS_WITHOUT_304_MAX: Final = 20
# A `Last-Modified` that has advanced by as much as the clock is not the date of a change. NukeViet always sends a date
# of 24 hours ago.
_CLOCK_TOLERANCE: Final = timedelta(minutes=2)
_CLOCK_STEP_MIN: Final = timedelta(minutes=10)


def validator_headers(page: KnownPage, host: HostAnswers, now: datetime) -> dict[str, str]:
    """Return the headers that make a request for a page conditional; empty if a 304 cannot be trusted.

    Args:
        page: what is known of the requested URL.
        host: how its host has answered conditional requests.
        now: the start of the crawl.
    """
    never_answers_304 = host.asked >= _REQUESTS_WITHOUT_304_MAX and host.not_modified == 0
    if host.false or never_answers_304 or now - page.reference.captured_at > _TRUSTED_FOR:
        return {}
    validators = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
    return {name: value for name, value in validators.items() if value}


def netloc_of(url: str) -> str:
    """Return a URL's host with its port; `HostAnswers` are counted per such host."""
    return urlsplit(url).netloc.lower()


def moves_with_clock(page: KnownPage, last_modified: str, captured_at: datetime) -> bool:
    """Return whether a page's `Last-Modified` has advanced by as much as the clock since its last capture."""
    if not page.last_modified:
        return False
    now, before = http_date(last_modified), http_date(page.last_modified)
    if now is None or before is None:
        return False
    passed = captured_at - page.captured_at
    return passed >= _CLOCK_STEP_MIN and abs(now - before - passed) <= _CLOCK_TOLERANCE
