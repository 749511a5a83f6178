"""Finds the main text of an article on a page of an unknown CMS.

Belongs here: choosing the text container and the article's blocks in it. Does not belong here: the other parts of an
article (`spiders.platforms.generic.article`).

Two signals are combined: the text that trafilatura extracts, and unlinked text after the headline outside boilerplate.
Neither is enough alone: trafilatura omits short notices and includes lists of other news, and the page's own text
includes comments and the imprint.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

import trafilatura
from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.boilerplate import ends_article, is_boilerplate, is_boilerplate_line, is_imprint
from spiders.platforms.parts.bylines import byline_in, credits_source
from spiders.platforms.parts.selectors import ancestors, descendants, select, text_of
from spiders.platforms.parts.urls import is_attachment
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words, normal_form

# For each page without text trafilatura logs a warning; a quality flag reports such pages already.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_BODY_ITEM: Final = select("//*[contains(concat(' ',normalize-space(@itemprop),' '),' articleBody ')]")
_NON_LETTERS: Final = re.compile(r"[\W_]+")
_TEXT_TAGS: Final = frozenset(
    ("p", "div", "td", "li", "span", "font", "b", "strong", "em", "i", "section", "article", "main", "blockquote",
     "center", "h2", "h3", "h4", "pre", "body", "form")
)  # fmt: skip
# Limits for hostile pages; real articles stay far below them.
_ELEMENTS_MAX: Final = 30_000
_LETTERS_MAX: Final = 100_000
_PIECE_LETTERS_MIN: Final = 20  # shorter pieces (a date, a name) may occur in the text by chance
_OWN_WEIGHT: Final = 0.5
_UNCONFIRMED_WEIGHT: Final = 0.2  # extracted by trafilatura only: linked, in boilerplate, or above the headline
_NEAR_FACTOR: Final = 2
_SENTENCE_WEIGHT_MIN: Final = 30
_SURE_WORDS_MIN: Final = 20
_DATE_WORDS_MAX: Final = 14
_SENTENCE: Final = re.compile(r"(?:\S+\s+){3,}\S+[.!?…]+[”\"')/]*")
_DATE_LINE: Final = re.compile(
    r"(?:thứ|hai|ba|tư|năm|sáu|bảy|chủ|nhật|ngày|tháng|đăng|cập|lúc|gmt|am|pm|sa|ch|giờ|[\d\s/:|,.()+–-])+",
    re.IGNORECASE,
)
_SURE_DENSITY_MAX: Final = 0.3
_KNOWN_DENSITY_MAX: Final = 0.6
_ROW_DENSITY_MIN: Final = 0.6  # a date or a counter may follow the title
_SUMMARY_DEPTH: Final = 2
_SUMMARY_BEFORE: Final = 2  # the title, and a date or counter
_ROW_WORDS_MIN: Final = 4
_ROWS_MIN: Final = 3
_ROW_BLOCKS_MAX: Final = 4  # picture, title, date, summary
_ROWS_HEADING_WORDS_MAX: Final = 8
_BOX_WORDS_MAX: Final = 15


_Place: TypeAlias = Literal["open", "boilerplate", "link"]


@dataclass(frozen=True, slots=True)
class MainText:
    """Selects the blocks of an article's main text.

    Attributes:
        letters: the letters and digits of the text that trafilatura extracted.
        title: the article's title; blocks before it are not text.
    """

    letters: str
    title: str | None

    def choose(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the article's blocks among those of the container below the title.

        All blocks between the first and the last certain text block are kept (except boxes with other articles),
        because trafilatura drops short paragraphs. Before the first, only pictures, captions and text that trafilatura
        extracted are kept. After the last, only blocks that may end an article are kept, until links or the imprint.
        """
        sure = [index for index, block in enumerate(blocks) if self._is_sure(block)]
        if not sure:
            return [block for block in blocks if not _is_not_text(block.text)]
        blocks = blocks[: self._end_of_text(blocks, sure)]
        first = sure[0]
        last = max(index for index in sure if index < len(blocks))
        head = [block for block in blocks[:first] if self._may_begin(block)]
        return [*head, *_without_boxes(blocks[first : last + 1]), *self._tail(blocks[last + 1 :])]

    def below_title(self, blocks: Sequence[Block]) -> list[Block]:
        """Drop the blocks above the headline, if it is inside the container."""
        title = normal_form(self.title or "").casefold()
        found = next((index for index, block in enumerate(blocks) if title and _is_headline(block, title)), None)
        return list(blocks if found is None else blocks[found + 1 :])

    def _is_sure(self, block: Block) -> bool:
        if block.link_density > _SURE_DENSITY_MAX or _is_not_text(block.text):
            return False
        letters = _letters(block.text)
        is_known = len(letters) >= _PIECE_LETTERS_MIN and letters in self.letters
        return is_known or count_words(block.text) >= _SURE_WORDS_MIN

    def _may_begin(self, block: Block) -> bool:
        if block.image or block.is_caption:
            return True
        is_known = len(block.text) > 2 and _letters(block.text) in self.letters
        return is_known and block.link_density <= _SURE_DENSITY_MAX and not _is_not_text(block.text)

    def _tail(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """Yield blocks after the last certain paragraph that may end an article: pictures, sentences, credits."""
        for block in blocks:
            is_known = bool(block.text) and _letters(block.text) in self.letters
            has_file = any(is_attachment(href) for href, _ in block.links)
            density_max = _KNOWN_DENSITY_MAX if is_known else _SURE_DENSITY_MAX
            is_elsewhere = block.link_density > density_max and not credits_source(block.text) and not has_file
            if is_elsewhere or (is_imprint(block.text) and not is_known):
                return
            is_sentence = _SENTENCE.fullmatch(block.text) is not None and not is_boilerplate_line(block.text)
            is_ending = is_sentence or byline_in(block) or credits_source(block.text) or block.is_caption
            if block.image or is_ending or has_file or is_known:
                yield block

    def _end_of_text(self, blocks: Sequence[Block], sure: Sequence[int]) -> int:
        """Return the index where the article ends: an end heading with little text after it, or list rows."""
        words = {index: count_words(blocks[index].text) for index in sure}
        before, after = 0, sum(words.values())
        for index, block in enumerate(blocks):
            after -= words.get(index, 0)
            if index > sure[0] and after < before / 4 and ends_article(block.text):
                return index
            before += words.get(index, 0)
        return _start_of_rows(blocks, sure[0])


def _is_headline(block: Block, title: str) -> bool:
    """Tell whether the block is the headline, possibly followed by the date."""
    text = normal_form(block.text).casefold()
    if not text.startswith(title):
        return False
    rest = text[len(title) :]
    return not rest or (count_words(rest) <= _DATE_WORDS_MAX and parse_moment(rest) is not None)


def known_letters(page: Page) -> str:
    """Return the letters and digits of the text that trafilatura extracts; empty if it finds none."""
    # Tables may contain the article's figures. `fast` omits trafilatura's fallbacks for short pages, which the second
    # signal replaces.
    extracted = trafilatura.bare_extraction(
        page.tree, include_comments=False, include_tables=True, with_metadata=False, fast=True
    )
    return _letters(extracted.text or "")[:_LETTERS_MAX] if extracted and not isinstance(extracted, dict) else ""


def marked_body(page: Page) -> HtmlElement | None:
    """Return the element that microdata marks as `articleBody`, if there is exactly one."""
    marked = [each for each in _BODY_ITEM(page.tree) if next(each.iterdescendants("p", "br", "div"), None) is not None]
    return marked[0] if len(marked) == 1 else None


def _letters(text: str) -> str:
    """Return only the letters and digits, in NFC: trafilatura changes white space and punctuation."""
    return _NON_LETTERS.sub("", text if text.isascii() else unicodedata.normalize("NFC", text))


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
    for ancestor in list(ancestors(best)):
        gained = weights[ancestor] - weights[best]
        if gained > 0.05 * weights[best] and _letter_count(ancestor) - _letter_count(best) <= 2 * gained:
            best = ancestor
    # A short notice may be a single paragraph; captions and source are beside it, in its parent.
    while best.tag in ("p", "span", "font", "b", "strong", "em", "i") and (outer := best.getparent()) is not None:
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
    # Iterate over all tags: the headline may be in an element with a non-standard tag.
    for element in islice(tree.iter(), _ELEMENTS_MAX):
        if element is heading:
            is_after = True
        elif element.tag in _TEXT_TAGS:
            yield from _pieces_of(element, text, above, is_after=is_after)


def _pieces_of(element: HtmlElement, text: str, above: set[HtmlElement], *, is_after: bool) -> Iterator[_Piece]:
    place: _Place | None = None
    for piece in (element.text, *(child.tail for child in element)):
        if not piece or len(piece) < _PIECE_LETTERS_MIN or len(letters := _letters(piece)) < _PIECE_LETTERS_MIN:
            continue
        place = place or ("boilerplate" if is_summary(element) else _place(element, above))
        is_own = is_after and place == "open" and not is_imprint(piece)
        is_known = letters in text
        if place != "link" and (is_known or is_own):
            share = 1.0 if is_known and is_own else _OWN_WEIGHT if is_own else _UNCONFIRMED_WEIGHT
            yield _Piece(element, share * len(letters), is_own)


def _without_boxes(blocks: Sequence[Block]) -> Iterator[Block]:
    """Skip boxes inside the text: a label such as `Đọc thêm`, then linked titles with short summaries."""
    is_inside, is_below_title = False, False
    for index, block in enumerate(blocks):
        if is_boilerplate_line(block.text):
            following = next((each for each in blocks[index + 1 :] if each.text), None)
            is_inside, is_below_title = following is not None and is_row(following), False
        elif is_inside and is_row(block):
            is_below_title = True
        elif is_inside and block.text:
            is_short = count_words(block.text) <= _BOX_WORDS_MAX and _SENTENCE.fullmatch(block.text) is not None
            is_inside = is_below_title and (is_short or _is_not_text(block.text))
        if not is_inside:
            yield block


def is_summary(element: HtmlElement) -> bool:
    """Tell whether the element is the summary of a list row: a linked title directly precedes it."""
    for holder in (element, *islice(ancestors(element), _SUMMARY_DEPTH)):
        before = [
            each for each in islice(holder.itersiblings(preceding=True), _SUMMARY_BEFORE) if isinstance(each.tag, str)
        ]
        if before:
            titles = ((text_of(link), text_of(each)) for each in before for link in islice(descendants(each, "a"), 1))
            return any(_is_title_of_row(linked, whole) for linked, whole in titles)
    return False


def _is_title_of_row(linked: str, whole: str) -> bool:
    return count_words(linked) >= _ROW_WORDS_MIN and len(linked) >= _ROW_DENSITY_MIN * len(whole)


def _place(element: HtmlElement, above: set[HtmlElement]) -> _Place:
    for holder in (element, *ancestors(element)):
        if holder in above:
            return "open"
        if holder.tag == "a" and holder.get("href"):
            return "link"
        # Old CMSs wrap whole pages in a form.
        if holder.tag != "form" and is_boilerplate(holder):
            return "boilerplate"
    return "open"


def _letter_count(element: HtmlElement) -> int:
    return len(_letters(str(element.text_content())))


def _is_not_text(line: str) -> bool:
    return is_boilerplate_line(line) or is_imprint(line) or _DATE_LINE.fullmatch(line) is not None


def is_row(block: Block) -> bool:
    """Tell whether the block is a linked title, as in a list of articles."""
    is_title = block.link_density > _ROW_DENSITY_MIN and count_words(block.text) >= _ROW_WORDS_MIN
    return is_title and not credits_source(block.text) and not any(is_attachment(href) for href, _ in block.links)


def _start_of_rows(blocks: Sequence[Block], first: int) -> int:
    """Return the index where rows of other articles begin that run to the last block, else the length."""
    titles = [index for index, block in enumerate(blocks) if index > first and is_row(block)]
    begin = len(blocks)
    for index in reversed(titles):
        if begin - index > _ROW_BLOCKS_MAX:
            break
        begin = index
    if sum(1 for index in titles if index >= begin) < _ROWS_MIN:
        return len(blocks)
    heading = blocks[begin - 1]
    return begin - 1 if begin - 1 > first and count_words(heading.text) <= _ROWS_HEADING_WORDS_MAX else begin
