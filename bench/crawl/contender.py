"""One crawl of benchmark `crawl`, in its own process, since a Twisted reactor can start only once.

Usage: `python -m bench.crawl.contender CONTENDER ANSWERS` with the file of `bench.crawl.memory` that answers the
requests, or `-` if a server does. The last line of output is JSON: pages, seconds, and seconds of processor time. The
time is from the first request to the end of the crawl; for ours, until the archive is complete and indexed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, Self

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response

from bench.crawl.bare import FILE_SETTING, BareSpider, ReadingSpider
from bench.crawl.memory import ANSWERS_SETTING, MemoryDownloadHandler, read_answers
from bench.crawl.portal import CONNECTIONS, PORTAL
from spiders.crawl.process import CrawlRun, crawl
from spiders.crawl.settings import EXTENSIONS
from warehouse.clock import Clock as WallClock
from warehouse.home import Home
from warehouse.settings import Settings


class Clock:
    """A Scrapy extension that records the time of the first request and the number of fetched pages."""

    first_request_at: ClassVar[float | None] = None
    processed_before: ClassVar[float] = 0.0
    pages: ClassVar[int] = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the crawler's signals."""
        clock = cls()
        crawler.signals.connect(clock.on_request, signals.request_reached_downloader)
        crawler.signals.connect(clock.on_response, signals.response_received)
        return clock

    def on_request(self) -> None:
        """Start the clock."""
        if Clock.first_request_at is None:
            Clock.first_request_at, Clock.processed_before = time.perf_counter(), time.process_time()

    def on_response(self, response: Response) -> None:
        """Count a page."""
        Clock.pages += response.status == 200 and not response.url.endswith("/robots.txt")


class Bare(NamedTuple):
    """A kind of bare spider.

    Attributes:
        spider: its class.
        settings: its Scrapy settings, besides those of all bare spiders.
    """

    spider: type[BareSpider] = BareSpider
    settings: Mapping[str, Any] = {}


_STORING: Final = {"ROBOTSTXT_OBEY": True, "DOWNLOADER_MIDDLEWARES": {"bench.crawl.bare.StoringMiddleware": 890}}
BARE: Final = {
    "bare": Bare(),
    "storing": Bare(settings=_STORING),
    "reading": Bare(ReadingSpider, settings=_STORING),
}
"""The bare spiders by name: each does more than the one before it."""


def main(contender: str, answers: str) -> None:
    """Crawl once and print pages and seconds."""
    settings: dict[str, Any] = {"EXTENSIONS": {**EXTENSIONS, Clock: 0}}
    if answers != "-":
        settings |= {ANSWERS_SETTING: read_answers(Path(answers)), "DOWNLOAD_HANDLERS": {"http": MemoryDownloadHandler}}
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        if contender == "ours":
            _crawl_ours(Path(folder), settings)
        else:
            _crawl_bare(Path(folder), settings, BARE[contender])
        ended_at, processed = time.perf_counter(), time.process_time()
    if Clock.first_request_at is None:
        raise RuntimeError(f"{contender}: no request was sent")
    seconds = {"seconds": ended_at - Clock.first_request_at, "processor_seconds": processed - Clock.processed_before}
    print(json.dumps({"pages": Clock.pages, **seconds}))


def _crawl_ours(folder: Path, settings: Mapping[str, Any]) -> None:
    run = crawl(
        CrawlRun(Home(folder), "bench", Settings(), WallClock(), bounds=None), [PORTAL], settings, serves_mirror=True
    )
    if run.failures or run.reports[PORTAL.slug].verdict != "ok":
        raise RuntimeError(f"the crawl failed: {run.failures or run.reports[PORTAL.slug]}")


def _crawl_bare(folder: Path, settings: Mapping[str, Any], bare: Bare) -> None:
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": CONNECTIONS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": CONNECTIONS,
            "CONCURRENT_ITEMS": 1,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "LOG_LEVEL": "INFO",
            "LOG_FILE": str(folder / "bare.log"),
            FILE_SETTING: folder / "bare.warc.gz",
            **settings,
            **bare.settings,
        }
    )
    process.crawl(bare.spider)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
