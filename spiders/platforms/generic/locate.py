"""Locates headline, lead, text and the elements between them on a page of an unknown CMS.

Belongs here: finding elements. Does not belong here: reading them (`spiders.platforms.generic.article`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.container import find_container, holds_text, is_summary, known_letters, marked_body
from spiders.platforms.generic.headline import Headline, find_headline, headline_above
from spiders.platforms.generic.main_text import MainText, is_row
from spiders.platforms.generic.semantic_hints import Hints, find_hints, is_within, scope_of
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_boilerplate_line, is_boilerplate_or_meta, is_toolbox
from spiders.platforms.parts.captions import take_captions
from spiders.platforms.parts.links.files import EMBEDDING_TAGS, linked_attachments
from spiders.platforms.parts.metadata.reader import Declared, read_metadata
from spiders.platforms.parts.selectors import ancestors, descendants, select, spaced_text, text_of
from spiders.platforms.parts.urls import absolute, base_of, is_file
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words

LINE_WORDS_MAX: Final = 24
"""Maximum words of a metadata line such as date or byline; a paragraph has more."""

_LEAD_WORDS: Final = range(6, 201)
_UNHINTED_LEAD_WORDS_MIN: Final = 12
_TEXT_WORDS_MIN: Final = 20
_TITLE_WORDS_MIN: Final = 6
_BOX_LINKS_MAX: Final = 40
_DATE_WORDS_MAX: Final = 14
_ROW_TITLE_WORDS_MIN: Final = 4
_NOTICE_PARAGRAPHS_MAX: Final = 20
_PICTURES_MIN: Final = 3
_PICTURE_LEVELS_MAX: Final = 6
_LINK_LEVELS_MAX: Final = 3
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
        container: the element of the text; None if there is no text.
        below: the elements directly after the text, which may link to attachments.
        scope: the innermost element with headline and text.
        bars: elements like `between`, but in bars of buttons such as share and print.
    """

    declared: Declared
    headline: Headline
    hints: Hints
    between: Sequence[HtmlElement]
    lead: str | None
    blocks: Sequence[Block]
    is_row_summary: bool
    container: HtmlElement | None = None
    below: Sequence[HtmlElement] = ()
    scope: HtmlElement | None = None
    bars: Sequence[HtmlElement] = ()


@lru_cache(1)
def find_article(page: Page) -> Found:
    """Locate the article on the page; cached, because detecting and reading an article both need it."""
    declared = read_metadata(page)
    headline = find_headline(page, declared)
    letters = known_letters(page)
    container = _container(page, letters, headline.element)
    if container is not None and not headline.is_sure:
        headline = headline_above(page, container, headline)
    found = _found_in(container, page, declared, headline, letters)
    if found.blocks or found.lead:
        return found
    without_text = _box_without_text(page, headline.element)
    return found if without_text is None else _found_in(without_text, page, declared, headline, letters)


def _found_in(container: HtmlElement | None, page: Page, declared: Declared, headline: Headline, letters: str) -> Found:
    hints = find_hints(page.tree, headline.element, container)
    if container is None:
        return Found(declared, headline, hints, (), None, (), False)
    between, bars = _between(headline.element, container)
    scope = scope_of(headline.element, container)
    lead = _lead(hints.get("lead", ()), between, container)
    lead_text, lead_blocks = _read_lead(lead)
    above_text = [block for each in between if _is_picture(each) and each is not lead for block in read_blocks(each)]

    def is_skipped(element: HtmlElement) -> bool:
        return element is lead or (is_boilerplate_or_meta(element) and not holds_text(element, letters))

    main = MainText(letters, headline.text)
    every = main.below_title(read_blocks(container, is_skipped))
    text = main.choose(every)
    is_inside = headline.element is not None and container in ancestors(headline.element)
    is_row_summary = _follows_linked_title(every, text) or (not is_inside and is_summary(container))
    if is_row_summary and (notice := _notice(between)):
        return Found(
            declared,
            headline,
            hints,
            between,
            None,
            [block for each in notice for block in read_blocks(each)],
            False,
            notice[0].getparent(),
            scope=scope,
            bars=bars,
        )
    return Found(
        declared,
        headline,
        hints,
        between,
        lead_text,
        blocks=(*above_text, *lead_blocks, *text),
        is_row_summary=is_row_summary,
        container=container,
        below=list(islice(container.itersiblings(), _BELOW_MAX)),
        scope=scope,
        bars=bars,
    )


