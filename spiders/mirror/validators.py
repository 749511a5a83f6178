"""Conditional requests as a portal's server answers them: validators on what it sends, 304 where they still match.

Here: HTTP's own rules (RFC 9110, section 13). Not here: which pages of which portal have validators, and whether those
tell the truth (`sites`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

ETAG, LAST_MODIFIED = "ETag", "Last-Modified"


def etag_of(content: bytes, *, is_weak: bool = False) -> str:
    """Return an entity tag of the content; a weak one is of what a page says, whatever else its bytes hold."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f'W/"{digest}"' if is_weak else f'"{digest}"'


def http_date(at: datetime) -> str:
    """Return the moment as HTTP writes it, in whole seconds."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def is_unchanged(asked: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """Tell whether what the asker already has is what it would get.

    Args:
        asked: the request's headers, their names in lower case.
        validators: `ETag` and `Last-Modified` of the answer, where it has them.
    """
    if known := asked.get("if-none-match"):
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return ETAG in validators and bool(tags & {"*", validators[ETAG].removeprefix("W/")})
    if LAST_MODIFIED in validators and (since := asked.get("if-modified-since")):
        try:
            return parsedate_to_datetime(validators[LAST_MODIFIED]) <= parsedate_to_datetime(since)
        except ValueError:  # not a date: HTTP says to answer as if nothing had been asked
            return False
    return False
