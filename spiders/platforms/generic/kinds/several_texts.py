"""Pages of an unknown CMS that show several texts whole.

Examples are notices one below another, and posts of a blog or of a forum.
Belongs here: recognising them by their repeated structure. Does not belong here: rows of a list, which link to the
texts (`spiders.platforms.generic.platform`), the order of the decision (`spiders.platforms.generic.kinds.page_kind`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.generic.locate import Found
from spiders.platforms.parts.boilerplate import is_boilerplate
from spiders.platforms.parts.selectors import ancestors, descendants, text_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words

_HEADINGS: Final = ("h1", "h2", "h3", "h4")
_LEVELS_MAX: Final = 4
_TEXTS_MIN: Final = 2
_POSTS_MIN: Final = 3
_TEXT_WORDS_MIN: Final = 15
_DATE_WORDS_MAX: Final = 14
_SHARE_MIN: Final = 0.6
_POSTER: Final = re.compile(r"author|poster|user|member|nick|avatar|tac-?gia|nguoi-?(?:gui|dang|viet)", re.IGNORECASE)
_PARAGRAPH_TAGS: Final = frozenset(("p", "span", "br", "li", "tr", "td", "figure", "img", "table", "ul", "ol", "a"))
_GRID: Final = re.compile(r"col(?:umn)?s?(?:-|\d|$)|row$|span\d|container|clearfix$|grid")
# Limits for hostile pages.
_CHILDREN_MAX: Final = 200
_PIECES_MAX: Final = 60
_ELEMENTS_MAX: Final = 300
_LINKS_MAX: Final = 40


def has_several_texts(found: Found) -> bool:
    """Tell whether the page shows several texts, each with a date of its own and a headline or a name.

    A page that declares itself one article is one: it may be a report in instalments.
    """
    if found.container is None or found.declared.is_article:
        return False
    for holder in islice((found.container, *ancestors(found.container)), _LEVELS_MAX):
        children = [each for each in islice(holder, _CHILDREN_MAX) if isinstance(each.tag, str)]
        if _are_texts(children) or _are_in_turn(children):
            return True
    return False


def _are_texts(children: Sequence[HtmlElement]) -> bool:
    """Tell whether most of the text is in boxes of the same markup, each a text of its own."""
    alike: dict[str, list[HtmlElement]] = {}
    for each in children:
        if each.tag not in _PARAGRAPH_TAGS and (mark := _mark(each)) and not is_boilerplate(each):
            alike.setdefault(mark, []).append(each)
    boxes = max(alike.values(), key=len, default=[])
    if len(boxes) < _TEXTS_MIN:
        return False
    texts = list({text: each for each in boxes if _is_dated(each) and _is_text(each, text := text_of(each))}.values())
    headed = [each for each in texts if _is_headed(each)]
    own = headed if len(headed) >= _TEXTS_MIN else [each for each in texts if _has_poster(each)]
    if len(own) < (_TEXTS_MIN if own is headed else _POSTS_MIN) or len(own) < _SHARE_MIN * len(boxes):
        return False
    return _words(own) >= _SHARE_MIN * _words(children)


def _mark(element: HtmlElement) -> str:
    """Return what boxes of the same markup share; empty for an element that may be any part of a layout."""
    names = [re.sub(r"\d{3,}", "", name) for name in (element.get("class") or "").split()]
    names = [name for name in names if not _GRID.match(name)]
    return f"{element.tag} {names[0] if names else ''}" if names or element.tag == "article" else ""


def _words(elements: Sequence[HtmlElement]) -> int:
    return sum(count_words(text_of(each)) for each in elements)


def _is_text(box: HtmlElement, text: str) -> bool:
    """Tell whether the box holds a text and not links to others."""
    linked = sum(len(text_of(link)) for link in islice(descendants(box, "a"), _LINKS_MAX))
    return count_words(text) >= _TEXT_WORDS_MIN and linked * 3 <= len(text)


def _is_headed(box: HtmlElement) -> bool:
    """Tell whether the box has one headline; a column of a layout has several."""
    first = next(descendants(box, *_HEADINGS), None)
    return first is not None and sum(1 for _ in islice(descendants(box, str(first.tag)), 2)) == 1


def _are_in_turn(children: Sequence[HtmlElement]) -> bool:
    """Tell whether headlines follow each other in one element, each with a date line and a text below."""
    if sum(each.tag in _HEADINGS for each in children) < _TEXTS_MIN:
        return False
    count = 0
    for is_heading, group in groupby(children, key=lambda each: each.tag in _HEADINGS):
        below = list(group)
        if is_heading or not below:
            continue
        is_headed = below[0].getprevious() is not None and below[0].getprevious().tag in _HEADINGS
        is_long = sum(count_words(text_of(each)) for each in below[1:]) >= _TEXT_WORDS_MIN
        count += is_headed and is_long and _is_date_line(text_of(below[0]))
    return count >= _TEXTS_MIN


def _is_dated(box: HtmlElement) -> bool:
    return any(_is_date_line(piece) for piece in _pieces(box)) or next(descendants(box, "time"), None) is not None


def _pieces(box: HtmlElement) -> Iterator[str]:
    return (text for piece in islice(box.itertext(), _PIECES_MAX) if (text := clean(piece)))


def _is_date_line(text: str) -> bool:
    return 0 < count_words(text) <= _DATE_WORDS_MAX and parse_moment(text) is not None


def _has_poster(box: HtmlElement) -> bool:
    names = (
        f"{each.get('class') or ''} {each.get('rel') or ''}" for each in islice(box.iterdescendants(), _ELEMENTS_MAX)
    )
    return any(_POSTER.search(name) for name in names)
