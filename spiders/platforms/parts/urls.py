"""URLs: resolving links, telling pages from files, and removing session and tracking parameters.

Belongs here: URL handling that all platforms share. Does not belong here: which URLs are articles or lists (each
platform).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.selectors import descendants

# Cached links: far more than menus have. Long links are not cached, so that a hostile page cannot fill memory.
_CACHED_LINKS_MAX: Final = 10_000
_CACHED_LINK_CHARACTERS_MAX: Final = 500
_LINK_CHARACTERS_MAX: Final = 4000  # servers refuse longer URLs
_NOT_HTTP: Final = ("#", "javascript:", "mailto:", "tel:", "data:")
_ROOT: Final = re.compile(r"https?://[^/?#]+")
_ROOT_RELATIVE: Final = re.compile(r"/(?!/)|https?://[^/?#]")
_ATTACHMENT_PATH: Final = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z)(?:$|/)", re.IGNORECASE)
# NukeViet and others serve an attachment by its number under the article's own URL.
_ATTACHMENT_QUERY: Final = re.compile(r"(?:^|&)download=1(?:&|$)")
# Liferay's document library: /documents/<group>/<folder>/<name>/<uuid>, /documents/d/<site>/<name>
_LIBRARY_PATH: Final = re.compile(r"(?:^|/)documents/(?:\d+|d/[^/]+|portlet_file_entry)/")
_IMAGE_PATH: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|svg|ico)(?:$|/)", re.IGNORECASE)
_TRACKING_PARAMETER: Final = re.compile(
    r"(?i)^(?:p_auth|p_p_auth|.*token.*|.*csrf.*|(?:php|j|asp\.?net_?)?sess(?:ion)?_?id|utm_\w+|fbclid|gclid|zarsrc)$"
)
_TRAILING_PUNCTUATION: Final = ").,;:!?…]>»\"'”’"
URL_IN_TEXT: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""A URL in running text, including the punctuation that directly follows it."""
_SESSION_IN_PATH: Final = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)


def base_of(page: Page) -> str:
    """Return the base URL against which the page's relative links are resolved."""
    stated = next(
        (href for base in descendants(page.tree, "base") if (href := base.get("href")) is not None), ""
    ).strip()
    return (_joined(page.url, stated) if stated else None) or page.url


def absolute(base: str, href: str | None) -> str | None:
    """Return `href` as absolute URL without fragment; None if empty, invalid, too long or not http(s)."""
    href = (href or "").strip()
    if not href or len(href) > _LINK_CHARACTERS_MAX or href.startswith(_NOT_HTTP):
        return None
    root = _ROOT.match(base)
    if root and _ROOT_RELATIVE.match(href) and len(href) <= _CACHED_LINK_CHARACTERS_MAX:
        url = _joined_at_root(root[0] + "/", href)
    else:
        url = _joined(base, href)
    return url.partition("#")[0] if url and url.startswith(("http://", "https://")) else None


def _joined(base: str, href: str) -> str | None:
    try:
        url = urljoin(base, href.replace("\n", "").replace("\r", "").replace("\t", ""))
        hostname = urlsplit(url).hostname
    except ValueError:  # such as http://[
        return None
    return _quoted(url) if hostname else None


def _quoted(url: str) -> str:
    """Percent-encode white space and invisible characters as browsers do; keep letters of any language."""
    if url.isprintable():
        return url.replace(" ", "%20")
    return "".join(char if char.isprintable() and char != " " else quote(char, errors="replace") for char in url)


# Most menu links are root-relative or absolute, and resolve to the same URL on every page of a host. Without this
# cache, resolving them takes a fifth of a crawl's time.
_joined_at_root = lru_cache(_CACHED_LINKS_MAX)(_joined)


def links_in(elements: Iterable[HtmlElement], base: str) -> Iterator[str]:
    """Yield the absolute URLs of all `<a href>` in the elements, in document order, duplicates included."""
    for element in elements:
        for anchor in descendants(element, "a"):
            if url := absolute(base, anchor.get("href")):
                yield url


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


def untracked(url: str) -> str:
    """Return the URL without session ids, tokens, campaign parameters and fragment."""
    parts = urlsplit(url)
    query = parts.query
    if any(_TRACKING_PARAMETER.match(pair.partition("=")[0]) for pair in query.split("&")):
        kept = [
            (name, value)
            for name, value in parse_qsl(query, keep_blank_values=True)
            if not _TRACKING_PARAMETER.match(name)
        ]
        query = urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, _SESSION_IN_PATH.sub("", parts.path), query, ""))


def later_page(query: str, parameter: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return the pagination parameters; skip those of the first page (0, 1 or empty)."""
    return [(name, value) for name, value in parse_qsl(query) if parameter.match(name) and value not in ("", "0", "1")]


def origin(url: str) -> str:
    """Return scheme and host of the URL in lower case, without a default port."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme.lower()}://{host.removesuffix(default) if default else host}"
