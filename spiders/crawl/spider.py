"""The spider: crawls one portal from its start URLs to its articles and their attachments.

The spider only follows links: everything else on a page can be extracted from the archive later. Belongs here: the
callbacks, from responses to new requests. Does not belong here: storing (see `spiders.fetch.warc`), which links are
followed (see `spiders.crawl.follow_policy`), building requests (see `spiders.crawl.requests`), counting (see
`spiders.crawl.log`), the verdict (see `spiders.crawl.verdict`), and finding links (see `spiders.platforms`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Generator, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from scrapy import Request, Spider, signals
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.crawl import responses
from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog
from spiders.crawl.outcomes.lists import Row, first_of_each, share_an_address
from spiders.crawl.requests import RequestFactory
from spiders.crawl.settling.gate import Gate
from spiders.fetch.errors import AlreadyCapturedError
from spiders.fetch.target import Target, requested_url, target_of
from spiders.pages.html import NotAPage
from spiders.pages.no_content import no_content
from spiders.pages.page import Links, Page, Platform
from spiders.pages.pagination import ListPosition, position_in_list
from spiders.pages.syndication.dates import states_publication
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import page_key
from spiders.platforms.parts.further_pages import next_page
from spiders.platforms.parts.links.onward import leads_on
from spiders.portal import Portal
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home
from warehouse.records import GONE_STATUSES, Purpose

# Pages of a portal link to the same articles.
_LINKS_CACHED_MAX: Final = 10_000


class PortalSpider(Spider):
    """Crawls one portal, and records outcomes in `crawl_log`; implements `CrawlingSpider`."""

    name = "portal"

    def __init__(
        self,
        portal: Portal,
        home: Home,
        clock: Clock,
        archive: WarcWriter,
        policy: FollowPolicy,
        crawl_log: CrawlLog,
        on_progress: Callable[[PortalSpider], None],
        on_closed: Callable[[PortalSpider], None],
        **kwargs: Any,
    ) -> None:
        """Create the spider; it requests nothing yet.

        It calls `on_progress` after each response, and `on_closed` once, when the crawl has ended for any reason.
        """
        super().__init__(**kwargs)
        self.portal = portal
        self.home = home
        self.clock = clock
        self.archive = archive
        self.crawl_log = crawl_log
        self.stored_pages = policy.stored_pages
        self.is_stopping = False
        self._platform: Platform = PLATFORMS[portal.platform]
        self._policy = policy
        self._requests = RequestFactory(portal, policy, crawl_log, self.on_error)
        self._gate = Gate(self._requests, policy, crawl_log)
        self._is_further_page = lru_cache(_LINKS_CACHED_MAX)(partial(responses.is_further_page, portal=portal))
        self._on_progress = on_progress
        self._on_closed = on_closed

    async def start(self) -> AsyncIterator[Request]:
        """Yield the plan's first requests."""
        self.crawler.signals.connect(self.ask_for_the_rest, signal=signals.spider_idle)
        plan, portal = self._policy.plan, self.portal
        # If a backfill knows the portal's lists, it starts with these only.
        knows_lists = bool(plan.bounds and plan.lists)
        feeds = () if plan.bounds else portal.feeds  # feeds have only the newest entries
        starts = [
            *((url, self.parse_sitemap) for url in (() if knows_lists else portal.sitemaps)),
            *((url, self.parse_feed) for url in feeds),
            *((url, self.parse_page) for url in (() if knows_lists else portal.seed_urls)),
        ]
        for url, callback in starts:
            for request in self._requests.request(url, callback, Target("list", is_start=True)):
                yield request
        parse_list = self.parse_sitemap_or_page if knows_lists else self.parse_page
        for url in plan.lists:
            for request in self._requests.request(url, parse_list, Target("list")):
                yield request
        for article in plan.refetch:
            if article.url:
                for request in self._requests.refetch(article.url, article.article_key, self.parse_page):
                    yield request

    def parse_page(self, response: Response) -> Iterator[Request]:
        """Follow a page's links."""
        is_new = yield from self._follow_page(response)
        yield from self._gate.answer(response.request, is_new=is_new)

    @responses.isolated
    def _follow_page(self, response: Response) -> Generator[Request, None, bool | None]:
        """Follow a page's links; return whether it is new in this crawl, or None if that is unknown."""
        key = target_of(response).article_key
        if not self._record(response):
            return False if not key and response.status in GONE_STATUSES else None
        try:
            page = responses.page_of(response, self.portal)
        except NotAPage:
            # The URL returned a file: it is archived, and has no links.
            self.crawl_log.record_file(key)
            return None if key else False
        if onward := leads_on(page):
            yield from self._requests.onward(response, onward, self.parse_page)
            return None
        if without := no_content(page):
            self.crawl_log.record_no_content(response, without)
            if key:
                return None
        links = self._platform.links(page, self.portal)
        if key:
            if self._policy.was_captured(key) and responses.is_replaced(response, page, self.portal):
                self.crawl_log.record_other_page(key)
            else:
                self.crawl_log.record_article(key, page, links)
            if not self._gate.is_new_text(response.url, page, links):
                return False  # its links are those of the page that showed this text first
            if not links.row_count:
                yield from self._follow_next_page(page, target_of(response).purpose)
            yield from self._follow_lists(links.lists)
            bounds = self._policy.plan.bounds
            if not (bounds and bounds.is_bounded):
                yield from self._follow_articles(links.articles)
            is_new = True
        else:
            is_new = yield from self._follow_list(response, page, links)
        yield from self._follow_attachments(links)
        return is_new

    @responses.isolated
    def parse_further_page(self, response: Response) -> Generator[Request, None, None]:
        """Follow the second or a later page of an article: to its attachments and its next page."""
        if not self._record(response):
            return
        try:
            page = responses.page_of(response, self.portal)
        except NotAPage:
            return
        yield from self._follow_next_page(page, target_of(response).purpose)
        yield from self._follow_attachments(self._platform.links(page, self.portal))

    @responses.isolated
    def parse_feed(self, response: Response) -> Generator[Request, None, None]:
        """Follow the entries of a feed."""
        if not self._record(response):
            return
        try:
            feed = responses.feed_of(response, self.clock.now())
        except responses.UnreadError as error:
            self.crawl_log.record_failure(response.request, error.kind)
            return
        if feed.entry_count and not any(map(self._requests.resolve, feed.pages)):
            self.crawl_log.record_failure(response.request, "feed_without_addresses")
        self.crawl_log.list_rows_seen += len(feed.pages)
        self._check_doubted(response, feed.pages)
        yield from self._follow_entries(feed.pages, feed.dates, from_list=response.url)

    @responses.isolated
    def parse_sitemap(self, response: Response) -> Generator[Request, None, None]:
        """Follow a sitemap's articles, and the sitemaps of an index."""
        if not self._record(response):
            return
        try:
            sitemap = responses.sitemap_of(response)
        except responses.UnreadError as error:
            self.crawl_log.record_failure(response.request, error.kind)
            return
        if sitemap.entry_count and not any(map(self._requests.resolve, (*sitemap.pages, *sitemap.sitemaps))):
            self.crawl_log.record_failure(response.request, "sitemap_without_addresses")
        articles = tuple(url for url in sitemap.pages if self._platform.is_article_url(url, self.portal))
        self.crawl_log.list_rows_seen += len(articles)
        for url, changed_at in sitemap.newest_first():
            if self._policy.wants_sitemap(url, changed_at):
                yield from self._requests.request(url, self.parse_sitemap, Target("list"))
        self._check_doubted(response, articles)
        self._check_lastmod(response, articles)
        yield from self._follow_entries(articles, sitemap.dates, from_list=response.url)

    @responses.isolated
    def parse_sitemap_or_page(self, response: Response) -> Generator[Request, None, None]:
        """Follow the links of a list of a backfill, which may be a sitemap or a page."""
        try:
            responses.sitemap_of(response)
        except responses.UnreadError:
            yield from self.parse_page(response)
        else:
            yield from self.parse_sitemap(response)

    def parse_attachment(self, response: Response) -> None:
        """Record an attachment, which is already archived."""
        self._record(response)

    def on_error(self, failure: Failure) -> Iterator[Request]:
        """Record a request that failed, or whose redirect led to an article that came already."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        if isinstance(failure.value, AlreadyCapturedError):
            self.crawl_log.record_repeated(request)
            yield from self._gate.answer(request, is_new=False)
            return
        self.crawl_log.record_error(request, failure.value)
        self._stop_if_portal_is_down()
        yield from self._gate.answer(request, is_new=None)

    def ask_for_the_rest(self) -> None:
        """When all answers are there, send the requests that depend on them.

        Raises:
            DontCloseSpider: there are such requests, so the crawl continues.
        """
        engine = self.crawler.engine
        if engine is None or self.crawl_log.cut_short:
            return
        requests = [*self._gate.release(), *self._requests.for_the_rest(self.parse_page)]
        for request in requests:
            engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def stop(self, reason: str) -> None:
        """Stop the crawl; stored responses are kept."""
        if not self.is_stopping:
            self.is_stopping = True
            self.crawl_log.cut_short = reason
            engine = self.crawler.engine
            if engine is not None:
                self._closing = asyncio.ensure_future(engine.close_spider_async(reason="stopped"))

    def closed(self, reason: str) -> None:
        """Record why the crawl ended, and call `on_closed`."""
        if reason != "finished" and self.crawl_log.cut_short is None:
            self.crawl_log.cut_short = "it was told to stop" if reason == "shutdown" else reason
        self._gate.close()
        self._on_closed(self)

    def known_page(self, url: str) -> KnownPage | None:
        """Return the last stored 200 response of a URL."""
        return self._policy.state.page(url)

    def feed_date(self, article_key: str) -> str | None:
        """Return the date that feeds and sitemaps state for an article; None if none does."""
        return self.crawl_log.articles.feed_date(article_key)

    def has_captured(self, url: str) -> bool:
        """Return whether this crawl has captured an article at a URL."""
        return self.crawl_log.articles.has_page(page_key(url, self.portal))

    def conditional_headers(self, request: Request) -> dict[str, str]:
        """Return the headers that make the request conditional; empty if it must be unconditional."""
        return self._policy.conditional_headers(request.url, target_of(request))

    def _follow_list(self, response: Response, page: Page, links: Links) -> Generator[Request, None, bool]:
        """Follow the links of a page requested as a list; return whether it is new in this crawl."""
        key = page_key(response.url, self.portal)
        position = position_in_list(key)
        every_row = self._rows(page) if links.row_count else []
        if share_an_address(every_row):
            self.crawl_log.record_failure(response.request, "rows_share_address")
        rows = first_of_each(every_row)
        self.crawl_log.list_rows_seen += links.row_count
        # A list without rows, for example during maintenance, remains a list.
        is_list = links.row_count > 0 or self._policy.state.is_list(key)
        if not is_list and (reading := responses.article_on(page, self.portal)):
            link = self._requests.resolve(response.url)
            article = reading.key if link is None or link.article_key == key else link.article_key
            self.crawl_log.record_article_from_list(article or key, response.url, reading)
            is_new = self._gate.is_new_text(response.url, page, links)
        else:
            is_new = False
            self.crawl_log.record_page(response, key, is_list=is_list)
        self._check_doubted(response, [row.url for row in rows])
        changed = self._policy.rows_to_refetch(position.list_url, rows)
        articles = [link for url in links.articles if (link := self._requests.resolve(url))]
        is_new |= self._gate.record_list(key, page, rows, articles)
        keys = [link.article_key for link in articles]
        wants_more = links.row_count > 0 and self._policy.wants_page_after(position, rows, keys)
        self.crawl_log.record_rows(position.list_url, rows)
        unwanted = {row.article_key for row in rows if not self._policy.wants_row(row)}
        is_wanted = wants_more and not self._gate.is_at_end(position)
        yield from self._follow_lists(links.lists, position if is_wanted else None)
        yield from self._follow_articles(links.articles, unwanted, from_list=response.url)
        for row in changed:
            url = self._policy.known_url(row.article_key) or row.url
            yield from self._requests.refetch(url, row.article_key, self.parse_page)
        return is_new

    def _follow_lists(self, urls: Iterable[str], page_before: ListPosition | None = None) -> Iterator[Request]:
        """Follow links to lists; `page_before` is that of `FollowPolicy.wants_list`."""
        for link in map(self._requests.resolve, urls):
            if link is None or self._gate.is_settled(link):
                continue
            if self._policy.wants_list(link.page_key, page_before):
                yield from self._gate.list_page(link, self.parse_page, page_before)

    def _follow_entries(self, urls: Iterable[str], dates: Mapping[str, str], from_list: str) -> Iterator[Request]:
        """Follow the entries of a feed or sitemap, and record their dates before the articles arrive."""
        for url in urls:
            requests = list(self._follow_articles([url], from_list=from_list))
            date, link = dates.get(url), self._requests.resolve(url)
            # A sitemap may have a change of each of a million articles: only those of requested ones are recorded.
            if date and link and (requests or states_publication(date) or self._gate.is_asked(link)):
                self.crawl_log.articles.record_feed_date(link.article_key, date)
            yield from requests

    def _follow_articles(
        self, urls: Iterable[str], unwanted: Container[str] = (), from_list: str | None = None
    ) -> Iterator[Request]:
        for url in urls:
            link = self._requests.resolve(url)
            if link is None or self._is_further_page(link.url):
                continue
            key = link.article_key
            if not self._gate.is_article(link):
                continue
            self.crawl_log.articles.found.add(key)
            if from_list:
                self.crawl_log.articles.record_shown(key, link.url, link.page_key)
            if key in unwanted or not self._policy.wants_article(key, link.url):
                continue
            if from_list and not self._requests.is_article_seen(key):
                self.crawl_log.lists.want_article(key, from_list)
            purpose: Purpose = "refetch" if self._policy.is_missing(key) else "new_article"
            yield from self._gate.article(link, self.parse_page, Target(purpose, key))

    def _follow_next_page(self, page: Page, purpose: Purpose) -> Iterator[Request]:
        """Follow an article's pager. Its pages are no articles: they have no key, and no state of their own."""
        if url := next_page(page):
            yield from self._requests.request(url, self.parse_further_page, Target(purpose))

    def _follow_attachments(self, links: Links) -> Iterator[Request]:
        for url in links.attachments:
            if self._policy.wants_attachment(url):
                yield from self._requests.request(url, self.parse_attachment, Target("attachment"))

    def _rows(self, page: Page) -> list[Row]:
        """Return the rows of a list page; an article may have several."""
        return [
            Row(link.article_key, link.url, row)
            for row in self._platform.list_rows(page)
            if (link := self._requests.resolve(row.url))
        ]

    def _record(self, response: Response) -> bool:
        """Record a response; return whether its status is 200 and it is not a challenge."""
        self._on_progress(self)
        is_page = self.crawl_log.record_response(response)
        if response.meta.get("redirect_urls"):
            self._requests.mark_seen(response.url, target_of(response).article_key)
        if not is_page:
            self._stop_if_portal_is_down()
        return is_page

    def _stop_if_portal_is_down(self) -> None:
        if reason := self.crawl_log.reason_to_give_up:
            self.stop(reason)

    def _check_doubted(self, response: Response, articles: Iterable[str]) -> None:
        """If a list answered 304 but shows unknown articles, record that the 304 was false."""
        if target_of(response).is_doubted and self._requests.shows_unknown(articles):
            self.crawl_log.record_false_answer(response.url)

    def _check_lastmod(self, response: Response, articles: Iterable[str]) -> None:
        """If a sitemap that is unchanged by its index shows unknown articles, record a false `lastmod`."""
        if response.request is None:
            return
        url = requested_url(response.request)
        if self._policy.is_unchanged_by_index(url) and self._requests.shows_unknown(articles):
            self.crawl_log.record_false_lastmod(url)
