"""Ends a crawl when the operator's quiet hours begin.

Not here: when they are (`warehouse.settings`), or that no crawl begins in them (`spiders.crawl.process`).
"""

from __future__ import annotations

from typing import Final

from scrapy import Request

from spiders.fetch.errors import StoppedError
from spiders.fetch.middleware import Middleware
from warehouse.clock import HANOI_TIME, Clock
from warehouse.settings import Settings as OperatorSettings

OPERATOR_SETTING: Final = "OPERATOR_SETTINGS"
"""The `warehouse.settings.Settings` that the quiet hours stand in."""
CLOCK_SETTING: Final = "CLOCK"
"""The `warehouse.clock.Clock` that the quiet hours go by."""


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
