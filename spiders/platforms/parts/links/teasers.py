"""Boxes inside a text that lead to other articles: picture, title and summary of each.

Belongs here: boxes that are recognized by their structure, whatever their class. Does not belong here: boxes that say
what they are (`spiders.platforms.parts.boilerplate`), single links (`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.selectors import text_of
from spiders.platforms.parts.urls import is_file
from warehouse.text.normal import count_words

TEASER_TAGS: Final = frozenset(("article", "aside", "blockquote", "div", "figure", "li", "section", "table", "ul"))
"""The elements that may be such a box."""
_LINKS_MAX: Final = 12
_TITLES_MAX: Final = 4  # a list of articles has more
_TITLE_WORDS_MIN: Final = 4
_SUMMARY_WORDS_MAX: Final = 60
_HEADING_WORDS_MAX: Final = 8
_PARAGRAPH_WORDS_MIN: Final = 12


def is_teaser(element: HtmlElement) -> bool:
    """Tell whether the element, beside a paragraph, only shows other articles.

    The picture and the title of each have the same link.
    """
    first = next(element.iterdescendants("a"), None)
    if first is None or next(first.iterdescendants("img", "picture", "amp-img"), None) is None:
        return False
    links = list(islice(element.iterdescendants("a"), _LINKS_MAX + 1))
    titles = {href: text for link in links if (href := link.get("href")) and (text := text_of(link))}
    pictures = {href for link in links if (href := link.get("href")) and not text_of(link)}
    if len(links) > _LINKS_MAX or not 0 < len(titles) <= _TITLES_MAX or not pictures or not pictures <= titles.keys():
        return False
    if any(count_words(text) < _TITLE_WORDS_MIN or not _is_page(href) for href, text in titles.items()):
        return False
    words = count_words(text_of(element)) - sum(map(count_words, titles.values()))
    return words <= _HEADING_WORDS_MAX + _SUMMARY_WORDS_MAX * len(titles) and any(map(_is_paragraph, _beside(element)))


def _beside(element: HtmlElement) -> tuple[HtmlElement | None, ...]:
    return element.getprevious(), element.getnext()


def _is_paragraph(element: HtmlElement | None) -> bool:
    if element is None or not isinstance(element.tag, str) or next(element.iterdescendants("a"), None) is not None:
        return False
    return count_words(text_of(element)) >= _PARAGRAPH_WORDS_MIN


def _is_page(href: str) -> bool:
    try:
        return not href.startswith(("#", "javascript:")) and not is_file(href)
    except ValueError:  # such as http://[
        return False
