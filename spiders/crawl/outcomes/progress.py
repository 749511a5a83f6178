"""How far a crawl is, as a line that people read and the parent process parses.

Does not belong here: when the line is printed (`spiders.crawl.process`), and how it is shown
(`dagster_project.crawls.process`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(
    r"(?P<portal>[a-z0-9-]+): (?P<requests>\d+) of (?P<planned>\d+) requests, (?P<captures>\d+) captures, "
    r"(?P<articles>\d+) articles found"
)


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """The counts of a running crawl.

    Attributes:
        requests: the requests that were taken out of the queue.
        planned: all that were put into it; more may follow, as pages show more links.
        captures: the records in the WARC file.
        articles: the articles that lists, feeds and sitemaps showed.
    """

    portal: str
    requests: int
    planned: int
    captures: int
    articles: int

    def __str__(self) -> str:
        return (
            f"{self.portal}: {self.requests} of {self.planned} requests, {self.captures} captures, "
            f"{self.articles} articles found"
        )

    @classmethod
    def of_line(cls, line: str) -> CrawlProgress | None:
        """Return the counts in a line; None for any other line."""
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        portal, *counts = found.groups()
        return cls(portal, *map(int, counts))
