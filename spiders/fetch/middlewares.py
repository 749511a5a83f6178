"""What the crawl adds to Scrapy's downloader: scope, bounds and manners.

Here: downloader middlewares and the settings that put them in order. Not here: the archive (`spiders.fetch.archiving`),
which links are followed (`spiders.crawl.spider`) or how a process of crawls is run (`spiders.crawl.process`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser, decode_robotstxt
from scrapy.utils._compression import _DecompressionMaxSizeExceeded as DecompressedTooLargeError

from spiders.fetch.errors import (
    DecompressionRatioError,
    OutOfScopeError,
    RobotsUnavailableError,
    StoppedError,
    UrlTooLongError,
)
from spiders.fetch.politeness import (
    CRAWL_DELAY_MAX_SECONDS,
    RETRY_AFTER_MAX_SECONDS,
    URL_MAX_CHARACTERS,
    http_date,
    retry_after_seconds,
    robots_delay_seconds,
)
from warehouse.archive.warc.encoding import unpacked_max_bytes
from warehouse.clock import HANOI_TIME, Clock
from warehouse.settings import Settings as OperatorSettings

if TYPE_CHECKING:
    from spiders.crawl.spider import PortalSpider

_STOP_CHECK_SECONDS = 0.5

_logger = logging.getLogger(__name__)

# The archive stands nearest to the network, below content decoding (590) and redirects (600), which would hide the
# bytes as received; scope stands first, so that redirects pass it too. The budget counts what is sent, so nothing that
# waits or refuses stands below it; the address guard wants to know the proxy (750).
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "spiders.fetch.middlewares.ScopeMiddleware": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.fetch.middlewares.RobotsMiddleware": 100,
    "spiders.fetch.middlewares.BackOffMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "spiders.fetch.middlewares.DecompressionMiddleware": 590,
    "spiders.fetch.archiving.ConditionalMiddleware": 780,
    # What comes from the archive is not sent.
    "spiders.fetch.archiving.ReplayMiddleware": 790,
    "spiders.fetch.connection.ssrf_guard.AddressGuardMiddleware": 800,
    "spiders.fetch.middlewares.QuietHoursMiddleware": 860,
    "spiders.fetch.middlewares.BudgetMiddleware": 870,
    "spiders.fetch.archiving.ArchiveMiddleware": 890,
}
EXTENSIONS: dict[str, int | None] = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "spiders.fetch.middlewares.Throttle": 0,
}
OPERATOR_SETTING: Final = "OPERATOR_SETTINGS"
"""The `warehouse.settings.Settings` that the quiet hours stand in."""
CLOCK_SETTING: Final = "CLOCK"
"""The `warehouse.clock.Clock` that the quiet hours go by."""
BUDGET_SETTING: Final = "REQUESTS_PER_HOST_PER_DAY"
"""How many requests a host gets in a day; 0 for no bound."""
ALREADY_SENT_SETTING: Final = "REQUESTS_SENT_TODAY"
"""How many requests each host, by its name, got today before this crawl."""


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
    """Refuses endless addresses, and those outside the portal's scope: after link selection, these are redirects."""

    def process_request(self, request: Request) -> None:
        """Raise `UrlTooLongError` or, where the portal's scope does not cover the address, `OutOfScopeError`."""
        if len(request.url) > URL_MAX_CHARACTERS:
            raise UrlTooLongError(f"{request.url[:100]}…: {len(request.url)} characters")
        portal = self.spider.portal
        # What does not obey robots.txt is the request for robots.txt, which may lead anywhere (RFC 9309, 2.3.1.2).
        if portal.scope.covers(request.url) or request.meta.get("dont_obey_robotstxt"):
            return
        raise OutOfScopeError(f"{request.url} is out of the scope of portal {portal.slug}")


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt and its delay, and asks a host for nothing whose robots.txt could not be had.

    Scrapy takes such a host for one that allows everything, against RFC 9309, 2.3.1.4. A host that answers 429 wants
    no requests either.
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
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._unavailable[netloc] = response.status
        elif response.status == HTTPStatus.OK:
            self._keep_delay(response.body, urlsplit(request.url).hostname or "")
        await super()._parse_robots(response, netloc, request)

    def _keep_delay(self, robots_txt: bytes, host: str) -> None:
        """Have the downloader wait between two requests as long as the host's robots.txt asks for, up to a bound."""
        rules = Protego.parse(decode_robotstxt(robots_txt, self.crawler.spider))
        asked_for = robots_delay_seconds(rules, self._default_useragent)
        if asked_for > CRAWL_DELAY_MAX_SECONDS:
            _logger.warning(
                "%s: robots.txt asks for %g seconds between two requests; the crawl keeps to %g",
                *(host, asked_for, CRAWL_DELAY_MAX_SECONDS),
            )
        delay = min(asked_for, CRAWL_DELAY_MAX_SECONDS)
        if delay > self.crawler.settings.getfloat("DOWNLOAD_DELAY"):
            downloader = _downloader(self.crawler)
            # For the host's slot, and for the one that takes its place after a minute without requests.
            downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
            if (slot := downloader.slots.get(host)) is not None:
                slot.delay, slot.concurrency = delay, 1

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unavailable[netloc] = exc
        super()._robots_error(exc, netloc)


