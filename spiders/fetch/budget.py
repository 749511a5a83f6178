"""Ends a crawl when a host has had its requests of the day.

Not here: how many these are (`warehouse.settings`), or which share of them a backfill has (`spiders.crawl.process`).
"""

from __future__ import annotations

from collections import Counter
from typing import Final, cast

from scrapy import Request
from scrapy.crawler import Crawler

from spiders.fetch.errors import StoppedError
from spiders.fetch.middleware import Middleware, host_of

BUDGET_SETTING: Final = "REQUESTS_PER_HOST_PER_DAY"
"""How many requests a host gets in a day; 0 for no bound."""
ALREADY_SENT_SETTING: Final = "REQUESTS_SENT_TODAY"
"""How many requests each host, by its name, got today before this crawl."""


class BudgetMiddleware(Middleware):
    """Ends the crawl when a host has had as many requests today as it is to have; retries and redirects count."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._budget = crawler.settings.getint(BUDGET_SETTING)
        self.sent = Counter(cast("dict[str, int]", crawler.settings.get(ALREADY_SENT_SETTING, {})))

    def process_request(self, request: Request) -> None:
        """Count the request, or raise `StoppedError` where the budget is used up."""
        host = host_of(request)
        if self._budget and self.sent[host] >= self._budget:
            self.spider.stop(f"the budget of {self._budget} requests a day to {host} is used up")
            raise StoppedError(f"{request.url}: the budget is used up")
        self.sent[host] += 1
