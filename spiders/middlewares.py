"""What the crawl adds to Scrapy's downloader: scope and back-off.

Here: downloader middlewares and the settings that put them in order. Not here: the archive (`spiders.archiving`), which
links are followed (`spiders.spider`) or how a process of crawls is run (`spiders.crawl`).
"""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from spiders.errors import OutOfScopeError, RobotsUnavailableError

if TYPE_CHECKING:
    from spiders.spider import PortalSpider

_STOP_CHECK_SECONDS = 0.5

# The archive stands nearest to the network, below content decoding (590) and redirects (600), which would hide the
# bytes as received; scope stands first, so that redirects pass it too.
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "spiders.middlewares.ScopeMiddleware": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.middlewares.RobotsMiddleware": 100,
    "spiders.middlewares.BackOffMiddleware": 560,
    "spiders.archiving.ReplayMiddleware": 790,
    "spiders.archiving.ArchiveMiddleware": 890,
}


class Middleware:
    """What every middleware of ours has: its crawler, and the spider that this one runs."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of a crawler."""
        return cls(crawler)

    @property
    def spider(self) -> PortalSpider:
        """The spider that the crawler runs."""
        return cast("PortalSpider", self.crawler.spider)


class ScopeMiddleware(Middleware):
    """Refuses requests outside the portal's scope: what is left of them after link selection are redirects."""

    def process_request(self, request: Request) -> None:
        """Raise `OutOfScopeError` where the portal's scope does not cover the address."""
        portal = self.spider.portal
        # What does not obey robots.txt is the request for robots.txt, which may lead anywhere (RFC 9309, 2.3.1.2).
        if portal.scope.covers(request.url) or request.meta.get("dont_obey_robotstxt"):
            return
        raise OutOfScopeError(f"{request.url} is out of the scope of portal {portal.slug}")


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt, and asks a host for nothing whose robots.txt could not be had (RFC 9309, 2.3.1.4).

    Scrapy takes such a host for one that allows everything.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unavailable: dict[str, Exception | int] = {}

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise `RobotsUnavailableError` where the host's robots.txt could not be had."""
        reason = self._unavailable.get(urlsplit(request.url).netloc)
        if reason is not None:
            raise RobotsUnavailableError(request.url, reason)
        super().process_request_2(rp, request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._unavailable[netloc] = response.status
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unavailable[netloc] = exc
        super()._robots_error(exc, netloc)


class BackOffMiddleware(Middleware):
    """Waits before a retry, longer each time. Which requests are retried is Scrapy's own affair."""

    async def process_request(self, request: Request) -> None:
        """Sleep as long as the portal's definition asks for before a retry of this number."""
        retries = int(request.meta.get("retry_times", 0))
        # A request that passes here again on its way (after robots.txt, say) waits only once.
        if retries > int(request.meta.get("waited_for_retry", 0)):
            request.meta["waited_for_retry"] = retries
            delays = self.spider.portal.politeness.retry_delays_seconds
            await self._wait(delays[min(retries, len(delays)) - 1])

    async def _wait(self, seconds: float) -> None:
        """Wait, but not beyond the end of a crawl that is told to stop."""
        until = time.monotonic() + seconds
        while self.crawler.crawling and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _STOP_CHECK_SECONDS))
