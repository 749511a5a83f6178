"""Makes requests conditional, so that portals need not send unchanged pages again.

Belongs here: setting the headers. Does not belong here: which requests are conditional (see
`spiders.crawl.follow_policy`), and recording 304 responses (see `spiders.crawl.log`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from scrapy import Request

from spiders.fetch.middleware import Middleware
from spiders.fetch.target import target_of

_CONDITIONAL_HEADERS: Final = ("If-None-Match", "If-Modified-Since")


class ConditionalMiddleware(Middleware):
    """Makes requests for known pages conditional; after a redirect, with the validators of the new URL."""

    def process_request(self, request: Request) -> None:
        """Set or remove the headers of a conditional request."""
        # A redirected request still has the validators of the first URL.
        for name in _CONDITIONAL_HEADERS:
            request.headers.pop(name, None)
        headers = self.spider.conditional_headers(request)
        request.headers.update(headers)
        target = target_of(request)
        if target.is_conditional != bool(headers):
            replace(target, is_conditional=bool(headers)).attach_to(request)
