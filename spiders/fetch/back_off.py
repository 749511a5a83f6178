"""Waits as long as the portal's file and its hosts ask for: before retries, after 429 and 503, between requests.

Not here: what is retried, which is Scrapy's affair, or what a `Retry-After` header says (`spiders.fetch.politeness`).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from http import HTTPStatus
from typing import Final

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

from spiders.fetch.errors import StoppedError
from spiders.fetch.middleware import Middleware, downloader_of, host_of
from spiders.fetch.politeness import RETRY_AFTER_MAX_SECONDS, http_date, retry_after_seconds
from warehouse.clock import Clock

_STOP_CHECK_SECONDS: Final = 0.5


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
        await self._wait(max(seconds, self._free_at.get(host_of(request), 0.0) - time.monotonic()))

    def process_response(self, request: Request, response: Response) -> Response:
        """Note for how long the host wants no request; end the crawl where that is beyond the bound."""
        host = host_of(request)
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


class Throttle(AutoThrottle):
    """Slows down as a host does, and never below the delay that its robots.txt asks for."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        floor = downloader_of(self.crawler).per_slot_settings.get(host_of(response), {}).get("delay", 0.0)
        slot.delay = max(slot.delay, floor)


def _retry_after(response: Response) -> float | None:
    """Return the seconds for which the answer asks for no request, by the clock that it shows itself."""
    value, date = response.headers.get("Retry-After"), response.headers.get("Date")
    if value is None:
        return None
    now = http_date(date.decode("latin-1")) if date else None
    return retry_after_seconds(value.decode("latin-1"), now or Clock().now())
