"""Locates headline, lead, text and the elements between them on a page of an unknown CMS.

Belongs here: finding elements. Does not belong here: reading them (`spiders.platforms.generic.article`).
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
from spiders.platforms.generic.semantic_hints import Hints, find_hints, is_within
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_boilerplate_or_meta
from spiders.platforms.parts.captions import take_captions
from spiders.platforms.parts.metadata import Declared, read_metadata
from spiders.platforms.parts.selectors import ancestors, descendants, select, spaced_text, text_of
from spiders.platforms.parts.urls import absolute, base_of, is_attachment
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words

LINE_WORDS_MAX: Final = 24
"""Maximum words of a metadata line such as date or byline; a paragraph has more."""

_LEAD_WORDS: Final = range(6, 201)
_UNHINTED_LEAD_WORDS_MIN: Final = 12
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
    """The located parts of an article, before blocks are assigned to roles.

    Attributes:
        between: the elements after the headline and before the text.
        blocks: the blocks of the text.
        is_row_summary: whether a linked title precedes the text: the text is then the summary of a list row.
        below: the elements directly after the text, which may link to attachments.
    """

    declared: Declared
    headline: Headline
    hints: Hints
    between: Sequence[HtmlElement]
    lead: str | None
    blocks: Sequence[Block]
    is_row_summary: bool
    below: Sequence[HtmlElement] = ()


@lru_cache(1)
def find_article(page: Page) -> Found:
    """Locate the article on the page; cached, because detecting and reading an article both need it."""
    declared = read_metadata(page)
    headline = find_headline(page, declared)
    letters = known_letters(page)
    container = _container(page, letters, headline.element)
    if container is not None and not headline.is_sure:
        headline = headline_above(page, container, headline)
    hints = find_hints(page.tree, headline.element, container)
    if container is None:
        return Found(declared, headline, hints, (), None, (), False)
    between = _between(headline.element, container)
    lead = _lead(hints.get("lead", ()), between, container)
    lead_text, lead_blocks = _read_lead(lead)
    above_text = [block for each in between if _is_picture(each) and each is not lead for block in read_blocks(each)]

    def is_skipped(element: HtmlElement) -> bool:
        return element is lead or is_boilerplate_or_meta(element)

    main = MainText(letters, headline.text)
    every = main.below_title(read_blocks(container, is_skipped))
    text = main.choose(every)
    is_inside = headline.element is not None and container in ancestors(headline.element)
    return Found(
        declared,
        headline,
        hints,
        between,
        lead_text,
        blocks=(*above_text, *lead_blocks, *text),
        is_row_summary=_follows_linked_title(every, text) or (not is_inside and is_summary(container)),
        below=list(islice(container.itersiblings(), _BELOW_MAX)),
    )


def _container(page: Page, letters: str, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the text's element: by microdata, by its text, or by a notice's attachments; else None."""
    if (marked := marked_body(page)) is not None:
        return marked
    if (found := find_container(page.tree, letters, heading)) is not None:
        return found
    return _box_with_files(page, heading)


def _read_lead(lead: HtmlElement | None) -> tuple[str | None, list[Block]]:
    """Return the lead's text, and the blocks of pictures and captions inside the lead."""
    blocks = read_blocks(lead) if lead is not None else []
    words = take_captions(blocks).blocks
    return " ".join(block.text for block in words) or None, [block for block in blocks if block not in words]


def _follows_linked_title(every: Sequence[Block], text: Sequence[Block]) -> bool:
    """Tell whether a linked title precedes the text; links of few words are toolbar buttons."""
    chosen = set(map(id, text))  # by identity, because comparing blocks is slow
    before = takewhile(lambda block: id(block) not in chosen, (block for block in every if block.text))
    return any(is_row(block) and count_words(block.text) >= _TITLE_WORDS_MIN for block in before)


def _box_with_files(page: Page, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the headline's innermost ancestor with a link to a file, all that some notices contain."""
    base = base_of(page)
    for holder in ancestors(heading) if heading is not None else ():
        links = islice(descendants(holder, "a"), _BOX_LINKS_MAX)
        if any((url := absolute(base, link.get("href"))) and is_attachment(url) for link in links):
            return holder
    return None


def _between(heading: HtmlElement | None, container: HtmlElement) -> list[HtmlElement]:
    """Return the elements between headline and text, without boilerplate and ancestors of the text.

    If the text container also contains the headline, the last of them is the first element that has a paragraph.
    """
    if heading is None:
        before = (each for each in container.itersiblings(preceding=True) if isinstance(each.tag, str))
        return [inner for each in islice(before, _BEFORE_TEXT_MAX) for inner in descendants(each, "*")]
    holders, above = set(ancestors(container)), set(ancestors(heading))
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
    """Yield the elements of the text up to the first that directly contains a paragraph."""
    for element in container.iterdescendants():
        yield element
        if count_words(element.text or "") >= _TEXT_WORDS_MIN:
            return


def _is_picture(element: HtmlElement) -> bool:
    """Tell whether the element contains a picture and perhaps its caption."""
    names = (element.get("class") or "").lower()
    is_picture_box = element.tag == "figure" or (element.tag in ("div", "table") and _PICTURE_NAME.search(names))
    return bool(is_picture_box) and next(element.iterdescendants("img"), None) is not None


def _lead(hinted: Sequence[HtmlElement], between: Sequence[HtmlElement], container: HtmlElement) -> HtmlElement | None:
    """Return the lead: an element with a lead hint, else a paragraph between headline and text, else None.

    Ancestors of the text and lines of links are not leads. Hints after the first paragraph are for other articles.
    """
    holders = {container, *ancestors(container)}
    inside = set(container.iterdescendants())
    opening = {*between, *_opening(container)}
    hinted = [each for each in hinted if each in opening]
    unhinted = [
        each for each in between if each.tag in _MAY_BE_LEAD and each not in inside and not is_boilerplate_or_meta(each)
    ]
    for element in (*hinted, *unhinted):
        if element in holders or element.tag in ("meta", "figcaption", "img") or _is_picture(element):
            continue
        text = spaced_text(element)
        words = count_words(text)
        is_long = element in hinted or words >= _UNHINTED_LEAD_WORDS_MIN
        # A date line may stand between headline and text too; it does not end a sentence.
        is_date_line = (
            words <= LINE_WORDS_MAX and not text.endswith((".", "!", "?", "…")) and parse_moment(text) is not None
        )
        if words in _LEAD_WORDS and is_long and not is_date_line and _linked_words(element) * 2 <= words:
            return element
    return None


def _linked_words(element: HtmlElement) -> int:
    return sum(count_words(text_of(link)) for link in descendants(element, "a"))
