"""What is usual for a portal: the range in which the counts of its healthy crawls lie.

Pure; not here: where the reports come from, and the verdict, which is judged by the crawl itself
(`spiders.crawl.verdict`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from statistics import quantiles

from warehouse.records import CrawlReport

COUNTS = (
    "requests",
    "captures",
    "list_rows_seen",
    "articles_found",
    "articles_new",
    "articles_missing",
    "not_modified",
)
HEALTHY = ("ok", "no_news")
# Crawls for a portal's news. Backfills and imports read its past, and say nothing of how it is today.
NEWS_KINDS = ("full", "incremental")
_CRAWLS_MAX = 30
# Of fewer crawls nobody can say what is usual.
_CRAWLS_MIN = 5


def usual_ranges(report: CrawlReport, earlier: Iterable[CrawlReport]) -> Mapping[str, tuple[float, float]]:
    """Return, by count, between which figures eight of ten healthy crawls of the same kind lay.

    Args:
        report: the crawl to be compared.
        earlier: reports of the portal, newest first; those not before `report` are left out.

    Returns:
        Nothing where there are too few to say.
    """
    alike = (
        other
        for other in earlier
        if other.kind == report.kind and other.verdict in HEALTHY and other.started_at < report.started_at
    )
    compared = list(islice(alike, _CRAWLS_MAX))
    if len(compared) < _CRAWLS_MIN:
        return {}
    return {count: _range([getattr(other, count) for other in compared]) for count in COUNTS}


def _range(values: list[int]) -> tuple[float, float]:
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]