class BackOffMiddleware(Middleware):
    """Waits before a retry, longer each time, and as long as a host asks for. What is retried is Scrapy's affair."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._free_at: dict[str, float] = {}
        self._waited: Counter[str] = Counter()

    async def process_request(self, request: Request) -> None:
        """Sleep as long as the portal's definition asks for before a retry of this number, and as its host does."""
        seconds = 0.0
        retries = int(request.meta.get("retry_times", 0))
        # A request that passes here again on its way (after robots.txt, say) waits only once.
        if retries > int(request.meta.get("waited_for_retry", 0)):
            request.meta["waited_for_retry"] = retries
            delays = self.spider.portal.politeness.retry_delays_seconds
            seconds = delays[min(retries, len(delays)) - 1]
        await self._wait(max(seconds, self._free_at.get(_host(request), 0.0) - time.monotonic()))

    def process_response(self, request: Request, response: Response) -> Response:
        """Note for how long the host wants no request; end the crawl where that is beyond the bound."""
        host = _host(request)
        if response.status == HTTPStatus.OK:
            self._waited[host] = 0
        if response.status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            return response
        seconds = _retry_after(response)
        if not seconds:
            return response
        self._waited[host] += math.ceil(seconds)
        if self._waited[host] > RETRY_AFTER_MAX_SECONDS:
            request.meta["dont_retry"] = True
            self.spider.stop(f"{host} wants no request for {seconds:g} seconds (status {response.status})")
        self._free_at[host] = time.monotonic() + seconds
        return response

    async def _wait(self, seconds: float) -> None:
        """Wait, but not beyond the end of a crawl that is told to stop."""
        until = time.monotonic() + seconds
        while self.crawler.crawling and (left := until - time.monotonic()) > 0:
            if self.spider.is_stopping:
                raise StoppedError("the crawl is being stopped")
            await asyncio.sleep(min(left, _STOP_CHECK_SECONDS))


class DecompressionMiddleware(HttpCompressionMiddleware):
    """Unpacks bodies, but none that swells as no page does; such a one is refused half way."""

    def _handle_encoding(self, body: bytes, content_encoding: list[bytes], max_size: int) -> tuple[bytes, list[bytes]]:
        ratio_bound = unpacked_max_bytes(len(body))
        try:
            return super()._handle_encoding(body, content_encoding, min(max_size or ratio_bound, ratio_bound))
        except DecompressedTooLargeError as error:
            if max_size and ratio_bound >= max_size:
                raise
            raise DecompressionRatioError(f"{len(body):,} bytes unpack to more than {ratio_bound:,}") from error


class QuietHoursMiddleware(Middleware):
    """Ends the crawl when the quiet hours begin."""

    def process_request(self, request: Request) -> None:
        """Raise `StoppedError` in quiet hours."""
        settings = self.crawler.settings
        until = settings.get(OPERATOR_SETTING, OperatorSettings()).quiet_until(
            settings.get(CLOCK_SETTING, Clock()).now()
        )
        if until is not None:
            self.spider.stop(f"quiet hours last until {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
            raise StoppedError(f"{request.url}: quiet hours")


class BudgetMiddleware(Middleware):
    """Ends the crawl when a host has had as many requests today as it is to have; retries and redirects count."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._budget = crawler.settings.getint(BUDGET_SETTING)
        self.sent = Counter(cast("dict[str, int]", crawler.settings.get(ALREADY_SENT_SETTING, {})))

    def process_request(self, request: Request) -> None:
        """Count the request, or raise `StoppedError` where the budget is used up."""
        host = _host(request)
        if self._budget and self.sent[host] >= self._budget:
            self.spider.stop(f"the budget of {self._budget} requests a day to {host} is used up")
            raise StoppedError(f"{request.url}: the budget is used up")
        self.sent[host] += 1


class Throttle(AutoThrottle):
    """Slows down as a host does, and never below the delay that its robots.txt asks for."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        floor = _downloader(self.crawler).per_slot_settings.get(_host(response), {}).get("delay", 0.0)
        slot.delay = max(slot.delay, floor)


def _downloader(crawler: Crawler) -> Downloader:
    if crawler.engine is None:
        raise RuntimeError("a crawler has a downloader only while it crawls")
    return crawler.engine.downloader


def _host(message: Request | Response) -> str:
    return urlsplit(message.url).hostname or ""


def _retry_after(response: Response) -> float | None:
    """Return the seconds for which the answer asks for no request, by the clock that it shows itself."""
    value, date = response.headers.get("Retry-After"), response.headers.get("Date")
    if value is None:
        return None
    now = http_date(date.decode("latin-1")) if date else None
    return retry_after_seconds(value.decode("latin-1"), now or Clock().now())
