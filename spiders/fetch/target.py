"""The target of a request: a value in `Request.meta`, which Scrapy copies to redirects and retries.

Belongs here: the value, and attaching and reading it. Does not belong here: Scrapy's own keys of `Request.meta`,
and building requests (see `spiders.crawl.requests`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from scrapy import Request
from scrapy.http import Response

from warehouse.records import Purpose

_META_KEY: Final = "target"


@dataclass(frozen=True, slots=True)
class Target:
    """Why a request is sent, and what the middlewares have noted about it.

    Attributes:
        article_key: key of the requested article; None for lists, attachments and robots.txt.
        is_start: whether the URL is one of the portal's start URLs: a seed URL, a feed or a sitemap.
        is_doubted: whether the request refetches a list whose 304 response may be false; it is never conditional.
        is_conditional: whether the request was sent with validators, so that a 304 response is meaningful.
        retries_waited: number of the last retry that `BackOffMiddleware` has delayed; 0 if none.
    """

    purpose: Purpose
    article_key: str | None = None
    is_start: bool = False
    is_doubted: bool = False
    is_conditional: bool = False
    retries_waited: int = 0

    def attach_to(self, request: Request) -> Request:
        """Set this target on the request, replacing any other; return the request."""
        request.meta[_META_KEY] = self
        return request


_OF_ROBOTS: Final = Target("robots")


def target_of(message: Request | Response) -> Target:
    """Return the target of a request or of a response's request.

    Only the request for robots.txt has none; its target is that of purpose `robots`.
    """
    return cast("Target", message.meta.get(_META_KEY, _OF_ROBOTS))


def requested_url(request: Request) -> str:
    """Return the URL that was first requested, before any redirects."""
    return cast("str", request.meta.get("redirect_urls", [request.url])[0])