def _container(page: Page, letters: str, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the text's element, by microdata or by its text; else None."""
    return marked if (marked := marked_body(page)) is not None else find_container(page.tree, letters, heading)


def _box_without_text(page: Page, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element of a notice's attachments or of a story's pictures.

    An article may have nothing else.
    """
    if (with_files := _box_with_files(page, heading)) is not None:
        return with_files
    return _box_with_pictures(page, heading)


def _read_lead(lead: HtmlElement | None) -> tuple[str | None, list[Block]]:
    """Return the lead's text without linked titles, and the blocks of pictures and captions in it."""
    blocks = [block for block in read_blocks(lead) if not is_row(block)] if lead is not None else []
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
        links = islice(descendants(holder, "a", *EMBEDDING_TAGS), _BOX_LINKS_MAX)
        if any(linked_attachments([link], base) for link in links):
            return holder
    return None


def _box_with_pictures(page: Page, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the headline's innermost ancestor with several pictures, all that some photo stories contain."""
    base = base_of(page)
    for holder in islice(ancestors(heading), _PICTURE_LEVELS_MAX) if heading is not None else ():
        pictures = islice(descendants(holder, "img"), _BOX_LINKS_MAX)
        if sum(not _is_linked(each, base) for each in pictures) >= _PICTURES_MIN:
            return holder
    return None


def _is_linked(picture: HtmlElement, base: str) -> bool:
    """Tell whether the picture links to a page, as those of other articles do, and not to itself."""
    link = next((each for each in islice(ancestors(picture), _LINK_LEVELS_MAX) if each.tag == "a"), None)
    url = absolute(base, link.get("href")) if link is not None else None
    return url is not None and not is_file(url)


def _between(heading: HtmlElement | None, container: HtmlElement) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """Return the elements between headline and text, without boilerplate and ancestors of the text.

    Elements in bars of buttons (share, print) are in the second list; the other boilerplate is in none.

    If the text container also contains the headline, the last of them is the first element that has a paragraph, or
    the last in the container.
    """
    if heading is None:
        before = (each for each in container.itersiblings(preceding=True) if isinstance(each.tag, str))
        return [inner for each in islice(before, _BEFORE_TEXT_MAX) for inner in descendants(each, "*")], []
    holders, above = set(ancestors(container)), set(ancestors(heading))
    is_inside = container in above
    around = above | holders
    found: list[HtmlElement] = []
    bars: list[HtmlElement] = []
    for element in islice(_FOLLOWING(heading), _BETWEEN_MAX):
        if element is container or (is_inside and container not in ancestors(element)):
            break
        if element in holders:
            continue
        if is_within(element, None, around):
            found.append(element)
            if is_inside and count_words(element.text or "") >= _TEXT_WORDS_MIN:
                break
        elif is_within(element, None, around, is_open=is_toolbox):
            bars.append(element)
    return found, bars


def _notice(between: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return the paragraphs of a short notice above rows of other articles; empty if there are none.

    The rows have more text than the notice. Its date is between headline and text, and no linked title is.
    """
    is_dated = False
    for element in takewhile(lambda each: not _has_linked_title(each), between):
        words = count_words(element.text or "")
        if is_dated and element.tag in _MAY_BE_LEAD and words >= _UNHINTED_LEAD_WORDS_MIN:
            return [element, *_paragraphs_below(element)]
        is_dated = is_dated or (0 < words <= _DATE_WORDS_MAX and parse_moment(element.text or "") is not None)
    return []


def _paragraphs_below(first: HtmlElement) -> Iterator[HtmlElement]:
    for element in islice(first.itersiblings(), _NOTICE_PARAGRAPHS_MAX):
        if element.tag != first.tag or _has_linked_title(element):
            return
        yield element


def _has_linked_title(element: HtmlElement) -> bool:
    links = islice(descendants(element, "a"), _BOX_LINKS_MAX)
    return any(count_words(text_of(link)) >= _ROW_TITLE_WORDS_MIN for link in links)


def _opening(container: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements of the text up to the first that directly contains a paragraph."""
    for element in container.iterdescendants():
        yield element
        if count_words(element.text or "") >= _TEXT_WORDS_MIN:
            return


def _first_with_text(elements: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    return islice((each for each in elements if isinstance(each.tag, str) and (each.text or "").strip()), 1)


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
    opening = list(_opening(container))
    beginning = {*between, *opening}
    hinted = [each for each in hinted if each in beginning]
    unhinted = [
        each for each in between if each.tag in _MAY_BE_LEAD and each not in inside and not is_boilerplate_or_meta(each)
    ]
    first = [each for each in (*between, *_first_with_text(opening)) if _is_long_heading(each) or _is_before_text(each)]
    for element in (*hinted, *unhinted, *first):
        if element in holders or element.tag in ("meta", "figcaption", "img") or _is_picture(element):
            continue
        text = spaced_text(element)
        words = count_words(text)
        is_long = element in hinted or words >= _UNHINTED_LEAD_WORDS_MIN
        # A date line may stand between headline and text too; it does not end a sentence.
        is_date_line = (
            words <= LINE_WORDS_MAX and not text.endswith((".", "!", "?", "…")) and parse_moment(text) is not None
        )
        is_text = not is_date_line and not is_boilerplate_line(text) and _linked_words(element) * 2 <= words
        if words in _LEAD_WORDS and is_long and is_text:
            return element
    return None


def _is_long_heading(element: HtmlElement) -> bool:
    """Tell whether a heading at the beginning of the text is its lead: sentences, and no sub-heading."""
    text = spaced_text(element) if element.tag in ("h2", "h3") else ""
    return count_words(text) >= _UNHINTED_LEAD_WORDS_MIN and text.endswith((".", "…", ".”", '."'))


def _is_before_text(element: HtmlElement) -> bool:
    """Tell whether the element is a paragraph alone beside the box with the text: `<p>…</p><div>…</div>`."""
    if element.tag != "p":
        return False
    beside = next((each for each in element.itersiblings() if isinstance(each.tag, str)), None)
    return beside is not None and beside.tag in ("div", "article", "section") and _has_paragraph(beside)


def _has_paragraph(element: HtmlElement) -> bool:
    return any(count_words(each.text or "") >= _TEXT_WORDS_MIN for each in descendants(element, "p"))


def _linked_words(element: HtmlElement) -> int:
    return sum(count_words(text_of(link)) for link in descendants(element, "a"))
