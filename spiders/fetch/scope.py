"""Follows redirects as browsers do; refuses URLs out of scope, of captured articles, and too long.

Does not belong here: what a scope covers (see `spiders.portal.Scope`).
"""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from spiders.fetch.errors import AlreadyCapturedError, OutOfScopeError, UrlTooLongError
from spiders.fetch.middleware import Middleware
from warehouse.http_policy import HTTP_POLICY
from warehouse.text.address import resolve_link


class BrowserRedirectMiddleware(RedirectMiddleware):
    """Follows redirects as browsers do: in `Location`, a backslash is a slash; other schemes are nothing."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Return the request that a redirect leads to, or the response."""
        if (location := response.headers.get("Location")) is None:
            return response
        url = resolve_link(response.url, location.decode("utf-8", errors="replace"))
        if url is None:  # such as `javascript:history.back()`, on which Scrapy fails
            return response
        if b"\\" in location:
            response.headers["Location"] = url
        return super().process_response(request, response)


class ScopeMiddleware(Middleware):
    """Refuses overlong URLs, and redirects out of the portal's scope or to captured articles."""

    def process_request(self, request: Request) -> None:
        """Let a request pass, or refuse it.

        Raises:
            UrlTooLongError: as its name says.
            OutOfScopeError: the portal's scope does not cover the URL.
            AlreadyCapturedError: a redirect leads to an article that this crawl has captured.
        """
        if len(request.url) > HTTP_POLICY.url_characters_max:
            raise UrlTooLongError(f"{request.url[:100]}…: {len(request.url)} characters")
        portal = self.spider.portal
        # Only the request for robots.txt has this key; it may be redirected anywhere (RFC 9309, 2.3.1.2).
        if request.meta.get("dont_obey_robotstxt"):
            return
        if portal.scope.covers(request.url):
            if "redirect_urls" in request.meta and self.spider.has_captured(request.url):
                raise AlreadyCapturedError(request.url)
            return
        raise OutOfScopeError(f"{request.url} is out of the scope of portal {portal.slug}")
