"""What the crawls of a portal reported, newest first, as the archive keeps it beside its index.

Not here: writing the reports (`warehouse.archive.index.build`), and judging a crawl (`spiders.crawl.verdict`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

from warehouse.home import Home
from warehouse.records import CrawlReport

_FIELDS = {field.name for field in fields(CrawlReport)}


def crawl_reports(home: Home, portal: str) -> Iterator[CrawlReport]:
    """Yield the reports of a portal's crawls, newest first; a file that is being made again is left out."""
    for file in sorted((home.crawls / portal).glob("[!.]*.json"), reverse=True):
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # the next build makes it again from its WARC file
            continue
        times = {name: datetime.fromisoformat(values[name]) for name in ("started_at", "ended_at")}
        yield CrawlReport(**{name: value for name, value in values.items() if name in _FIELDS} | times)
