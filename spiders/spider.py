"""The spider: one portal's frontier, from its start addresses to its articles and their attachments.

It follows links and counts; it extracts nothing else, since everything a page says can be read again from the archive.
Here: what is requested next and what is counted. Not here: storing (`spiders.middlewares`), judging
(`spiders.verdict`), or what a link looks like on a platform (`spiders.platforms`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urldefrag

import scrapy
from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.challenge import challenge_kind
from spiders.errors import PORTAL_IS_DOWN, error_kind
from spiders.feeds import NotXmlError, feed_links, read_sitemap
from spiders.page import Links, Platform
from spiders.parse import NotAPage, parse_page
from spiders.portal import Portal
from spiders.verdict import CrawlStatistics
from warehouse.archive.warc import WarcWriter

# Menus stand on every page, so most links of a page have been judged on the one before; the bound is for pages that
# link to addresses without end.
_ADDRESSES_KEPT = 10_000

# Lists before articles: a crawl that is cut short should know what there was.
_LIST_PRIORITY, _ARTICLE_PRIORITY, _ATTACHMENT_PRIORITY = 20, 10, 0

# After so many failures in a row the portal is down; each costs its retries, and all other portals wait for the end.
_GIVE_UP_AFTER = 10


class _Address(NamedTuple):
    """What an address in scope stands for, whoever links to it."""

    url: str
    canonical_url: str
    article_key: str


class PortalSpider(Spider):
    """Crawls one portal.

    Attributes:
        portal: what to crawl.
        archive: where every response goes.
        statistics: what was counted, once the crawl has ended.
        is_stopping: whether the crawl was told to end before its frontier was empty.
    """

    name = "portal"

    def __init__(
        self,
        portal: Portal,
        platform: Platform,
        archive: WarcWriter,
        known_articles: frozenset[str],
        on_progress: Callable[[PortalSpider], None],
        on_closed: Callable[[PortalSpider], None],
        **kwargs: Any,
    ) -> None:
        """Prepare the crawl; nothing is requested yet.

        Args:
            portal: what to crawl.
            platform: how its pages read.
            archive: the open WARC file of this crawl.
            known_articles: keys of articles that earlier crawls captured.
            on_progress: called after each page.
            on_closed: called once, when the crawl has ended, however it ended.
            kwargs: Scrapy's own.
        """
        super().__init__(**kwargs)
        self.portal = portal
        self.platform = platform
        self.archive = archive
        self.errors: Counter[str] = Counter()
        self.is_stopping = False
        self.articles: set[str] = set()
        self.articles_captured: set[str] = set()
        self.pages = 0
        self.list_rows_seen = 0
        self._known_articles = known_articles
        self._on_progress = on_progress
        self._on_closed = on_closed
        self._seen: set[str] = set()
        self._address = lru_cache(_ADDRESSES_KEPT)(self._judge)
        self._scheduled = 0
        self._lists_scheduled = 0
        self._failures_in_a_row = 0
        self._start_failures = 0
        self._cut_short: str | None = None
        self._is_given_up = False

    async def start(self) -> AsyncIterator[Request]:
        """Yield the portal's start addresses."""
        starts = [
            *((url, self.parse_sitemap) for url in self.portal.sitemaps),
            *((url, self.parse_feed) for url in self.portal.feeds),
            *((url, self.parse_page) for url in self.portal.seed_urls),
        ]
        for url, callback in starts:
            for request in self._request(url, callback, _LIST_PRIORITY, is_start=True):
                yield request

    def parse_page(self, response: Response) -> Iterator[Request]:
        """Follow a page's links."""
        if not self._came_through(response):
            return
        content_type = response.headers.get("Content-Type")
        try:
            page = parse_page(response.body, response.url, content_type.decode("latin-1") if content_type else None)
        except NotAPage:
            # A file under an address that looked like a page: it is archived, and leads nowhere.
            return
        links = self.platform.links(page, self.portal)
        # A list under an article's address stands where an article is gone.
        if (key := response.meta.get("article_key")) and links.row_count == 0:
            self.articles_captured.add(key)
        self.list_rows_seen += links.row_count
        yield from self._follow(links)

    def parse_feed(self, response: Response) -> Iterator[Request]:
        """Follow the entries of a feed."""
        if not self._came_through(response):
            return
        try:
            entries = feed_links(response.body, response.url)
        except NotXmlError:
            self._fail(response.request, "not_a_feed")
            return
        self.list_rows_seen += len(entries)
        yield from self._follow(Links(articles=entries, lists=(), attachments=(), row_count=len(entries)))

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Follow a sitemap's articles, and the sitemaps of an index."""
        if not self._came_through(response):
            return
        try:
            sitemap = read_sitemap(response.body, response.url)
        except NotXmlError:
            self._fail(response.request, "not_a_sitemap")
            return
        articles = tuple(url for url in sitemap.pages if self.platform.is_article_url(url, self.portal))
        self.list_rows_seen += len(articles)
        for url in sitemap.sitemaps:
            yield from self._request(url, self.parse_sitemap, _LIST_PRIORITY)
        yield from self._follow(Links(articles=articles, lists=(), attachments=(), row_count=len(articles)))

    def parse_attachment(self, response: Response) -> None:
        """Count an attachment that did not come; the archive has it otherwise."""
        self._came_through(response)

    def on_error(self, failure: Failure) -> None:
        """Count a request that failed for good."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        self._fail(request, error_kind(failure.value))

    def stop(self, reason: str) -> None:
        """End the crawl; what is stored stays."""
        # That the bound of pages was reached ends no crawl; that something else does is then news.
        if not self.is_stopping:
            self.is_stopping = True
            self._cut_short = reason
            engine = self.crawler.engine
            if engine is not None:
                self._closing = asyncio.ensure_future(engine.close_spider_async(reason="stopped"))

    def closed(self, reason: str) -> None:
        """Tell that the crawl has ended."""
        if reason != "finished" and self._cut_short is None:
            self._cut_short = "it was told to stop" if reason == "shutdown" else reason
        self._on_closed(self)

    @property
    def statistics(self) -> CrawlStatistics:
        """What the crawl has counted so far."""
        stats = self.crawler.stats
        if stats is None:
            raise RuntimeError("a spider has statistics only once it belongs to a crawler")
        if callback_errors := stats.get_value("spider_exceptions/count", 0):
            self.errors["callback_error"] = callback_errors
        return CrawlStatistics(
            requests=stats.get_value("downloader/request_count", 0),
            pages=self.pages,
            list_rows_seen=self.list_rows_seen,
            articles_found=len(self.articles),
            articles_new=len(self.articles_captured - self._known_articles),
            articles_captured=len(self.articles_captured),
            start_failures=self._start_failures,
            cut_short=self._cut_short,
            errors=dict(self.errors),
            is_given_up=self._is_given_up,
        )

    def _follow(self, links: Links) -> Iterator[Request]:
        for url in links.lists:
            yield from self._request(url, self.parse_page, _LIST_PRIORITY)
        for url in links.articles:
            yield from self._request_article(url)
        for url in links.attachments:
            yield from self._request(url, self.parse_attachment, _ATTACHMENT_PRIORITY)

    def _request_article(self, url: str) -> Iterable[Request]:
        address = self._address(url)
        if address is None:
            return ()
        self.articles.add(address.article_key)
        return self._request(url, self.parse_page, _ARTICLE_PRIORITY, article_key=address.article_key)

    def _judge(self, url: str) -> _Address | None:
        """Return what the address stands for; None where it is out of scope."""
        if not self.portal.scope.covers(url):
            return None
        canonical_url = self.platform.canonical_url(url)
        return _Address(urldefrag(url).url, canonical_url, self.platform.article_key(url) or canonical_url)

    def _request(
        self,
        url: str,
        callback: Callable[[Response], Any],
        priority: int,
        *,
        article_key: str | None = None,
        is_start: bool = False,
    ) -> Iterable[Request]:
        """Return the request for an address, or nothing where it was asked for before or is out of scope."""
        address = self._address(url)
        if address is None:
            return ()
        identity = f"article {article_key}" if article_key else address.canonical_url
        if identity in self._seen:
            return ()
        if not self._has_room(is_list=priority == _LIST_PRIORITY):
            self.errors["pages_max"] += 1
            self._cut_short = self._cut_short or f"the bound of {self.portal.politeness.pages_max} pages was reached"
            return ()
        self._seen.add(identity)
        self._scheduled += 1
        self._lists_scheduled += priority == _LIST_PRIORITY
        meta: dict[str, Any] = {"is_start": is_start}
        if article_key:
            meta["article_key"] = article_key
        if priority == _ATTACHMENT_PRIORITY:
            meta["download_maxsize"] = self.portal.politeness.attachment_max_bytes
        return (
            scrapy.Request(
                address.url, callback=callback, errback=self.on_error, priority=priority, meta=meta, dont_filter=True
            ),
        )

    def _has_room(self, *, is_list: bool) -> bool:
        """Tell whether one more page may be asked for. Lists get half: a calendar has no end, and would take all."""
        pages_max = self.portal.politeness.pages_max
        return self._scheduled < pages_max and not (is_list and self._lists_scheduled >= max(1, pages_max // 2))

    def _came_through(self, response: Response) -> bool:
        """Tell whether the response is what was asked for; count it either way."""
        self._on_progress(self)
        # A challenge comes with any status; its kind says more than the status.
        kind = challenge_kind(response.body) or (error_kind(response.status) if response.status != 200 else None)
        if kind:
            self._fail(response.request, kind)
            return False
        self.pages += 1
        self._failures_in_a_row = 0
        return True

    def _fail(self, request: Request | None, kind: str) -> None:
        self.errors[kind] += 1
        is_portal_down = kind.startswith("http_5") or kind in PORTAL_IS_DOWN
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_portal_down else 0
        if self._failures_in_a_row >= _GIVE_UP_AFTER:
            self._is_given_up = self._cut_short is None or self._is_given_up
            self.stop(f"{self._failures_in_a_row} requests in a row failed, the last with {kind}")
        if request is not None and request.meta.get("is_start"):
            self._start_failures += 1
