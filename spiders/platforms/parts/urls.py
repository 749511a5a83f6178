"""URLs: the links of a page, and telling pages from files.

Belongs here: URL handling that all platforms share. Does not belong here: the form of addresses
(`warehouse.text.address`), which URLs are articles or lists (each platform).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.selectors import descendants
from warehouse.text.address import resolve_link, without_session

_Resolve: TypeAlias = Callable[[str, str], str | None]

# Cached links: far more than menus have. Long links are not cached, so that a hostile page cannot fill memory.
_CACHED_LINKS_MAX: Final = 10_000
_CACHED_LINK_CHARACTERS_MAX: Final = 500
_LINK_CHARACTERS_MAX: Final = 4000  # servers refuse longer URLs
_CACHED_BASES_MAX: Final = 100
# No URL: what a link means to which the path of its page matters.
_DEPENDS_ON_PAGE: Final = ""
_NOT_HTTP: Final = ("#", "javascript:", "mailto:", "tel:", "data:")
_ROOT: Final = re.compile(r"https?://[^/?#]+")
_ROOT_RELATIVE: Final = re.compile(r"/(?!/)|https?://[^/?#]")
_ATTACHMENT_PATH: Final = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z)(?:$|/)", re.IGNORECASE)
# NukeViet and others serve an attachment by its number under the article's own URL.
_ATTACHMENT_QUERY: Final = re.compile(r"(?:^|&)download=1(?:&|$)")
# Liferay's document library: /documents/<group>/<folder>/<name>/<uuid>, /documents/d/<site>/<name>
_LIBRARY_PATH: Final = re.compile(r"(?:^|/)documents/(?:\d+|d/[^/]+|portlet_file_entry)/")
_IMAGE_PATH: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|svg|ico)(?:$|/)", re.IGNORECASE)
_TRAILING_PUNCTUATION: Final = ").,;:!?…]>»\"'”’"
URL_IN_TEXT: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""A URL in running text, including the punctuation that directly follows it."""


# Cached for one page, because most functions that read one need it.
@lru_cache(1)
def base_of(page: Page) -> str:
    """Return the base URL against which the page's relative links are resolved."""
    stated = next(
        (href for base in descendants(page.tree, "base") if (href := base.get("href")) is not None), ""
    ).strip()
    return (resolve_link(page.url, stated) if stated else None) or page.url


def absolute(base: str, href: str | None) -> str | None:
    """Return `href` as absolute URL without fragment; None if empty, invalid, too long or not http(s)."""
    return _linked(base, href, _resolved, _resolved_at_root)


def page_link(base: str, href: str | None) -> str | None:
    """Return what `absolute` returns, without session ids and tracking parameters, which differ by page."""
    return _linked(base, href, _resolved_page, _page_at_root)


def _linked(base: str, href: str | None, resolve: _Resolve, resolve_at_root: _Resolve) -> str | None:
    if href and len(href) <= _CACHED_LINK_CHARACTERS_MAX and (root := _root_of(base)):
        found = resolve_at_root(root, href)
        if found != _DEPENDS_ON_PAGE:
            return found
    href = (href or "").strip()
    if not href or len(href) > _LINK_CHARACTERS_MAX or href.startswith(_NOT_HTTP):
        return None
    return resolve(base, href)


def _resolved(base: str, href: str) -> str | None:
    url = resolve_link(base, href)
    return url.partition("#")[0] if url else None


def _resolved_page(base: str, href: str) -> str | None:
    url = resolve_link(base, href)
    return without_session(url) if url else None


@lru_cache(_CACHED_BASES_MAX)
def _root_of(base: str) -> str:
    """Return scheme and host of a base; empty if it has none in the usual form."""
    root = _ROOT.match(base)
    return root[0] if root else ""


def _at_root(resolve: _Resolve) -> _Resolve:
    """Return a function for links that all bases of a host share; of others, `_DEPENDS_ON_PAGE`.

    Most menu links are root-relative or absolute, and stand on every page of a host.
    """

    @lru_cache(_CACHED_LINKS_MAX)
    def resolve_at_root(root: str, href: str) -> str | None:
        href = href.strip()
        if not href or href.startswith(_NOT_HTTP):
            return None
        return resolve(root, href) if _ROOT_RELATIVE.match(href) else _DEPENDS_ON_PAGE

    return resolve_at_root


_resolved_at_root: Final = _at_root(_resolved)
_page_at_root: Final = _at_root(_resolved_page)


def links_in(elements: Iterable[HtmlElement], base: str) -> Iterator[str]:
    """Yield the `page_link` of all `<a href>` in the elements, in document order, duplicates included."""
    for element in elements:
        for anchor in descendants(element, "a"):
            if url := page_link(base, anchor.get("href")):
                yield url


def links_of(page: Page) -> Iterator[str]:
    """Yield the `page_link` of all `<a href>` of a page, in document order; of equal hrefs the first."""
    base = base_of(page)
    for href in hrefs_of(page):
        if url := page_link(base, href):
            yield url


# Cached for one page: a crawl looks for links to articles, and for the next page of this one.
@lru_cache(1)
def hrefs_of(page: Page) -> tuple[str, ...]:
    """Return the `href` of all `<a>` of a page as written, in document order, each once."""
    return tuple(dict.fromkeys(href for anchor in page.tree.iter("a") if (href := anchor.get("href"))))


def url_in_text(text: str) -> str | None:
    """Return the first URL written in the text, with a scheme added if needed; None if there is none."""
    written = URL_IN_TEXT.search(text)
    if written is None:
        return None
    url = written[0].rstrip(_TRAILING_PUNCTUATION)
    return absolute("http://", url if url.lower().startswith("http") else f"https://{url}")


def is_attachment(url: str) -> bool:
    """Tell from a URL or an `href` whether it points to a document or an archive.

    Images and malformed URLs are not attachments.
    """
    if len(url) > _LINK_CHARACTERS_MAX:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[
        return False
    if _ATTACHMENT_PATH.search(parts.path) or _ATTACHMENT_QUERY.search(parts.query):
        return True
    return bool(_LIBRARY_PATH.search(parts.path)) and not _IMAGE_PATH.search(parts.path)


def is_file(url: str) -> bool:
    """Tell from the URL whether it points to a file (an attachment or an image) rather than to a page."""
    return is_attachment(url) or bool(_IMAGE_PATH.search(urlsplit(url).path))


def fits_pattern(pattern: str, url: str) -> bool:
    """Tell whether a URL fits one of a portal's `article_patterns`.

    A pattern is searched in the path, and one that names the question mark in path and query: the `$` of the others is
    the end of the path.
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query and names_query(pattern) else ""
    return re.search(pattern, parts.path + query) is not None


def names_query(pattern: str) -> bool:
    r"""Tell whether a pattern names the question mark of a query, as `\?p=\d+` and `[?&]id=\d+` do."""
    return r"\?" in pattern or "[?" in pattern


def later_page(query: str, parameter: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return the pagination parameters; skip those of the first page (0, 1 or empty)."""
    return [(name, value) for name, value in parse_qsl(query) if parameter.match(name) and value not in ("", "0", "1")]


def origin(url: str) -> str:
    """Return scheme and host of the URL in lower case, without a default port."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme.lower()}://{host.removesuffix(default) if default else host}"
