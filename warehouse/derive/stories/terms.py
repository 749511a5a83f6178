"""The terms of an article: syllables, pairs, names, figures, dates and document numbers.

Belongs here: from the text of one article to its terms, and the stage that keeps them.
Does not belong here: how much a term says, which depends on other articles (`warehouse.derive.stories.weights`).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain, islice, pairwise
from math import log
from typing import Final

import pyarrow as pa

from warehouse.datasets import ARTICLES, STORY_TERMS
from warehouse.derive.names import written_names
from warehouse.derive.publication import published_by
from warehouse.derive.revisions.figures import figures_and_dates
from warehouse.records import Article, StoryTerms
from warehouse.stages import Stage, Unit
from warehouse.text.normal import normal_form

# Increase when the terms of any article change.
_VERSION = "1"

TERMS_MAX: Final = 800
"""Terms kept of an article. One article in twelve of ordinary news has more; its rarer pairs are left out."""

TERMS_MIN: Final = 10
"""Terms that an article must have; one with fewer, as `Xem tệp đính kèm`, has none and is alike to nothing."""

READABLE_MAX: Final = 100
"""Names, figures, documents and opening pairs whose text is kept, of each kind."""

# What follows is no news: longer texts are minutes, lists and whole laws. It also bounds the work for a hostile text.
_CHARACTERS_MAX: Final = 40_000
# A title is worth three mentions in the text.
_TITLE_MENTIONS: Final = 3
# The pairs of a text without a title are taken from its first words.
_OPENING_WORDS: Final = 40

# Weights of the kinds. With equal weights B-cubed F1 on ViMs is 0.979 instead of 0.982.
_SYLLABLE: Final = 1.5
_PAIR: Final = 1.0
_NAME: Final = 1.0
_FIGURE: Final = 1.5

_CAPITAL: Final = "A-ZĐÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĨŨƠƯ" + "".join(chr(code) for code in range(0x1EA0, 0x1EFA, 2))
_FULL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A longer one is a line in capitals.
_NAME_CHARACTERS_MAX: Final = 100
_WORD: Final = re.compile(r"[^\W_]{1,40}")
# `24-CT/TU`, `123/QĐ-UBND`, `45/2024/NĐ-CP`.
_DOCUMENT: Final = re.compile(
    rf"(?<![\w.,/-])[0-9]{{1,6}}(?:/[0-9]{{4}})?(?:-[{_CAPITAL}]{{1,6}}/[{_CAPITAL}]{{1,8}}"
    rf"|/[{_CAPITAL}]{{2,6}}[0-9]{{0,2}}(?:-[{_CAPITAL}]{{1,10}}){{0,3}})(?!\w)"
)


@dataclass(slots=True)
class _Readable:
    """The terms of one kind that have a text: their mentions, and how each is first written."""

    prefix: str
    weight: float
    mentions: Counter[str] = field(default_factory=Counter)
    written: dict[str, str] = field(default_factory=dict)

    def add(self, found: Iterable[tuple[str, str]], mentions: int) -> None:
        for value, written in found:
            self.mentions[value] += mentions
            self.written.setdefault(value, written)

    def most_mentioned(self) -> dict[int, tuple[str, float]]:
        """Return text and weight by hash."""
        chosen = sorted(self.mentions, key=lambda value: (-self.mentions[value], value))[:READABLE_MAX]
        return {
            hash_of(self.prefix, value): (self.written[value], _weight(self.weight, self.mentions[value]))
            for value in chosen
        }


def terms_of_article(article: Article) -> StoryTerms:
    """Return the terms of one capture of an article."""
    return terms_of(
        article.capture_id,
        article.article_id,
        published_by(article),
        article.title,
        [article.lead or "", *article.body],
    )


def terms_of(
    capture_id: str, article_id: str, published: datetime, title: str | None, paragraphs: Iterable[str]
) -> StoryTerms:
    """Return the terms of an article; `paragraphs` are its lead and body.

    The weight of a term is that of its kind times 1 + ln(mentions); the title counts as three mentions. Of more than
    `TERMS_MAX` terms those with a text are kept, then those of greatest weight, then those of least hash.
    """
    heading = normal_form((title or "")[:_CHARACTERS_MAX])
    lines = list(_within(_CHARACTERS_MAX, paragraphs))
    names, figures, documents = _Readable("n", _NAME), _Readable("f", _FIGURE), _Readable("d", _FIGURE)
    syllables: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for text, mentions in [(heading, _TITLE_MENTIONS), *((line, 1) for line in lines)]:
        words = _syllables(text)
        syllables.update(words * mentions)
        pairs.update(_pairs(words) * mentions)
        names.add(_names(text), mentions)
        figures.add(_figures(text), mentions)
        documents.add(_documents(text), mentions)
    start = heading or " ".join(islice(chain.from_iterable(map(str.split, lines)), _OPENING_WORDS))
    # A pair across the end of a line is none of the text.
    opening = {pair: pairs[pair] for pair in _pairs(_syllables(start)) if pair in pairs}
    opening_pairs = _Readable("p", _PAIR, Counter(opening), {pair: pair for pair in opening})
    texts: list[tuple[str, ...]] = []
    weights: dict[int, float] = {}
    for kind in (names, figures, documents, opening_pairs):
        new = {key: value for key, value in kind.most_mentioned().items() if key not in weights}
        texts.append(tuple(text for text, _ in new.values()))
        weights |= {key: weight for key, (_, weight) in new.items()}
    others = [
        (-_weight(factor, count), key)
        for prefix, factor, counts in (("s", _SYLLABLE, syllables), ("p", _PAIR, pairs))
        for value, count in counts.items()
        if (key := hash_of(prefix, value)) not in weights
    ]
    weights |= {key: -weight for weight, key in sorted(others)[: TERMS_MAX - len(weights)]}
    if len(weights) < TERMS_MIN:
        texts, weights = [()] * len(texts), {}
    return StoryTerms(
        capture_id,
        article_id,
        published,
        names=texts[0],
        figures=texts[1],
        documents=texts[2],
        pairs=texts[3],
        hashes=tuple(weights),
        weights=tuple(weights.values()),
    )


def _within(characters_max: int, paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield the normal forms of paragraphs, as far as they have together at most that many characters."""
    left = characters_max
    for paragraph in paragraphs:
        line = normal_form(paragraph[:left])
        left -= len(line)
        yield line
        if left <= 0:
            return


