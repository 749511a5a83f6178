"""The spider of a survey or a probe: fetches pages until the survey or probe needs no more.

Belongs here: requests, and the outcome of each. Does not belong here: which pages are needed (see
`spiders.onboarding.survey` and `spiders.onboarding.probe`), the process (see `spiders.onboarding.process`), and what
all crawls share: storing responses, robots.txt, redirects and limits (see `spiders.fetch`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.fetch.errors import error_kind
from spiders.fetch.target import Target, requested_url, target_of
from spiders.onboarding.captures import CapturedPage, Captures, FetchError, NotFetchedError
from spiders.pages.challenge import challenge_kind
from spiders.portal import Portal
from warehouse.archive.index.pages import Place
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home


class OnboardingSpider(Spider):
    """Fetches a few pages of a portal; the other attributes are those of `middleware.CrawlingSpider`.

    Attributes:
        portal: the definition whose scope requests must not leave; in a survey, any host until there is a home page.
        outcomes: pages and errors, by requested URL.
    """

    name = "onboarding"

    def __init__(
        self,
        portal: Portal,
        home: Home,
        clock: Clock,
        archive: WarcWriter,
        examine: Callable[[Captures], object],
        on_closed: Callable[[OnboardingSpider], None],
        **kwargs: Any,
    ) -> None:
        """Create the spider; `examine` is a pure function; it raises `NotFetchedError` to get more pages."""
        super().__init__(**kwargs)
        self.portal = portal
        self.home = home
        self.clock = clock
        self.archive = archive
        self.stored_pages: dict[str, Place] = {}
        self.outcomes: dict[str, CapturedPage | FetchError] = {}
        self.is_stopping = False
        self._examine = examine
        self._on_closed = on_closed
        self._pending: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider; a signal gives it the robots.txt responses, which have no callback."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.record_robots_txt, signal=signals.response_received)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield the first requests."""
        for request in self._next_requests():
            yield request

    def record_page(self, response: Response, url: str) -> list[Request]:
        """Record the response to a requested URL; return the next requests."""
        self._record(url, response)
        return self._next_requests(url)

    def record_failure(self, failure: Failure) -> list[Request]:
        """Record why a requested URL could not be fetched; return the next requests."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        url = request.cb_kwargs["url"]
        self.outcomes[url] = FetchError(error_kind(failure.value), request.url)
        return self._next_requests(url)

    def record_robots_txt(self, response: Response, request: Request) -> None:
        """Record a robots.txt, which a Scrapy middleware requests, not this spider."""
        if target_of(request).purpose == "robots":
            self._record(requested_url(request), response)

    def feed_date(self, _article_key: str) -> None:
        """Return None: a survey or probe reads pages as they are."""

    def known_page(self, url: str) -> KnownPage | None:
        """Return None: there is no earlier crawl."""
        return None

    def has_captured(self, url: str) -> bool:
        """Return False: every page is wanted for itself."""
        return False

    def conditional_headers(self, request: Request) -> Mapping[str, str]:
        """Return no headers: every page is fetched in full."""
        return {}

    def stop(self, reason: str) -> None:
        """Stop fetching; stored responses are kept."""
        if not self.is_stopping and self.crawler.engine is not None:
            self.is_stopping = True
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason))

    def closed(self, reason: str) -> None:
        """Report that the spider has ended."""
        self._on_closed(self)

    def _record(self, url: str, response: Response) -> None:
        # Check for a challenge first: it may have any status, and its kind is more specific.
        kind = challenge_kind(response.body) or (error_kind(response.status) if response.status != 200 else None)
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1") or None
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        )
        page = CapturedPage(url, response.url, response.body, content_type, self.clock.now(), headers)
        self.outcomes[url] = FetchError(kind, response.url) if kind else page

    def _next_requests(self, done: str | None = None) -> list[Request]:
        """Return the next requests; none while an earlier request has no outcome."""
        self._pending.discard(done or "")
        if self._pending:
            return []
        try:
            self._examine(Captures(self.outcomes, is_complete=False))
        except NotFetchedError as error:
            self._pending.update(error.urls)
            self.portal = error.portal
            return [self._request(url) for url in error.urls]
        except FetchError:  # home page failed: the survey raises it again later
            pass
        return []

    def _request(self, url: str) -> Request:
        request = Request(url, self.record_page, errback=self.record_failure, cb_kwargs={"url": url}, dont_filter=True)
        return Target("list").attach_to(request)
