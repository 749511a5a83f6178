"""Where in its list a page stands: the list's own address, and the page's number.

Here: how systems number the pages of a list, as a pure function of an address in its platform's canonical form. Not
here: which addresses are lists (`spiders.platforms`), or how far a crawl pages (`spiders.crawl.plan`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# `?trang=2`, `?page=2`, `?pageNo=2`, `?_101_INSTANCE_x_cur=2`; the forms are those of `spiders.platforms`.
_QUERY: Final = re.compile(r"^(?:page|trang|p|paged|pageindex|pagenumber|pageno|cur|_101(?:_\w+)?_cur)$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
# `/page-2/`, `/trang-2.html`, `/trang/2`, `/p2`.
_PATH: Final = re.compile(r"/(?:page|trang|p)[-/]?(?P<number>\d{1,6})(?P<ending>\.\w+)?/?$", re.IGNORECASE)


class ListPosition(NamedTuple):
    """Where a page stands in its list.

    Attributes:
        list_url: equal for all pages of one list; not always an address that answers.
        number: counted from 1; a list whose first page is number 0 counts from there.
        is_numbered: whether the address states the number; the first page of a list need not.
    """

    list_url: str
    number: int
    is_numbered: bool

    @property
    def is_first(self) -> bool:
        """Whether no page of the list stands before it, as far as its address tells."""
        return self.number <= 1

    def is_before(self, other: ListPosition) -> bool:
        """Tell whether the other page is the next one of the same list.

        Some lists count their pages from 0, and the second of them is number 1: it follows a page without a number.
        """
        if other.list_url != self.list_url:
            return False
        return other.number == self.number + 1 or (not self.is_numbered and other.is_numbered and other.number == 1)


def position_in_list(url: str) -> ListPosition:
    """Return where the page at `url`, an address in canonical form, stands in its list: the first page as a rule."""
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
