"""Finding elements and reading their text: compiled and typed XPath, tree walks, cleaned text.

Belongs here: helpers that all platforms use. Does not belong here: selectors of any CMS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Final, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement

from warehouse.text.normal import clean

_MARKED_TAGS: Final = (
    "div", "article", "section", "header", "h1", "h2", "h3", "h4", "p", "span", "time", "ul", "ol", "li", "td", "a",
)  # fmt: skip

# Titles, dates and bylines are far shorter; a hostile page may wrap its whole content in such an element.
_CHARACTERS_MAX: Final = 10_000

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
    """Return the element's cleaned text, truncated if it is very long."""
    return clean(str(element.text_content()).lstrip()[:_CHARACTERS_MAX])


def has_class(element: HtmlElement, names: Set[str]) -> bool:
    """Tell whether the element has one of the classes."""
    return not names.isdisjoint((element.get("class") or "").split())


def class_matches(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    """Tell whether the pattern occurs in the element's class attribute."""
    return pattern.search(element.get("class") or "") is not None


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
    for candidate in descendants(element, *_MARKED_TAGS):
        if (names := candidate.get("class")) and not marks.isdisjoint(split := names.split()):
            for name in split:
                if name in found:
                    found[name].append(candidate)
        if has_ids and (name := candidate.get("id")) and (mark := f"#{name}") in found:
            found[mark].append(candidate)
    return found


def outermost(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return the elements that are not inside another of the list; nested menus then yield a link once."""
    every = set(elements)
    return [element for element in elements if not any(outer in every for outer in ancestors(element))]
