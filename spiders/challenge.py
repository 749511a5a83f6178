"""Pages that answer 200 and hold no content: the cookie challenge of some `.gov.vn` hosts.

Here: telling such a page by its bytes. Not here: what a crawl makes of it (`spiders.verdict`).
"""

from __future__ import annotations

import re

# The challenge is a page of a few hundred bytes whose script sets a cookie named D1N and reloads; a real page that
# merely mentions the name is longer and shows text.
_CHALLENGE_MAX_BYTES = 4096
_SETS_COOKIE = re.compile(rb"document\s*\.\s*cookie\s*=\s*[\"']?[^;\"']*D1N\s*=|D1N=[0-9a-f]+", re.IGNORECASE)
_RELOADS = re.compile(rb"location\s*\.\s*(?:reload|href|replace)|location\s*=", re.IGNORECASE)


def is_challenge(body: bytes) -> bool:
    """Tell whether a decoded body is a challenge instead of the page that was asked for."""
    return len(body) <= _CHALLENGE_MAX_BYTES and bool(_SETS_COOKIE.search(body)) and bool(_RELOADS.search(body))
