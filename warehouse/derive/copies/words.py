"""The parts of a text by which texts are compared: paragraphs, sentences, words and n-grams.

Belongs here: how a text is divided. Does not belong here: signing a text (`warehouse.derive.copies.signatures`), and
comparing two (`warehouse.derive.copies.comparing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from warehouse.text.normal import normal_form

NGRAM_WORDS: Final = 3
"""Words of an n-gram. A Vietnamese word has one to three syllables, each of which is a word here."""

_WORD: Final = re.compile(r"\w+")
# `TP. Hà Nội` and `ThS. Trần Văn A` go on. The second alternative is a sentence that ends inside quotes or brackets.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…;:])(?<!TP\.)(?<!Tp\.)(?<!ThS\.)(?<!TS\.) +|(?<=[.!?…;:][\"')\]]) +")
_ITEM_END: Final = ";"


def paragraphs_of_text(lead: str | None, body: Iterable[str]) -> tuple[str, ...]:
    """Return the paragraphs of an article in normal form, the lead first; empty ones are dropped.

    `body` is its paragraphs. Some portals repeat the lead as one of the first two paragraphs of the body; then it is
    not added.
    """
    paragraphs = tuple(paragraph for part in body if (paragraph := normal_form(part)))
    opening = normal_form(lead or "")
    return paragraphs if not opening or opening in paragraphs[:2] else (opening, *paragraphs)


def words_of(text: str) -> list[str]:
    """Return the words of a text in normal form, case-folded and in reading order; digits are words too."""
    return _WORD.findall(text.casefold())


def ngrams(words: Sequence[str]) -> list[str]:
    """Return all runs of `NGRAM_WORDS` words in reading order, repeats included."""
    return [" ".join(words[start : start + NGRAM_WORDS]) for start in range(len(words) - NGRAM_WORDS + 1)]


def sentences_of(paragraphs: Iterable[str]) -> list[str]:
    """Return the sentences of paragraphs in normal form, in reading order.

    Parts without words are dropped. A part that goes on in lower case belongs to the sentence before it, in the same
    paragraph; but items of a list, which end with a semicolon, are sentences of their own.
    """
    return [sentence for paragraph in paragraphs for sentence in split_sentences(paragraph) if _WORD.search(sentence)]


def split_sentences(paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph in normal form, also those without words.

    A space is between two of them.
    """
    parts: list[str] = []
    for part in _SENTENCE_END.split(paragraph):
        if parts and not parts[-1].endswith(_ITEM_END) and _goes_on(part):
            parts.append(part)
        else:
            if parts:
                yield " ".join(parts)
            parts = [part]
    yield " ".join(parts)


def _goes_on(part: str) -> bool:
    return next((character for character in part if character.isalnum()), "").islower()
