"""The base class of our downloader middlewares, and the protocol of the spider that they use.

Belongs here: `Middleware`, the protocol `CrawlingSpider` (so that this package does not import `spiders.crawl`), and
helpers of several middlewares. Does not belong here: the middlewares (one module each in this package), and their order
(see `spiders.crawl.settings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.portal import Portal
from warehouse.archive.index.pages import Place
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home

_Part = TypeVar("_Part")


class CrawlingSpider(Protocol):
    """What the middlewares use of a spider, such as `spiders.crawl.spider.PortalSpider`.

    Without crawl state, `known_page` and `feed_date` return None, `conditional_headers` and `stored_pages` are empty,
    and `has_captured` returns False.

    Attributes:
        portal: the portal that is crawled.
        home: the home folder of the archive.
        clock: the clock of the crawl.
        archive: the open WARC file, which stores every response.
        stored_pages: pages that interrupted crawls stored, by URL; replaying one removes it.
        is_stopping: whether the crawl has been told to stop.
    """

    portal: Portal
    home: Home
    clock: Clock
    archive: WarcWriter
    stored_pages: dict[str, Place]
    is_stopping: bool

    def known_page(self, url: str) -> KnownPage | None:
        """Return the last stored 200 response of a URL, which a revisit record may refer to."""

    def feed_date(self, article_key: str) -> str | None:
        """Return the date that feeds and sitemaps state for an article, as `Capture.feed_date`.

        None if none states one.
        """

    def has_captured(self, url: str) -> bool:
        """Return whether this crawl has captured an article at a URL."""

    def conditional_headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers that make the request conditional; empty if it must be unconditional."""

    def stop(self, reason: str) -> None:
        """Stop the crawl; stored responses are kept."""


class Middleware:
    """The base class of our middlewares, with the crawler and its spider."""

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


def require_started(part: _Part | None) -> _Part:
    """Return a crawler's engine or stats; raise `RuntimeError` if it is None: the crawl has not started."""
    if part is None:
        raise RuntimeError("the crawl has not started")
    return part


def header_lines(response: Response) -> list[tuple[bytes, bytes]]:
    """Return name and value of each header line; Scrapy keeps the values of one name together."""
    return [(name, value) for name, values in headers_of(response).items() for value in values]


def headers_of(response: Response) -> dict[bytes, list[bytes]]:
    """Return a copy of the headers: the values of each name.

    Scrapy's own mapping normalises each name that it is asked.
    """
    return dict(dict.items(cast("dict[bytes, list[bytes]]", response.headers)))


def host_of(message: Request | Response) -> str:
    """Return the host name of a request or response."""
    return urlsplit(message.url).hostname or ""
