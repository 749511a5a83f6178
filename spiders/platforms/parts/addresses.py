"""Links as pages write them: made absolute, sorted into pages and files, freed of what only belongs to one visit.

Here: what all platforms share about addresses. Not here: which addresses are articles or lists (each platform).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.selectors import below

# Many more than a portal's menus hold; the bound on the length is for pages made to fill memory.
_LINKS_KEPT: Final = 10_000
_KEPT_LINK_CHARACTERS_MAX: Final = 500
_LINK_CHARACTERS_MAX: Final = 4000  # servers refuse longer ones
_NO_PAGE: Final = ("#", "javascript:", "mailto:", "tel:", "data:")
_ROOT: Final = re.compile(r"https?://[^/?#]+")
_FROM_ROOT: Final = re.compile(r"/(?!/)|https?://[^/?#]")
_ATTACHMENT_PATH: Final = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z)(?:$|/)", re.IGNORECASE)
# NukeViet and others hand out a file by its number at the article's own address.
_ATTACHMENT_QUERY: Final = re.compile(r"(?:^|&)download=1(?:&|$)")
# Liferay's document library: /documents/<group>/<folder>/<name>/<uuid>
_LIBRARY_PATH: Final = re.compile(r"(?:^|/)documents/\d+/")
_IMAGE_PATH: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|svg|ico)(?:$|/)", re.IGNORECASE)
_OF_ONE_VISIT: Final = re.compile(
    r"(?i)^(?:p_auth|p_p_auth|.*token.*|.*csrf.*|(?:php|j|asp\.?net_?)?sess(?:ion)?_?id|utm_\w+|fbclid|gclid|zarsrc)$"
)
_BEHIND_ADDRESS: Final = ").,;:!?…]>»\"'”’"
WRITTEN_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""An address as texts write it, with whatever stands right behind it."""
_SESSION_IN_PATH: Final = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)


def base_of(page: Page) -> str:
    """Return the address that the page's relative links start from."""
    stated = next((href for base in below(page.tree, "base") if (href := base.get("href")) is not None), "").strip()
    return (_joined(page.url, stated) if stated else None) or page.url


def absolute(base: str, href: str | None) -> str | None:
    """Return the http(s) address that `href` leads to, without fragment; None where it leads to no page."""
    href = (href or "").strip()
    if not href or len(href) > _LINK_CHARACTERS_MAX or href.startswith(_NO_PAGE):
        return None
    root = _ROOT.match(base)
    if root and _FROM_ROOT.match(href) and len(href) <= _KEPT_LINK_CHARACTERS_MAX:
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
    """Write white space and what nobody can see as browsers send it; letters of any language stay."""
    if url.isprintable():
        return url.replace(" ", "%20")
    return "".join(sign if sign.isprintable() and sign != " " else quote(sign, errors="replace") for sign in url)


# Links that do not start from the page's own address lead to the same on every page of a host, and menus are made of
# them: working them out anew for each page takes a fifth of a crawl's time.
_joined_at_root = lru_cache(_LINKS_KEPT)(_joined)


def links_in(elements: Iterable[HtmlElement], base: str) -> Iterator[str]:
    """Yield the absolute addresses of all `<a href>` at and below the elements, in page order, repeats included."""
    for element in elements:
        for anchor in below(element, "a"):
            if url := absolute(base, anchor.get("href")):
                yield url


def written_address(text: str) -> str | None:
    """Return the first address that stands in the text itself, made whole; None where there is none."""
    written = WRITTEN_ADDRESS.search(text)
    if written is None:
        return None
    url = written[0].rstrip(_BEHIND_ADDRESS)
    return absolute("http://", url if url.lower().startswith("http") else f"https://{url}")


def is_attachment(url: str) -> bool:
    """Tell from the address, or a link as it is written, whether it leads to a document or an archive.

    Pages and pictures are none, and what is no address leads nowhere.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[
        return False
    if _ATTACHMENT_PATH.search(parts.path) or _ATTACHMENT_QUERY.search(parts.query):
        return True
    return bool(_LIBRARY_PATH.search(parts.path)) and not _IMAGE_PATH.search(parts.path)


def is_file(url: str) -> bool:
    """Tell from the address whether it leads to anything but a page."""
    return is_attachment(url) or bool(_IMAGE_PATH.search(urlsplit(url).path))


def without_visit(url: str) -> str:
    """Return the address without session ids, tokens, campaign marks and fragment: the same for every visitor."""
    parts = urlsplit(url)
    query = parts.query
    if any(_OF_ONE_VISIT.match(pair.partition("=")[0]) for pair in query.split("&")):
        kept = [
            (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _OF_ONE_VISIT.match(name)
        ]
        query = urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, _SESSION_IN_PATH.sub("", parts.path), query, ""))


def origin(url: str) -> str:
    """Return scheme and host of the address in lower case, without a default port."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme.lower()}://{host.removesuffix(default) if default else host}"
