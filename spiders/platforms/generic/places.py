"""What a page of an unknown system shows of an article: headline, text, lead, and what stands between and around them.

Here: the places. Not here: what is read there (`spiders.platforms.generic.article`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.headline import Headline, find_headline, headline_above
from spiders.platforms.generic.main_text import MainText, find_container, is_row, is_summary, known_letters, marked_body
from spiders.platforms.generic.semantic_hints import Named, is_within, named_elements
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_frame_or_meta
from spiders.platforms.parts.captions import take_captions
from spiders.platforms.parts.metadata import Declared, read_metadata
from spiders.platforms.parts.selectors import around, below, select, spaced_text, text_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words

LINE_WORDS_MAX: Final = 24
"""Words of a line that says something of the article; a paragraph has more."""

_LEAD_WORDS: Final = range(6, 201)
_UNNAMED_LEAD_WORDS_MIN: Final = 12
_TEXT_WORDS_MIN: Final = 20
_TITLE_WORDS_MIN: Final = 6
_BOX_LINKS_MAX: Final = 40
_BELOW_MAX: Final = 2
_BEFORE_TEXT_MAX: Final = 4
_BETWEEN_MAX: Final = 400  # elements between headline and text; a long toolbar has 60
_PICTURE_NAME: Final = re.compile(r"(?:image|photo|picture|avatar|thumb)(?!s?list)")
_MAY_BE_LEAD: Final = frozenset(("div", "p", "h2", "h3", "section", "strong"))
_FOLLOWING: Final = select("following::*")


@dataclass(frozen=True, slots=True)
class Found:
    """What a page shows of an article, before the blocks are sorted by what they are for.

    Attributes:
        between: elements behind the headline and before the text.
        blocks: of the text.
        is_led_by_row: whether a link to another page stands before the text, which then is the summary in a row.
        below: elements right below the text, where files may be linked.
    """

    declared: Declared
    headline: Headline
    named: Named
    between: Sequence[HtmlElement]
    lead: str | None
    blocks: Sequence[Block]
    is_led_by_row: bool
    below: Sequence[HtmlElement] = ()


@lru_cache(1)
def find_article(page: Page) -> Found:
    """Return what the page shows; asked twice of the same page, once to know it and once to read it."""
    declared = read_metadata(page)
    headline = find_headline(page, declared)
    letters = known_letters(page)
    container = _container(page, letters, headline.element)
    if container is not None and not headline.is_sure:
        headline = headline_above(page, container, headline)
    named = named_elements(page.tree, headline.element, container)
    if container is None:
        return Found(declared, headline, named, (), None, (), False)
    between = _between(headline.element, container)
    lead = _lead(named.get("lead", ()), between, container)
    said, of_lead = _read_lead(lead)
    above_text = [block for each in between if _is_picture(each) and each is not lead for block in read_blocks(each)]

    def is_skipped(element: HtmlElement) -> bool:
        return element is lead or is_frame_or_meta(element)

    main = MainText(letters, headline.text)
    every = main.below_title(read_blocks(container, is_skipped))
    text = main.choose(every)
    is_inside = headline.element is not None and container in around(headline.element)
    return Found(
        declared,
        headline,
        named,
        between,
        said,
        blocks=(*above_text, *of_lead, *text),
        is_led_by_row=_is_led_by_row(every, text) or (not is_inside and is_summary(container)),
        below=list(islice(container.itersiblings(), _BELOW_MAX)),
    )


def _container(page: Page, letters: str, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element that holds the text, by microdata, by the text itself, or by the files of a notice."""
    if (marked := marked_body(page)) is not None:
        return marked
    if (found := find_container(page.tree, letters, heading)) is not None:
        return found
    return _box_with_files(page, heading)


def _read_lead(lead: HtmlElement | None) -> tuple[str | None, list[Block]]:
    """Return the lead's words, and the blocks of a picture and its caption that stand beside them."""
    blocks = read_blocks(lead) if lead is not None else []
    words = take_captions(blocks).blocks
    return " ".join(block.text for block in words) or None, [block for block in blocks if block not in words]


def _is_led_by_row(every: Sequence[Block], text: Sequence[Block]) -> bool:
    """Tell whether a linked title stands before the text; buttons of a toolbar are links of a few words."""
    chosen = set(map(id, text))  # comparing each with each would take long
    before = takewhile(lambda block: id(block) not in chosen, (block for block in every if block.text))
    return any(is_row(block) and count_words(block.text) >= _TITLE_WORDS_MIN for block in before)


def _box_with_files(page: Page, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the innermost element around the headline that links to a file: the text of a notice may be but that."""
    base = base_of(page)
    for holder in around(heading) if heading is not None else ():
        links = islice(below(holder, "a"), _BOX_LINKS_MAX)
        if any((url := absolute(base, link.get("href"))) and is_attachment(url) for link in links):
            return holder
    return None


def _between(heading: HtmlElement | None, container: HtmlElement) -> list[HtmlElement]:
    """Return the elements behind the headline and before the text, boilerplate and what holds the text left out.

    Where one element holds both, they end with the first that has a paragraph of its own.
    """
    if heading is None:
        before = (each for each in container.itersiblings(preceding=True) if isinstance(each.tag, str))
        return [inner for each in islice(before, _BEFORE_TEXT_MAX) for inner in below(each, "*")]
    holders, above = set(around(container)), set(around(heading))
    is_inside = container in above
    found: list[HtmlElement] = []
    for element in islice(_FOLLOWING(heading), _BETWEEN_MAX):
        if element is container:
            break
        if element not in holders and is_within(element, None, above | holders):
            found.append(element)
            if is_inside and count_words(element.text or "") >= _TEXT_WORDS_MIN:
                break
    return found


def _opening(container: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements of the text up to the first that has a paragraph of its own."""
    for element in container.iterdescendants():
        yield element
        if count_words(element.text or "") >= _TEXT_WORDS_MIN:
            return


def _is_picture(element: HtmlElement) -> bool:
    """Tell whether the element holds a picture, and its caption, above the text."""
    names = (element.get("class") or "").lower()
    is_named = element.tag == "figure" or (element.tag in ("div", "table") and _PICTURE_NAME.search(names))
    return bool(is_named) and next(element.iterdescendants("img"), None) is not None


def _lead(named: Sequence[HtmlElement], between: Sequence[HtmlElement], container: HtmlElement) -> HtmlElement | None:
    """Return the element of the lead: named so, or a paragraph alone between headline and text; None for none.

    What holds the text is no lead, nor is a line of links. Behind the first paragraph, leads are other articles'.
    """
    holders = {container, *around(container)}
    inside = set(container.iterdescendants())
    opening = {*between, *_opening(container)}
    named = [each for each in named if each in opening]
    unnamed = [
        each for each in between if each.tag in _MAY_BE_LEAD and each not in inside and not is_frame_or_meta(each)
    ]
    for element in (*named, *unnamed):
        if element in holders or element.tag in ("meta", "figcaption", "img") or _is_picture(element):
            continue
        text = spaced_text(element)
        words = count_words(text)
        is_long = element in named or words >= _UNNAMED_LEAD_WORDS_MIN
        # A line with the date may stand there too; it is no sentence.
        is_date_line = (
            words <= LINE_WORDS_MAX and not text.endswith((".", "!", "?", "…")) and parse_moment(text) is not None
        )
        if words in _LEAD_WORDS and is_long and not is_date_line and _linked_words(element) * 2 <= words:
            return element
    return None


def _linked_words(element: HtmlElement) -> int:
    return sum(count_words(text_of(link)) for link in below(element, "a"))
