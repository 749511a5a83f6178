"""Keeps requests within the portal's scope and within a bound of length; of redirects, above all.

Not here: what a scope covers (`spiders.portal.Scope`), or which links are followed (`spiders.crawl.follow_policy`).
"""

from __future__ import annotations

from scrapy import Request

from spiders.fetch.errors import OutOfScopeError, UrlTooLongError
from spiders.fetch.middleware import Middleware
from spiders.fetch.politeness import URL_MAX_CHARACTERS


class ScopeMiddleware(Middleware):
    """Refuses endless addresses, and those outside the portal's scope: after link selection, these are redirects."""

    def process_request(self, request: Request) -> None:
        """Raise `UrlTooLongError` or, where the portal's scope does not cover the address, `OutOfScopeError`."""
        if len(request.url) > URL_MAX_CHARACTERS:
            raise UrlTooLongError(f"{request.url[:100]}…: {len(request.url)} characters")
        portal = self.spider.portal
        # What does not obey robots.txt is the request for robots.txt, which may lead anywhere (RFC 9309, 2.3.1.2).
        if portal.scope.covers(request.url) or request.meta.get("dont_obey_robotstxt"):
            return
        raise OutOfScopeError(f"{request.url} is out of the scope of portal {portal.slug}")
