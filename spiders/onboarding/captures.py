"""Fetched pages, each parsed once: the input of surveys and probes.

Belongs here: finding a page by its requested URL, and which pages are still missing. Does not belong here:
fetching (see `spiders.onboarding.spider`), and what a page shows (see `spiders.onboarding.survey`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from protego import Protego

from spiders.crawl.outcomes.kinds import EXPLANATIONS
from spiders.crawl.settings import user_agent
from spiders.extract.article import extract_page, page_or_reason
from spiders.extract.page_errors import EXTRACTOR_ERROR
from spiders.fetch.politeness import robots_delay_seconds, robots_text
from spiders.pages.charset import to_utf8
from spiders.pages.html import NotAPage, parse_page
from spiders.pages.page import Links, Page
from spiders.pages.syndication.feeds import Feed, read_feed
from spiders.pages.syndication.sitemaps import Sitemap, read_sitemap
from spiders.pages.syndication.xml import resolved
from spiders.platforms import PLATFORMS
from spiders.portal import Portal
from warehouse.errors import WarehouseError
from warehouse.http_policy import HTTP_POLICY
from warehouse.records import Article, ListRow

# On 194 saved pages of real portals, lxml and html.parser find the same links, titles and meta elements. On hostile
# markup (300,000 unfinished tags), html.parser takes minutes, lxml less than a second.
_SOUP_PARSER: Final = "lxml"


class FetchError(WarehouseError):
    """A page could not be fetched.

    Attributes:
        kind: the error kind under which a crawl counts it: `dns`, `timeout`, `http_404`, `robots_denied`,
            `out_of_scope`, `too_large`, `challenge_d1n` …; `not_http` for a URL that no crawl would request.
        url: the URL that failed, after redirects.
    """

    def __init__(self, kind: str, url: str) -> None:
        """Store the kind and the URL."""
        explained = EXPLANATIONS.get(kind)
        super().__init__(f"{url}: {kind}" if explained is None else f"{url}: {kind}: {explained}")
        self.kind = kind
        self.url = url


class NotFetchedError(Exception):
    """A survey or a probe needs further pages before it can continue.

    Attributes:
        urls: the pages to request next.
        portal: the definition whose scope redirects must not leave.
    """

    def __init__(self, urls: Sequence[str], portal: Portal) -> None:
        """Store the URLs and the definition."""
        super().__init__(f"not fetched yet: {', '.join(urls)}")
        self.urls = urls
        self.portal = portal


@dataclass(frozen=True, eq=False)
class CapturedPage:
    """A page that was fetched with status 200 and is not a bot challenge.

    Attributes:
        requested_url: the URL before redirects.
        url: the URL after redirects.
        body: the body after content decoding.
        content_type: the `Content-Type` header; None if there is none.
        headers: all response headers, for the signatures of a CMS.
    """

    requested_url: str
    url: str
    body: bytes = field(repr=False)
    content_type: str | None
    captured_at: datetime
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    _articles: dict[Portal, Article | None] = field(default_factory=dict, init=False, repr=False)
    _lists: dict[Portal, tuple[Links, tuple[ListRow, ...]]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def page(self) -> Page | None:
        """The page as platforms read it; None if the body is not an HTML page."""
        try:
            return parse_page(self.body, self.url, self.content_type)
        except NotAPage:
            return None

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page for CSS selectors; broken markup is tolerated. Empty if `page` is None.

        An element takes a kilobyte here, so that 20 MB of hostile markup would take gigabytes.
        """
        utf8 = to_utf8(self.body, self.content_type)[0] if self.page else b""
        return BeautifulSoup(utf8, _SOUP_PARSER, from_encoding="utf-8")

    @cached_property
    def feed(self) -> Feed:
        """The feed, if the body is one; else the property raises `NotXmlError`."""
        return read_feed(
            self.body,
            self.url,
            self.captured_at,
            content_type=self.content_type,
            content_location=self._header("content-location"),
        )

    @cached_property
    def sitemap(self) -> Sitemap:
        """The sitemap, if the body is one; else the property raises `NotXmlError`."""
        return read_sitemap(self.body, self.url, content_type=self.content_type)

    def _header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def links(self, portal: Portal) -> tuple[Links, tuple[ListRow, ...]]:
        """Return the page's links and list rows, as the platform finds them; no rows without a list."""
        if portal not in self._lists:
            platform = PLATFORMS[portal.platform]
            page = self.page.of(portal) if self.page else None
            links = platform.links(page, portal) if page else Links((), (), (), 0)
            rows = platform.list_rows(page) if page and links.row_count else ()
            self._lists[portal] = (links, rows)
        return self._lists[portal]

    def article(self, portal: Portal) -> Article | None:
        """Return the article as a build would extract it from the archive; None if the page shows none."""
        if portal not in self._articles:
            self._articles[portal] = extract_page(self.body, self.url, portal, self.captured_at, self.content_type)
        return self._articles[portal]

    def readable_article(self, portal: Portal) -> Article | None:
        """Return the article; None if there is none, or the extractor fails on the page.

        One such page says nothing of the portal's other pages, of which a survey or a probe has to tell.
        """
        return None if self.why_unread(portal) else self.article(portal)

    def why_unread(self, portal: Portal) -> str:
        """Return why the page shows no article, a key of `UNREAD_REASONS`; empty if it shows one."""
        try:
            found = page_or_reason(self.body, self.url, portal, self.captured_at, self.content_type)
        except Exception:
            return EXTRACTOR_ERROR
        if isinstance(found, str):
            return found
        self._articles[portal] = found
        return ""


