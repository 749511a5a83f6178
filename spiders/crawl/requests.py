"""Builds a crawl's requests: each article or other page once, within scope and page limit.

Belongs here: resolving URLs, duplicates, the page limit, and priorities. Does not belong here: which links are followed
(see `spiders.crawl.follow_policy`), and how a response is processed (see `spiders.crawl.spider`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.crawl.follow_policy import FollowPolicy
from spiders.crawl.log import CrawlLog
from spiders.fetch.target import Target
from spiders.pages.page import Platform
from spiders.platforms import PLATFORMS
from spiders.portal import Portal

Callback: TypeAlias = Callable[[Response], Any]

# Most links repeat on every page (menus), so resolved URLs are cached. The limit protects memory on endless sites.
_RESOLVED_URLS_MAX: Final = 10_000
# A backfill chunk must have requests left for articles after its list, or it makes no progress.
_CHUNK_REQUESTS_MIN: Final = 10


class ResolvedUrl(NamedTuple):
    """A URL in scope, with its canonical form and article key; the same on whichever page it is linked.

    Attributes:
        url: as requested and archived: non-ASCII characters escaped, no fragment.
        canonical_url: in the platform's canonical form.
        article_key: the article's key; the canonical URL if the URL has none.
    """

    url: str
    canonical_url: str
    article_key: str


class RequestFactory:
    """Builds the requests of one crawl."""

    def __init__(self, portal: Portal, policy: FollowPolicy, log: CrawlLog, errback: Callable[[Failure], None]) -> None:
        """Create a crawl's factory; Scrapy calls `errback` for each request that fails without a response."""
        self._portal = portal
        self._platform: Platform = PLATFORMS[portal.platform]
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

    def is_article_seen(self, article_key: str) -> bool:
        """Return whether an article was requested in this crawl, under any of its URLs."""
        return f"article {article_key}" in self._seen

    def mark_seen(self, canonical_url: str) -> None:
        """Do not request this page again: another URL redirected to it."""
        self._seen.add(canonical_url)

    def request(self, url: str, callback: Callback, target: Target) -> Iterable[Request]:
        """Return the request for a URL; empty if it is out of scope, a duplicate, or over the page limit."""
        resolved = self.resolve(url)
        if resolved is None:
            return ()
        identity = f"article {target.article_key}" if target.article_key else resolved.canonical_url
        if identity in self._seen:
            return ()
        if target.purpose == "list":
            self._log.record_wanted_list(resolved.url)
        # A stored page needs no request, so it does not count towards the page limit.
        if resolved.url not in self._policy.stored_pages and not self._reserve_page(is_list=target.purpose == "list"):
            self._log.record_pages_max(self._pages_max)
            return ()
        self._seen.add(identity)
        if target.article_key:
            self._log.record_requested_article(target.article_key)
        return (self.build(resolved.url, callback, target),)

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

    def _resolve(self, url: str) -> ResolvedUrl | None:
        """Return the resolved URL; None if it is out of scope."""
        if not self._portal.scope.covers(url):
            return None
        canonical_url = self._platform.canonical_url(url)
        return ResolvedUrl(
            Request(urldefrag(url).url).url, canonical_url, self._platform.article_key(url) or canonical_url
        )

    def _reserve_page(self, *, is_list: bool) -> bool:
        """Count one page if the limit allows it; lists may use half, as an endless calendar would use it all."""
        if self._built >= self._pages_max or (is_list and self._lists_built >= max(1, self._pages_max // 2)):
            return False
        self._built += 1
        self._lists_built += is_list
        return True
