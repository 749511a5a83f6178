"""Takes signature and credit off the end or the beginning of an article's text.

Belongs here: where in a text such lines stand, and which of several wins. Does not belong here: parsing a line
(`spiders.platforms.parts.attribution.bylines`, `spiders.platforms.parts.attribution.credits`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.attribution.bylines import (
    Byline,
    dated_byline,
    ends_a_sentence,
    is_picture_credit,
    is_poster,
    labelled_byline,
    signature_in,
    without_note,
)
from spiders.platforms.parts.attribution.credits import credit_in, may_be_source, source_url, without_url
from spiders.platforms.parts.attribution.names import is_desk, is_initials, is_name, is_person, is_publisher
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_boilerplate_line
from warehouse.text.normal import clean, count_words, has_more_words, normal_form

_GLUED: Final = re.compile(
    r"(?P<body>.*\S)\s*(?:\(\s*(?:Nguồn(?:\s+tin)?\s*:?|Theo)\s+(?P<bracketed>[^()]{2,60})\)|"
    r"(?<=[.!?…])\s*Nguồn(?:\s+tin)?\s*:\s*(?P<plain>[^.:]{2,60}))[.\s/]*$",
    re.IGNORECASE | re.DOTALL,
)
# The mark of an agency or the author's name after the last sentence: `… năm 2026. (TTXVN/Vietnam+)`, `…./.Thu Hà`.
_MARK: Final = re.compile(r"\(\s*(?P<mark>[^()]{2,80})\s*\)[./\s]*$")
_NAME_AFTER_END: Final = re.compile(r"\./\.?\s*(?P<name>[^./]\S{0,30}(?:\s+\S{1,30}){0,8})$")
_TAIL_CHARACTERS: Final = 120
# The lines above the name of someone who signs a document for an office.
_SIGNING: Final = re.compile(
    r"\b(?:TM|KT|TL|TUQ|T/M|K/T|T/L)\s*[./]|\bQ\.\s*(?:CHỦ TỊCH|GIÁM ĐỐC|TRƯỞNG)|"
    r"\(?\s*[Đđ]ã ký\s*\)?|\bNơi nhận\b|^(?:PHÓ )?(?:CHỦ TỊCH|GIÁM ĐỐC|TRƯỞNG (?:PHÒNG|BAN)|BÍ THƯ|CHÁNH VĂN PHÒNG|"
    r"HIỆU TRƯỞNG|CỤC TRƯỞNG|CHI CỤC TRƯỞNG|BỘ TRƯỞNG|THỨ TRƯỞNG|TRẠM TRƯỞNG|CHỦ NHIỆM|THỦ TRƯỞNG|TỔNG GIÁM ĐỐC)\b"
)
_SIGNING_WORDS_MAX: Final = 25
_SIGNING_ABOVE: Final = 4
_LISTED_ABOVE: Final = 2
_OPENING_WORDS_MAX: Final = 10


@dataclass(slots=True)
class Attribution:
    """The byline and credited source found at the end of a text.

    Attributes:
        blocks: the text without byline and credit.
        picture_credits: lines that name photographers, if no author is named beside them.
        is_glued: whether the credit was at the end of a paragraph and not on its own line.
    """

    blocks: list[Block]
    byline: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    picture_credits: list[str] = field(default_factory=list)
    is_glued: bool = False

    @property
    def has_source(self) -> bool:
        """Whether a source is credited."""
        return self.source_name is not None or self.source_url is not None


def take_attribution(blocks: Sequence[Block], base: str, byline: str | None) -> Attribution:
    """Remove signature and credited source, in either order, from the end of a text without captions.

    `byline` is the author shown outside the text, or None. A line that repeats that author is removed too. A signature
    that opens the text is removed if there is none at its end. Who posted the article is the author if nobody else is.
    """
    attribution = Attribution(list(blocks), byline)
    is_signed, posted_by = False, None
    while attribution.blocks:
        block = attribution.blocks[-1]
        if is_picture_credit(block.text):
            attribution.picture_credits.insert(0, attribution.blocks.pop().text)
        elif is_poster(block.text) and (poster := labelled_byline(block.text)):
            posted_by = poster.name
            attribution.blocks.pop()
        elif not is_signed and _take_signature(attribution, block):
            is_signed = True
        elif not attribution.has_source and (credit := credit_in(block, base)):
            attribution.source_name, attribution.source_url = credit
            attribution.blocks.pop()
        elif not _take_glued(attribution, base):
            break
    if is_signed:
        attribution.picture_credits.clear()
    else:
        _take_opening(attribution)
    attribution.byline = attribution.byline or posted_by
    return attribution


def source_in(element: HtmlElement, base: str) -> tuple[str | None, str | None]:
    """Return the name and URL credited by an element that the template marks as the source."""
    blocks = [block for block in read_blocks(element) if block.text]
    attribution = take_attribution(blocks, base, None)
    is_line = len(blocks) == 1 and not is_boilerplate_line(blocks[0].text)
    if not attribution.has_source and is_line and may_be_source(blocks[0].text, blocks[0]):
        return without_url(blocks[0].text), source_url(blocks[0], blocks[0].text, base)
    return attribution.source_name, attribution.source_url


def _take_signature(attribution: Attribution, block: Block) -> bool:
    """Remove the last block if it is the article's signature; tell whether it is."""
    found = signature_in(block)
    if found is None or found.name is None or not _agrees(found.name, attribution.byline):
        return False
    above = attribution.blocks[-1 - _SIGNING_ABOVE : -1]
    if not found.is_labelled and (_is_signing(block) or any(_is_signing(each) for each in above)):
        return False
    if not found.is_labelled and len(above) > 1 and all(is_person(each.text) for each in above[-_LISTED_ABOVE:]):
        return False  # the last of a list of names
    attribution.blocks.pop()
    _note(attribution, found)
    return True


