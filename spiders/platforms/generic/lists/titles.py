"""The title of a list row: what a link shows beside ranks, badges and dates.

Belongs here: reading one link. Does not belong here: which links are rows (`spiders.platforms.generic.lists.repeated`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.generic.lists.date_lines import is_date
from spiders.platforms.generic.lists.row_text import Node, is_date_name
from spiders.platforms.parts.selectors import ancestors, text_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words

HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BADGE: Final = re.compile(r"(?:[\s\d.#/)(-]+|mới|new|hot|nóng|tin mới)!?", re.IGNORECASE)
_INLINE_TAGS: Final = frozenset(
    ("a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u")
)
_BADGE_TAGS: Final = ("span", "sup", "i", "em", "b", "strong", "small", "font", "label")
_DATE_TAGS: Final = ("span", "time", "i", "em", "small")
_TITLE_NAME: Final = re.compile(r"title|tieu-?de|headline|ten-?(?:bai|tin)", re.IGNORECASE)
_CUT_OFF: Final = re.compile(r"\s*(?:(?<!\.)\.{2,}|…)$")
_TITLE_WORDS_MAX: Final = 60
_HOME: Final = frozenset(("trang chủ", "trang nhất", "home"))  # beside the site's clock, this would be a dated row
# A limit for hostile pages; real links stay far below it.
_INNER_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class TitledLink:
    """A link with a title.

    Attributes:
        element: the link.
        title_element: the link, or the element inside that holds only the title.
        beside: what the title element holds beside the title: its date.
        position: number of links before it on the page.
    """

    element: HtmlElement
    title_element: HtmlElement
    title: str
    url: str
    beside: tuple[Node, ...]
    position: int

    @property
    def is_heading(self) -> bool:
        """Whether the title is in a heading."""
        return self.title_element.tag in HEADINGS or any(
            each.tag in HEADINGS for each in (*islice(ancestors(self.element), 2), *self.element)
        )


def titled(anchor: HtmlElement, url: str, position: int) -> TitledLink | None:
    """Return the link with its title; None if it has none, or one too long for a title."""
    element = _title_element(anchor)
    title, date = _title_of(element, anchor.get("title") or "")
    beside = (*filter(_is_date_element, islice(element.iterchildren(*_DATE_TAGS), _INNER_MAX)), date)
    is_title = 0 < count_words(title) <= _TITLE_WORDS_MAX and title.casefold() not in _HOME
    return TitledLink(anchor, element, title, url, beside, position) if is_title else None


def _title_element(anchor: HtmlElement) -> HtmlElement:
    """Return the element inside a link around a whole card that holds only the title; else the link."""
    if any(each.tag in HEADINGS for each in islice(ancestors(anchor), 2)):
        return anchor
    inner = [each for each in islice(anchor.iterdescendants(), _INNER_MAX) if isinstance(each.tag, str)]
    for is_title in (_is_heading, _has_title_name, _is_block):
        for each in inner:
            if is_title(each) and count_words(text := text_of(each)) > 1 and parse_moment(text) is None:
                return each
    return anchor


def _is_heading(element: HtmlElement) -> bool:
    return element.tag in HEADINGS


def _has_title_name(element: HtmlElement) -> bool:
    return element.tag != "img" and _TITLE_NAME.search(element.get("class") or "") is not None


def _is_block(element: HtmlElement) -> bool:
    return (
        element.tag in ("p", "div", "td", "li") and next(element.iterchildren("p", "div", "ul", "table"), None) is None
    )


def _title_of(element: HtmlElement, attribute: str) -> tuple[str, str]:
    """Return the text without rank, badge and date, and the date if it is no element.

    The title is the attribute instead if that is the text without such a label, or if the text is that cut off.
    """
    text = clean("".join(_texts(element)) if len(element) else element.text or "")
    attribute = clean(attribute)
    if not attribute or attribute == text:
        return text, ""
    cut = _CUT_OFF.sub("", text)
    if cut != text and attribute.startswith(cut):
        return attribute, ""
    before, found, after = (part.strip() for part in text.partition(attribute))
    if found and all(not rest or _BADGE.fullmatch(rest) or is_date(rest) for rest in (before, after)):
        return attribute, f"{before} {after}"
    return text, ""


def _texts(element: HtmlElement) -> Iterator[str]:
    """Yield the texts of a title, without badges such as a rank or `Mới`.

    A line break yields a space.
    """
    yield element.text or ""
    for inner in element:
        is_inline = isinstance(inner.tag, str) and inner.tag in _INLINE_TAGS
        if (
            isinstance(inner.tag, str)
            and inner.tag not in ("script", "style")
            and not (_is_badge(inner) or _is_date_element(inner))
        ):
            yield "" if is_inline else " "
            yield from _texts(inner) if len(inner) else (inner.text or "",)
            yield "" if is_inline else " "
        yield inner.tail or ""


def _is_badge(element: HtmlElement) -> bool:
    return element.tag in _BADGE_TAGS and _BADGE.fullmatch(text_of(element)) is not None


def _is_date_element(element: HtmlElement) -> bool:
    """Tell whether an element inside a link is marked as a date and not part of the title."""
    is_marked = element.tag == "time" or is_date_name(element.get("class") or "")
    return is_marked and is_date(text_of(element))
