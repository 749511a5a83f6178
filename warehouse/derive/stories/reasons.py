"""Why an article belongs to its story: the texts of what it shares with the others.

Belongs here: from hashes of shared terms to texts for readers. Does not belong here: finding the shared terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from warehouse.derive.stories.days import Assignment
from warehouse.derive.stories.rows import readable_texts
from warehouse.records import StoryTerms

TEXTS_MAX: Final = 5
"""Texts of each kind."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What an article shares with others of its story, as it writes it; at most `TEXTS_MAX` each.

    Attributes:
        terms: those of any kind that count most; pairs of syllables that are part of another are left out.
        names: names of offices, places and persons.
        figures: figures and dates.
        documents: numbers of documents.
    """

    terms: tuple[str, ...]
    names: tuple[str, ...]
    figures: tuple[str, ...]
    documents: tuple[str, ...]


def reason_of(assignment: Assignment, terms: StoryTerms) -> Reason:
    """Return why the article belongs to its story; `terms` are the article's."""
    text_of = dict(zip(terms.hashes, readable_texts(terms), strict=False))
    shared = [text_of[key] for key in assignment.shared if key in text_of]
    kinds = [tuple(_once(text for text in shared if text in set(kind)))[:TEXTS_MAX] for kind in _kinds(terms)]
    return Reason(tuple(_apart(shared))[:TEXTS_MAX], *kinds)


def _kinds(terms: StoryTerms) -> tuple[tuple[str, ...], ...]:
    return terms.names, terms.figures, terms.documents


def _once(texts: Iterable[str]) -> Iterator[str]:
    """Yield each text once, as it is written first: a figure and its amount are two terms of one text."""
    seen: set[str] = set()
    for text in texts:
        if (key := text.casefold()) not in seen:
            seen.add(key)
            yield text


def _apart(texts: list[str]) -> Iterator[str]:
    """Yield the texts without those that repeat another or are part of one."""
    first = {text.casefold(): text for text in reversed(texts)}
    for text in texts:
        low = text.casefold()
        if first[low] == text and not any(low != other and f" {low} " in f" {other} " for other in first):
            yield text