def _note(attribution: Attribution, found: Byline) -> None:
    """Keep what a signature says, unless something better is known."""
    known = attribution.byline
    if known is None or (is_desk(known) and not is_desk(found.name or "")):
        attribution.byline = found.name
    if found.source and not attribution.has_source:
        attribution.source_name = without_url(found.source)


def _agrees(name: str, known: str | None) -> bool:
    """Tell whether a signature may be that of the known author: equal, a part of the name, or initials."""
    if known is None or (is_desk(known) and is_person(without_note(name))):
        return True
    here, there = (normal_form(without_note(each)).casefold() for each in (name, known))
    if here == there or here.split() == there.split()[-count_words(here) :]:
        return True
    letters = [word[0] for word in there.split()]
    given = [part.strip() for part in here.split(".") if part.strip()]
    return is_initials(without_note(name)) and [part[0] for part in given] == letters[-len(given) :]


def _is_signing(block: Block) -> bool:
    return not has_more_words(block.text, _SIGNING_WORDS_MAX) and _SIGNING.search(block.text) is not None


def _take_glued(attribution: Attribution, base: str) -> bool:
    """Remove a credit, an agency's mark or a name from the end of the last paragraph.

    Tell whether there was one.
    """
    block = attribution.blocks[-1]
    if not attribution.has_source and (glued := _glued_source(block.text)):
        name = clean(glued["bracketed"] or glued["plain"])
        found = signature_in(Block(f"Theo {name}")) if glued["bracketed"] and "/" in name else None
        if found and found.name and _agrees(found.name, attribution.byline):
            _note(attribution, found)
        elif may_be_source(name, block):
            attribution.source_name, attribution.source_url = without_url(name), source_url(block, name, base)
        else:
            return False
        attribution.is_glued = True
        attribution.blocks[-1] = replace(block, text=clean(glued["body"]))
        return True
    return _take_mark(attribution, block)


def _take_mark(attribution: Attribution, block: Block) -> bool:
    """Remove `(Thu Hà/TTXVN)` or `./. Thu Hà` from the end of the last paragraph.

    Tell whether there was one.
    """
    tail = block.text[-_TAIL_CHARACTERS:]
    if (match := _NAME_AFTER_END.search(tail)) is not None:
        found = signature_in(Block(match["name"]))
        start = match.start("name")
    elif (match := _MARK.search(tail)) is not None:
        found, start = _read_mark(match["mark"]), match.start()
    else:
        return False
    rest = clean(block.text[: len(block.text) - len(tail) + start])
    if found is None or not ends_a_sentence(rest.rstrip("/")) or (found.source and attribution.has_source):
        return False
    if found.name and not _agrees(found.name, attribution.byline):
        return False
    _note(attribution, found)
    attribution.blocks[-1] = replace(block, text=rest)
    attribution.is_glued = True
    return True


def _read_mark(mark: str) -> Byline | None:
    """Return the name and the agency in brackets; None if the brackets contain no agency."""
    if is_publisher(mark):
        return Byline(None, mark)
    found = signature_in(Block(mark))
    return found if found and found.source else None


def _take_opening(attribution: Attribution) -> None:
    """Remove a signature from the beginning of the text, or the repetition of the known author there."""
    texts = list(islice((block for block in attribution.blocks if block.text), 2))
    if len(texts) < 2 or has_more_words(texts[0].text, _OPENING_WORDS_MAX):
        return
    first, second = texts
    found = labelled_byline(first.text)
    if found is None and (name := dated_byline(first.text)):
        found = Byline(name)
    elif found is None and has_more_words(second.text, _OPENING_WORDS_MAX) and not first.is_heading:
        signature = signature_in(first)
        is_aside = first.align == "right" or first.is_italic or first.text.startswith("(")
        name = without_note(signature.name or "") if signature else ""
        found = signature if is_person(name) or (is_aside and is_name(name)) else None
    if found and found.name and _agrees(found.name, attribution.byline):
        attribution.blocks.remove(first)
        _note(attribution, found)


def _glued_source(text: str) -> re.Match[str] | None:
    """Match a credit at the end of a paragraph; test for its words first, because a failing match is slow."""
    small = text.lower()
    return _GLUED.fullmatch(text) if "nguồn" in small or "theo" in small else None
