"""The stage that chooses fingerprints of sentences, by which articles with a common passage are found.

The n-grams of a sentence are hashed, and of every `WINDOW` consecutive hashes the smallest is kept: a run of
`NGRAM_WORDS + WINDOW - 1` words that stands in sentences of two articles gives both the same fingerprint (S. Schleimer,
D. Wilkerson and A. Aiken, Winnowing: local algorithms for document fingerprinting, 2003). No window reaches beyond its
sentence, so that equal sentences have equal fingerprints, whatever stands before and after them.
Belongs here: the fingerprints. Does not belong here: joining them (dbt), and whether articles that have one in common
share a sentence (`warehouse.derive.passages.comparing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import pyarrow as pa

from warehouse.datasets import ARTICLES, FINGERPRINTS
from warehouse.derive.passages.sentences import sentences_of_article
from warehouse.records import Fingerprints
from warehouse.stages import Stage, Unit

NGRAM_WORDS: Final = 7
"""Words of an n-gram: a Vietnamese word has one to three syllables, each of which is a word here, and shorter runs are
often set phrases."""

WINDOW: Final = 12
"""Consecutive n-grams of which one is kept: some 49 fingerprints of a text of 500 words."""

# 32 bits would give a million articles, with 49 million fingerprints, nearly one chance hit each; 40 bits give one for
# four hundred articles. DuckDB packs the numbers into so many bits.
_BYTES: Final = 5

Row: TypeAlias = tuple[str, str | None, str]
"""`capture_id`, lead, and body with a blank line between paragraphs."""

# Increase when the sentences, the n-grams or the choice changes.
_VERSION: Final = "1"


def fingerprints_of(words: Sequence[str]) -> list[int]:
    """Return the fingerprints of a sentence, of 40 bits, in reading order; none under 7 words."""
    return list(dict.fromkeys(value for _, value in located_fingerprints(words)))


def located_fingerprints(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return the fingerprints of a sentence with the places of their first words, in reading order."""
    hashes = [_hash(words[start : start + NGRAM_WORDS]) for start in range(len(words) - NGRAM_WORDS + 1)]
    found: dict[int, int] = {}
    for start in range(max(len(hashes) - WINDOW + 1, 1) if hashes else 0):
        window = range(start, min(start + WINDOW, len(hashes)))
        # The last of equal ones, so that a repeated n-gram is kept once for many windows.
        place = min(reversed(window), key=hashes.__getitem__)
        found[place] = hashes[place]
    return list(found.items())


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=_BYTES).digest())


def fingerprints_of_articles(rows: Iterable[Row]) -> Iterator[Fingerprints]:
    """Yield the fingerprints of articles in their order; without a long sentence there are none."""
    for capture_id, lead, body in rows:
        sentences = dict.fromkeys(sentence.words for sentence in sentences_of_article(lead, body))
        if values := {value for words in sentences for value in fingerprints_of(words)}:
            yield Fingerprints(capture_id, tuple(sorted(values)))


def _fingerprint(unit: Unit) -> Mapping[str, pa.Table]:
    articles = unit.read(ARTICLES).select(["capture_id", "lead", "body"]).to_pylist()
    rows = ((article["capture_id"], article["lead"], "\n\n".join(article["body"])) for article in articles)
    return {FINGERPRINTS.name: FINGERPRINTS.table(fingerprints_of_articles(rows))}


FINGERPRINTING = Stage("fingerprinting", _VERSION, (ARTICLES,), (FINGERPRINTS,), _fingerprint)
