"""Where on a page of an unknown system the article's text stands.

Here: choosing the element that holds the text, and of its blocks those that are the article's. Not here: the other
parts of an article (`spiders.platforms.generic.article`).

Two witnesses are heard: trafilatura, and the letters of plain, unlinked text behind the headline, outside of what the
template marks as boilerplate. Neither alone will do: trafilatura leaves short notices out and mixes lists of other
news in, and the page's own words include readers' comments and its imprint.
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
from spiders.platforms.parts.addresses import is_attachment
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.boilerplate import ends_article, is_frame, is_frame_line, is_imprint
from spiders.platforms.parts.bylines import byline_in, credits_source
from spiders.platforms.parts.selectors import around, below, select, text_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words, normal_form

# It warns of each page without text, which is for the row's flags to say.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_BODY_ITEM: Final = select("//*[contains(concat(' ',normalize-space(@itemprop),' '),' articleBody ')]")
_NO_WORDS: Final = re.compile(r"[\W_]+")
_HOLDERS: Final = frozenset(
    ("p", "div", "td", "li", "span", "font", "b", "strong", "em", "i", "section", "article", "main", "blockquote",
     "center", "h2", "h3", "h4", "pre", "body", "form")
)  # fmt: skip
# Bounds for hostile pages; real articles stay far below them.
_ELEMENTS_MAX: Final = 30_000
_LETTERS_MAX: Final = 100_000
_PIECE_LETTERS_MIN: Final = 20  # shorter ones, a date or a name, may well stand in the text by chance
_OWN_WEIGHT: Final = 0.5
_UNCONFIRMED_WEIGHT: Final = 0.2  # trafilatura alone, against a link, the template's names, or the headline below
_NEAR_FACTOR: Final = 2
_SENTENCE_WEIGHT_MIN: Final = 30
_SURE_WORDS_MIN: Final = 20
_DATE_WORDS_MAX: Final = 14
_SENTENCE: Final = re.compile(r"(?:\S+\s+){3,}\S+[.!?…]+[”\"')/]*")
_DATE_LINE: Final = re.compile(
    r"(?:thứ|hai|ba|tư|năm|sáu|bảy|chủ|nhật|ngày|tháng|đăng|cập|lúc|gmt|am|pm|sa|ch|giờ|[\d\s/:|,.()+–-])+",
    re.IGNORECASE,
)
_LINKED_SURE_MAX: Final = 0.3
_LINKED_KNOWN_MAX: Final = 0.6
_LINKED_ROW_MIN: Final = 0.6  # a date or a counter may stand beside the title
_SUMMARY_DEPTH: Final = 2
_SUMMARY_BEFORE: Final = 2  # the title, and a date or counter
_ROW_WORDS_MIN: Final = 4
_ROWS_MIN: Final = 3
_ROW_BLOCKS_MAX: Final = 4  # picture, title, date, summary
_ROWS_HEADING_WORDS_MAX: Final = 8
_BOX_WORDS_MAX: Final = 15


_Place: TypeAlias = Literal["open", "frame", "link"]


@dataclass(frozen=True, slots=True)
class MainText:
    """What is known of a page's text, by which its blocks are told from others.

    Attributes:
        letters: what trafilatura takes for the text, letters and digits alone.
        title: of the article; blocks before it are none of the text.
    """

    letters: str
    title: str | None

    def choose(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the article's blocks among those of the container below the title.

        Blocks between the first and the last that surely are text stay whatever they are: trafilatura drops short
        paragraphs. Before the first only pictures and what trafilatura knows; behind the last only what may end an
        article, up to the first line that surely does not.
        """
        sure = [index for index, block in enumerate(blocks) if self._is_sure(block)]
        if not sure:
            return [block for block in blocks if not _is_no_text(block.text)]
        blocks = blocks[: self._end_of_text(blocks, sure)]
        first = sure[0]
        last = max(index for index in sure if index < len(blocks))
        head = [block for block in blocks[:first] if self._may_begin(block)]
        return [*head, *_without_boxes(blocks[first : last + 1]), *self._tail(blocks[last + 1 :])]

    def below_title(self, blocks: Sequence[Block]) -> list[Block]:
        """Leave out what stands above the headline, where that is inside the container."""
        title = normal_form(self.title or "").casefold()
        found = next((index for index, block in enumerate(blocks) if title and _shows(block, title)), None)
        return list(blocks if found is None else blocks[found + 1 :])

    def _is_sure(self, block: Block) -> bool:
        if block.linked > _LINKED_SURE_MAX or _is_no_text(block.text):
            return False
        letters = _letters(block.text)
        is_known = len(letters) >= _PIECE_LETTERS_MIN and letters in self.letters
        return is_known or count_words(block.text) >= _SURE_WORDS_MIN

    def _may_begin(self, block: Block) -> bool:
        if block.image or block.is_caption:
            return True
        is_known = len(block.text) > 2 and _letters(block.text) in self.letters
        return is_known and block.linked <= _LINKED_SURE_MAX and not _is_no_text(block.text)

    def _tail(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """Yield what may end an article behind its last sure paragraph: a picture, a short line, a name, a credit."""
        for block in blocks:
            is_known = bool(block.text) and _letters(block.text) in self.letters
            has_file = any(is_attachment(href) for href, _ in block.links)
            linked_max = _LINKED_KNOWN_MAX if is_known else _LINKED_SURE_MAX
            is_elsewhere = block.linked > linked_max and not credits_source(block.text) and not has_file
            if is_elsewhere or (is_imprint(block.text) and not is_known):
                return
            is_sentence = _SENTENCE.fullmatch(block.text) is not None and not is_frame_line(block.text)
            is_ending = is_sentence or byline_in(block) or credits_source(block.text) or block.is_caption
            if block.image or is_ending or has_file or is_known:
                yield block

    def _end_of_text(self, blocks: Sequence[Block], sure: Sequence[int]) -> int:
        """Return the index of the line that heads what follows the article; more text behind it means it is none."""
        words = {index: count_words(blocks[index].text) for index in sure}
        before, behind = 0, sum(words.values())
        for index, block in enumerate(blocks):
            behind -= words.get(index, 0)
            if index > sure[0] and behind < before / 4 and ends_article(block.text):
                return index
            before += words.get(index, 0)
        return _begin_of_rows(blocks, sure[0])


def _shows(block: Block, title: str) -> bool:
    """Tell whether the block is the headline, or the headline with the date in the same paragraph."""
    text = normal_form(block.text).casefold()
    if not text.startswith(title):
        return False
    rest = text[len(title) :]
    return not rest or (count_words(rest) <= _DATE_WORDS_MAX and parse_moment(rest) is not None)


def known_letters(page: Page) -> str:
    """Return the letters and digits of what trafilatura takes for the page's text."""
    # Comments off: readers' words are not the portal's. Tables on: figures stand there. Fast: what its fallbacks would
    # add on short pages, the second witness knows.
    extracted = trafilatura.bare_extraction(
        page.tree, include_comments=False, include_tables=True, with_metadata=False, fast=True
    )
    return _letters(extracted.text or "")[:_LETTERS_MAX] if extracted and not isinstance(extracted, dict) else ""


def marked_body(page: Page) -> HtmlElement | None:
    """Return the element that the page's microdata calls the article's body, where there is one."""
    marked = [each for each in _BODY_ITEM(page.tree) if next(each.iterdescendants("p", "br", "div"), None) is not None]
    return marked[0] if len(marked) == 1 else None


def _letters(text: str) -> str:
    """Return the letters and digits alone, composed: trafilatura sets its own spaces and marks."""
    return _NO_WORDS.sub("", text if text.isascii() else unicodedata.normalize("NFC", text))


def find_container(tree: HtmlElement, text: str, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element that holds most of the text and little else; None where there is no text.

    Args:
        tree: is not altered.
        text: what trafilatura knows, letters and digits alone.
        heading: the element of the headline, behind which the text is looked for; None where it is not known.

    Start from the innermost element with more than half of what can be found, and widen to an ancestor as long as
    that wins more of the text than of other words (an article in two boxes yes, the page's margin no).
    """
    held = _letters_held(tree, text, heading)
    total = max(held.values(), default=0)
    main = [element for element, weight in held.items() if weight > 0.55 * total]
    best = max(main, key=lambda element: sum(1 for _ in around(element)), default=None)
    if best is None:
        return None
    for ancestor in list(around(best)):
        won = held[ancestor] - held[best]
        if won > 0.05 * held[best] and _letter_count(ancestor) - _letter_count(best) <= 2 * won:
            best = ancestor
    # One paragraph alone is the whole text of a short notice; its box holds captions and source as well.
    while best.tag in ("p", "span", "font", "b", "strong", "em", "i") and (outer := best.getparent()) is not None:
        best = outer
    return best


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text directly in an element.

    Attributes:
        weight: its letters, by how many witnesses call it text.
        is_own: whether it stands behind the headline, plain and outside of boilerplate.
    """

    element: HtmlElement
    weight: float
    is_own: bool


def _letters_held(tree: HtmlElement, text: str, heading: HtmlElement | None) -> dict[HtmlElement, float]:
    """Return the weight of the text that each element holds, in itself or below; elements without any are left out.

    Text in the innermost element that holds both the headline and a sentence counts twice: a notice of two lines
    stands there, and a longer text of another box somewhere else.
    """
    pieces = list(_pieces(tree, text, heading))
    near = _nearest(heading, pieces)
    held: dict[HtmlElement, float] = {}
    for piece in pieces:
        holders = (piece.element, *around(piece.element))
        weight = piece.weight * (_NEAR_FACTOR if piece.is_own and near is not None and near in holders else 1)
        for holder in holders:
            held[holder] = held.get(holder, 0) + weight
    return held


def _nearest(heading: HtmlElement | None, pieces: Sequence[_Piece]) -> HtmlElement | None:
    """Return the innermost element around the headline that holds a sentence behind it."""
    own: dict[HtmlElement, float] = {}
    for piece in pieces:
        for holder in around(piece.element) if piece.is_own else ():
            own[holder] = own.get(holder, 0) + piece.weight
    candidates = around(heading) if heading is not None else ()
    return next((each for each in candidates if own.get(each, 0) >= _SENTENCE_WEIGHT_MIN), None)


def _pieces(tree: HtmlElement, text: str, heading: HtmlElement | None) -> Iterator[_Piece]:
    is_behind = heading is None
    # Whatever holds the headline is no boilerplate, however it is named.
    above = set() if heading is None else set(around(heading))
    # Asked for by its tag, a headline in an element of a made-up name could not be found.
    for element in islice(tree.iter(), _ELEMENTS_MAX):
        if element is heading:
            is_behind = True
        elif element.tag in _HOLDERS:
            yield from _pieces_of(element, text, above, is_behind=is_behind)


def _pieces_of(element: HtmlElement, text: str, above: set[HtmlElement], *, is_behind: bool) -> Iterator[_Piece]:
    place: _Place | None = None
    for piece in (element.text, *(child.tail for child in element)):
        if not piece or len(piece) < _PIECE_LETTERS_MIN or len(letters := _letters(piece)) < _PIECE_LETTERS_MIN:
            continue
        place = place or ("frame" if is_summary(element) else _place(element, above))
        is_own = is_behind and place == "open" and not is_imprint(piece)
        is_known = letters in text
        if place != "link" and (is_known or is_own):
            share = 1.0 if is_known and is_own else _OWN_WEIGHT if is_own else _UNCONFIRMED_WEIGHT
            yield _Piece(element, share * len(letters), is_own)


def _without_boxes(blocks: Sequence[Block]) -> Iterator[Block]:
    """Leave out boxes amid the text: a label such as `Đọc thêm`, and below it linked titles, each with a few words."""
    is_inside, is_below_title = False, False
    for index, block in enumerate(blocks):
        if is_frame_line(block.text):
            following = next((each for each in blocks[index + 1 :] if each.text), None)
            is_inside, is_below_title = following is not None and is_row(following), False
        elif is_inside and is_row(block):
            is_below_title = True
        elif is_inside and block.text:
            is_short = count_words(block.text) <= _BOX_WORDS_MAX and _SENTENCE.fullmatch(block.text) is not None
            is_inside = is_below_title and (is_short or _is_no_text(block.text))
        if not is_inside:
            yield block


def is_summary(element: HtmlElement) -> bool:
    """Tell the summary in a row of a list: right before it stands a title that is all link."""
    for holder in (element, *islice(around(element), _SUMMARY_DEPTH)):
        before = [
            each for each in islice(holder.itersiblings(preceding=True), _SUMMARY_BEFORE) if isinstance(each.tag, str)
        ]
        if before:
            titles = ((text_of(link), text_of(each)) for each in before for link in islice(below(each, "a"), 1))
            return any(_is_title_of_row(linked, whole) for linked, whole in titles)
    return False


def _is_title_of_row(linked: str, whole: str) -> bool:
    return count_words(linked) >= _ROW_WORDS_MIN and len(linked) >= _LINKED_ROW_MIN * len(whole)


def _place(element: HtmlElement, above: set[HtmlElement]) -> _Place:
    for holder in (element, *around(element)):
        if holder in above:
            return "open"
        if holder.tag == "a" and holder.get("href"):
            return "link"
        # Old systems wrap whole pages in a form.
        if holder.tag != "form" and is_frame(holder):
            return "frame"
    return "open"


def _letter_count(element: HtmlElement) -> int:
    return len(_letters(str(element.text_content())))


def _is_no_text(line: str) -> bool:
    return is_frame_line(line) or is_imprint(line) or _DATE_LINE.fullmatch(line) is not None


def is_row(block: Block) -> bool:
    """Tell whether the block is a linked title, as a list of articles has them."""
    is_title = block.linked > _LINKED_ROW_MIN and count_words(block.text) >= _ROW_WORDS_MIN
    return is_title and not credits_source(block.text) and not any(is_attachment(href) for href, _ in block.links)


def _begin_of_rows(blocks: Sequence[Block], first: int) -> int:
    """Return the index at which rows of other articles begin that go on to the end: linked titles with summaries."""
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
