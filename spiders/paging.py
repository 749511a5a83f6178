"""Where in its list a page stands: the list's own address, and the page's number.

Here: how systems number the pages of a list, as a pure function of an address in its platform's canonical form. Not
here: which addresses are lists (`spiders.platforms`), or how far a crawl pages (`spiders.plan`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# `?trang=2`, `?page=2`, `?pageNo=2`, `?_101_INSTANCE_x_cur=2`; the forms are those of `spiders.platforms`.
_QUERY: Final = re.compile(r"^(?:page|trang|p|paged|pageindex|pagenumber|pageno|cur|_101(?:_\w+)?_cur)$", re.IGNORECASE)
# `/page-2/`, `/trang-2.html`, `/trang/2`, `/p2`.
_PATH: Final = re.compile(r"/(?:page|trang|p)[-/]?(?P<number>\d{1,6})(?P<ending>\.\w+)?/?$", re.IGNORECASE)


class ListPosition(NamedTuple):
    """Where a page stands in its list.

    Attributes:
        list_url: equal for all pages of one list; not always an address that answers.
        number: counted from 1.
    """

    list_url: str
    number: int


def position_in_list(url: str) -> ListPosition:
    """Return where the page at `url`, an address in canonical form, stands in its list: the first page as a rule."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    number = 1
    kept = []
    for name, value in query:
        if _QUERY.match(name) and value.isascii() and value.isdigit():
            number = max(int(value), 1)
        else:
            kept.append((name, value))
    path = parts.path
    if found := _PATH.search(path):
        number = max(int(found["number"]), 1)
        path = path[: found.start()] + (found["ending"] or "")
    return ListPosition(urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") or "/", urlencode(kept), "")), number)
