"""Text faults as on careless portals: functions that keep the words but corrupt the characters.

Belongs here: faults of characters and spaces. Does not belong here: faults of markup (`markup`) or of the HTTP
response (`sites`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from spiders.mirror.content import BodyItem, Fault, Heading, Image, ShownArticle

NBSP = "\u00a0"
ZERO_WIDTH_SPACE = "\u200b"
ZERO_WIDTH_NO_BREAK_SPACE = "\ufeff"

# In syllables that end in oa, oe or uy, the tone mark is on the first vowel (hòa, ủy), or on the second (hoà, uỷ).
_TONE_ON_FIRST_VOWEL = re.compile(r"(?:([òóỏõọ])([ae])|([ùúủũụ])(y))(?![^\W\d_])", re.IGNORECASE)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_][.]) (?=[^\W\d_])")


def nfd(text: str) -> str:
    """Decompose every accented letter into a base letter and combining marks."""
    return unicodedata.normalize("NFD", text)


def old_tone(text: str) -> str:
    """Move the tone mark of a final oa, oe or uy to the second vowel: hòa → hoà, ủy → uỷ."""

    def move(match: re.Match[str]) -> str:
        first, second = match[1] or match[3], match[2] or match[4]
        marks = unicodedata.normalize("NFD", first)
        tone = next(mark for mark in marks if mark in _TONES)
        bare = "".join(mark for mark in marks if mark not in _TONES)
        return unicodedata.normalize("NFC", bare + second + tone)

    return _TONE_ON_FIRST_VOWEL.sub(move, unicodedata.normalize("NFC", text))


def nbsp(text: str) -> str:
    """Indent with four no-break spaces, and insert two before every sixth space."""
    words = text.split(" ")
    spaced = words[0]
    for number, word in enumerate(words[1:], start=1):
        spaced += (NBSP * 2 + " " if number % 6 == 0 else " ") + word
    return NBSP * 4 + spaced


def zero_width(text: str) -> str:
    """Insert invisible characters at the start, inside every fifth word, and after every ninth word."""
    words = text.split(" ")
    for index, word in enumerate(words):
        middle = len(word) // 2
        if index % 5 == 4 and word.isalpha():
            words[index] = word[:middle] + ZERO_WIDTH_SPACE + word[middle:]
        elif index % 9 == 8:
            words[index] = word + ZERO_WIDTH_SPACE
    return ZERO_WIDTH_NO_BREAK_SPACE + " ".join(words)


def glued(text: str) -> str:
    """Remove the first space after a full stop, and then every third such space."""
    seen = 0

    def remove(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return "" if seen % 3 == 1 else match[0]

    return _SENTENCE_END.sub(remove, text)


_EVERYWHERE: Mapping[Fault, Callable[[str], str]] = {"nfd": nfd, "old_tone": old_tone}
_IN_TEXT_BLOCKS: Mapping[Fault, Callable[[str], str]] = {"glued": glued, "zero_width": zero_width, "nbsp": nbsp}


def with_text_faults(article: ShownArticle) -> ShownArticle:
    """Apply the article's faults to its text.

    Faults of letters affect title, lead, byline and body with captions. Faults of spaces affect only lead and body,
    because only these are pasted from a word processor. Slugs do not change.
    """

    def corrupt_letters(text: str) -> str:
        for name, transform in _EVERYWHERE.items():
            text = transform(text) if name in article.faults else text
        return text

    def corrupt(text: str) -> str:
        for name, transform in _IN_TEXT_BLOCKS.items():
            text = transform(text) if name in article.faults else text
        return corrupt_letters(text)

    def corrupt_item(item: BodyItem) -> BodyItem:
        if isinstance(item, Heading):
            return Heading.model_construct(heading=corrupt(item.heading))
        if isinstance(item, Image):
            return Image.model_construct(image=item.image, caption=corrupt(item.caption) if item.caption else None)
        return corrupt(item)

    return replace(
        article,
        title=corrupt_letters(article.title),
        lead=corrupt(article.lead) if article.lead else None,
        byline=corrupt_letters(article.byline) if article.byline else None,
        body=tuple(corrupt_item(item) for item in article.body),
    )
