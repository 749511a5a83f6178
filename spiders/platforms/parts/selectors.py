"""Finding elements and reading their text: compiled and typed XPath, tree walks, visible text.

Belongs here: helpers that all platforms use. Does not belong here: selectors of any CMS, hidden elements
(`spiders.platforms.parts.elements.hidden`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import islice
from typing import Final, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement

from spiders.platforms.parts.elements.hidden import is_hidden, is_shown_as_block
from warehouse.text.normal import clean

BLOCK_TAGS: Final = frozenset((
    "address", "article", "aside", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p",
    "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
"""The elements before and after which browsers begin a new line."""
_TAGS_WITHOUT_TEXT: Final = frozenset(("script", "style", "noscript", "template", "svg"))

_MARKED_TAGS: Final = (
    "div", "article", "section", "header", "h1", "h2", "h3", "h4", "p", "span", "time", "ul", "ol", "li", "td", "a",
)  # fmt: skip

# Titles, dates and bylines are far shorter; a hostile page may wrap its whole content in such an element.
_CHARACTERS_MAX: Final = 10_000
_EVENTS_MAX: Final = 20_000
# `<title>` contains no elements, but some CMSs print the headline's markup there.
_MARKUP: Final = re.compile(r"<(/?[a-z][a-z0-9]{0,9})(?:\s[^<>]{0,300})?/?>", re.IGNORECASE)

Selector: TypeAlias = Callable[[HtmlElement], list[HtmlElement]]


_VISIBLE_TEXTS: Callable[[HtmlElement], list[str]] = etree.XPath(  # type: ignore[assignment]  # it returns text nodes
    ".//text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False
)


def select(*expressions: str) -> Selector:
    """Return a function that finds the elements matching any of the XPath expressions, in document order."""
    xpath = etree.XPath(" | ".join(expressions))

    def find(element: HtmlElement) -> list[HtmlElement]:
        return cast(list[HtmlElement], xpath(element))

    return find


def with_class(tag: str, *names: str) -> str:
    """Return the XPath step for elements that have one of the classes."""
    # The plain substring test comes first: it is cheap, and most elements fail it.
    tests = (
        f"(contains(@class,'{name}') and contains(concat(' ',normalize-space(@class),' '),' {name} '))"
        for name in names
    )
    return f"{tag}[{' or '.join(tests)}]"


def descendants(element: HtmlElement, *tags: str) -> Iterator[HtmlElement]:
    """Yield the element itself and its descendants that have one of the tags, in document order."""
    return cast(Iterator[HtmlElement], element.iter(*tags))


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the ancestors of the element, innermost first."""
    return cast(Iterator[HtmlElement], element.iterancestors())


def text_of(element: HtmlElement) -> str:
    """Return the element's visible text as a browser shows it in one line, cleaned and truncated.

    A line break and the edge of a block are a space; other elements are not: `<b>Hà</b> Nội<sup>2</sup>`.
    """
    text = _joined_text(element) if len(element) else element.text or ""
    if element.tag == "title":
        text = without_markup(text)
    return clean(text.lstrip()[:_CHARACTERS_MAX])


def _joined_text(element: HtmlElement) -> str:
    pieces: list[str] = []
    length = 0
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in islice(walk, _EVENTS_MAX):
        is_start = event == "start"
        if node is not element:
            tag = node.tag
            if is_start and (tag in _TAGS_WITHOUT_TEXT or is_hidden(node)):
                walk.skip_subtree()  # its end is reported nevertheless
                continue
            if tag in BLOCK_TAGS or tag == "br" or is_shown_as_block(node):
                pieces.append(" ")
        elif not is_start:
            break  # its tail is not part of it
        if text := node.text if is_start else node.tail:
            pieces.append(text)
            length += len(text) if length or not text.isspace() else 0
            if length > _CHARACTERS_MAX:
                break
    return "".join(pieces)


def without_markup(text: str) -> str:
    """Return the text without tags that were printed as text; line breaks and blocks become a space."""
    if "<" not in text:
        return text
    return _MARKUP.sub(lambda tag: " " if tag[1].lower().lstrip("/") in {*BLOCK_TAGS, "br"} else "", text)


def has_class(element: HtmlElement, names: Set[str]) -> bool:
    """Tell whether the element has one of the classes."""
    return not names.isdisjoint((element.get("class") or "").split())


def class_matches(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    """Tell whether the pattern, of a character at least, occurs in the element's class attribute."""
    names = element.get("class")
    return bool(names) and pattern.search(names) is not None


def first_text(elements: list[HtmlElement]) -> str | None:
    """Return the text of the first element that has any."""
    return next((text for element in elements if (text := text_of(element))), None)


def spaced_text(element: HtmlElement) -> str:
    """Return the element's visible text, cleaned and truncated, with a space between text nodes."""
    return clean(" ".join(_VISIBLE_TEXTS(element)).lstrip()[:_CHARACTERS_MAX])


def by_mark(element: HtmlElement, marks: frozenset[str]) -> dict[str, list[HtmlElement]]:
    """Return the element and its descendants that have one of the marks, by mark, in document order.

    Marks are class names, and ids prefixed with `#`; each is a key of the result. Only tags that usually contain text
    are searched. All marks need one tree walk together; selectors would need one each.
    """
    found: dict[str, list[HtmlElement]] = {mark: [] for mark in marks}
    has_ids = any(mark.startswith("#") for mark in marks)
    seen: dict[str, list[str]] = {}  # the marks in each value of `class`: most values occur many times on a page
    for candidate in descendants(element, *_MARKED_TAGS):
        if names := candidate.get("class"):
            if (marked := seen.get(names)) is None:
                marked = seen[names] = [name for name in names.split() if name in found]
            for name in marked:
                found[name].append(candidate)
        if has_ids and (name := candidate.get("id")) and (mark := f"#{name}") in found:
            found[mark].append(candidate)
    return found


def outermost(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return the elements that are not inside another of the list; nested menus then yield a link once."""
    every = set(elements)
    return [element for element in elements if not any(outer in every for outer in ancestors(element))]
