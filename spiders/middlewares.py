"""What the crawl adds to Scrapy's downloader: scope, back-off, and the archive.

Here: downloader middlewares and the settings that put them in order. Not here: which links are followed
(`spiders.spider`) or how a process of crawls is run (`spiders.crawl`).
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from spiders.errors import ArchiveError, OutOfScopeError, RobotsUnavailableError

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
    "spiders.middlewares.ArchiveMiddleware": 890,
}


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> PortalSpider:
        return cast("PortalSpider", self.crawler.spider)


class ScopeMiddleware(_Middleware):
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


class BackOffMiddleware(_Middleware):
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


class ArchiveMiddleware(_Middleware):
    """Stores every response in the portal's WARC file, as it came from the network."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Store the response and pass it on.

        Raises:
            ArchiveError: it could not be stored; nothing more is asked of the portal, since it would be lost.
        """
        spider = self.spider
        try:
            spider.archive.write(
                request.url,
                datetime.now(UTC),
                _status_line(response),
                _header_lines(response),
                response.body,
                ip_address=str(response.ip_address) if response.ip_address else None,
                article_key=request.meta.get("article_key"),
            )
        except OSError as error:
            spider.stop(f"the archive cannot be written: {error}")
            raise ArchiveError(f"{request.url} could not be stored: {error}") from error
        return response


def _status_line(response: Response) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    protocol = response.protocol or "HTTP/1.1"
    return f"{protocol} {response.status} {phrase}".rstrip().encode("ascii")


def _header_lines(response: Response) -> list[tuple[bytes, bytes]]:
    headers = cast("dict[bytes, list[bytes]]", response.headers)
    return [(name, value) for name in headers for value in cast("Any", response.headers).getlist(name)]
