"""Pointing at elements and reading their text: XPath compiled once and typed, walks of the tree, clean text.

Here: what all platforms use. Not here: any selector of a CMS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement

from warehouse.text.normal import clean

_MARKED_TAGS: Final = (
    "div", "article", "section", "header", "h1", "h2", "h3", "h4", "p", "span", "time", "ul", "ol", "li", "td", "a",
)  # fmt: skip

# What is asked for its text, other than an article's body, is a line; pages may be made to wrap all they have in it.
_CHARACTERS_MAX: Final = 10_000

Selector: TypeAlias = Callable[[HtmlElement], list[HtmlElement]]


_VISIBLE_TEXTS: Callable[[HtmlElement], list[str]] = etree.XPath(  # type: ignore[assignment]  # it finds texts
    ".//text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False
)


def select(*expressions: str) -> Selector:
    """Return a function that finds the elements of any of the XPath expressions, in document order."""
    xpath = etree.XPath(" | ".join(expressions))

    def find(element: HtmlElement) -> list[HtmlElement]:
        return cast(list[HtmlElement], xpath(element))

    return find


def with_class(tag: str, *names: str) -> str:
    """Return the XPath step for elements that have one of the classes."""
    # A test for the bare characters first: most elements fail it, and it is cheap.
    tests = (
        f"(contains(@class,'{name}') and contains(concat(' ',normalize-space(@class),' '),' {name} '))"
        for name in names
    )
    return f"{tag}[{' or '.join(tests)}]"


def below(element: HtmlElement, *tags: str) -> Iterator[HtmlElement]:
    """Yield the element and all below it that have one of the tags, in document order."""
    return cast(Iterator[HtmlElement], element.iter(*tags))


def around(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements around this one, the innermost first."""
    return cast(Iterator[HtmlElement], element.iterancestors())


def text_of(element: HtmlElement) -> str:
    """Return the element's text, clean; of very long ones the beginning."""
    return clean(str(element.text_content()).lstrip()[:_CHARACTERS_MAX])


def first_text(elements: list[HtmlElement]) -> str | None:
    """Return the text of the first element that has any."""
    return next((text for element in elements if (text := text_of(element))), None)


def spaced_text(element: HtmlElement) -> str:
    """Return the text that a reader sees of the element, clean, with a space wherever an element begins or ends.

    Of very long ones it is the beginning.
    """
    return clean(" ".join(_VISIBLE_TEXTS(element)).lstrip()[:_CHARACTERS_MAX])


def by_mark(element: HtmlElement, marks: frozenset[str]) -> dict[str, list[HtmlElement]]:
    """Return the elements at and below this one that have any of the marks, by mark, in document order.

    One walk, where each selector would take its own. Only elements that templates give a text are looked at.

    Args:
        element: the root of what is looked at.
        marks: classes, and ids with `#` before them; each is a key of the answer.
    """
    found: dict[str, list[HtmlElement]] = {mark: [] for mark in marks}
    has_ids = any(mark.startswith("#") for mark in marks)
    for candidate in below(element, *_MARKED_TAGS):
        if (names := candidate.get("class")) and not marks.isdisjoint(split := names.split()):
            for name in split:
                if name in found:
                    found[name].append(candidate)
        if has_ids and (name := candidate.get("id")) and (mark := f"#{name}") in found:
            found[mark].append(candidate)
    return found


def outermost(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Leave out elements within others: with a thousand nested menus each link would be read a thousand times."""
    every = set(elements)
    return [element for element in elements if not any(outer in every for outer in around(element))]