def _syllables(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _pairs(words: list[str]) -> list[str]:
    return [f"{first} {second}" for first, second in pairwise(words)]


@cache
def _weight(factor: float, mentions: int) -> float:
    return factor * (1 + log(mentions))


def _names(text: str) -> Iterator[tuple[str, str]]:
    return ((name, written) for name, written in written_names(text) if len(name) <= _NAME_CHARACTERS_MAX)


def _figures(text: str) -> Iterator[tuple[str, str]]:
    """Yield figures, and dates without their year: which year it is, the time of the article says."""
    figures, dates = figures_and_dates(text)
    for figure in figures:
        if "/" not in figure.value:
            yield figure.value, figure.written
    for day in dates:
        yield (f"-{day.value[4:]}" if _FULL_DATE.fullmatch(day.value) else day.value), day.written


def _documents(text: str) -> Iterator[tuple[str, str]]:
    for match in _DOCUMENT.finditer(text):
        yield match[0].casefold(), match[0]


@lru_cache(maxsize=200_000)
def hash_of(prefix: str, value: str) -> int:
    """Return a hash that is equal everywhere: the CRC-32 of prefix and value, as a signed number.

    The prefix says the kind: `n` name, `f` figure or date, `d` document, `s` syllable, `p` pair.
    """
    code = zlib.crc32(f"{prefix}{value}".encode())
    return code - (1 << 32) if code >> 31 else code


def _find_terms(unit: Unit) -> Mapping[str, pa.Table]:
    articles = (Article(**row) for row in unit.read(ARTICLES).to_pylist())
    return {STORY_TERMS.name: STORY_TERMS.table(map(terms_of_article, articles))}


TERM_FINDING = Stage("term_finding", _VERSION, (ARTICLES,), (STORY_TERMS,), _find_terms)
