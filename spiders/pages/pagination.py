"""Pagination: which list a page belongs to, and its page number there.

Belongs here: how CMSs number the pages of a list; a pure function of a canonical URL. Does not belong here:
which URLs are lists (`spiders.platforms`), or how many pages a crawl follows (`spiders.crawl.plan`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

PAGE_PARAMETER: Final = r"(?:page|trang|paged|pg|p|pageindex|pagenumber|pageno)"
"""Names of the parameter with a page's number, of lists and of articles over several pages; case is ignored."""
PAGE_WORD: Final = r"(?:page|trang|p)[-/_]?"
"""What precedes a page's number in a path, as in `page-2/`, `trang-2.html`, `trang/2`, `p2`; case is ignored."""

# Joomla and others write how many rows precede the page.
_OFFSET: Final = re.compile(r"start|limitstart|offset", re.IGNORECASE)
# Also Liferay's `?cur=2`, `?_101_INSTANCE_x_cur=2`.
_LIST_PARAMETER: Final = rf"(?:{PAGE_PARAMETER}|cur|_101(?:_\w+)?_cur)"
_QUERY: Final = re.compile(_LIST_PARAMETER, re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_PATH: Final = re.compile(rf"/{PAGE_WORD}(?P<number>[0-9]{{1,6}})(?P<ending>\.\w{{1,10}})?/?$", re.IGNORECASE)
_NUMBERED: Final = re.compile(
    rf"[?&](?:{_LIST_PARAMETER}|{_OFFSET.pattern})=[0-9]{{1,6}}(?:&|$)|/{PAGE_WORD}[0-9]{{1,6}}(?:\.\w{{1,10}})?/?(?:\?|$)",
    re.IGNORECASE,
)


class ListPosition(NamedTuple):
    """The position of a page in its list.

    Attributes:
        list_url: the same for all pages of one list; perhaps not a URL that can be fetched.
        number: counted from 1, or from 0 if the list's first page is numbered 0; 1 if the URL contains none. Of an
            offset, the number of rows that precede the page, from 0.
        is_numbered: whether the URL contains the number; often not for the first page.
        is_offset: whether the number is an offset.
    """

    list_url: str
    number: int
    is_numbered: bool
    is_offset: bool = False

    @property
    def is_first(self) -> bool:
        """Whether the page is the first of its list, judged by its URL."""
        return self.number <= 1

    def is_before(self, other: ListPosition) -> bool:
        """Return whether the other page is the next one of the same list.

        Some lists count from 0: their second page is number 1 and follows a page without a number. Of offsets, any
        later page may be the next one: how many rows a page shows is not known.
        """
        if other.list_url != self.list_url:
            return False
        if other.is_offset:
            return other.number > (self.number if self.is_numbered else 0)
        return other.number == self.number + 1 or (not self.is_numbered and other.is_numbered and other.number == 1)


def is_page_of_list(url: str) -> bool:
    """Return whether the URL contains a page's number, like `position_in_list`, but faster."""
    # In the path, the pattern also takes what looks like a parameter.
    return _NUMBERED.search(url) is not None and position_in_list(url).is_numbered


def position_in_list(url: str) -> ListPosition:
    """Return the position of the page at a canonical URL; a URL without a number is a first page."""
    parts = urlsplit(url)
    number = offset = None
    kept = []
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        if _QUERY.fullmatch(name) and _NUMBER.fullmatch(value):
            number = int(value)
        elif _OFFSET.fullmatch(name) and _NUMBER.fullmatch(value):
            offset = int(value)
        else:
            kept.append(pair)
    path = parts.path
    if found := _PATH.search(path):
        number = int(found["number"])
        path = path[: found.start()] + (found["ending"] or "")
    list_url = urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") or "/", "&".join(kept), ""))
    if number is None and offset is not None:
        return ListPosition(list_url, offset, is_numbered=True, is_offset=True)
    return ListPosition(list_url, 1 if number is None else number, number is not None)
