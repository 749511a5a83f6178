"""The spider: crawls one portal from its start URLs to its articles and their attachments.

The spider only follows links: everything else on a page can be extracted from the archive later. Belongs here: the
callbacks, from responses to new requests. Does not belong here: storing (see `spiders.fetch.warc`), which links are
followed (see `spiders.crawl.follow_policy`), building requests (see `spiders.crawl.requests`), counting (see
`spiders.crawl.log`), the verdict (see `spiders.crawl.verdict`), and finding links (see `spiders.platforms`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator, Mapping
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog, Row
from spiders.crawl.requests import RequestFactory
from spiders.fetch.target import Target, target_of
from spiders.pages.feed_dates import states_publication
from spiders.pages.feeds import NotXmlError, read_feed, read_sitemap
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.no_content import no_content
from spiders.pages.page import Links, Page, Platform
from spiders.pages.pagination import ListPosition, position_in_list
from spiders.platforms import PLATFORMS
from spiders.platforms.parts.further_pages import first_urls, next_page
from spiders.portal import Portal
from warehouse.archive.state.queries import KnownPage
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home


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
        self._on_progress = on_progress
        self._on_closed = on_closed

    async def start(self) -> AsyncIterator[Request]:
        """Yield the plan's first requests."""
        self.crawler.signals.connect(self.refetch_unchanged_lists, signal=signals.spider_idle)
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
                for request in self._refetch(article.url, article.article_key):
                    yield request

    def parse_page(self, response: Response) -> Iterator[Request]:
        """Follow a page's links."""
        if not self._record(response):
            return
        key = target_of(response).article_key
        try:
            page = parse_page(response.body, response.url, _content_type(response)).of(self.portal)
        except NotAPage:
            # The URL returned a file: it is archived, and has no links.
            self.crawl_log.record_file(key)
            return
        if without := no_content(page):
            self.crawl_log.record_no_content(response, without)
            if key:
                return
        links = self._platform.links(page, self.portal)
        if key:
            self.crawl_log.record_article(key, page, links)
            if not links.row_count:
                yield from self._follow_next_page(page)
            yield from self._follow_lists(links.lists)
            bounds = self._policy.plan.bounds
            if not (bounds and bounds.is_bounded):
                yield from self._follow_articles(links.articles)
        else:
            yield from self._follow_list(response, page, links)
        yield from self._follow_attachments(links)

    def parse_further_page(self, response: Response) -> Iterator[Request]:
        """Follow the second or a later page of an article: to its attachments and its next page."""
        if not self._record(response):
            return
        try:
            page = parse_page(response.body, response.url, _content_type(response)).of(self.portal)
        except NotAPage:
            return
        yield from self._follow_next_page(page)
        yield from self._follow_attachments(self._platform.links(page, self.portal))

    def parse_feed(self, response: Response) -> Iterator[Request]:
        """Follow the entries of a feed."""
        if not self._record(response):
            return
        try:
            feed = read_feed(response.body, response.url, self.clock.now())
        except NotXmlError:
            self.crawl_log.record_failure(response.request, "not_a_feed")
            return
        self.crawl_log.list_rows_seen += len(feed.pages)
        self._check_doubted(response, feed.pages)
        yield from self._follow_entries(feed.pages, feed.dates)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Follow a sitemap's articles, and the sitemaps of an index."""
        if not self._record(response):
            return
        try:
            sitemap = read_sitemap(response.body, response.url)
        except NotXmlError:
            self.crawl_log.record_failure(response.request, "not_a_sitemap")
            return
        articles = tuple(url for url in sitemap.pages if self._platform.is_article_url(url, self.portal))
        self.crawl_log.list_rows_seen += len(articles)
        for url, changed_at in sitemap.sitemaps.items():
            if self._policy.wants_sitemap(url, changed_at):
                yield from self._requests.request(url, self.parse_sitemap, Target("list"))
        self._check_doubted(response, articles)
        yield from self._follow_entries(articles, sitemap.dates, from_list=response.url)

    def parse_sitemap_or_page(self, response: Response) -> Iterator[Request]:
        """Follow the links of a list of a backfill, which may be a sitemap or a page."""
        try:
            read_sitemap(response.body, response.url)
        except NotXmlError:
            return self.parse_page(response)
        return self.parse_sitemap(response)

    def parse_attachment(self, response: Response) -> None:
        """Record an attachment, which is already archived."""
        self._record(response)

    def on_error(self, failure: Failure) -> None:
        """Record a request that failed without a response."""
        self.crawl_log.record_error(failure.request, failure.value)  # type: ignore[attr-defined]  # Scrapy sets it
        self._stop_if_portal_is_down()

    def refetch_unchanged_lists(self) -> None:
        """If the crawl found new articles, refetch unconditionally every list that answered 304.

        Raises:
            DontCloseSpider: there are such lists, so the crawl continues.
        """
        log, engine = self.crawl_log, self.crawler.engine
        unchanged, log.unchanged_lists = log.unchanged_lists, {}
        if not unchanged or not log.articles_new() or log.cut_short or engine is None:
            return
        for url, request in unchanged.items():
            if request.callback is not None:
                engine.crawl(self._requests.build(url, request.callback, Target("list", is_doubted=True)))
        raise DontCloseSpider

    def stop(self, reason: str) -> None:
        """Stop the crawl; stored responses are kept."""
        # This reason replaces that of the page limit, which does not stop a crawl.
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
        self._on_closed(self)

    def known_page(self, url: str) -> KnownPage | None:
        """Return the last stored 200 response of a URL."""
        return self._policy.state.page(url)

    def feed_date(self, article_key: str) -> str | None:
        """Return the date that feeds and sitemaps state for an article; None if none does."""
        return self.crawl_log.feed_date(article_key)

    def conditional_headers(self, request: Request) -> dict[str, str]:
        """Return the headers that make the request conditional; empty if it must be unconditional."""
        return self._policy.conditional_headers(request.url, target_of(request))

    def _follow_list(self, response: Response, page: Page, links: Links) -> Iterator[Request]:
        """Follow the links of a page that is not an article: to articles, the next page, and other lists."""
        canonical_url = self._platform.canonical_url(response.url)
        position = position_in_list(canonical_url)
        rows = self._rows(page) if links.row_count else []
        self.crawl_log.list_rows_seen += links.row_count
        self._requests.mark_seen(canonical_url)  # another URL may have redirected here
        # A list without rows, for example during maintenance, remains a list.
        is_list = links.row_count > 0 or self._policy.state.is_list(canonical_url)
        self.crawl_log.record_page(response, canonical_url, is_list=is_list)
        self._check_doubted(response, [row.url for row in rows])
        changed = self._policy.rows_to_refetch(position.list_url, rows)
        keys = [link.article_key for url in links.articles if (link := self._requests.resolve(url))]
        wants_more = links.row_count > 0 and self._policy.wants_page_after(position, rows, keys)
        self.crawl_log.record_rows(position.list_url, rows)
        unwanted = {row.article_key for row in rows if not self._policy.wants_row(row)}
        yield from self._follow_lists(links.lists, position if wants_more else None)
        yield from self._follow_articles(links.articles, unwanted, from_list=response.url)
        for row in changed:
            yield from self._refetch(row.url, row.article_key)

    def _follow_lists(self, urls: Iterable[str], page_before: ListPosition | None = None) -> Iterator[Request]:
        """Follow links to lists; `page_before` is that of `FollowPolicy.wants_list`."""
        for url in urls:
            link = self._requests.resolve(url)
            if link is not None and self._policy.wants_list(link.canonical_url, page_before):
                yield from self._requests.request(url, self.parse_page, Target("list"))

    def _follow_entries(
        self, urls: Iterable[str], dates: Mapping[str, str], from_list: str | None = None
    ) -> Iterator[Request]:
        """Follow the entries of a feed or sitemap, and record their dates before the articles arrive."""
        for url in urls:
            requests = list(self._follow_articles([url], from_list=from_list))
            date, link = dates.get(url), self._requests.resolve(url)
            # A sitemap may have a change of each of a million articles: only those of requested ones are recorded.
            if date and link and (requests or states_publication(date)):
                self.crawl_log.record_feed_date(link.article_key, date)
            yield from requests

    def _follow_articles(
        self, urls: Iterable[str], unwanted: Container[str] = (), from_list: str | None = None
    ) -> Iterator[Request]:
        for url in urls:
            link = self._requests.resolve(url)
            if link is None or self._is_further_page(link.url):
                continue
            key = link.article_key
            self.crawl_log.articles_found.add(key)
            if key in unwanted or not self._policy.wants_article(key, link.url):
                continue
            if from_list and not self._requests.is_article_seen(key):
                self.crawl_log.record_wanted_article(key, from_list)
            yield from self._requests.request(url, self.parse_page, Target("new_article", key))

    def _is_further_page(self, url: str) -> bool:
        """Return whether a link leads into the middle of an article.

        Only the article's own pager may do so.
        """
        return any(self._platform.is_article_url(first_url, self.portal) for first_url in first_urls(url))

    def _follow_next_page(self, page: Page) -> Iterator[Request]:
        """Follow an article's pager. Its pages are no articles: they have no key, and no state of their own."""
        if url := next_page(page):
            yield from self._requests.request(url, self.parse_further_page, Target("new_article"))

    def _follow_attachments(self, links: Links) -> Iterator[Request]:
        for url in links.attachments:
            if self._policy.wants_attachment(url):
                yield from self._requests.request(url, self.parse_attachment, Target("attachment"))

    def _refetch(self, url: str, article_key: str) -> Iterable[Request]:
        # Keep the known key, even if the platform now derives another one from the URL.
        target = Target(self._policy.refetch_purpose(article_key), article_key)
        return self._requests.request(url, self.parse_page, target)

    def _rows(self, page: Page) -> list[Row]:
        rows: dict[str, Row] = {}
        for row in self._platform.list_rows(page):
            if link := self._requests.resolve(row.url):
                rows.setdefault(link.article_key, Row(link.article_key, link.url, row))
        return list(rows.values())

    def _record(self, response: Response) -> bool:
        """Record a response; return whether its status is 200 and it is not a challenge."""
        self._on_progress(self)
        is_page = self.crawl_log.record_response(response)
        if not is_page:
            self._stop_if_portal_is_down()
        return is_page

    def _stop_if_portal_is_down(self) -> None:
        if reason := self.crawl_log.reason_to_give_up:
            self.stop(reason)

    def _check_doubted(self, response: Response, articles: Iterable[str]) -> None:
        """If a list answered 304 but shows unknown articles, record that the 304 was false."""
        if not target_of(response).is_doubted:
            return
        keys = {link.article_key for url in articles if (link := self._requests.resolve(url))}
        if any(not self._policy.is_known(key) for key in keys):
            self.crawl_log.record_false_answer(response.url)


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None
