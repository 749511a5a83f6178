"""Signatures: texts or elements of a page that indicate its CMS.

Belongs here: one signature and its weight. Does not belong here: the signatures of each CMS (a constant of its package
in `spiders.platforms`), or deciding on a CMS by all of them (`spiders.onboarding.cms_signatures`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it is slow to load, and crawls know the CMS
    from bs4 import BeautifulSoup


@dataclass(frozen=True, slots=True)
class Signature:
    """A text in a page's source, and optionally an element, that indicate a CMS.

    Attributes:
        points: 3 if almost no other CMS writes it, 1 if others may.
        description: shown to the reader of a portal file.
        pattern: must be found in the source.
        selector: a CSS selector that must find an element; None if the pattern is enough.
    """

    points: int
    description: str
    pattern: re.Pattern[str]
    selector: str | None = None

    def is_in(self, source: str, soup: BeautifulSoup | None) -> bool:
        """Return whether a page has this signature; `soup` is None if the source is not HTML."""
        # The pattern is cheap and rules out nearly every page; a selector visits every element.
        if not self.pattern.search(source):
            return False
        return self.selector is None or (soup is not None and soup.select_one(self.selector) is not None)


def signature(points: int, description: str, pattern: str) -> Signature:
    """Return a signature found by a case-insensitive pattern in the source."""
    return Signature(points, description, re.compile(pattern, re.IGNORECASE))


def class_signature(points: int, name: str) -> Signature:
    """Return a signature found if an element has this class."""
    return Signature(points, f"class {name}", re.compile(re.escape(name)), f".{name}")
