"""Which of the dates on a page is the article's: candidates ranked by where they stand, and checked against each other.

Here: the choice. Not here: reading a date (`warehouse.text.dates`) or finding where dates stand (each platform).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from warehouse.text.dates import Moment

BASES: Final[dict[str, str]] = {
    "template": "the date line of the platform's own template",
    "date_line": "a visible line beside the headline",
    "microdata": "the page's microdata",
    "json_ld": "the page's JSON-LD",
    "meta": "a meta element",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date on the page and where it stands: one of `BASES`."""

    moment: Moment
    basis: str


@dataclass(frozen=True, slots=True)
class Dated:
    """The date chosen, how it was found, and what is doubtful about it."""

    moment: Moment | None
    basis: str | None
    flags: tuple[str, ...] = ()


def choose_date(candidates: Sequence[Candidate], *, seen_at: datetime | None, portal_from: date | None = None) -> Dated:
    """Return the first candidate."""
    first = next(iter(candidates), None)
    return Dated(first.moment, first.basis) if first else Dated(None, None)
