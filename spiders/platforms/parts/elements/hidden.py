"""Elements that readers do not see: hidden by attribute, style or class, or moved off the screen.

Belongs here: what an element's own attributes say. Does not belong here: boilerplate, which readers do see
(`spiders.platforms.parts.boilerplate`); style sheets, which the archive need not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias, TypeVar

from lxml.html import HtmlElement

_Read = TypeVar("_Read")
_Way: TypeAlias = Literal["invisible", "transparent", "without_letters"]

# Cached values: far more than editors use. Long values are not cached, so that a hostile page cannot fill memory.
_CACHED_ATTRIBUTES_MAX: Final = 2_000
_CACHED_ATTRIBUTE_CHARACTERS_MAX: Final = 500
_STYLE_CHARACTERS_MAX: Final = 5_000

_INVISIBLE: Final = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|"
    r"text-indent\s*:\s*-(?:\d{4}|[5-9]\d\d)|margin-(?:left|top)\s*:\s*-(?:\d{4}|999)|"
    r"transform\s*:\s*(?:scale\(\s*0\s*\)|translate\w{0,2}\(\s*-\d{4})|"
    r"clip\s*:\s*rect\(\s*[01](?:px)?(?:[\s,]+[01](?:px)?){3}\s*\)|clip-path\s*:\s*inset\(\s*(?:50|100)%)",
    re.IGNORECASE,
)
_TRANSPARENT: Final = re.compile(r"(?<![\w-])opacity\s*:\s*0*(?:\.0+|0)\s*(?:;|!|$)", re.IGNORECASE)
_OUT_OF_FLOW: Final = re.compile(r"(?<![\w-])position\s*:\s*(?:absolute|fixed)", re.IGNORECASE)
_OFF_SCREEN: Final = re.compile(
    r"(?<![\w-])(?:left|right|top|bottom)\s*:\s*-(?:\d{4}|[5-9]\d\d|1\d\d(?:%|v[wh]))", re.IGNORECASE
)
_CLIPPED: Final = re.compile(r"(?<![\w-])overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_WITHOUT_SIZE: Final = re.compile(
    r"(?<![\w-])(?:height|width)\s*:\s*(?:0(?:px|pt|em|rem|%)?|1px)\s*(?:;|!|$)", re.IGNORECASE
)
# A frame that keeps its proportions has no height, but padding.
_PADDED: Final = re.compile(r"(?<![\w-])padding(?:-(?:top|bottom))?\s*:[^;1-9]{0,200}[1-9]", re.IGNORECASE)
_WITHOUT_LETTERS: Final = re.compile(r"(?<![\w-])font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)", re.I)
_INNER_MAX: Final = 50
_SHOWN_AS_BLOCK: Final = re.compile(r"(?<![\w-])display\s*:\s*(?:block|flex|grid|table(?!-c)|list-item)", re.IGNORECASE)

_HIDING_CLASSES: Final = frozenset((
    "hidden", "hide", "d-none", "display-none", "invisible", "unseen", "is-hidden", "u-hidden", "sr-only", "sronly",
    "visually-hidden", "visuallyhidden", "is-vishidden", "screen-reader-text", "screen-reader-only", "show-for-sr",
    "a11y-hidden", "hide-accessible", "element-invisible", "element-hidden", "offscreen", "off-screen",
))  # fmt: skip
# Hidden on small screens only, or until readers open the tab.
_SHOWING_CLASS: Final = re.compile(
    r"(?:^|\s)(?:d-(?:sm|md|lg|xl|xxl)-(?!none)[a-z]|(?:sm|md|lg|xl|2xl):(?:block|flex|inline|grid|table|visible)|"
    r"(?:visible|show-for)-(?:sm|md|lg|small|medium|large)|tab(?:s|-?pane|-?panel|-?content|-?item)?(?:$|[\s_-]))"
)


def cached_by_value(read: Callable[[str], _Read]) -> Callable[[str], _Read]:
    """Cache the function's results: editors give all paragraphs the same few styles and classes."""
    cached = lru_cache(_CACHED_ATTRIBUTES_MAX)(read)
    return lambda value: (cached if len(value) <= _CACHED_ATTRIBUTE_CHARACTERS_MAX else read)(value)


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether the element's own attributes hide it from all readers; `aria-hidden` does not.

    The panel of a tab counts as shown: readers can open it.
    """
    get = element.get  # called for each element of a page, and most have none of these attributes
    if (style := get("style")) and (way := _hiding(style)) and _is_effective(way, element):
        return True
    if (names := get("class")) and hides_by_class(names) and get("role") != "tabpanel":
        return True
    return get("hidden") is not None


@cached_by_value
def hides_by_class(names: str) -> bool:
    """Tell whether one of the class names hides the element on all screens."""
    return not _HIDING_CLASSES.isdisjoint(names.split()) and not _SHOWING_CLASS.search(names)


@cached_by_value
def _hiding(style: str) -> _Way | None:
    """Return the way in which the style hides the element; None if it does not."""
    style = style[:_STYLE_CHARACTERS_MAX]
    is_off_screen = _OUT_OF_FLOW.search(style) and _OFF_SCREEN.search(style)
    is_clipped = _CLIPPED.search(style) and _WITHOUT_SIZE.search(style) and not _PADDED.search(style)
    if _INVISIBLE.search(style) or is_off_screen or is_clipped:
        return "invisible"
    if _TRANSPARENT.search(style):
        return "transparent"
    return "without_letters" if _WITHOUT_LETTERS.search(style) else None


def _is_effective(way: _Way, element: HtmlElement) -> bool:
    if way == "transparent":
        return element.tag not in ("img", "amp-img")  # lazy pictures fade in
    return way == "invisible" or not _has_own_sizes(element)


def _has_own_sizes(element: HtmlElement) -> bool:
    """Tell whether elements inside may set another font size, or are pictures."""
    inside = islice(element.iterdescendants(), _INNER_MAX)
    return any(each.tag in ("img", "iframe") or "class" in each.attrib or "style" in each.attrib for each in inside)


def is_shown_as_block(element: HtmlElement) -> bool:
    """Tell whether the element's style begins a new line before it."""
    style = element.get("style")
    return bool(style) and _makes_block(style)


@cached_by_value
def _makes_block(style: str) -> bool:
    return _SHOWN_AS_BLOCK.search(style[:_STYLE_CHARACTERS_MAX]) is not None
