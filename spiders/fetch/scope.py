"""Refuses redirects out of the portal's scope, and overlong URLs.

Does not belong here: what a scope covers (see `spiders.portal.Scope`).
"""

from __future__ import annotations

from scrapy import Request

from spiders.fetch.errors import OutOfScopeError, UrlTooLongError
from spiders.fetch.middleware import Middleware
from spiders.fetch.politeness import URL_MAX_CHARACTERS


class ScopeMiddleware(Middleware):
    """Refuses overlong URLs, and URLs out of the portal's scope, which come from redirects."""

    def process_request(self, request: Request) -> None:
        """Raise `UrlTooLongError`, or `OutOfScopeError` if the portal's scope does not cover the URL."""
        if len(request.url) > URL_MAX_CHARACTERS:
            raise UrlTooLongError(f"{request.url[:100]}…: {len(request.url)} characters")
        portal = self.spider.portal
        # Only the request for robots.txt has this key; it may be redirected anywhere (RFC 9309, 2.3.1.2).
        if portal.scope.covers(request.url) or request.meta.get("dont_obey_robotstxt"):
            return
        raise OutOfScopeError(f"{request.url} is out of the scope of portal {portal.slug}")
