"""Reads responses as pages, feeds and sitemaps, with the headers that matter to them.

Belongs here: from a response to its content, to the kind of error under which the crawl counts it, and to what its
redirects and its URL say about it; what happens where a reader fails. Does not belong here: the readers (see
`spiders.pages` and `spiders.extract`), and what is followed (see `spiders.crawl.spider`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from functools import wraps
from typing import Protocol, TypeVar

from scrapy import Request
from scrapy.http import Response

from spiders.crawl.log import CrawlLog
from spiders.extract.article import PageReading, read_parsed
from spiders.pages.html import parse_page
from spiders.pages.page import Page
from spiders.pages.syndication.bodies import NotXmlError, TooLargeError
from spiders.pages.syndication.feeds import Feed, read_feed
from spiders.pages.syndication.sitemaps import Sitemap, read_sitemap
from spiders.platforms import PLATFORMS
from spiders.platforms.keys import page_key
from spiders.platforms.parts.further_pages import first_urls
from spiders.portal import Portal


class _Spider(Protocol):
    """What `isolated` needs of a spider."""

    crawl_log: CrawlLog


_SpiderT = TypeVar("_SpiderT", bound=_Spider)
_ResultT = TypeVar("_ResultT")


def isolated(
    follow: Callable[[_SpiderT, Response], Generator[Request, None, _ResultT]],
) -> Callable[[_SpiderT, Response], Generator[Request, None, _ResultT | None]]:
    """Return a callback that records a page on which `follow` fails, and returns None; the crawl goes on.

    A reader that fails on one page must not make the crawl of a portal `broken`, day after day. The page is archived,
    counted as `reader_error` and named in the log; what it links to is not followed.
    """

    @wraps(follow)
    def callback(spider: _SpiderT, response: Response) -> Generator[Request, None, _ResultT | None]:
        try:
            return (yield from follow(spider, response))
        except (
            Exception
        ):  # of a reader, on this page; it is counted, logged with its traceback, and told in the verdict
            spider.crawl_log.record_reader_error(response)
            return None

    return callback


class UnreadError(Exception):
    """A response that is not the feed or sitemap that it should be.

    Attributes:
        kind: the kind of error: `not_a_feed`, `not_a_sitemap` or `list_too_large`.
    """

    def __init__(self, kind: str) -> None:
        """Store the kind."""
        super().__init__(kind)
        self.kind = kind


def feed_of(response: Response, seen_at: datetime) -> Feed:
    """Return the feed in a response that was received at `seen_at`.

    Raises:
        UnreadError: the response is no feed, or too large.
    """
    try:
        return read_feed(
            response.body,
            response.url,
            seen_at,
            content_type=header_of(response, "Content-Type"),
            content_location=header_of(response, "Content-Location"),
        )
    except NotXmlError as error:
        raise _unread(error, "not_a_feed") from error


def sitemap_of(response: Response) -> Sitemap:
    """Return the sitemap in a response.

    Raises:
        UnreadError: the response is no sitemap, or too large.
    """
    try:
        return read_sitemap(
            response.body,
            response.url,
            content_type=header_of(response, "Content-Type"),
            content_location=header_of(response, "Content-Location"),
        )
    except NotXmlError as error:
        raise _unread(error, "not_a_sitemap") from error


def page_of(response: Response, portal: Portal) -> Page:
    """Parse a page.

    The time is left out: a row that says "3 giờ trước" would seem to change from crawl to crawl.

    Raises:
        NotAPage: the response is a file.
    """
    return parse_page(response.body, response.url, header_of(response, "Content-Type")).of(portal)


def article_on(page: Page, portal: Portal) -> PageReading | None:
    """Return what extraction reads in a page that was requested as a list; None if it is no article."""
    if is_further_page(page.url, portal):
        return None
    reading = read_parsed(page, portal)
    return reading if reading.parts is not None else None


def is_replaced(response: Response, page: Page, portal: Portal) -> bool:
    """Return whether redirects led from an article's page to one that is no article."""
    requested = response.meta.get("redirect_urls", [response.url])[0]
    if page_key(requested, portal) == page_key(response.url, portal):  # only the address is another
        return False
    return read_parsed(page, portal).parts is None


def is_further_page(url: str, portal: Portal) -> bool:
    """Return whether a link leads into the middle of an article.

    Only the article's own pager may do so.
    """
    platform = PLATFORMS[portal.platform]
    return any(platform.is_article_url(first_url, portal) for first_url in first_urls(url))


def header_of(response: Response, name: str) -> str | None:
    """Return the value of a response's header; None if it has none."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _unread(error: NotXmlError, kind: str) -> UnreadError:
    return UnreadError("list_too_large" if isinstance(error, TooLargeError) else kind)
