"""Crawl reports as the archive keeps them beside its index: one JSON file a crawl, written and read here alone.

Not here: when they are written (`warehouse.archive.index.build`), and judging a crawl (`spiders.crawl.verdict`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime

from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, report_from

_FIELDS = {field.name for field in fields(CrawlReport)}


def report_json(report: CrawlReport) -> str:
    """Return a report as it stands beside the archive."""
    return json.dumps(asdict(report), default=datetime.isoformat, ensure_ascii=False)


def parse_report(text: str | bytes) -> CrawlReport:
    """Return the report that `report_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is none, or one of another version, which says less or more.
    """
    values = json.loads(text)
    if not isinstance(values, dict) or values.keys() != _FIELDS:
        raise ValueError(
            f"it must have the keys {', '.join(field.name for field in fields(CrawlReport))} and no others"
        )
    return report_from(values)


def parse_any_report(text: str | bytes) -> CrawlReport:
    """Return a report of whichever version: one of an earlier one says less, and is of use until it is made again.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("it is no report")
    return report_from({name: value for name, value in values.items() if name in _FIELDS})


def crawl_reports(home: Home, portal: str) -> Iterator[CrawlReport]:
    """Yield the reports of a portal's crawls, newest first; a file that is being made again is left out."""
    for stored in reversed(home.storage.list(f"{CRAWLS_FOLDER}/{portal}", ".json")):
        try:
            yield parse_any_report(home.storage.read(stored.key))
        except (OSError, ValueError, KeyError, TypeError):  # the next build makes it again
            continue
