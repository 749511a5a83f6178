"""Preformatted text: which elements keep their line breaks, and which breaks end a paragraph.

Belongs here: `<pre>` and its like. Does not belong here: `<br>` and verse (`spiders.platforms.parts.blocks`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.elements.hidden import cached_by_value

_WIDTH_MIN: Final = 40
_WIDTH_MAX: Final = 100  # of typewriters and old mail programs
_WRAPPED_MIN: Final = 2
_KEPT_BREAKS: Final = re.compile(r"(?<![\w-])white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_SENTENCE_END: Final = (".", "!", "?", "…", ":", ";", '."', ".”", ".)")


def keeps_line_breaks(element: HtmlElement) -> bool:
    """Tell whether browsers show the line breaks in the element's text."""
    style = element.get("style")
    return element.tag == "pre" or (bool(style) and "white-space" in style and _is_kept(style))


@cached_by_value
def _is_kept(style: str) -> bool:
    return _KEPT_BREAKS.search(style) is not None


def line_ends(text: str) -> list[bool]:
    """Tell for each line break whether a paragraph ends there.

    In wrapped text it does at a blank line, and where the next word would have fitted in the line. In other text each
    line is a paragraph.
    """
    lines = [line.strip() for line in text.split("\n")]
    width = max(map(len, lines))
    is_wrapped = _is_wrapped(lines, width)
    return [
        not (is_wrapped and line and following and not _fits(line, following, width))
        for line, following in pairwise(lines)
    ]


def _is_wrapped(lines: Sequence[str], width: int) -> bool:
    """Tell whether lines end inside a sentence only where the next word would be too long for the width."""
    if not _WIDTH_MIN <= width <= _WIDTH_MAX:
        return False
    inside = [
        _fits(line, following, width)
        for line, following in pairwise(lines)
        if line and following and not line.endswith(_SENTENCE_END)
    ]
    return len(inside) >= _WRAPPED_MIN and sum(inside) <= len(inside) / 5


def _fits(line: str, following: str, width: int) -> bool:
    return len(line) + 1 + len(following.split(None, 1)[0]) <= width
