"""Obeys robots.txt, its delay included, and asks nothing of a host whose robots.txt could not be had.

Not here: reading the delay out of the rules (`spiders.fetch.politeness`), or slowing down as a host does
(`spiders.fetch.back_off`).
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.robotstxt import RobotParser, decode_robotstxt

from spiders.fetch.errors import RobotsUnavailableError
from spiders.fetch.middleware import downloader_of
from spiders.fetch.politeness import CRAWL_DELAY_MAX_SECONDS, robots_delay_seconds

_logger = logging.getLogger(__name__)


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
            downloader = downloader_of(self.crawler)
            # For the host's slot, and for the one that takes its place after a minute without requests.
            downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
            if (slot := downloader.slots.get(host)) is not None:
                slot.delay, slot.concurrency = delay, 1

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unavailable[netloc] = exc
        super()._robots_error(exc, netloc)
