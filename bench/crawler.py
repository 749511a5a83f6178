"""One crawl of benchmark `crawl`, in its own process, since a Twisted reactor can start only once.

Usage: `python -m bench.crawler CONTENDER URL…` with the start URLs. The last line of output is JSON: pages and seconds.
The time is from the first request to the end of the crawl; for ours, until the archive is complete and indexed.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import HtmlResponse, Response

from spiders.crawl.process import CrawlRun, crawl
from spiders.portal import Portal
from warehouse.clock import Clock as WallClock
from warehouse.home import Home
from warehouse.settings import Settings

CONNECTIONS = 4


class Clock:
    """A Scrapy extension that records the time of the first request and the number of fetched pages."""

    first_request_at: ClassVar[float | None] = None
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
            Clock.first_request_at = time.perf_counter()

    def on_response(self, response: Response) -> None:
        """Count a page."""
        Clock.pages += response.status == 200 and not response.url.endswith("/robots.txt")


class BareSpider(Spider):
    """A spider that follows the same links as the portal's spider and does nothing else.

    Attributes:
        parses_articles: whether to extract links from article pages, as ours does, or only to fetch them.
    """

    name = "bare"
    _LINKS = (
        "ul.navi a::attr(href), ul.lfr-pagination-buttons a::attr(href), a[href*='/-/view_content/']::attr(href), "
        "div.portlet-site-map a::attr(href), div.journal-content-article a[href^='/documents/']::attr(href)"
    )
    _NOT_FOLLOWED = re.compile(r"/(?:vi|en)$|^javascript:")

    def __init__(self, start_urls: list[str], parses_articles: bool, **kwargs: Any) -> None:
        """Set the start URLs."""
        super().__init__(**kwargs)
        self.start_urls = start_urls
        self.parses_articles = parses_articles
        self._seen: set[str] = set(start_urls)

    async def start(self) -> AsyncIterator[Request]:
        """Yield requests for the start URLs."""
        for url in self.start_urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Response) -> Iterator[Request]:
        """Follow each link once."""
        if not isinstance(response, HtmlResponse) or (not self.parses_articles and "/view_content/" in response.url):
            return
        # Skip known links before creating requests, which is the most expensive step here.
        for href in dict.fromkeys(response.css(self._LINKS).getall()):
            url = response.urljoin(href)
            if url not in self._seen and not self._NOT_FOLLOWED.search(href):
                self._seen.add(url)
                yield Request(url, dont_filter=True)


def main(contender: str, starts: list[str]) -> None:
    """Crawl once and print pages and seconds."""
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-bench-") as folder:
        if contender == "ours":
            _crawl_ours(starts, Path(folder))
        else:
            _crawl_bare(starts, Path(folder), parses_articles=contender == "bare")
        ended_at = time.perf_counter()
    if Clock.first_request_at is None:
        raise RuntimeError(f"{contender}: no request was sent")
    print(json.dumps({"pages": Clock.pages, "seconds": ended_at - Clock.first_request_at}))


def _crawl_ours(starts: list[str], folder: Path) -> None:
    portal = Portal.model_validate(
        {
            "slug": "bench",
            "name": "Cổng thử nghiệm",
            "owner": {"office": "Văn phòng thử nghiệm", "administrative_unit": "thành phố Hà Nội"},
            "platform": "liferay_point",
            "seed_urls": starts,
            "scope": {"hosts": [urlsplit(starts[0]).hostname]},
            "politeness": {"delay_seconds": 0, "connections": CONNECTIONS, "pages_max": 1_000_000},
        }
    )
    run = crawl(
        CrawlRun(Home(folder), "bench", Settings(), WallClock(), bounds=None),
        [portal],
        {"EXTENSIONS": {Clock: 0}},
        serves_mirror=True,
    )
    if run.failures or run.reports["bench"].verdict != "ok":
        raise RuntimeError(f"the crawl failed: {run.failures or run.reports['bench']}")


def _crawl_bare(starts: list[str], folder: Path, *, parses_articles: bool) -> None:
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": CONNECTIONS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": CONNECTIONS,
            "CONCURRENT_ITEMS": 1,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "EXTENSIONS": {Clock: 0},
            "LOG_LEVEL": "INFO",
            "LOG_FILE": str(folder / "bare.log"),
        }
    )
    process.crawl(BareSpider, start_urls=starts, parses_articles=parses_articles)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
