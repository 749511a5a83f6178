"""The spider: one portal's requests, from its start addresses to its articles and their attachments.

It follows links and counts; it extracts nothing else, since everything a page says can be read again from the archive.
Here: requests, responses, and what is counted. Not here: storing (`spiders.middlewares`), which addresses are worth a
request (`spiders.frontier`), judging (`spiders.verdict`), or what a link looks like on a platform
(`spiders.platforms`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, Self
from urllib.parse import urldefrag

import scrapy
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.challenge import challenge_kind
from spiders.errors import PORTAL_IS_DOWN, error_kind
from spiders.feeds import NotXmlError, feed_links, read_sitemap
from spiders.frontier import Frontier, Row
from spiders.page import Links, Page, Platform
from spiders.paging import ListPosition, position_in_list
from spiders.parse import NotAPage, parse_page
from spiders.platforms import PLATFORMS
from spiders.platforms.declared import portal_templates
from spiders.portal import Portal
from spiders.validators import Validators
from spiders.verdict import REFUSALS, CrawlStatistics
from warehouse.archive.index import Place
from warehouse.archive.observations import AskedPage
from warehouse.archive.warc import WarcWriter
from warehouse.clock import Clock
from warehouse.home import Home
from warehouse.records import Purpose

# Menus stand on every page, so most links of a page have been judged on the one before; the bound is for pages that
# link to addresses without end.
_ADDRESSES_KEPT = 10_000

# Lists before articles: a crawl that is cut short should know what there was. What is known already can wait.
_PRIORITY: dict[Purpose, int] = {"robots": 40, "list": 30, "new_article": 20, "refetch": 10, "attachment": 0}
# A chunk of a backfill reads what a list shows before the next one: each list that it leaves half read is asked again.
_BACKFILL_PRIORITY: dict[Purpose, int] = {**_PRIORITY, "new_article": 35}

# After so many failures in a row the portal is down; each costs its retries, and all other portals wait for the end.
_GIVE_UP_AFTER = 10

_NOT_MODIFIED = 304
_GONE = frozenset({404, 410})
# Nobody may ask for these, or what came is none of the portal's: asking again leads nowhere.
_REFUSED_FOR_GOOD = frozenset({"robots_denied", "out_of_scope", "too_large", "redirect_loop", "url_too_long"})


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
        requests_for: requests sent, by purpose.
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
        self.errors: Counter[str] = Counter()
        self.requests_for: Counter[Purpose] = Counter()
        self.articles: set[str] = set()
        self.articles_captured: set[str] = set()
        self.articles_recognised: set[str] = set()
        self.pages = 0
        self.not_modified = 0
        self.lists_not_modified = 0
        self.is_given_up = False
        self.is_stopping = False
        self.list_rows_seen = 0
        self._templates = (*portal_templates(portal), *self.platform.TEMPLATES)
        self._on_progress = on_progress
        self._on_closed = on_closed
        self._seen: set[str] = set()
        self._articles_asked: set[str] = set()
        self._address = lru_cache(_ADDRESSES_KEPT)(self._judge)
        self._scheduled = 0
        self._lists_scheduled = 0
        self._lists_believed: dict[str, Callable[[Response], Any]] = {}
        self._failures_in_a_row = 0
        self._start_failures = 0
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
        # A feed holds what is new, and a backfill looks for what is old.
        feeds = () if plan.bounds else self.portal.feeds
        is_further = bool(plan.bounds and plan.lists)
        starts = [
            *((url, self.parse_sitemap) for url in (() if is_further else self.portal.sitemaps)),
            *((url, self.parse_feed) for url in feeds),
            *((url, self.parse_page) for url in (() if is_further else self.portal.seed_urls)),
        ]
        for url, callback in starts:
            for request in self._request(url, callback, "list", is_start=True):
                yield request
        for url in plan.lists:
            for request in self._request(url, self.parse_page, "list"):
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
            return
        links = self.platform.links(page, self.portal)
        if key := response.meta.get("article_key"):
            self._note_article(key, page, links)
            yield from self._follow_lists(links.lists)
            bounds = self.frontier.plan.bounds
            if bounds is None or not bounds.is_bounded:
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
        self.list_rows_seen += len(entries)
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
        self.list_rows_seen += len(articles)
        for url, changed_at in sitemap.sitemaps.items():
            if self._wants_sitemap(url, changed_at):
                yield from self._request(url, self.parse_sitemap, "list")
        self._note_doubt(response, articles)
        yield from self._follow_articles(articles)

    def parse_attachment(self, response: Response) -> None:
        """Count an attachment that did not come; the archive has it otherwise."""
        self._came_through(response)

    def on_error(self, failure: Failure) -> None:
        """Count a request that failed for good."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        kind = error_kind(failure.value)
        if kind in _REFUSED_FOR_GOOD:
            self._note_refused_for_good(request)
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
        return {key for key in self.articles_captured if not self.frontier.was_captured(key)}

    @property
    def missing(self) -> set[str]:
        """Articles that are gone, and whose page had come before."""
        return {key for key in self.frontier.sightings.missing if self.frontier.was_captured(key)}

    def statistics(self) -> CrawlStatistics:
        """Return what the crawl has counted so far."""
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
            articles_new=len(self.articles_new),
            articles_captured=len(self.articles_captured),
            start_failures=self._start_failures,
            cut_short=self._cut_short,
            errors=dict(self.errors),
            kind=self.frontier.plan.kind,
            articles_asked=len(self._articles_asked),
            articles_gone=len(self.frontier.sightings.missing),
            articles_gone_before=sum(map(self.frontier.was_missing, self.frontier.sightings.missing)),
            articles_recognised=None if self.platform.NAME == "generic" else len(self.articles_recognised),
            not_modified=self.not_modified,
            lists_not_modified=self.lists_not_modified,
            is_given_up=self.is_given_up,
        )

    def _follow_list(self, response: Response, page: Page, links: Links) -> Iterator[Request]:
        """Follow a page that is no article: its rows, the page behind it, and other lists."""
        canonical_url = self.platform.canonical_url(response.url)
        position = position_in_list(canonical_url)
        rows = self._rows(page) if links.row_count else []
        self.list_rows_seen += links.row_count
        self._note_page(response, canonical_url, is_list=links.row_count > 0)
        self._note_doubt(response, [row.url for row in rows])
        changed = self.frontier.rows_to_refetch(position.list_url, rows)
        wants_more = links.row_count > 0 and self.frontier.wants_more(position, rows)
        self.frontier.note_rows(position.list_url, rows, self.clock.now())
        unwanted = {row.article_key for row in rows if not self.frontier.wants_row(row)}
        yield from self._follow_lists(links.lists, position if wants_more else None, canonical_url)
        yield from self._follow_articles(links.articles, unwanted, from_list=response.url)
        for row in changed:
            yield from self._refetch(row.url, row.article_key)

    def _follow_lists(
        self, urls: Iterable[str], behind: ListPosition | None = None, shown_on: str = ""
    ) -> Iterator[Request]:
        """Follow links to lists.

        Args:
            urls: where a page links to.
            behind: the page's own place in its list, where the page behind it is wanted.
            shown_on: the page's own canonical address.
        """
        for url in urls:
            address = self._address(url)
            if address is None:
                continue
            if self.frontier.follows_everything:
                is_wanted = True
            else:
                place = position_in_list(address.canonical_url)
                is_next = behind is not None and _is_next(place, behind, is_first=shown_on == behind.list_url)
                is_wanted = is_next or (place.number == 1 and self.frontier.wants_page(address.canonical_url))
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
            self.articles.add(key)
            if key in unwanted or not self.frontier.asks_for(key, address.url):
                continue
            if from_list:
                self.frontier.sightings.open_articles.setdefault(key, from_list)
            yield from self._request(url, self.parse_page, "new_article", article_key=key)

    def _refetch(self, url: str, article_key: str) -> Iterable[Request]:
        # The address may have changed since, and its key with it; the article is the one that was known.
        return self._request(url, self.parse_page, "refetch", article_key=article_key)

    def _request_attachment(self, url: str) -> Iterable[Request]:
        # A file behind an address does not change, as a rule; a new one has a new address.
        if self.frontier.state.page(url) is not None and url not in self.stored_pages:
            return ()
        return self._request(url, self.parse_attachment, "attachment")

    def _wants_sitemap(self, url: str, changed_at: datetime | None) -> bool:
        """Tell whether one sitemap of an index may show something that is not known."""
        plan = self.frontier.plan
        known = self.frontier.state.page(url)
        if self.frontier.follows_everything or known is None:
            return True
        if changed_at is None:
            return plan.margin_pages > 0
        return changed_at >= known.captured_at

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
        return _Address(urldefrag(url).url, canonical_url, self.platform.article_key(url) or canonical_url)

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
        identity = f"article {article_key}" if article_key else address.canonical_url
        if identity in self._seen:
            return ()
        if purpose == "list":
            self.frontier.sightings.open_lists[address.url] = None
        if not self._has_room(is_list=purpose == "list"):
            self.errors["pages_max"] += 1
            self._cut_short = self._cut_short or f"the bound of {self._pages_max} pages was reached"
            return ()
        self._seen.add(identity)
        self._scheduled += 1
        self._lists_scheduled += purpose == "list"
        meta: dict[str, Any] = {"is_start": is_start}
        if purpose == "list":
            meta["list_url"] = address.url
        if article_key:
            meta["article_key"] = article_key
            self._articles_asked.add(article_key)
        if purpose == "attachment":
            meta["download_maxsize"] = self.portal.politeness.attachment_max_bytes
        return (self._made_request(address.url, callback, purpose, meta),)

    def _made_request(
        self, url: str, callback: Callable[[Response], Any], purpose: Purpose, meta: dict[str, Any]
    ) -> Request:
        """Return a request; it is conditional where a list or a known article is asked for and is not doubted."""
        is_backfill = self.frontier.plan.bounds is not None  # it asks a list again for its rows, changed or not
        is_conditional = (
            purpose in ("list", "refetch")
            and not (is_backfill or meta.get("is_doubted"))
            and url not in self.stored_pages
        )
        headers = self.validators.headers(url) if is_conditional else {}
        return scrapy.Request(
            url,
            callback=callback,
            errback=self.on_error,
            headers=headers,
            priority=(_BACKFILL_PRIORITY if is_backfill else _PRIORITY)[purpose],
            meta={**meta, "purpose": purpose, "is_conditional": bool(headers)},
            dont_filter=True,
        )

    @property
    def _pages_max(self) -> int:
        bounds = self.frontier.plan.bounds
        requests_max = bounds.requests_max if bounds else None
        return min(self.portal.politeness.pages_max, requests_max or self.portal.politeness.pages_max)

    def _has_room(self, *, is_list: bool) -> bool:
        """Tell whether one more page may be asked for. Lists get half: a calendar has no end, and would take all."""
        return self._scheduled < self._pages_max and not (
            is_list and self._lists_scheduled >= max(1, self._pages_max // 2)
        )

    def _came_through(self, response: Response) -> bool:
        """Tell whether the response is a page that was asked for; count it either way."""
        self._on_progress(self)
        meta = response.meta
        if meta.get("is_conditional"):
            self.validators.note_answer(response.url, is_not_modified=response.status == _NOT_MODIFIED)
        if response.status == _NOT_MODIFIED:
            self._note_not_modified(response)
            return False
        # A challenge comes with any status; its kind says more than the status.
        challenge = challenge_kind(response.body)
        kind = challenge or (error_kind(response.status) if response.status != 200 else None)
        if kind:
            self._note_refusal(response, is_challenge=challenge is not None)
            self._fail(response.request, kind)
            return False
        if last_modified := response.headers.get("Last-Modified"):
            self.validators.note_date(response.url, last_modified.decode("latin-1"), self.clock.now())
        self.frontier.sightings.open_lists.pop(meta.get("list_url", ""), None)
        self.pages += 1
        self._failures_in_a_row = 0
        return True

    def _note_not_modified(self, response: Response) -> None:
        """Count a page that is as it was when it was last looked at."""
        self.not_modified += 1
        self._failures_in_a_row = 0
        if key := response.meta.get("article_key"):
            self._note_came(key)
            self.articles_recognised.add(key)
        elif (request := response.request) is not None and request.callback is not None:
            self.lists_not_modified += 1
            self._lists_believed[request.url] = request.callback

    def _note_article(self, key: str, page: Page, links: Links) -> None:
        """Count a page that was asked for as an article."""
        self.frontier.sightings.open_articles.pop(key, None)
        if links.row_count:
            # A list under an article's address stands where an article is gone.
            self.frontier.sightings.missing[key] = self.clock.now()
            return
        self._note_came(key)
        if any(template.fits(page) for template in self._templates):
            self.articles_recognised.add(key)

    def _note_came(self, key: str) -> None:
        self.articles.add(key)
        self.articles_captured.add(key)
        self.frontier.sightings.open_articles.pop(key, None)

    def _note_refusal(self, response: Response, *, is_challenge: bool) -> None:
        """Remember what the next crawl should know of a page that did not come."""
        sightings = self.frontier.sightings
        # A backfill goes on with what was refused for now. An article at which the server fails must not hold it up.
        is_for_now = is_challenge or error_kind(response.status) in REFUSALS
        if not is_for_now and response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            sightings.open_lists.pop(response.meta.get("list_url", ""), None)
        if key := response.meta.get("article_key"):
            if not is_for_now:
                sightings.open_articles.pop(key, None)
            if is_challenge:
                sightings.blocked.add(key)
            elif response.status in _GONE:
                sightings.missing[key] = self.clock.now()
        elif response.meta.get("purpose") == "list" and response.status in _GONE:
            self._note_page(response, self.platform.canonical_url(response.url), is_list=False)

    def _note_refused_for_good(self, request: Request) -> None:
        """Remember that nobody may ask for it, so that no crawl goes on with it."""
        sightings = self.frontier.sightings
        sightings.open_lists.pop(request.meta.get("list_url", ""), None)
        if key := request.meta.get("article_key"):
            sightings.refused.add(key)
            sightings.open_articles.pop(key, None)

    def _note_page(self, response: Response, canonical_url: str, *, is_list: bool) -> None:
        """Remember that a page which is no article answered, and every address that led to it."""
        pages = self.frontier.sightings.pages
        for url in response.meta.get("redirect_urls", ()):
            redirected = self.platform.canonical_url(url)
            pages.setdefault(redirected, AskedPage(redirected, url, is_list=False))
        pages[canonical_url] = AskedPage(canonical_url, response.url, is_list)

    def _note_doubt(self, response: Response, articles: Iterable[str]) -> None:
        """Remember that a list called itself unchanged and shows articles that nobody knew."""
        if not response.meta.get("is_doubted"):
            return
        keys = {address.article_key for url in articles if (address := self._address(url))}
        if any(not self.frontier.is_known(key) for key in keys):
            self.validators.note_false(response.url)

    def _fail(self, request: Request | None, kind: str) -> None:
        self.errors[kind] += 1
        is_portal_down = kind.startswith("http_5") or kind in PORTAL_IS_DOWN
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_portal_down else 0
        if self._failures_in_a_row >= _GIVE_UP_AFTER:
            self.is_given_up = self._cut_short is None or self.is_given_up
            self.stop(f"{self._failures_in_a_row} requests in a row failed, the last with {kind}")
        if request is not None and request.meta.get("is_start"):
            self._start_failures += 1


def _is_next(place: ListPosition, behind: ListPosition, *, is_first: bool) -> bool:
    """Tell whether a page of the same list comes next.

    Some lists count their pages from 0, so that the second of them is number 1.
    """
    if place.list_url != behind.list_url:
        return False
    return place.number == behind.number + 1 or (is_first and place.number == 1)
