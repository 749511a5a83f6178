"""The parsed page, the data that a platform extracts from it, and the `Platform` protocol.

Belongs here: `Page` (parsed once, shared by all functions of a platform), `Links`, `ArticleParts`, `Template`. Does not
belong here: knowledge of any CMS (`spiders.platforms`), Scrapy, or building articles (`spiders.extract.article`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from lxml.html import HtmlElement

from spiders.pages.signatures import Signature
from spiders.pages.syndication.dates import FeedDate
from spiders.portal import Portal
from warehouse.records import ListRow, Precision
from warehouse.text.address import canonical_address


class PageKind(Enum):
    """The kind of a page, as its platform recognizes it."""

    LIST = "list"
    ARTICLE = "article"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed HTML page.

    Attributes:
        url: the URL it was fetched from, without session ids; relative links are resolved against it (and against
            `<base>`).
        tree: the root element; platform functions never change it.
        flags: quality flags from decoding and parsing, such as `wrong_charset`.
        captured_at: when it was fetched; relative dates such as `3 giờ trước` need it. None if unknown.
        portal_from: the portal's first day; no article can be older. None if unknown.
        article_patterns: the portal's patterns for article URLs; empty if it has none or is unknown.
        feed_date: the date of publication in the feed or sitemap that led to the page. None if unknown.
    """

    url: str
    tree: HtmlElement
    flags: tuple[str, ...] = ()
    captured_at: datetime | None = None
    portal_from: date | None = None
    article_patterns: tuple[str, ...] = ()
    feed_date: FeedDate | None = None

    def of(self, portal: Portal) -> Page:
        """Return the page with what the portal's definition says about it."""
        return replace(self, portal_from=portal.active_from, article_patterns=portal.article_patterns)


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute URLs that a page links to, in page order, each once; the portal's scope is not applied.

    Attributes:
        articles: URLs that the platform recognizes as articles.
        lists: list pages, from pagination and sections.
        attachments: PDF, DOC, XLS and the like, linked from an article's body.
        row_count: number of rows in the list, including repeats; 0 for a page that is not a list.
    """

    articles: tuple[str, ...]
    lists: tuple[str, ...]
    attachments: tuple[str, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """The parts of an article page as its template extracts them: cleaned text, not yet checked.

    The fields are named as in `warehouse.records.Article`. `flags` are quality flags that only the template can set,
    such as `caption_in_table`.
    """

    title: str | None
    lead: str | None
    body: tuple[str, ...]
    captions: tuple[str, ...]
    byline: str | None
    credited_source_name: str | None
    credited_source_url: str | None
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    published_precision: Precision | None
    published_basis: str | None
    updated_at: datetime | None
    view_count: int | None
    attachments: tuple[str, ...]
    image_urls: tuple[str, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One layout of a platform's or a portal's article pages.

    Attributes:
        name: the value of the column `template`.
        until: the last day on which pages had this layout; None if it is still in use.
        fits: returns whether a page is an article in this layout.
        article_parts: returns the parts of an article page in this layout.
    """

    name: str
    until: date | None
    fits: Callable[[Page], bool]
    article_parts: Callable[[Page], ArticleParts]

    def is_valid(self, captured_at: datetime | None) -> bool:
        """Return whether a page captured at that time may have this layout; True if the time is unknown."""
        return self.until is None or captured_at is None or captured_at.date() <= self.until


class Platform(Protocol):
    """A platform's interface: constants, and pure functions of a URL or a parsed page; usually a module."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The platform's name in portal definitions and table rows."""

    @property
    def SIGNATURES(self) -> tuple[Signature, ...]:  # noqa: N802 - a module's constant
        """The signatures of the platform's CMS; may be empty."""

    @property
    def DENY(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """Extra `deny` patterns for a drafted portal file: URLs without end, pages without articles."""

    @property
    def FEED_PRECISION(self) -> Precision:  # noqa: N802 - a module's constant
        """To which precision the dates in the platform's feeds and sitemaps are true.

        `second` trusts them whole.
        """

    @property
    def TEMPLATES(self) -> tuple[Template, ...]:  # noqa: N802 - a module's constant
        """The layouts of the platform's article pages, newest first."""

    def canonical_url(self, url: str, address: Callable[[str], str] = canonical_address) -> str:
        """Return the one URL that represents all URLs of the same content.

        `address` is what canonicalizes the URL as such, before what only the platform knows is applied.
        """

    def article_key(self, url: str) -> str | None:
        """Return the platform's own id of the article at `url`; None if the URL contains none."""

    def page_key(self, page: Page) -> str | None:
        """Return the platform's own id of the article on `page`; None if the page does not contain it."""

    def is_article_url(self, url: str, portal: Portal) -> bool:
        """Return whether the URL is an article's, judged without fetching it."""

    def is_list(self, page: Page) -> bool:
        """Return whether a page lists articles; call it only if the page is not an article."""

    def links(self, page: Page, portal: Portal) -> Links:
        """Return the URLs that the page links to."""

    def list_rows(self, page: Page) -> tuple[ListRow, ...]:
        """Return the rows of a list page, in page order."""
