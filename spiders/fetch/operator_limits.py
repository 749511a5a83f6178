"""Stops a crawl at the operator's limits: requests per host and day, and quiet hours.

Does not belong here: the limits themselves (see `warehouse.settings`), the share of a backfill (see
`spiders.crawl.settings`), and refusing to start a crawl in quiet hours (see `spiders.crawl.process`).
"""

from __future__ import annotations

from collections import Counter
from typing import Final, cast

from scrapy import Request
from scrapy.crawler import Crawler

from spiders.fetch.errors import StoppedError
from spiders.fetch.middleware import Middleware, host_of
from warehouse.clock import HANOI_TIME, Clock
from warehouse.settings import Settings as OperatorSettings

BUDGET_SETTING: Final = "REQUESTS_PER_HOST_PER_DAY"
"""Setting: maximum requests to a host in a day; 0 for no limit."""
ALREADY_SENT_SETTING: Final = "REQUESTS_SENT_TODAY"
"""Setting: requests sent today before this crawl, by host name; see `spiders.crawl.settings.budget_settings`."""
OPERATOR_SETTING: Final = "OPERATOR_SETTINGS"
"""Setting: the `warehouse.settings.Settings` with the quiet hours."""
CLOCK_SETTING: Final = "CLOCK"
"""Setting: the `warehouse.clock.Clock` of the crawl."""


class BudgetMiddleware(Middleware):
    """Stops the crawl when a host's daily budget is used up; retries, redirects and robots.txt count."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._budget = crawler.settings.getint(BUDGET_SETTING)
        self.sent = Counter(cast("dict[str, int]", crawler.settings.get(ALREADY_SENT_SETTING, {})))

    def process_request(self, request: Request) -> None:
        """Count the request; raise `StoppedError` if the budget is used up."""
        host = host_of(request)
        if self._budget and self.sent[host] >= self._budget:
            self.spider.stop(f"the budget of {self._budget} requests a day to {host} is used up")
            raise StoppedError(f"{request.url}: the budget is used up")
        self.sent[host] += 1


class QuietHoursMiddleware(Middleware):
    """Stops the crawl when the quiet hours begin."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._clock: Clock = crawler.settings.get(CLOCK_SETTING, Clock())
        self._settings: OperatorSettings = crawler.settings.get(OPERATOR_SETTING, OperatorSettings())

    def process_request(self, request: Request) -> None:
        """Raise `StoppedError` in quiet hours."""
        until = self._settings.quiet_until(self._clock.now())
        if until is not None:
            self.spider.stop(f"quiet hours last until {until.astimezone(HANOI_TIME):%H:%M} in Hanoi")
            raise StoppedError(f"{request.url}: quiet hours")