@dataclass(frozen=True, slots=True)
class Captures:
    """The pages and errors of one portal.

    Attributes:
        outcomes: page or error by requested URL, including the robots.txt of each host.
        is_complete: whether fetching has ended.
    """

    outcomes: Mapping[str, CapturedPage | FetchError]
    is_complete: bool = True

    def require(self, urls: Sequence[str], portal: Portal) -> None:
        """Raise `NotFetchedError` if some of the URLs have no outcome and fetching has not ended."""
        missing = [url for url in dict.fromkeys(urls) if url not in self.outcomes]
        if missing and not self.is_complete:
            raise NotFetchedError(missing, portal)

    def get(self, url: str, portal: Portal) -> CapturedPage:
        """Return the page that was fetched from a URL.

        Raises:
            FetchError: the page could not be fetched; kind `stopped` if fetching ended before its request.
            NotFetchedError: the page has not been fetched yet.
        """
        self.require([url], portal)
        outcome = self.outcomes.get(url, FetchError("stopped", url))
        if isinstance(outcome, FetchError):
            raise outcome
        return outcome

    def fetched(self, urls: Sequence[str], portal: Portal) -> Iterator[CapturedPage]:
        """Yield the pages of the URLs in the portal's scope, except pages that could not be fetched.

        Raises:
            NotFetchedError: some pages have not been fetched yet.
        """
        in_scope = [url for url in urls if portal.scope.covers(url)]
        self.require(in_scope, portal)
        found = (self.outcomes.get(url) for url in in_scope)
        yield from (one for one in found if isinstance(one, CapturedPage))

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """Return the sitemap URLs in the robots.txt of the URL's host."""
        return resolved(self._rules(url).sitemaps, url)

    def crawl_delay(self, url: str) -> float | None:
        """Return the crawl delay in the robots.txt of the URL's host, in seconds; None if there is none."""
        return robots_delay_seconds(self._rules(url), user_agent()) or None

    def _rules(self, url: str) -> Protego:
        # A host's robots.txt is fetched once, with the scheme of the first request to the host.
        places = (f"{scheme}://{urlsplit(url).netloc}/robots.txt" for scheme in ("https", "http"))
        found = next((one for place in places if isinstance(one := self.outcomes.get(place), CapturedPage)), None)
        body = found.body[: HTTP_POLICY.robots_bytes_max] if found else b""
        return Protego.parse(robots_text(body))
