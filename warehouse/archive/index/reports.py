"""The JSON files of crawl reports beside the archive's index, one per crawl.

Does not belong here: when they are written (see `warehouse.archive.index.build`), and the verdict on a crawl (see
`spiders.crawl.verdict`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Final

from warehouse.archive.sealed import read_sealed, sealed
from warehouse.home import CRAWLS_FOLDER, Home
from warehouse.records import CrawlReport, report_from

UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError)
"""Raised by reading and parsing a file of a report or of observations that is damaged, or of another version."""

_FIELDS = [field.name for field in fields(CrawlReport)]


def report_json(report: CrawlReport) -> str:
    """Return a report as JSON with its checksum."""
    return sealed(json.dumps(asdict(report), default=datetime.isoformat, ensure_ascii=False))


def parse_report(text: str | bytes) -> CrawlReport:
    """Parse the JSON of `report_json`.

    Raises:
        ValueError, KeyError, TypeError: the text is not a report, or its keys are those of another version.
    """
    values = read_sealed(text)
    if values.keys() != set(_FIELDS):
        raise ValueError(f"a crawl report must have exactly the keys {', '.join(_FIELDS)}")
    return report_from(values)


def parse_any_report(text: str | bytes) -> CrawlReport:
    """Parse a report of any version; an older one has fewer keys but is usable until rebuilt.

    Raises:
        ValueError, KeyError, TypeError: the text is not a report.
    """
    values = read_sealed(text)
    return report_from({name: value for name, value in values.items() if name in _FIELDS})


def crawl_reports(home: Home, portal: str) -> Iterator[CrawlReport]:
    """Yield the reports of a portal's crawls, newest first; unreadable files are skipped."""
    for stored in reversed(home.storage.list(f"{CRAWLS_FOLDER}/{portal}", ".json")):
        try:
            yield parse_any_report(home.storage.read(stored.key))
        except UNREADABLE:  # the next build rewrites the file
            continue
