"""How the hosts of one crawl answered conditional requests.

Belongs here: the counts per host. Does not belong here: whether a 304 response can be trusted (see
`spiders.crawl.validators`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Final

from spiders.crawl.validators import netloc_of
from warehouse.archive.observations import HostAnswers

_COUNTS: Final = tuple(field.name for field in fields(HostAnswers))


class HostOutcomes:
    """Counts of one crawl."""

    def __init__(self) -> None:
        """Start without counts."""
        self._counts: dict[str, Counter[str]] = {}

    def count(self, url: str, *counts: str) -> None:
        """Add 1 to each named count of the URL's host; the names are the fields of `HostAnswers`."""
        self._counts.setdefault(netloc_of(url), Counter()).update(counts)

    def answers(self) -> dict[str, HostAnswers]:
        """Return the counts by host."""
        return {host: HostAnswers(*(counts[name] for name in _COUNTS)) for host, counts in self._counts.items()}
