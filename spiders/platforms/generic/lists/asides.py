"""Boxes beside the main list of a page: the most read, the related, columns at the right.

Belongs here: their tags, class names and headings. Does not belong here: menus, which hold no rows at all
(`spiders.platforms.generic.lists.repeated`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.generic.lists.repeated import names_of
from warehouse.text.normal import clean

_ASIDE_NAME: Final = re.compile(
    r"sidebar|side-bar|aside|(?:^|\s)widget(?:$|[\s_]|-area)|(?:^|[\s_-])right(?:$|[\s_-])|relat(?:e|ive)|lien-?quan|"
    r"most-?(?:read|view)|doc-?nhieu|xem-?nhieu|tin-?khac|tin-?noi-?bat|popular|trending|recommend|ticker|marquee",
    re.IGNORECASE,
)
_ASIDE_HEADING: Final = re.compile(
    r"(?:(?:tin|bài|bài viết|tin bài|tin tức)\s+)?(?:được )?(?:đọc|xem|quan tâm|bình luận) nhiều(?: nhất)?(?: .{0,9})?|"
    r"(?:tin|bài|bài viết|tin bài|tin tức|video)\s+(?:liên quan|khác|nổi bật|cùng .{2,20}|mới hơn|cũ hơn|tiêu điểm)|"
    r"tiêu điểm|nổi bật|có thể bạn quan tâm|đáng chú ý|most (?:read|viewed|popular)|popular posts|related(?: .{0,20})?",
    re.IGNORECASE,
)
_TEXT_MAX: Final = 200  # with the white space of its markup


def aside_of(box: HtmlElement, known: dict[HtmlElement, HtmlElement | None]) -> HtmlElement | None:
    """Return the outermost box beside the main list that holds the row, by tag, class, id or heading."""
    chain = []
    above: HtmlElement | None = box
    while above is not None and above not in known:
        chain.append(above)
        above = above.getparent()
    found = None if above is None else known[above]
    for element in reversed(chain):
        if found is None and _is_aside(element):
            found = element
        known[element] = found
    return found


def _is_aside(element: HtmlElement) -> bool:
    if element.tag in ("html", "body", "main"):
        return False
    if element.tag in ("aside", "header") or _ASIDE_NAME.search(names_of(element)):
        return True
    before = _first_shown(element.itersiblings(preceding=True))
    inside = _first_shown(element.iterchildren())
    return any(each is not None and _is_aside_heading(each) for each in (before, inside))


def _first_shown(elements: Iterable[HtmlElement]) -> HtmlElement | None:
    return next((each for each in elements if isinstance(each.tag, str)), None)


def _is_aside_heading(element: HtmlElement) -> bool:
    """Tell whether the element is the heading of what follows.

    An element that itself holds a box, even an empty one, is not.
    """
    text = ""
    for part in element.itertext():
        text += part
        if len(text) > _TEXT_MAX:
            return False
    if not _ASIDE_HEADING.fullmatch(clean(text).strip(" :»>")):
        return False
    return all(len(each) or (each.text or "").strip() for each in element.iter("div", "ul", "section"))
