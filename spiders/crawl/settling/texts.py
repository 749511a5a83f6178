"""A digest of what a page says, by which a crawl recognizes one text under several addresses.

Belongs here: the digest. Does not belong here: the content of an article (see `spiders.extract.article`), which would
take a crawl too long, and the hash by which the corpus finds copies (see `warehouse.derive`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page

# Text of links is left out, since every page links to other news.
_NO_TEXT: Final = frozenset(("a", "script", "style", "option", "textarea"))
_HEADLINES: Final = frozenset(("title", "h1", "h2"))
# Shorter pieces are labels; pieces with digits that are hardly longer are clocks, dates and counters.
_CHARACTERS_MIN: Final = 15
_WITH_DIGITS_MIN: Final = 60
_DIGIT: Final = re.compile(r"\d")
# Pages that say less, such as a title above an attached file, are not compared.
_PAGE_CHARACTERS_MIN: Final = 200
_PAGE_CHARACTERS_MAX: Final = 50_000


def text_digest(page: Page, attachments: Iterable[str] = ()) -> bytes | None:
    """Return a digest of a page's text and the names of its attachments; None if the page says too little.

    Two pages with the same digest show readers the same.
    """
    pieces: list[str] = []
    length = 0
    for piece, is_headline in _pieces(page.tree):
        text = " ".join(piece.split())
        if not is_headline:
            if len(text) < _CHARACTERS_MIN or (len(text) < _WITH_DIGITS_MIN and _DIGIT.search(text)):
                continue
            length += len(text)
        pieces.append(text)
        if length > _PAGE_CHARACTERS_MAX:
            break
    if length < _PAGE_CHARACTERS_MIN:
        return None
    names = sorted(url.rpartition("/")[2] for url in attachments)
    return hashlib.sha256("\n".join((*pieces, *names)).encode()).digest()[:16]


def _pieces(tree: HtmlElement) -> Iterator[tuple[str, bool]]:
    """Yield the text nodes that may count, in document order, each with whether it is a headline."""
    for element in tree.iter():
        text, tail, tag = element.text, element.tail, element.tag
        if text and (tag in _HEADLINES or (len(text) >= _CHARACTERS_MIN and tag not in _NO_TEXT)):
            yield text, tag in _HEADLINES
        if tail and len(tail) >= _CHARACTERS_MIN:
            yield tail, False
