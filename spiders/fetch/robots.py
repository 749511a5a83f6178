"""Obeys robots.txt and its delay, and requests nothing from a host whose robots.txt is unavailable.

Does not belong here: reading the delay from the rules (see `spiders.fetch.politeness`), and waiting after 429 and 503
responses (see `spiders.fetch.back_off`).
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from spiders.fetch.errors import RobotsDeniedError, RobotsUnavailableError, error_kind
from spiders.fetch.middleware import Middleware, host_of, require_started
from spiders.fetch.politeness import CRAWL_DELAY_MAX_SECONDS, robots_delay_seconds, robots_text
from warehouse.http_policy import HTTP_POLICY

_logger = logging.getLogger(__name__)


class RobotsMiddleware(Middleware):
    """Obeys robots.txt and its delay, and refuses every request to a host whose robots.txt is unavailable.

    It replaces Scrapy's own middleware, which allows every request to such a host, against RFC 9309, 2.3.1.4. Scrapy
    has no public hook to change that: its signal `robots_parsed` (scrapy/scrapy#7830) has neither status nor error.
    Scrapy also ignores Crawl-delay (scrapy/scrapy#892).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._agent: str = crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Future[Protego | Exception | int]] = {}
        # This handler runs after that of AutoThrottle, because Scrapy creates extensions before middlewares.
        crawler.signals.connect(self._keep_delay, signal=signals.response_downloaded)

    async def process_request(self, request: Request) -> None:
        """Raise `RobotsDeniedError` or `RobotsUnavailableError` if the request must not be sent."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        netloc = urlsplit(request.url).netloc
        if netloc not in self._rules:
            self._rules[netloc] = asyncio.ensure_future(self._fetch(request.url))
        fetched = self._rules[netloc]
        rules = fetched.result() if fetched.done() else await asyncio.shield(fetched)
        if not isinstance(rules, Protego):
            raise RobotsUnavailableError(request.url, rules)
        if not rules.can_fetch(request.url, self._agent):
            raise RobotsDeniedError(f"{request.url}: forbidden by robots.txt")

    async def _fetch(self, url: str) -> Protego | Exception | int:
        """Return the rules of a URL's host; if they are unavailable, the exception or the HTTP status."""
        parts = urlsplit(url)
        robots_url = f"{parts.scheme}://{parts.netloc}/robots.txt"
        request = Request(robots_url, meta={"dont_obey_robotstxt": True}, callback=NO_CALLBACK)
        try:
            response = await require_started(self.crawler.engine).download_async(request)
        except Exception as error:  # any error: every request to the host is refused with it
            if error_kind(error) == "redirect_loop":
                # After five redirects it may be taken for missing, which allows every request (RFC 9309, 2.3.1.2).
                _logger.warning("%s redirects more than five times, and is taken for missing", robots_url)
                return Protego.parse("")
            if not isinstance(error, IgnoreRequest):
                _logger.error("Error downloading %s: %s", request, error, exc_info=True)
            return error
        # 429 is treated like 5xx: the host asks for no requests at all.
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return response.status
        # Any other status than 200 allows every request (RFC 9309, 2.3.1.3), so its body is ignored.
        body = response.body[: HTTP_POLICY.robots_bytes_max] if response.status == HTTPStatus.OK else b""
        rules = Protego.parse(robots_text(body))
        self._apply_delay(rules, parts.hostname or "")
        return rules

    def _apply_delay(self, rules: Protego, host: str) -> None:
        """Apply the delay of robots.txt, up to a maximum, if it is longer than that of the portal's file."""
        asked_for = robots_delay_seconds(rules, self._agent)
        if asked_for > CRAWL_DELAY_MAX_SECONDS:
            _logger.warning(
                "%s: robots.txt asks for %g seconds between two requests; the crawl waits %g",
                *(host, asked_for, CRAWL_DELAY_MAX_SECONDS),
            )
        delay = min(asked_for, CRAWL_DELAY_MAX_SECONDS)
        if delay > self.crawler.settings.getfloat("DOWNLOAD_DELAY"):
            downloader = require_started(self.crawler.engine).downloader
            # Set it for the host's slot and for later ones: Scrapy drops a slot after a minute without requests.
            downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
            if (slot := downloader.slots.get(host)) is not None:
                slot.delay, slot.concurrency = delay, 1

    def _keep_delay(self, request: Request) -> None:
        """Restore the delay of robots.txt if AutoThrottle has reduced the delay of the host's slot below it."""
        downloader, host = require_started(self.crawler.engine).downloader, host_of(request)
        if (slot := downloader.slots.get(host)) is not None:
            slot.delay = max(slot.delay, downloader.per_slot_settings.get(host, {}).get("delay", 0.0))
