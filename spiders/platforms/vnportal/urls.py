"""vnPortal's URLs: articles, lists, and canonical forms.

Belongs here: pure functions of a URL. Does not belong here: markup (`spiders.platforms.vnportal.platform`).

An article's URL ends in its number and `.htm`: `/tin-so-nganh/<slug>-4250407154648115.htm`. The number is that of the
site (`4` for hanoi.gov.vn, `2661` for a department), then year, month, day, hour, minute, second and millisecond of the
article's creation (`spiders.platforms.parts.dating.date_in_url`). Articles taken over from an older portal have a plain
number: `-4000102581.htm`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from spiders.platforms.parts.urls import is_file, origin
from warehouse.text.address import canonical_address

_ARTICLE: Final = re.compile(r"/[\d-]*[^/\d-][^/]*-(?P<id>\d{9,21})\.html?$", re.IGNORECASE)
_VARIANT_QUERY: Final = re.compile(r"(?i)^(?:print|in|amp|view|gidzl|zarsrc|ref|share|sid)$")
_PRINT_PATH: Final = re.compile(r"/(?:print|in-bai|in-trang)(?=/)")
_NO_PAGE: Final = re.compile(
    r"/(?:api|dang-nhap|login|logout|dang-ky|tim-kiem|search|rss|print|in-bai|in-trang|lien-he|gop-y|hoi-dap|so-do-cong|"
    r"sitemap)(?:[/.?]|$)|\.(?:xml|rss|json|css|js)$",
    re.IGNORECASE,
)
_FIRST_PAGE: Final = frozenset((("page", "1"), ("trang", "1"), ("pageindex", "1"), ("page", "0"), ("pageindex", "0")))


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the canonical URL: an article's without parameters, a list's without a first page's."""
    parts = urlsplit(url := address(url))
    if _ARTICLE.search(parts.path):
        return origin(url) + _PRINT_PATH.sub("", parts.path)
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    query = "&".join(
        f"{name}{sign}{value}"
        for name, sign, value in pairs
        if not _VARIANT_QUERY.match(name) and (name.lower(), value) not in _FIRST_PAGE
    )
    path = parts.path.rstrip("/") or "/"
    return origin(url) + path + (f"?{query}" if query else "")


def article_key(url: str) -> str | None:
    """Return the number at the end of an article's URL; None for other URLs."""
    found = _ARTICLE.search(urlsplit(url).path)
    return found["id"] if found else None


def looks_like_article(url: str) -> bool:
    """Tell whether the URL is an article's, and not that of its print view."""
    return article_key(url) is not None and may_be_page(url)


def may_be_page(url: str) -> bool:
    """Tell whether the URL may be an article's or a list's: not a form, a print view, a feed or a file."""
    parts = urlsplit(url)
    is_variant = any(_VARIANT_QUERY.match(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return not (is_variant or _NO_PAGE.search(parts.path) or is_file(url))
