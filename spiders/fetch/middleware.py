"""The base of our downloader middlewares, and what they need of the spider whose requests they see.

Here: `Middleware`, the protocols that keep this layer from knowing the crawl, and small questions that several
middlewares ask. Not here: any one middleware (each has a module beside this one), or their order
(`spiders.crawl.settings`).
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.portal import Portal
from warehouse.archive.index.pages import Place
from warehouse.archive.state.questions import CrawlState, KnownPage
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home
from warehouse.records import Purpose


class KnownPages(Protocol):
    """What earlier crawls have left."""

    @property
    def state(self) -> CrawlState:
        """What is known of pages and articles."""

    def page_to_believe(self, url: str) -> KnownPage | None:
        """Return what is known of a list whose answer 304 may be trusted; None where it is to be fetched whole."""


class Conditions(Protocol):
    """Which validators a request names."""

    def headers(self, page: KnownPage) -> dict[str, str]:
        """Return the headers that make a request for a known page conditional."""


class RequestCounts(Protocol):
    """Where requests are counted."""

    @property
    def requests_for(self) -> Counter[Purpose]:
        """Requests sent, by purpose."""


class CrawlingSpider(Protocol):
    """What the middlewares need of the spider of a crawl; `spiders.crawl.spider.PortalSpider` is one."""

    @property
    def portal(self) -> Portal:
        """What is crawled."""

    @property
    def home(self) -> Home:
        """Where the archive stands."""

    @property
    def clock(self) -> Clock:
        """What time it is."""

    @property
    def archive(self) -> WarcWriter:
        """Where every response goes."""

    @property
    def frontier(self) -> KnownPages:
        """What earlier crawls have left."""

    @property
    def validators(self) -> Conditions:
        """What requests name, so that what has not changed need not be sent."""

    @property
    def stored_pages(self) -> dict[str, Place]:
        """What an interrupted crawl stored, by address; what is taken from it is removed."""

    @property
    def tally(self) -> RequestCounts:
        """The counts of the crawl."""

    @property
    def is_stopping(self) -> bool:
        """Whether the crawl was told to end."""

    def stop(self, reason: str) -> None:
        """End the crawl; what is stored stays."""


class Middleware:
    """What every middleware of ours has: its crawler, and the spider that this one runs."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of a crawler."""
        return cls(crawler)

    @property
    def spider(self) -> CrawlingSpider:
        """The spider that the crawler runs."""
        return cast("CrawlingSpider", self.crawler.spider)


def downloader_of(crawler: Crawler) -> Downloader:
    """Return the downloader of a crawl that has begun."""
    if crawler.engine is None:
        raise RuntimeError("a crawler has a downloader only while it crawls")
    return crawler.engine.downloader


def host_of(message: Request | Response) -> str:
    """Return the host that a request goes to or a response came from."""
    return urlsplit(message.url).hostname or ""
