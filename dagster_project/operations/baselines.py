"""A portal's baseline: the usual ranges of the counts of its healthy crawls.

Does not belong here: reading the reports (`warehouse.archive.index.reports`), and the verdict, which the crawl itself
decides (`spiders.crawl.verdict`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from statistics import quantiles

from warehouse.records import HEALTHY_VERDICTS, CrawlReport

COUNTS = (
    "requests",
    "captures",
    "list_rows_seen",
    "articles_found",
    "articles_new",
    "articles_missing",
    "not_modified",
)
_CRAWLS_MAX = 30
# With fewer crawls there is no usual range.
_CRAWLS_MIN = 5


def usual_ranges(report: CrawlReport, earlier: Iterable[CrawlReport]) -> Mapping[str, tuple[float, float]]:
    """Return, by count, the range from the 10th to the 90th percentile of earlier healthy crawls.

    Only the last 30 crawls of the same kind that started before `report` count. `earlier` holds the portal's reports,
    newest first; it may include `report` and later ones. If fewer than five crawls count, the result is empty.
    """
    alike = (
        other
        for other in earlier
        if other.kind == report.kind and other.verdict in HEALTHY_VERDICTS and other.started_at < report.started_at
    )
    compared = list(islice(alike, _CRAWLS_MAX))
    if len(compared) < _CRAWLS_MIN:
        return {}
    return {count: _range([getattr(other, count) for other in compared]) for count in COUNTS}


def _range(values: list[int]) -> tuple[float, float]:
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]
