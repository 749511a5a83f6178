"""The platform for portals on an unknown CMS: links by URL pattern, list rows by their dates.

Belongs here: URLs and lists, by heuristics for most news sites. Does not belong here: articles
(`spiders.platforms.generic.article`), or the markup of a specific CMS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from spiders.pages.page import Links, Page, Template
from spiders.pages.pagination import is_page_of_list
from spiders.platform_registry import GENERIC
from spiders.platforms.generic.article import article_parts
from spiders.platforms.generic.kinds.page_kind import page_kind
from spiders.platforms.generic.lists.rows import list_rows
from spiders.platforms.generic.urls import is_content, is_excluded, looks_like_article
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import descendants, outermost, select, text_of
from spiders.platforms.parts.urls import base_of, is_attachment, is_file, links_in, links_of, origin, page_link
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.address import canonical_address
from warehouse.text.normal import count_words

__all__ = [
    "DENY", "FEED_PRECISION", "NAME", "SIGNATURES", "TEMPLATES", "article_key", "canonical_url", "is_article_url",
    "is_list", "links", "list_rows", "page_key",
]  # fmt: skip

NAME: Final = GENERIC

SIGNATURES: Final = ()  # an unknown CMS has no signature
DENY: Final = ()
FEED_PRECISION: Final = "second"

_H1: Final = select("//h1")
_MENUS: Final = select(
    "//nav",
    "//header",
    *(f"//*[contains(@class,'{part}')]" for part in ("menu", "nav", "breadcrumb", "pagin", "pager")),
)
_NEXT: Final = select("//a[@rel='next' or @rel='prev']", "//link[@rel='next']")
_ROWS_MIN: Final = 3


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the URL without fragment, tokens and campaign parameters, with the host in lower case."""
    parts = urlsplit(url := address(url))
    return origin(url) + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def article_key(url: str) -> str | None:
    """Return None: for an unknown CMS, a number in a URL may be an id or a year."""
    return None


def page_key(page: Page) -> str | None:
    """Return None, like `article_key`."""
    return None


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the portal's article patterns, or by the default pattern if the portal defines none."""
    return not is_excluded(url) and looks_like_article(url, portal.article_patterns)


def _is_article(page: Page) -> bool:
    return is_content(page.url) and page_kind(page) == "article"


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles: dated, or with an article's URL."""
    rows = list_rows(page)
    known = (row for row in rows if row.published_at or looks_like_article(row.url, page.article_patterns))
    return is_content(page.url) and sum(1 for _ in known) >= _ROWS_MIN


def _looks_like_article_page(page: Page) -> bool:
    """Tell cheaply, for crawls, whether the page is an article: by metadata, or by URL, `h1` and text."""
    if read_metadata(page).is_article:
        return True
    return looks_like_article(page.url) and bool(_H1(page.tree)) and _has_more_text_than(len(list_rows(page)), page)


def _has_more_text_than(row_count: int, page: Page) -> bool:
    """Tell whether the page has more text than a list of so many rows under an article's URL has."""
    unlinked = (p for p in descendants(page.tree, "p") if next(descendants(p, "a"), None) is None)
    words = sum(count_words(text_of(p)) for p in unlinked)
    return words > 30 * max(row_count, 1)


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links to articles and lists.

    Articles are found by pattern or dated row; lists come from menus, breadcrumbs and pagination.
    """
    base = base_of(page)
    every = list(dict.fromkeys(links_of(page)))
    is_one = _looks_like_article_page(page)
    rows = list_rows(page) if not is_one and is_list(page) else ()
    if rows and is_article_url(page.url, portal) and _is_article(page):
        # Its rows are related articles. The whole decision takes long, so it is made only where the cheap one may err.
        is_one, rows = True, ()
    menus = set(links_in(outermost(_MENUS(page.tree)), base))
    menus.update(url for link in _NEXT(page.tree) if (url := page_link(base, link.get("href"))))
    listed = _listed(rows, portal) - menus
    articles = [url for url in every if url in listed or is_article_url(url, portal)]
    lists = [
        url
        for url in every
        if (url in menus or is_page_of_list(url))
        and portal.scope.covers(url)
        and url not in listed
        and not is_article_url(url, portal)
        and not is_file(url)
        and not is_excluded(url)
    ]
    is_expected = not rows and is_article_url(page.url, portal)
    return Links(
        articles=tuple(articles),
        lists=tuple(lists),
        attachments=_attachments(page, base, portal) if is_one or is_expected else (),
        row_count=len(rows),
    )


def _attachments(page: Page, base: str, portal: Portal) -> tuple[str, ...]:
    """Return the files that the page offers or shows.

    Links without a file's name count outside menus only.
    """
    files = linked_attachments([page.tree], base)
    menus = set(linked_attachments(outermost(_MENUS(page.tree)), base))
    return tuple(url for url in files if is_attachment(url) or not (url in menus or is_article_url(url, portal)))


def _listed(rows: Sequence[ListRow], portal: Portal) -> set[str]:
    """Return the URLs of articles whose shape nothing tells.

    They are in dated rows, of a portal without article patterns.
    A row without a date may lead to a section.
    """
    if portal.article_patterns:
        return set()
    return {row.url for row in rows if row.published_at and portal.scope.covers(row.url)}


TEMPLATES: Final = (Template("any", None, _is_article, article_parts),)
