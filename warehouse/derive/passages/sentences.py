"""The sentences of an article, with their offsets in the text as it is stored.

Belongs here: offsets. Does not belong here: where a sentence ends, and what a word is
(`warehouse.derive.copies.words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

from warehouse.derive.copies.words import split_sentences, words_of
from warehouse.text.normal import clean, normal_form

Field: TypeAlias = Literal["lead", "body"]

SENTENCE_WORDS_MIN: Final = 8
"""A shorter sentence is no passage: headings, greetings and captions are alike everywhere."""

SENTENCES_MAX: Final = 1_000
"""Sentences of an article that are looked at, from its beginning; it bounds the work for hostile texts."""

SENTENCE_WORDS_MAX: Final = 1_000
"""A longer run of words is no sentence but a text without punctuation; it is left out."""

_PARAGRAPH_BREAK: Final = "\n\n"
_TOKEN: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article.

    Attributes:
        field: the field in which it stands.
        start: where it begins in the stored field, in characters from 0.
        end: the character after its last one.
        words: its words, as `warehouse.derive.copies.words.words_of` gives them.
    """

    field: Field
    start: int
    end: int
    words: tuple[str, ...]


def sentences_of_article(lead: str | None, body: str) -> list[Sentence]:
    """Return the sentences of `SENTENCE_WORDS_MIN` to `SENTENCE_WORDS_MAX` words, those of the lead first.

    `body` has a blank line between paragraphs. A lead that the body repeats as one of its first two paragraphs has no
    sentences of its own.
    """
    opening = normal_form(lead or "")
    beginnings = [normal_form(part) for part in body.split(_PARAGRAPH_BREAK, 2)[:2]]
    fields: list[tuple[Field, str]] = [("body", body)]
    if lead and opening not in beginnings:
        fields.insert(0, ("lead", lead))
    found = (sentence for field, text in fields for sentence in _sentences(field, text))
    return list(islice(found, SENTENCES_MAX))


def _sentences(field: Field, text: str) -> Iterator[Sentence]:
    start = 0
    for paragraph in text.split(_PARAGRAPH_BREAK):
        for first, end, written in _spans(paragraph):
            words = tuple(words_of(written))
            if SENTENCE_WORDS_MIN <= len(words) <= SENTENCE_WORDS_MAX:
                yield Sentence(field, start + first, start + end, words)
        start += len(paragraph) + len(_PARAGRAPH_BREAK)


def _spans(paragraph: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and normal form of each sentence of a paragraph."""
    normal = normal_form(paragraph)
    if len(normal) == len(paragraph) and clean(paragraph) == paragraph:
        # Stored texts are clean. Then the normal form has the same characters at the same places, or others of one.
        start = 0
        for sentence in split_sentences(normal):
            yield start, start + len(sentence), sentence
            start += len(sentence) + 1
        return
    # The normal form has the same words in the same order, but those of invisible characters alone.
    tokens = (token.span() for token in _TOKEN.finditer(paragraph) if normal_form(token[0]))
    for sentence in split_sentences(normal):
        spans = list(islice(tokens, len(sentence.split())))
        if spans:
            yield spans[0][0], spans[-1][1], sentence
