"""Builds a crawl's requests: each article or other page once, within scope and page limit.

Belongs here: resolving URLs, duplicates, the page limit, and priorities. Does not belong here: which links are followed
(see `spiders.crawl.follow_policy`), and how a response is processed (see `spiders.crawl.spider`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog
from spiders.crawl.plan import present_url
from spiders.fetch.target import Target, target_of
from spiders.platforms.keys import article_key, page_key
from spiders.platforms.parts.links.onward import Onward
from spiders.portal import Portal
from warehouse.text.address import main_view

Callback: TypeAlias = Callable[[Response], Any]

# Most links repeat on every page (menus), so resolved URLs are cached. The limit protects memory on endless sites.
_RESOLVED_URLS_MAX: Final = 10_000
# A backfill chunk must have requests left for articles after its list, or it makes no progress.
_CHUNK_REQUESTS_MIN: Final = 10
# Browsers follow twenty redirects; a chain of pages that each lead on is an error sooner.
_ONWARD_MAX: Final = 5


class ResolvedUrl(NamedTuple):
    """A URL in scope, with the keys of its page and article; the same on whichever page it is linked.

    Attributes:
        url: as requested and archived: as linked, but non-ASCII characters escaped, no fragment, session or tracking
            parameter, and no parameter that asks for another view of the page.
        page_key: what identifies the page (see `spiders.platforms.keys.page_key`).
        article_key: the key of the article that an earlier crawl captured on the page, else the key in the URL; the
            page's key if it has none.
    """

    url: str
    page_key: str
    article_key: str


class RequestFactory:
    """Builds the requests of one crawl."""

    def __init__(self, portal: Portal, policy: FollowPolicy, log: CrawlLog, errback: Callable[[Failure], Any]) -> None:
        """Create a crawl's factory; Scrapy calls `errback` for each request that fails without a response."""
        self._portal = portal
        self._policy = policy
        self._log = log
        self._errback = errback
        self._seen: set[str] = set()
        bounds = policy.plan.bounds
        requests_max = bounds.requests_max if bounds else None
        chunk_max = math.inf if requests_max is None else max(requests_max, _CHUNK_REQUESTS_MIN)
        self._pages_max = int(min(portal.politeness.pages_max, chunk_max))
        self._built = 0
        self._lists_built = 0
        self.resolve: Callable[[str], ResolvedUrl | None] = lru_cache(_RESOLVED_URLS_MAX)(self._resolve)

    def is_seen(self, page_key: str) -> bool:
        """Return whether a page was requested in this crawl."""
        return page_key in self._seen

    def is_article_seen(self, article_key: str) -> bool:
        """Return whether an article was requested in this crawl, under any of its URLs."""
        return f"article {article_key}" in self._seen

    def mark_seen(self, url: str, article_key: str | None = None) -> None:
        """Do not request this page again, nor its article: another URL redirected to it."""
        if resolved := self.resolve(url):
            self._seen |= {resolved.page_key, f"article {resolved.article_key}"}
        if article_key:
            self._seen.add(f"article {article_key}")

    def request(self, url: str, callback: Callback, target: Target, *, is_elsewhere: bool = False) -> Iterable[Request]:
        """Return the request for a URL; empty if it is out of scope, a duplicate, or over the page limit.

        A page is requested once in a crawl, whatever it was first linked as, and an article under one of its URLs.
        `is_elsewhere` allows an article's second URL, where the first one is gone.
        """
        resolved = self.resolve(url)
        if resolved is None:
            return ()
        identities = self._identities(resolved, target)
        if resolved.page_key in self._seen or (not is_elsewhere and not self._seen.isdisjoint(identities)):
            return ()
        if target.purpose == "list":
            self._log.lists.want(resolved.url)
        # A stored page needs no request, so it does not count towards the page limit.
        if resolved.url not in self._policy.stored_pages and not self._reserve_page(is_list=target.purpose == "list"):
            self._log.record_pages_max(self._pages_max)
            return ()
        self._seen |= identities
        if target.article_key:
            self._log.articles.record_request(target.article_key)
        return (self.build(resolved.url, callback, target),)

    def refetch(self, url: str, article_key: str, callback: Callback) -> Iterable[Request]:
        """Return the request for a known article."""
        # Keep the known key, even if the platform now derives another one from the URL.
        url = present_url(url, self._portal)
        return self.request(url, callback, Target(self._policy.refetch_purpose(article_key), article_key))

    def for_the_rest(self, callback: Callback) -> Iterator[Request]:
        """Yield the requests that depend on all answers of the crawl.

        They are for articles that are gone and that a list, feed or sitemap shows under another URL and, if the crawl
        found new articles, for every list that answered 304; those are unconditional.
        """
        for key, url in self._log.articles.elsewhere():
            yield from self.request(present_url(url, self._portal), callback, Target("refetch", key), is_elsewhere=True)
        lists = self._log.lists
        unchanged, lists.unchanged = lists.unchanged, {}
        if unchanged and self._log.articles.new():
            for url, request in unchanged.items():
                if request.callback is not None:
                    yield self.build(url, request.callback, Target("list", is_doubted=True))

    def shows_unknown(self, articles: Iterable[str]) -> bool:
        """Return whether one of the URLs leads to an article that no earlier crawl knows."""
        keys = {link.article_key for url in articles if (link := self.resolve(url))}
        return any(not self._policy.is_known(key) for key in keys)

    def _identities(self, resolved: ResolvedUrl, target: Target) -> set[str]:
        """Return what must not be requested again: the page, and its article if the request may lead to one.

        An article's further pages and its attachments may have its id in their URLs.
        """
        if target.purpose == "list":
            return {resolved.page_key, f"article {resolved.article_key}"}
        return {resolved.page_key, f"article {target.article_key}"} if target.article_key else {resolved.page_key}

    def build(self, url: str, callback: Callback, target: Target) -> Request:
        """Return a request, without any checks."""
        meta = {"download_maxsize": self._portal.politeness.attachment_max_bytes}
        request = Request(
            url,
            callback=callback,
            errback=self._errback,
            priority=self._policy.plan.priority(target.purpose),
            meta=meta if target.purpose == "attachment" else None,
            dont_filter=True,
        )
        return target.attach_to(request)

    def onward(self, response: Response, onward: Onward, callback: Callback) -> Iterable[Request]:
        """Return the request for the address that a page leads on to, as if it were an HTTP redirect.

        It is empty if the address is out of scope, was requested before, or is not to be followed; then the log has it.
        """
        request, target = response.request, target_of(response)
        before = [*response.meta.get("redirect_urls", ()), response.url]
        resolved = self.resolve(onward.url) if onward.is_followed else None
        if resolved is None:
            kind = "out_of_scope" if onward.is_followed else "redirect_page"
            self._log.record_onward(request, kind, onward.url)
            return ()
        pages = {link.page_key for url in before if (link := self.resolve(url))}
        if resolved.page_key in pages or len(before) > _ONWARD_MAX:
            self._log.record_onward(request, "redirect_loop", onward.url)
            return ()
        if target.article_key is None and self.is_seen(resolved.page_key):
            return ()
        self.mark_seen(resolved.url)
        built = self.build(resolved.url, callback, replace(target, is_conditional=False, retries_waited=0))
        built.meta["redirect_urls"] = before
        return (built,)

    def _resolve(self, url: str) -> ResolvedUrl | None:
        """Return the resolved URL; None if it is out of scope."""
        if not self._portal.scope.covers(url):
            url = _without_former_host(url, self._portal)
            if not self._portal.scope.covers(url):
                return None
        url = main_view(url)
        page = page_key(url, self._portal)
        key = article_key(url, self._portal)
        # Only an address can be the earlier address of a known article; a platform's id stays what it is.
        known = self._policy.state.article_at(page) if key == page else None
        return ResolvedUrl(Request(url).url, page, known or key)

    def _reserve_page(self, *, is_list: bool) -> bool:
        """Count one page if the limit allows it; lists may use half, as an endless calendar would use it all."""
        if self._built >= self._pages_max or (is_list and self._lists_built >= max(1, self._pages_max // 2)):
            return False
        self._built += 1
        self._lists_built += is_list
        return True


def _without_former_host(url: str, portal: Portal) -> str:
    """Return a link to a former host as one to the present host; other links unchanged."""
    if not portal.formerly:
        return url
    try:
        return present_url(url, portal)
    except ValueError:  # links on pages may be invalid, such as `http://[`
        return url
