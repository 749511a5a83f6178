"""WordPress's URLs: articles, pages that crawls never follow, and canonical forms.

Belongs here: pure functions of a URL. Does not belong here: markup (`spiders.platforms.wordpress.articles`,
`spiders.platforms.wordpress.lists`).

Each site chooses the form of its articles' URLs. Only some forms say that they are an article's: `?p=16`,
`/2026/03/07/<slug>/`, `/2026/03/<slug>/`, `/archives/16` and a long `/<slug>.html`. `/<slug>/` and
`/<category>/<slug>/` may also be a static page or a category: there the rows of lists tell, or the portal's
`article_patterns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from spiders.platforms.parts.urls import is_file, origin
from warehouse.text.address import canonical_address

_ARTICLE_PATH: Final = re.compile(
    r"/(?:19|20)\d\d/(?:0[1-9]|1[0-2])(?:/(?:0[1-9]|[12]\d|3[01]))?/(?!(?:page|feed|amp|embed)/?$)[^/]*[^/\d][^/]*/?$|"
    r"/archives/\d+/?$|/(?:[^/.-]+-){5,}[^/.-]+\.html?$"
)
_SECTION_PATH: Final = re.compile(r"/(?:category|tag|chuyen-muc|danh-muc|the|page)/")
_ARCHIVED_ID: Final = re.compile(r"/archives/(?P<id>\d{1,18})/?$")
_NUMBER: Final = re.compile(r"[1-9]\d{0,17}")
# Variants of a page: below it in the path, or by a parameter. `/2/` is not one: it is the second page of a post.
_VARIANT_PATH: Final = re.compile(r"/(?:comment-page-\d+|amp|embed|trackback|print)/?$")
_VARIANT_QUERY: Final = re.compile(
    r"(?i)^(?:replytocom|share|nb|like_comment|_wpnonce|amp|noamp|print|pdf|output|preview(?:_\w+)?|unapproved|"
    r"moderation-hash|cpage|doing_wp_cron|relatedposts(?:_\w+)?|ver|tie_color|gallery|slide|wpmp_switcher)$"
)
_FIRST_PAGE: Final = re.compile(r"/page/1/?$")
_FEED_PATH: Final = re.compile(r"/(?:feed|rss2?|atom)(?:/(?:rss2?|atom|rdf))?/?$")
_NO_PAGE: Final = re.compile(
    r"/(?:wp-(?:admin|json|content|includes|login|cron|signup|activate|comments-post|trackback|mail)|xmlrpc\.php|author|"
    r"tac-gia|search|cart|gio-hang|checkout|thanh-toan|my-account|tai-khoan|product|san-pham|attachment)(?:[/.?]|$)|"
    r"\.(?:xml|xsl|txt|json|css|js)$|^/(?:19|20)\d\d(?:/\d\d){0,2}(?:/page/\d+)?/?$"
)
_NO_PAGE_QUERY: Final = frozenset(("s", "author", "m", "feed", "attachment_id", "rest_route", "add-to-cart", "orderby"))


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the canonical URL.

    Answer forms (`?replytocom=`), AMP, print and embed views, and pages of comments map to their page. The second page
    of a post (`/<slug>/2/`) and feeds have URLs of their own.
    """
    parts = urlsplit(url := address(url))
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    query = "&".join(f"{name}{sign}{value}" for name, sign, value in pairs if not _is_variant(name, value))
    path = _FIRST_PAGE.sub("/", _VARIANT_PATH.sub("/", parts.path or "/"))
    path = "/" if path == "/index.php" else path
    if not path.endswith("/") and "." not in path.rpartition("/")[2]:
        path += "/"
    return origin(url) + path + (f"?{query}" if query else "")


def article_key(url: str) -> str | None:
    """Return the post's number in `?p=16` or `/archives/16`; None if the URL has a slug."""
    parts = urlsplit(url)
    number = dict(parse_qsl(parts.query)).get("p", "")
    if _NUMBER.fullmatch(number):
        return number
    archived = _ARCHIVED_ID.search(_VARIANT_PATH.sub("/", parts.path))
    return archived["id"] if archived else None


def looks_like_article(url: str) -> bool:
    """Tell whether the URL is certainly an article's, and not that of a variant, a feed or a file."""
    parts = urlsplit(url)
    if not may_be_page(url):
        return False
    if _NUMBER.fullmatch(dict(parse_qsl(parts.query)).get("p", "")):
        return True
    is_section = _SECTION_PATH.search(parts.path) or any(name == "paged" for name, _ in parse_qsl(parts.query))
    return bool(_ARTICLE_PATH.search(parts.path)) and not is_section


def may_be_page(url: str) -> bool:
    """Tell whether the URL may be an article's or a list's: not a variant, a feed, a file or a form."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return not (
        _NO_PAGE.search(parts.path)
        or _VARIANT_PATH.search(parts.path)
        or _FEED_PATH.search(parts.path)
        or any(name in _NO_PAGE_QUERY or (name != "paged" and _is_variant(name, value)) for name, value in pairs)
        or is_file(url)
    )


def _is_variant(name: str, value: str) -> bool:
    return bool(_VARIANT_QUERY.match(name)) or (name == "paged" and value in ("", "0", "1"))
