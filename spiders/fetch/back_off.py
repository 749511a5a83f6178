"""Waits before retries, and as long as the `Retry-After` of a 429 or 503 response asks.

Does not belong here: choosing which requests are retried (Scrapy does), and parsing `Retry-After` (see
`spiders.fetch.politeness`).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.fetch.errors import StoppedError
from spiders.fetch.middleware import Middleware, host_of
from spiders.fetch.politeness import RETRY_AFTER_MAX_SECONDS, http_date, retry_after_seconds
from spiders.fetch.target import target_of
from warehouse.clock import Clock

_STOP_CHECK_SECONDS: Final = 0.5


class BackOffMiddleware(Middleware):
    """Waits before each retry as the portal's file says, and as long as a host asks."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._free_at: dict[str, float] = {}
        self._waited: Counter[str] = Counter()

    async def process_request(self, request: Request) -> None:
        """Sleep until the delay of this retry and the `Retry-After` of the host have both passed."""
        seconds = 0.0
        retries = int(request.meta.get("retry_times", 0))
        # A retry passes here again after a redirect, but must wait only once.
        target = target_of(request)
        if retries > target.retries_waited:
            replace(target, retries_waited=retries).attach_to(request)
            delays = self.spider.portal.politeness.retry_delays_seconds
            seconds = delays[min(retries, len(delays)) - 1]
        await self._wait(max(seconds, self._free_at.get(host_of(request), 0.0) - time.monotonic()))

    def process_response(self, request: Request, response: Response) -> Response:
        """Note until when the host wants no requests; stop the crawl if its waits add up to too much."""
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
        """Wait; raise `StoppedError` as soon as the crawl is being stopped."""
        until = time.monotonic() + seconds
        while self.crawler.crawling and (left := until - time.monotonic()) > 0:
            if self.spider.is_stopping:
                raise StoppedError("the crawl is being stopped")
            await asyncio.sleep(min(left, _STOP_CHECK_SECONDS))


def _retry_after(response: Response) -> float | None:
    """Return a response's `Retry-After` in seconds, relative to its `Date`; None if missing or invalid."""
    value, date = response.headers.get("Retry-After"), response.headers.get("Date")
    if value is None:
        return None
    now = http_date(date.decode("latin-1")) if date else None
    return retry_after_seconds(value.decode("latin-1"), now or Clock().now())
