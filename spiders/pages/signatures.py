"""What in a page's source speaks for the system that made it.

Here: one sign and its weight. Not here: the signs of a system (a constant of its package in `spiders.platforms`), or
which system they tell together (`spiders.onboarding.cms_signatures`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """Something in a page's source that speaks for a system.

    Attributes:
        points: 3 for what hardly any other system writes, 1 for what others may write too.
        says: the signature in words, for the reader of a portal file.
        pattern: searched in the source.
    """

    points: int
    says: str
    pattern: re.Pattern[str]


def signature(points: int, says: str, pattern: str) -> Signature:
    """Return the signature that a pattern finds, in capitals or not."""
    return Signature(points, says, re.compile(pattern, re.IGNORECASE))


def class_signature(points: int, name: str) -> Signature:
    """Return the signature that an element has the class."""
    return signature(points, f"class {name}", rf"class=[\"'](?:[^\"'<>]{{0,200}}\s)?{re.escape(name)}[\s\"']")
