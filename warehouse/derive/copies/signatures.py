"""The stage that signs texts, so that a join on equal bands finds the pairs of similar texts.

A signature is a MinHash of the text's n-grams: for two texts, the share of equal values estimates their resemblance s,
the Jaccard index of their n-grams (A. Broder, On the resemblance and containment of documents, 1997). Its `BANDS` bands
of `ROWS` values are hashed: two texts share a band with probability 1 - (1 - s³)⁴⁰ (J. Leskovec, A. Rajaraman and
J. Ullman, Mining of Massive Datasets, chapter 3), which is 0.995 at s = 0.5, 0.93 at 0.4, 0.67 at 0.3 and 0.00004 at
0.01.
Belongs here: the signature, and what it is made from. Does not belong here: joining the bands (dbt), and whether the
texts of a pair are alike (`warehouse.derive.copies.comparing`).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import pyarrow as pa
from rensa import RMinHash

from warehouse.datasets import ARTICLES, SIGNATURES
from warehouse.derive.copies.words import ngrams, paragraphs_of_text, words_of
from warehouse.derive.publication import published_by
from warehouse.records import Article, Signature
from warehouse.stages import Stage, Unit

BANDS: Final = 40
"""Bands of a signature."""

ROWS: Final = 3
"""MinHash values of a band."""

WORDS_MIN: Final = 20
"""A text with fewer words has no signature: such notices are alike without being copies."""

# Increase when the words, the n-grams or the bands change.
_VERSION: Final = 1
# Other values make other signatures; it is a number like any other.
_SEED: Final = 20_251
_BATCH: Final = 200
_VALUES: Final = struct.Struct(f"<{BANDS * ROWS}I")
_BAND_BYTES: Final = ROWS * 4
_HASHES: Final = struct.Struct(f"<{BANDS}I")
_SIGNED: Final = struct.Struct(f"<{BANDS}i")


def text_id_of(words: Sequence[str]) -> str:
    """Return the id of a text: 32 hex digits, equal for texts of the same words in the same order."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:32]


def bands_of(texts: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Return the bands of texts, given as their words: `BANDS` integers of 32 bits with a sign each."""
    digests = RMinHash.digests_from_token_sets([ngrams(words) for words in texts], num_perm=BANDS * ROWS, seed=_SEED)
    return [_bands(digest) for digest in digests]


def _bands(digest: Sequence[int]) -> tuple[int, ...]:
    values = _VALUES.pack(*digest)
    hashes = (zlib.crc32(values[start : start + _BAND_BYTES]) for start in range(0, len(values), _BAND_BYTES))
    # The same bits with a sign: DuckDB's `integer`, and Arrow's `int32`.
    return _SIGNED.unpack(_HASHES.pack(*hashes))


def signatures_of(articles: Iterable[Article]) -> Iterator[Signature]:
    """Yield the signatures of articles in their order; articles of fewer than `WORDS_MIN` words have none."""
    remaining = iter(articles)
    while batch := list(islice(remaining, _BATCH)):
        texts = [(article, words_of(" ".join(paragraphs_of_text(article.lead, article.body)))) for article in batch]
        long_enough = [(article, words) for article, words in texts if len(words) >= WORDS_MIN]
        bands = bands_of([words for _, words in long_enough])
        for (article, words), text_bands in zip(long_enough, bands, strict=True):
            yield Signature(
                capture_id=article.capture_id,
                article_id=article.article_id,
                portal=article.portal,
                published_by=published_by(article),
                text_id=text_id_of(words),
                word_count=len(words),
                bands=text_bands,
            )


def _sign(unit: Unit) -> Mapping[str, pa.Table]:
    rows = unit.read(ARTICLES).to_pylist()
    return {SIGNATURES.name: SIGNATURES.table(signatures_of(Article(**row) for row in rows))}


# The bands also depend on rensa's algorithm, which has a version of its own.
SIGNING = Stage("signing", f"{_VERSION}.{RMinHash.ALGORITHM_VERSION}", (ARTICLES,), (SIGNATURES,), _sign)
