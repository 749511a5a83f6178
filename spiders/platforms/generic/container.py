"""Finds the element that contains the text of an article on a page of an unknown CMS.

Belongs here: the text that trafilatura extracts, and choosing the element by it. Does not belong here: choosing the
article's blocks in the element (`spiders.platforms.generic.main_text`).

Two signals are combined: the text that trafilatura extracts, and unlinked text after the headline outside boilerplate.
Neither is enough alone: trafilatura omits short notices and includes lists of other news, and the page's own text
includes comments and the imprint.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.boilerplate import is_boilerplate, is_imprint
from spiders.platforms.parts.selectors import ancestors, descendants, select, text_of
from warehouse.text.normal import count_words

# For each page without text trafilatura logs a warning; a quality flag reports such pages already.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_BODY_ITEM: Final = select(
    # The plain substring test comes first: it is cheap, and most elements fail it.
    "//*[contains(@itemprop,'articleBody') and contains(concat(' ',normalize-space(@itemprop),' '),' articleBody ')]"
)
_TEXT_TAGS: Final = frozenset(
    ("p", "div", "td", "li", "span", "font", "b", "strong", "em", "i", "section", "article", "main", "blockquote",
     "center", "h2", "h3", "h4", "h5", "h6", "pre", "body", "form", "figcaption", "dd", "address", "u", "small", "big",
     "ins", "cite", "label")
)  # fmt: skip
_INLINE_TAGS: Final = frozenset(
    ("p", "span", "font", "b", "strong", "em", "i", "u", "small", "big", "ins", "cite", "label", "a")
)
# Limits for hostile pages; real articles stay far below them.
_ELEMENTS_MAX: Final = 30_000
_LETTERS_MAX: Final = 100_000
PIECE_LETTERS_MIN: Final = 20  # shorter pieces (a date, a name) may occur in the text by chance
_PROSE_WORDS_MIN: Final = 12
_SENTENCE_ENDS: Final = (".", "!", "?", "…", ":", ";")
_CLOSING: Final = " \"”’)'"
_HELD_LETTERS_MIN: Final = 200
_HELD_LINKS_MAX: Final = 200
_SAMPLES: Final = 10
_SAMPLE_LETTERS: Final = 30
_OWN_WEIGHT: Final = 0.5
_UNCONFIRMED_WEIGHT: Final = 0.2  # extracted by trafilatura only: linked, in boilerplate, or above the headline
_NEAR_FACTOR: Final = 2
_SENTENCE_WEIGHT_MIN: Final = 30
_SUMMARY_DEPTH: Final = 2
_SUMMARY_BEFORE: Final = 2  # the title, and a date or counter
ROW_DENSITY_MIN: Final = 0.6  # a date or a counter may follow the title
ROW_WORDS_MIN: Final = 4
_Place: TypeAlias = Literal["open", "boilerplate", "link"]


def known_letters(page: Page) -> str:
    """Return the letters and digits of the text that trafilatura extracts; empty if it finds none."""
    return letters_of(_extracted(page))[:_LETTERS_MAX]


def prose_words(page: Page) -> int:
    """Return the number of words of the longest prose that trafilatura extracts.

    Prose is paragraphs without titles between.
    Summaries of list rows are no prose: a title is before each.
    """
    longest = words = 0
    for line in _extracted(page)[:_LETTERS_MAX].splitlines():
        is_prose = count_words(line) >= _PROSE_WORDS_MIN and line.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)
        words = words + count_words(line) if is_prose else 0
        longest = max(longest, words)
    return longest


@lru_cache(1)
def _extracted(page: Page) -> str:
    # Loading it takes a third of a second, and few pages of a crawl are read this way.
    import trafilatura
    from trafilatura.settings import Extractor

    # Tables may contain the article's figures. `fast` omits trafilatura's fallbacks for short pages, which the second
    # signal replaces.
    options = Extractor(output_format="python", comments=False, tables=True, with_metadata=False, fast=True)
    extracted = trafilatura.bare_extraction(page.tree, options=options)
    return (extracted.text or "") if extracted and not isinstance(extracted, dict) else ""


def holds_text(element: HtmlElement, letters: str) -> bool:
    """Tell whether the element holds most of the text that trafilatura extracted, whatever its class says."""
    own = letters_of(str(element.text_content())[:_LETTERS_MAX])
    if len(letters) < _HELD_LETTERS_MIN or len(own) < len(letters) / 2:
        return False
    linked = sum(len(letters_of(text_of(link))) for link in islice(descendants(element, "a"), _HELD_LINKS_MAX))
    samples = [letters[at : at + _SAMPLE_LETTERS] for at in range(0, len(letters), len(letters) // _SAMPLES)]
    return linked * 3 < len(own) and sum(each in own for each in samples) * 2 > len(samples)


def marked_body(page: Page) -> HtmlElement | None:
    """Return the element that microdata marks as `articleBody`, if there is exactly one."""
    marked = [each for each in _BODY_ITEM(page.tree) if next(each.iterdescendants("p", "br", "div"), None) is not None]
    return marked[0] if len(marked) == 1 else None


def letters_of(text: str) -> str:
    """Return only the letters and digits, in NFC: trafilatura changes white space and punctuation."""
    # Faster than a pattern, and equal to `[^\W_]`. Splitting leaves few other characters to look at.
    together = "".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())
    return together if together.isalnum() else "".join(filter(str.isalnum, together))


def find_container(tree: HtmlElement, text: str, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element that contains most of the text and little else; None if there is no text.

    `text` is the result of `known_letters`. If `heading` is given, text before it counts less.

    Start from the innermost element with more than 55 % of the total weight. Widen to an ancestor if at least half of
    what it adds is text: this joins an article in two containers, and excludes the sidebar.
    """
    weights = _weights_by_element(tree, text, heading)
    total = max(weights.values(), default=0)
    main = [element for element, weight in weights.items() if weight > 0.55 * total]
    best = max(main, key=lambda element: sum(1 for _ in ancestors(element)), default=None)
    if best is None:
        return None
    count: int | None = None  # letters of `best`, counted when needed
    for ancestor in list(ancestors(best)):
        gained = weights[ancestor] - weights[best]
        if gained > 0.05 * weights[best]:
            count = _letter_count(best) if count is None else count
            if (outer_count := _letter_count(ancestor)) - count <= 2 * gained:
                best, count = ancestor, outer_count
    # A short notice may be a single paragraph; captions and source are beside it, in its parent.
    while best.tag in _INLINE_TAGS and (outer := best.getparent()) is not None:
        best = outer
    return best


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text node.

    Attributes:
        weight: the number of its letters, multiplied by a weight for the signals that classify it as text.
        is_own: whether it is after the headline, unlinked and outside boilerplate.
    """

    element: HtmlElement
    weight: float
    is_own: bool


def _weights_by_element(tree: HtmlElement, text: str, heading: HtmlElement | None) -> dict[HtmlElement, float]:
    """Return the weight of the text in each element's subtree, without elements of weight 0.

    Text in the innermost element with both the headline and a sentence counts twice, so that a notice of two lines
    wins over a longer text in another container.
    """
    pieces = list(_pieces(tree, text, heading))
    near = _nearest(heading, pieces)
    weights: dict[HtmlElement, float] = {}
    for piece in pieces:
        holders = (piece.element, *ancestors(piece.element))
        weight = piece.weight * (_NEAR_FACTOR if piece.is_own and near is not None and near in holders else 1)
        for holder in holders:
            weights[holder] = weights.get(holder, 0) + weight
    return weights


def _nearest(heading: HtmlElement | None, pieces: Sequence[_Piece]) -> HtmlElement | None:
    """Return the innermost ancestor of the headline that contains a sentence after it."""
    own: dict[HtmlElement, float] = {}
    for piece in pieces:
        for holder in ancestors(piece.element) if piece.is_own else ():
            own[holder] = own.get(holder, 0) + piece.weight
    candidates = ancestors(heading) if heading is not None else ()
    return next((each for each in candidates if own.get(each, 0) >= _SENTENCE_WEIGHT_MIN), None)


def _pieces(tree: HtmlElement, text: str, heading: HtmlElement | None) -> Iterator[_Piece]:
    is_after = heading is None
    # Ancestors of the headline are not boilerplate, whatever their class.
    above = set() if heading is None else set(ancestors(heading))
    places: dict[HtmlElement, _Place] = {}
    # Iterate over all tags: the headline may be in an element with a non-standard tag.
    for element in islice(tree.iter(), _ELEMENTS_MAX):
        if element is heading:
            is_after = True
        # Word wraps whole paragraphs in anchors that have a name and lead nowhere.
        elif element.tag in _TEXT_TAGS or (element.tag == "a" and _is_anchor(element)):
            # The bare text of an element that holds the headline is below it.
            yield from _pieces_of(element, text, above, places, is_after=is_after or element in above)


def _pieces_of(
    element: HtmlElement,
    text: str,
    above: set[HtmlElement],
    places: dict[HtmlElement, _Place],
    *,
    is_after: bool,
) -> Iterator[_Piece]:
    place: _Place | None = None
    for piece in (element.text, *(child.tail for child in element)):
        if not piece or len(piece) < PIECE_LETTERS_MIN or len(letters := letters_of(piece)) < PIECE_LETTERS_MIN:
            continue
        if place is None:
            is_other = element not in above and is_summary(element)
            place = "boilerplate" if is_other else _place(element, above, places)
        is_own = is_after and place == "open" and not is_imprint(piece)
        is_known = letters in text
        if place != "link" and (is_known or is_own):
            share = 1.0 if is_known and is_own else _OWN_WEIGHT if is_own else _UNCONFIRMED_WEIGHT
            yield _Piece(element, share * len(letters), is_own)


def is_summary(element: HtmlElement) -> bool:
    """Tell whether the element is the summary of a list row: a linked title directly precedes it."""
    for holder in (element, *islice(ancestors(element), _SUMMARY_DEPTH)):
        before = [
            each for each in islice(holder.itersiblings(preceding=True), _SUMMARY_BEFORE) if isinstance(each.tag, str)
        ]
        if before:
            return any(_is_title_of_row(link, each) for each in before for link in islice(descendants(each, "a"), 1))
    return False


def _is_title_of_row(link: HtmlElement, holder: HtmlElement) -> bool:
    """Tell whether a link is a title and nearly all of its holder's text."""
    linked = "" if _is_anchor(link) else text_of(link)
    return count_words(linked) >= ROW_WORDS_MIN and len(linked) >= ROW_DENSITY_MIN * len(text_of(holder))


def _is_anchor(link: HtmlElement) -> bool:
    """Tell whether the element is the target of links, and none itself (`<a name>`)."""
    return not link.get("href") and (link.get("name") is not None or link.get("id") is not None)


def _place(element: HtmlElement, above: set[HtmlElement], known: dict[HtmlElement, _Place]) -> _Place:
    """Return where the element is; `known` holds the places of its ancestors, which most elements share."""
    passed: list[HtmlElement] = []
    place: _Place = "open"
    for holder in (element, *ancestors(element)):
        if (found := known.get(holder) or _own_place(holder, above)) is not None:
            place = found
            break
        passed.append(holder)
    known.update(dict.fromkeys(passed, place))
    return place


def _own_place(holder: HtmlElement, above: set[HtmlElement]) -> _Place | None:
    """Return where what the element holds is, as far as the element itself tells."""
    if holder in above:
        return "open"
    if holder.tag == "a" and holder.get("href"):
        return "link"
    # Old CMSs wrap whole pages in a form.
    return "boilerplate" if holder.tag != "form" and is_boilerplate(holder) else None


def _letter_count(element: HtmlElement) -> int:
    return len(letters_of(str(element.text_content())))
