"""A parsed page and what a platform may say of it: the vocabulary between the platforms and their callers.

Here: `Page` (one parse of a page, shared by all questions about it), `Links`, `ArticleParts` and `Template`, and the
`Platform` protocol. Not here: knowledge of any CMS (`spiders.platforms`), Scrapy, or what is made of the parts
(`spiders.extract.article`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from lxml.html import HtmlElement

from spiders.pages.signatures import Signature
from spiders.portal import Portal
from warehouse.records import ListRow, Precision


class PageKind(Enum):
    """What a page is, as far as its platform can tell."""

    LIST = "list"
    ARTICLE = "article"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed HTML page.

    Attributes:
        url: the address it was fetched from; relative links are resolved against it (and against `<base>`).
        tree: the root element. Questions about a page never alter it.
        flags: quality flags found while decoding, such as `wrong_charset`.
        captured_at: when it was fetched, which `3 giờ trước` is relative to; None where that is not known.
        portal_from: first day of the portal's life, before which it can have published nothing; None where unknown.
    """

    url: str
    tree: HtmlElement
    flags: tuple[str, ...] = ()
    captured_at: datetime | None = None
    portal_from: date | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute addresses that a page leads to, in page order, each once; scope is the caller's business.

    Attributes:
        articles: pages that the platform takes for articles.
        lists: further list pages: paging and sections.
        attachments: PDF, DOC, XLS and the like, linked from an article's body.
        row_count: rows that the page lists, repeats included; 0 for anything but a list.
    """

    articles: tuple[str, ...]
    lists: tuple[str, ...]
    attachments: tuple[str, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """The parts of an article page as its template shows them: cleaned text, not yet judged.

    The fields are those of `warehouse.records.Article` under the same names. `flags` are quality flags that only the
    template can know, such as `caption_in_table`.
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
        name: as rows show it in their column `template`.
        until: last day on which pages were served in it; None for one in use.
        fits: tells whether a page is an article in this layout.
        article_parts: returns the parts of an article page that it fits.
    """

    name: str
    until: date | None
    fits: Callable[[Page], bool]
    article_parts: Callable[[Page], ArticleParts]

    def is_valid(self, captured_at: datetime | None) -> bool:
        """Tell whether a page of that time may be in this layout."""
        return self.until is None or captured_at is None or captured_at.date() <= self.until


class Platform(Protocol):
    """What a platform must offer, as a rule a module: constants, and pure functions of a URL or of a parsed page."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The platform's name, as portal definitions and rows spell it."""

    @property
    def SIGNATURES(self) -> tuple[Signature, ...]:  # noqa: N802 - a module's constant
        """What in a page's source speaks for its system; empty where nothing does."""

    @property
    def DENY(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """What a drafted portal file denies besides the usual: addresses without end, or without articles."""

    @property
    def TEMPLATES(self) -> tuple[Template, ...]:  # noqa: N802 - a module's constant
        """The layouts of its article pages, the newest first."""

    def canonical_url(self, url: str) -> str:
        """Return the one address that stands for all that show the same thing."""

    def article_key(self, url: str) -> str | None:
        """Return the platform's own id of the article at `url`, or None where the URL holds none."""

    def page_key(self, page: Page) -> str | None:
        """Return the platform's own id of the article that `page` shows, where the template prints it, or None."""

    def is_article_url(self, url: str, portal: Portal) -> bool:
        """Tell from the address alone whether an article stands there."""

    def is_list(self, page: Page) -> bool:
        """Tell whether the page, in which no article stands, lists articles."""

    def links(self, page: Page, portal: Portal) -> Links:
        """Return where the page leads."""

    def list_rows(self, page: Page) -> tuple[ListRow, ...]:
        """Return the rows of a list page, in page order."""
