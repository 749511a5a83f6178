"""Server side of conditional requests: validators in responses, and 304 if the client's still match.

Belongs here: the rules of HTTP (RFC 9110, section 13). Does not belong here: which pages of which portal have
validators, and whether these are correct (`sites`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

ETAG, LAST_MODIFIED = "ETag", "Last-Modified"


def etag_of(content: bytes, *, is_weak: bool = False) -> str:
    """Return an entity tag of the content; use a weak one if the content is only part of the page."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f'W/"{digest}"' if is_weak else f'"{digest}"'


def http_date(at: datetime) -> str:
    """Return the time in the date format of HTTP, which has no fractions of a second."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def is_unchanged(headers: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """Return whether the client's copy is still current.

    Args:
        headers: of the request, with names in lower case.
        validators: the response's `ETag` and `Last-Modified`, as far as it has them.
    """
    if known := headers.get("if-none-match"):
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return ETAG in validators and bool(tags & {"*", validators[ETAG].removeprefix("W/")})
    if LAST_MODIFIED in validators and (since := headers.get("if-modified-since")):
        try:
            return _parsed(validators[LAST_MODIFIED]) <= _parsed(since)
        except ValueError:  # HTTP requires servers to ignore an invalid date
            return False
    return False


def _parsed(date: str) -> datetime:
    parsed = parsedate_to_datetime(date)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)  # the offset `-0000` means UTC (RFC 5322)
