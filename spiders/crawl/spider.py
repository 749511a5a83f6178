"""The spider: one portal's requests, from its start addresses to its articles and their attachments.

It follows links and counts; it extracts nothing else, since everything a page says can be read again from the archive.
Here: requests and responses. Not here: storing (`spiders.fetch.warc`), which addresses are worth a request
(`spiders.crawl.follow_policy`), the counts (`spiders.crawl.tally`), judging (`spiders.crawl.verdict`), or what a link
looks like on a platform (`spiders.platforms`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self
from urllib.parse import urldefrag

import scrapy
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.crawl.answers import Answers
from spiders.crawl.follow_policy import Frontier, Row
from spiders.crawl.tally import Tally
from spiders.crawl.validators import Validators
from spiders.crawl.verdict import CrawlStatistics
from spiders.fetch.errors import REFUSED_FOR_GOOD, error_kind
from spiders.pages.challenge import challenge_kind
from spiders.pages.feeds import NotXmlError, feed_links, read_sitemap
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.page import Links, Page, Platform
from spiders.pages.pagination import ListPosition, position_in_list
from spiders.platform_registry import GENERIC
from spiders.platforms import PLATFORMS
from spiders.portal import Portal
from warehouse.archive.index.pages import Place
from warehouse.archive.warc.writer import WarcWriter
from warehouse.clock import HANOI_TIME, Clock
from warehouse.home import Home
from warehouse.records import Purpose

# Menus stand on every page, so most links of a page have been judged on the one before; the bound is for pages that
# link to addresses without end.
_ADDRESSES_KEPT = 10_000

# A chunk of a backfill that has room for a list and for none of its articles would come to no end.
_CHUNK_MIN = 10
_NOT_MODIFIED = 304


class _Address(NamedTuple):
    """What an address in scope stands for, whoever links to it."""

    url: str
    canonical_url: str
    article_key: str


class PortalSpider(Spider):
    """Crawls one portal.

    Attributes:
        portal: what to crawl.
        home: where the archive stands.
        clock: what time it is.
        archive: where every response goes.
        frontier: decides what is asked for.
        validators: what requests name, so that what has not changed need not be sent.
        stored_pages: what an interrupted crawl stored and this one need not fetch.
        tally: what was counted.
        is_stopping: whether the crawl was told to end before its frontier was empty.
        is_given_up: whether it was, since one request after the other failed.
    """

    name = "portal"

    def __init__(
        self,
        portal: Portal,
        home: Home,
        clock: Clock,
        archive: WarcWriter,
        frontier: Frontier,
        stored_pages: dict[str, Place],
        on_progress: Callable[[PortalSpider], None],
        on_closed: Callable[[PortalSpider], None],
        **kwargs: Any,
    ) -> None:
        """Prepare the crawl; nothing is requested yet.

        Args:
            portal: what to crawl.
            home: where the archive stands.
            clock: what time it is.
            archive: the open WARC file of this crawl.
            frontier: decides what is asked for.
            stored_pages: what an interrupted crawl stored, by address; what is taken from it is removed.
            on_progress: called after each page.
            on_closed: called once, when the crawl has ended, however it ended.
            kwargs: Scrapy's own.
        """
        super().__init__(**kwargs)
        self.portal = portal
        self.platform: Platform = PLATFORMS[portal.platform]
        self.home = home
        self.clock = clock
        self.archive = archive
        self.frontier = frontier
        self.validators = Validators(frontier.state, frontier.sightings, frontier.plan.now)
        self.stored_pages = stored_pages
        self.tally = Tally()
        self.is_given_up = False
        self.is_stopping = False
        self._answers = Answers(portal, frontier, self.tally, clock)
        self._on_progress = on_progress
        self._on_closed = on_closed
        self._seen: set[str] = set()
        self._address = lru_cache(_ADDRESSES_KEPT)(self._judge)
        self._scheduled = 0
        self._lists_scheduled = 0
        self._lists_believed: dict[str, Callable[[Response], Any]] = {}
        self._cut_short: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider, told when nothing is left to ask for."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.doubt_what_was_believed, signal=signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests that the plan begins with."""
        plan = self.frontier.plan
        feeds = () if plan.bounds else self.portal.feeds  # they hold what is new; a backfill looks for what is old
        is_further = bool(plan.bounds and plan.lists)
        starts = [
            *((url, self.parse_sitemap) for url in (() if is_further else self.portal.sitemaps)),
            *((url, self.parse_feed) for url in feeds),
            *((url, self.parse_page) for url in (() if is_further else self.portal.seed_urls)),
        ]
        lists = self.parse_sitemap_or_page if is_further else self.parse_page
        for url, callback in starts:
            for request in self._request(url, callback, "list", is_start=True):
                yield request
        for url in plan.lists:
            for request in self._request(url, lists, "list"):
                yield request
        for article in plan.refetch:
            if article.url:
                for request in self._refetch(article.url, article.article_key):
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
            self.frontier.sightings.open_articles.pop(response.meta.get("article_key", ""), None)
            return
        links = self.platform.links(page, self.portal)
        if key := response.meta.get("article_key"):
            self._answers.note_article(key, page, links)
            yield from self._follow_lists(links.lists)
            if not (self.frontier.plan.bounds and self.frontier.plan.bounds.is_bounded):
                yield from self._follow_articles(links.articles)
        else:
            yield from self._follow_list(response, page, links)
        for url in links.attachments:
            yield from self._request_attachment(url)

    def parse_feed(self, response: Response) -> Iterator[Request]:
        """Follow the entries of a feed."""
        if not self._came_through(response):
            return
        try:
            entries = feed_links(response.body, response.url)
        except NotXmlError:
            self._fail(response.request, "not_a_feed")
            return
        self.tally.list_rows_seen += len(entries)
        self._note_doubt(response, entries)
        yield from self._follow_articles(entries)

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
        self.tally.list_rows_seen += len(articles)
        for url, changed_at in sitemap.sitemaps.items():
            if self._wants_sitemap(url, changed_at):
                yield from self._request(url, self.parse_sitemap, "list")
        self._note_doubt(response, articles)
        yield from self._follow_articles(articles, from_list=response.url)

    def parse_sitemap_or_page(self, response: Response) -> Iterator[Request]:
        """Follow what an earlier chunk of a backfill has left, which may be either."""
        try:
            read_sitemap(response.body, response.url)
        except NotXmlError:
            return self.parse_page(response)
        return self.parse_sitemap(response)

    def parse_attachment(self, response: Response) -> None:
        """Count an attachment that did not come; the archive has it otherwise."""
        self._came_through(response)

    def on_error(self, failure: Failure) -> None:
        """Count a request that failed for good."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        kind = error_kind(failure.value)
        is_refused = kind in REFUSED_FOR_GOOD
        if kind != "stopped":
            # A backfill goes on without it; the looks ask again, later and later.
            self.frontier.sightings.open_articles.pop(request.meta.get("article_key", ""), None)
            self._answers.note_failed_article(request, is_refused=is_refused)
        if is_refused:
            self._answers.settle_list(request)
        self._fail(request, kind)

    def doubt_what_was_believed(self) -> None:
        """Fetch the lists whole that called themselves unchanged, where the crawl found news elsewhere.

        Raises:
            DontCloseSpider: there are some.
        """
        doubted, self._lists_believed = self._lists_believed, {}
        engine = self.crawler.engine
        if not doubted or not self.articles_new or self._cut_short or engine is None:
            return
        for url, callback in doubted.items():
            engine.crawl(self._made_request(url, callback, "list", {"is_doubted": True}))
        raise DontCloseSpider

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
    def cut_short(self) -> str | None:
        """Why the crawl ended before its frontier was empty; None where it did not."""
        return self._cut_short

    @property
    def articles_new(self) -> set[str]:
        """Articles whose page came, and had not come before."""
        return {key for key in self.tally.articles_captured if not self.frontier.was_captured(key)}

    @property
    def missing(self) -> set[str]:
        """Articles that are gone, and whose page had come before."""
        return {key for key in self.frontier.sightings.missing if self.frontier.was_captured(key)}

    def statistics(self) -> CrawlStatistics:
        """Return what the crawl has counted so far."""
        stats = self.crawler.stats
        if stats is None:
            raise RuntimeError("a spider has statistics only once it belongs to a crawler")
        self.tally.note_callback_errors(stats.get_value("spider_exceptions/count", 0))
        return self.tally.statistics(
            kind=self.frontier.plan.kind,
            requests=stats.get_value("downloader/request_count", 0),
            articles_new=len(self.articles_new),
            articles_gone=len(self.frontier.sightings.missing),
            articles_gone_before=sum(map(self.frontier.was_missing, self.frontier.sightings.missing)),
            cut_short=self._cut_short,
            is_given_up=self.is_given_up,
            has_templates=self.platform.NAME != GENERIC,
        )

    def _follow_list(self, response: Response, page: Page, links: Links) -> Iterator[Request]:
        """Follow a page that is no article: its rows, the page behind it, and other lists."""
        canonical_url = self.platform.canonical_url(response.url)
        position = position_in_list(canonical_url)
        rows = self._rows(page) if links.row_count else []
        self.tally.list_rows_seen += links.row_count
        self._seen.add(canonical_url)  # another address may have redirected here
        # A list that shows nothing today, as in maintenance, is looked at again tomorrow.
        is_list = links.row_count > 0 or self.frontier.state.is_list(canonical_url)
        self._answers.note_page(response, canonical_url, is_list=is_list)
        self._note_doubt(response, [row.url for row in rows])
        changed = self.frontier.rows_to_refetch(position.list_url, rows)
        keys = [address.article_key for url in links.articles if (address := self._address(url))]
        wants_more = links.row_count > 0 and self.frontier.wants_more(position, rows, keys)
        self.frontier.note_rows(position.list_url, rows, self.clock.now())
        unwanted = {row.article_key for row in rows if not self.frontier.wants_row(row)}
        yield from self._follow_lists(links.lists, position if wants_more else None)
        yield from self._follow_articles(links.articles, unwanted, from_list=response.url)
        for row in changed:
            yield from self._refetch(row.url, row.article_key)

    def _follow_lists(self, urls: Iterable[str], behind: ListPosition | None = None) -> Iterator[Request]:
        """Follow links to lists.

        Args:
            urls: where a page links to.
            behind: the page's own place in its list, where the page behind it is wanted.
        """
        for url in urls:
            address = self._address(url)
            if address is None:
                continue
            if self.frontier.follows_everything:
                is_wanted = True
            else:
                place = position_in_list(address.canonical_url)
                is_next = behind is not None and behind.is_before(place)
                is_wanted = is_next or (place.is_first and self.frontier.wants_page(address.canonical_url))
            if is_wanted:
                yield from self._request(url, self.parse_page, "list")

    def _follow_articles(
        self, urls: Iterable[str], unwanted: Container[str] = (), from_list: str | None = None
    ) -> Iterator[Request]:
        for url in urls:
            address = self._address(url)
            if address is None:
                continue
            key = address.article_key
            self.tally.articles.add(key)
            if key in unwanted or not self.frontier.asks_for(key, address.url):
                continue
            if from_list and _article_identity(key) not in self._seen:
                self.frontier.sightings.open_articles.setdefault(key, from_list)
            yield from self._request(url, self.parse_page, "new_article", article_key=key)

    def _refetch(self, url: str, article_key: str) -> Iterable[Request]:
        known = self.frontier.state.article(article_key)
        purpose: Purpose = "refetch" if known and known.first_asked_at else "new_article"
        # The address may have changed since, and its key with it; the article is the one that was known.
        return self._request(url, self.parse_page, purpose, article_key=article_key)

    def _request_attachment(self, url: str) -> Iterable[Request]:
        # A file behind an address does not change, as a rule; a new one has a new address.
        if self.frontier.state.page(url) is not None and url not in self.stored_pages:
            return ()
        return self._request(url, self.parse_attachment, "attachment")

    def _wants_sitemap(self, url: str, changed_at: datetime | None) -> bool:
        """Tell whether one sitemap of an index may show something that is not known."""
        plan = self.frontier.plan
        if plan.bounds and plan.bounds.from_date and changed_at is not None:
            return changed_at.astimezone(HANOI_TIME).date() >= plan.bounds.from_date
        known = self.frontier.page_to_believe(url)
        return known is None or changed_at is None or changed_at >= known.captured_at

    def _rows(self, page: Page) -> list[Row]:
        rows: dict[str, Row] = {}
        for row in self.platform.list_rows(page):
            if address := self._address(row.url):
                rows.setdefault(address.article_key, Row(address.article_key, address.url, row))
        return list(rows.values())

    def _judge(self, url: str) -> _Address | None:
        """Return what the address stands for; None where it is out of scope."""
        if not self.portal.scope.covers(url):
            return None
        canonical_url = self.platform.canonical_url(url)
        # As it will be requested: with its non-ASCII characters escaped, as the archive has it too.
        requested = scrapy.Request(urldefrag(url).url).url
        return _Address(requested, canonical_url, self.platform.article_key(url) or canonical_url)

    def _request(
        self,
        url: str,
        callback: Callable[[Response], Any],
        purpose: Purpose,
        *,
        article_key: str | None = None,
        is_start: bool = False,
    ) -> Iterable[Request]:
        """Return the request for an address, or nothing where it was asked for before or is out of scope."""
        address = self._address(url)
        if address is None:
            return ()
        identity = _article_identity(article_key) if article_key else address.canonical_url
        if identity in self._seen:
            return ()
        if purpose == "list":
            self.frontier.sightings.open_lists[address.url] = None
        is_list = purpose == "list"
        # What is stored already costs no request; it must not take the room of what is not.
        if address.url not in self.stored_pages:
            if not self._has_room(is_list=is_list):
                self.tally.errors["pages_max"] += 1
                self._cut_short = self._cut_short or f"the bound of {self._pages_max} pages was reached"
                return ()
            self._scheduled += 1
            self._lists_scheduled += is_list
        self._seen.add(identity)
        meta: dict[str, Any] = {"is_start": is_start}
        if is_list:
            meta["list_url"] = address.url
        if article_key:
            meta["article_key"] = article_key
            known = self.frontier.state.article(article_key)
            if known is None or known.failing_since is None:
                self.tally.articles_asked.add(article_key)
        if purpose == "attachment":
            meta["download_maxsize"] = self.portal.politeness.attachment_max_bytes
        return (self._made_request(address.url, callback, purpose, meta),)

    def _made_request(
        self, url: str, callback: Callable[[Response], Any], purpose: Purpose, meta: dict[str, Any]
    ) -> Request:
        return scrapy.Request(
            url,
            callback=callback,
            errback=self.on_error,
            priority=self.frontier.plan.priority(purpose),
            meta={**meta, "purpose": purpose},
            dont_filter=True,
        )

    @property
    def _pages_max(self) -> int:
        bounds = self.frontier.plan.bounds
        requests_max = bounds.requests_max if bounds else None
        pages_max = self.portal.politeness.pages_max
        return pages_max if requests_max is None else min(pages_max, max(requests_max, _CHUNK_MIN))

    def _has_room(self, *, is_list: bool) -> bool:
        """Tell whether one more page may be asked for. Lists get half: a calendar has no end, and would take all."""
        lists_max = max(1, self._pages_max // 2)
        return self._scheduled < self._pages_max and not (is_list and self._lists_scheduled >= lists_max)

    def _came_through(self, response: Response) -> bool:
        """Tell whether the response is a page that was asked for; count it either way."""
        self._on_progress(self)
        is_conditional = bool(response.meta.get("is_conditional"))
        is_unchanged = is_conditional and response.status == _NOT_MODIFIED
        if is_conditional:
            self.validators.note_answer(response.url, is_not_modified=is_unchanged)
        if is_unchanged:
            self._note_not_modified(response)
            return False
        # A challenge comes with any status; its kind says more than the status.
        challenge = challenge_kind(response.body)
        kind = challenge or (error_kind(response.status) if response.status != 200 else None)
        if kind:
            self._answers.note_refusal(response, is_challenge=challenge is not None)
            self._fail(response.request, kind)
            return False
        self._answers.settle_list(response.request)
        if last_modified := response.headers.get("Last-Modified"):
            self.validators.note_date(response.url, last_modified.decode("latin-1"), self.clock.now())
        self.tally.note_page()
        return True

    def _note_not_modified(self, response: Response) -> None:
        """Count a page that is as it was when it was last looked at."""
        key = response.meta.get("article_key")
        self.tally.note_not_modified(is_list=key is None)
        self._answers.settle_list(response.request)
        if key:
            self._answers.note_came(key, is_recognised=True)
        elif (request := response.request) is not None and request.callback is not None:
            self._lists_believed[request.url] = request.callback

    def _note_doubt(self, response: Response, articles: Iterable[str]) -> None:
        """Remember that a list called itself unchanged and shows articles that nobody knew."""
        if not response.meta.get("is_doubted"):
            return
        keys = {address.article_key for url in articles if (address := self._address(url))}
        if any(not self.frontier.is_known(key) for key in keys):
            self.validators.note_false(response.url)

    def _fail(self, request: Request | None, kind: str) -> None:
        self.tally.note_failure(kind, is_start=request is not None and bool(request.meta.get("is_start")))
        if self.tally.is_portal_down:
            self.is_given_up = self._cut_short is None or self.is_given_up
            self.stop(f"{self.tally.failures_in_a_row} requests in a row failed, the last with {kind}")


def _article_identity(article_key: str) -> str:
    """Return what tells an article from the lists of the same crawl, whichever of its addresses is asked for."""
    return f"article {article_key}"
