"""Limits on the size and nesting of a page; a page beyond them is hostile, not made for readers.

Belongs here: measuring markup and trees against the limits. Does not belong here: rejecting a page
(`spiders.pages.html`).
"""

from __future__ import annotations

import re
from typing import Final, cast

from lxml import etree
from lxml.html import HtmlElement

# The largest real page seen has 400 kB; a page with inline images may have a few megabytes.
BYTES_MAX: Final = 20_000_000
# The largest real page seen has 2,500 elements; a budget in one table may have 20,000.
ELEMENTS_MAX: Final = 30_000
# The default limit of libxml2 is 256; pages from editors that omit end tags come near it.
DEPTH_MAX: Final = 400
ATTRIBUTES_MAX: Final = 5_000
# Beyond this many tags, parsing alone could fill memory: 6 million take a gigabyte. It is far more than the elements of
# a page have, since of endlessly nested ones the parser keeps few.
_TAGS_MAX: Final = 2_000_000

# Extraction looks up the ancestors of elements; its time grows with the number of (element, ancestor) pairs.
_PAIRS_MAX: Final = 1_500_000
_NESTING_UNCHECKED_ELEMENTS: Final = 2_000
# Extracting the text of every element reads a character once per ancestor. This limit allows 2 MB at a depth of 30.
_CHARACTER_PAIRS_MAX: Final = 60_000_000
_NESTING_UNCHECKED_BYTES: Final = 100_000
_TOO_DEEP: Final = etree.XPath("/*" * (DEPTH_MAX + 1))
# Hardly any page is half as deep, and every step of an expression costs time, also one that finds nothing.
_DEEP: Final = etree.XPath("boolean(" + "/*" * 50 + ")")
# Table extraction pads every row to the width of the widest.
_CELLS_MAX: Final = 300_000
_CELLS_OF_ROW_MAX: Final = 1_000
_SPAN: Final = re.compile("[1-9][0-9]{0,2}", re.ASCII)
# libxml2 compares each attribute of an element with all others. Small pages have too few for this to be slow.
_ATTRIBUTES_UNCHECKED_BYTES: Final = 100_000
_ATTRIBUTE_BYTES_MIN: Final = 2
_TAG_BEGIN: Final = re.compile(rb"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
_QUOTED_VALUE: Final = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")


def has_too_many_tags(markup: bytes) -> bool:
    """Return whether markup has so many tags that it should not even be parsed."""
    return len(markup) > _TAGS_MAX and markup.count(b"<") > _TAGS_MAX


def has_too_many_attributes(markup: bytes) -> bool:
    """Return whether an element has over `ATTRIBUTES_MAX` attributes; small pages are not checked."""
    return len(markup) > _ATTRIBUTES_UNCHECKED_BYTES and any(
        len(_QUOTED_VALUE.sub(b" ", tag[0]).split()) > ATTRIBUTES_MAX
        for tag in _TAG_BEGIN.finditer(markup)
        if tag.end() - tag.start() > ATTRIBUTES_MAX * _ATTRIBUTE_BYTES_MIN
    )


def too_deep_elements(tree: HtmlElement) -> list[HtmlElement]:
    """Return the elements one level below `DEPTH_MAX`."""
    return cast(list[HtmlElement], _TOO_DEEP(tree)) if _DEEP(tree) else []


def is_too_nested(tree: HtmlElement, markup: bytes, element_count: float) -> bool:
    """Return whether elements or characters have too many ancestors in total; small pages never do."""
    if element_count <= _NESTING_UNCHECKED_ELEMENTS and len(markup) <= _NESTING_UNCHECKED_BYTES:
        return False
    pairs = character_pairs = depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            pairs += depth
            character_pairs += len(element.tail or "") * depth
            depth += 1
            character_pairs += len(element.text or "") * depth
            if pairs > _PAIRS_MAX or character_pairs > _CHARACTER_PAIRS_MAX:
                return True
        else:
            depth -= 1
    return False


def is_table_too_large(tree: HtmlElement, element_count: float) -> bool:
    """Return whether the page's table rows, padded to the widest with its `colspan`, have too many cells."""
    if element_count * _CELLS_OF_ROW_MAX <= _CELLS_MAX:
        return False
    rows = list(tree.iter("tr"))
    if len(rows) * _CELLS_OF_ROW_MAX <= _CELLS_MAX:
        return False
    widest = max(sum(map(_columns, row)) for row in rows)
    return len(rows) * min(widest, _CELLS_OF_ROW_MAX) > _CELLS_MAX


def _columns(cell: HtmlElement) -> int:
    span = cell.get("colspan") or "1"
    return int(span) if _SPAN.fullmatch(span) else _CELLS_OF_ROW_MAX
