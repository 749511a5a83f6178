"""URLs on an unknown CMS: which are articles, pages of lists, or not for readers.

Belongs here: judging a URL without its page. Does not belong here: the links of a page
(`spiders.platforms.generic.platform`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from spiders.pages.pagination import is_page_of_list
from spiders.platforms.parts.urls import fits_pattern, is_file
from warehouse.text.parameters import is_view

# A slug with the article number at its end and `.html`, or a number of six or more digits at the end of the URL.
_ARTICLE_PATH: Final = re.compile(
    r"/[\d-]*[^/\d-][^/]*-\d+\.html?$|[/-][a-z]*\d{6,}(?:\.[a-z]{2,5})?/?$", re.IGNORECASE
)
# Other views of an article: to print, to send, for phones.
_VIEW_PATH: Final = re.compile(
    r"/(?:print|in-bai|in-tin|in-trang|ban-in|amp)(?:[/.?]|$)|\.amp(?:\.html?)?$", re.IGNORECASE
)
_VIEW_QUERY: Final = re.compile(
    r"(?:^|&)(?:view|mode|action|act|task|op|type|format)=(?:print(?:able)?|pdf|email|sendmail|send_mail)(?:&|$)",
    re.IGNORECASE,
)
_NON_CONTENT_PATH: Final = re.compile(
    r"/(?:savefile|download|sendmail|users?|login|dang-nhap|logout|register|dang-ky|search|seek|tim-kiem|rss|feeds?|comment|"
    r"siteterms|captcha|admin|api|ajax)(?:[/.?]|$)|\.(?:xml|rss|atom|json|css|js)$",
    re.IGNORECASE,
)


def looks_like_article(url: str, patterns: Sequence[str] = ()) -> bool:
    """Tell whether the URL is an article's, by the portal's patterns or, without any, by its shape."""
    if patterns:
        return any(fits_pattern(pattern, url) for pattern in patterns)
    path = urlsplit(url).path
    return bool(_ARTICLE_PATH.search(path)) and not is_page_of_list(path) and not is_file(url)


def is_content(url: str) -> bool:
    """Tell whether the URL is for readers: not a form and not a machine-readable file."""
    return _NON_CONTENT_PATH.search(urlsplit(url).path) is None


def is_excluded(url: str) -> bool:
    """Tell whether crawls never follow the URL: forms, files for machines, other views of an article."""
    parts = urlsplit(url)
    return (
        not is_content(url)
        or _VIEW_PATH.search(parts.path) is not None
        or _VIEW_QUERY.search(parts.query) is not None
        or any(is_view(pair) for pair in parts.query.split("&") if pair)
    )
