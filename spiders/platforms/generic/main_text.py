"""Chooses the blocks of an article's main text on a page of an unknown CMS.

Belongs here: which blocks of the text's element are the article's. Does not belong here: finding that element
(`spiders.platforms.generic.container`), the other parts of an article (`spiders.platforms.generic.article`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from spiders.platforms.generic.container import PIECE_LETTERS_MIN, ROW_DENSITY_MIN, ROW_WORDS_MIN, letters_of
from spiders.platforms.parts.attribution.bylines import byline_in
from spiders.platforms.parts.attribution.credits import credits_source
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.boilerplate import ends_article, is_boilerplate_line, is_imprint
from spiders.platforms.parts.links.files import offers_file
from warehouse.text.dates import parse_moment
from warehouse.text.normal import count_words, normal_form

_SURE_WORDS_MIN: Final = 20
_DATE_WORDS_MAX: Final = 14
_SENTENCE: Final = re.compile(r"(?:\S+\s+){3,}\S+[.!?…]+[”\"')/]*")
_DATE_LINE: Final = re.compile(
    r"(?:thứ|hai|ba|tư|năm|sáu|bảy|chủ|nhật|ngày|tháng|đăng|cập|lúc|gmt|am|pm|sa|ch|giờ|[\d\s/:|,.()+–-])+",
    re.IGNORECASE,
)
_SURE_DENSITY_MAX: Final = 0.3
_KNOWN_DENSITY_MAX: Final = 0.6
_ROWS_MIN: Final = 3
_SURE_ROWS_MIN: Final = 5
_INSIDE_MARK: Final = re.compile(r"(?:>>?|»|►|▶|→|=>|👉)")  # before a link to another article, inside a text
_ROW_BLOCKS_MAX: Final = 4  # picture, title, date, summary
_ROWS_HEADING_WORDS_MAX: Final = 8
_BOX_WORDS_MAX: Final = 15


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
            return [block for block in blocks if _has_file(block) or not _is_not_text(block.text)]
        blocks = blocks[: self._end_of_text(blocks, sure)]
        first = sure[0]
        last = max(index for index in sure if index < len(blocks))
        head = [
            block for index, block in enumerate(blocks[:first]) if self._may_begin(block, is_last=index == first - 1)
        ]
        return [*head, *_without_boxes(blocks[first : last + 1]), *self._tail(blocks[last + 1 :])]

    def below_title(self, blocks: Sequence[Block]) -> list[Block]:
        """Drop the blocks above the headline, if it is inside the container.

        Below most of the text, the title is a link in a box such as "most read", or the reply form's.
        """
        title = normal_form(self.title or "").casefold()
        found = next((index for index, block in enumerate(blocks) if title and _is_headline(block, title)), None)
        if found is None or _plain_words(blocks[:found]) > _plain_words(blocks[found + 1 :]):
            return list(blocks)
        return list(blocks[found + 1 :])

    def _is_sure(self, block: Block) -> bool:
        if block.link_density > _SURE_DENSITY_MAX or _is_not_text(block.text):
            return False
        letters = letters_of(block.text)
        is_known = len(letters) >= PIECE_LETTERS_MIN and letters in self.letters
        return is_known or count_words(block.text) >= _SURE_WORDS_MIN

    def _may_begin(self, block: Block, *, is_last: bool) -> bool:
        """Tell whether a block before the first certain paragraph is text; the last may be its sub-heading."""
        if block.image or block.is_caption or (not block.text and block.links):  # the last shows a file
            return True
        if block.is_heading and not block.link_density and not _is_not_text(block.text):
            return is_last
        is_known = len(block.text) > 2 and letters_of(block.text) in self.letters
        return is_known and block.link_density <= _SURE_DENSITY_MAX and not _is_not_text(block.text)

    def _tail(self, blocks: Sequence[Block]) -> Iterator[Block]:
        """Yield blocks after the last certain paragraph that may end an article: pictures, sentences, credits."""
        for block in blocks:
            is_known = bool(block.text) and letters_of(block.text) in self.letters
            has_file = _has_file(block)
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


def _plain_words(blocks: Sequence[Block]) -> int:
    return sum(count_words(block.text) for block in blocks if block.link_density <= _SURE_DENSITY_MAX)


def _is_headline(block: Block, title: str) -> bool:
    """Tell whether the block is the headline, possibly followed by the date."""
    text = normal_form(block.text).casefold()
    if not text.startswith(title):
        return False
    rest = text[len(title) :]
    return not rest or (count_words(rest) <= _DATE_WORDS_MAX and parse_moment(rest) is not None)


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


def _is_not_text(line: str) -> bool:
    return is_boilerplate_line(line) or is_imprint(line) or _DATE_LINE.fullmatch(line) is not None


def is_row(block: Block) -> bool:
    """Tell whether the block is a linked title, as in a list of articles."""
    is_title = block.link_density > ROW_DENSITY_MIN and count_words(block.text) >= ROW_WORDS_MIN
    return is_title and not credits_source(block.text) and not _has_file(block)


def _has_file(block: Block) -> bool:
    return any(offers_file(href, words, block.text) for href, words in block.links)


def _start_of_rows(blocks: Sequence[Block], first: int) -> int:
    """Return the index where rows of other articles begin that run to the last block, else the length."""
    titles = [index for index, block in enumerate(blocks) if index > first and is_row(block)]
    begin = len(blocks)
    for index in reversed(titles):
        row = blocks[index + 1 : begin]
        # A row has one summary; several sentences are the article's own, after a link to another article.
        sentences = sum(
            1 for block in row if _SENTENCE.fullmatch(block.text) or count_words(block.text) >= _SURE_WORDS_MIN
        )
        is_inside = sentences and _INSIDE_MARK.match(blocks[index].text)
        if len(row) >= _ROW_BLOCKS_MAX or sentences > 1 or is_inside:
            break
        begin = index
    rows = sum(1 for index in titles if index >= begin)
    # Most of the text stands below a few links to other articles: they are between its paragraphs.
    is_between = rows < _SURE_ROWS_MIN and _plain_words(blocks[begin:]) > _plain_words(blocks[first:begin])
    if rows < _ROWS_MIN or is_between:
        return len(blocks)
    heading = blocks[begin - 1]
    return begin - 1 if begin - 1 > first and count_words(heading.text) <= _ROWS_HEADING_WORDS_MAX else begin
