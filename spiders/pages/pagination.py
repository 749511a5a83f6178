"""Pagination: which list a page belongs to, and its page number there.

Belongs here: how CMSs number the pages of a list; a pure function of a canonical URL. Does not belong here:
which URLs are lists (`spiders.platforms`), or how many pages a crawl follows (`spiders.crawl.plan`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# `?trang=2`, `?page=2`, `?pageNo=2`, `?_101_INSTANCE_x_cur=2`; as in `spiders.platforms`.
_QUERY: Final = re.compile(r"^(?:page|trang|p|paged|pageindex|pagenumber|pageno|cur|_101(?:_\w+)?_cur)$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
# `/page-2/`, `/trang-2.html`, `/trang/2`, `/p2`.
_PATH: Final = re.compile(r"/(?:page|trang|p)[-/]?(?P<number>\d{1,6})(?P<ending>\.\w+)?/?$", re.IGNORECASE)


class ListPosition(NamedTuple):
    """The position of a page in its list.

    Attributes:
        list_url: the same for all pages of one list; perhaps not a URL that can be fetched.
        number: counted from 1, or from 0 if the list's first page is numbered 0; 1 if the URL contains none.
        is_numbered: whether the URL contains the number; often not for the first page.
    """

    list_url: str
    number: int
    is_numbered: bool

    @property
    def is_first(self) -> bool:
        """Whether the page is the first of its list, judged by its URL."""
        return self.number <= 1

    def is_before(self, other: ListPosition) -> bool:
        """Return whether the other page is the next one of the same list.

        Some lists count from 0: their second page is number 1 and follows a page without a number.
        """
        if other.list_url != self.list_url:
            return False
        return other.number == self.number + 1 or (not self.is_numbered and other.is_numbered and other.number == 1)


def position_in_list(url: str) -> ListPosition:
    """Return the position of the page at a canonical URL; a URL without a number is a first page."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    number = None
    kept = []
    for name, value in query:
        if _QUERY.match(name) and _NUMBER.fullmatch(value):
            number = int(value)
        else:
            kept.append((name, value))
    path = parts.path
    if found := _PATH.search(path):
        number = int(found["number"])
        path = path[: found.start()] + (found["ending"] or "")
    list_url = urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") or "/", urlencode(kept), ""))
    return ListPosition(list_url, 1 if number is None else number, number is not None)
