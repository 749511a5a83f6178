"""Texts with the words of the mirror's articles, of which no two are equal.

A text is a chain of fragments of four to six words, each drawn at random from the some 90,000 different ones in the
mirror's paragraphs, in sentences of three to seven. Every sentence also names a person or a place made of syllables
that are drawn, or a number, a sum or a date. So words follow each other as in Vietnamese for a few words and no
further: two texts share no sentence. zstd packs them to 39 %, real articles on the same topics to 28 %.
Belongs here: titles, paragraphs, and their edits. Does not belong here: articles (`bench.scale.plan`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from random import Random
from typing import Final

from spiders.mirror.content import load_content

_WORD: Final = re.compile(r"[^\W\d_]+")
_SENTENCES_MEAN: Final = 18
_SENTENCES_DEVIATION: Final = 0.45
_SENTENCES_MIN: Final = 3
_SENTENCES_MAX: Final = 150
_FRAGMENT: Final = (4, 5, 6)
_FRAGMENTS: Final = range(3, 8)
_PARAGRAPH: Final = range(1, 5)
_TITLE_FRAGMENTS: Final = (2, 3)

_DETAILS_OF_EACH: Final = 20_000
_FAMILIES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Phan")
_PLACES: Final = ("xã", "phường", "thôn", "đường", "phố", "trường", "công ty", "hợp tác xã", "di tích", "cầu")


@lru_cache(maxsize=1_000)
def title_of(number: int) -> str:
    """Return the title of a text."""
    generator = Random(f"title {number}")  # noqa: S311 - no secret
    words = generator.choices(_fragments(), k=generator.choice(_TITLE_FRAGMENTS))
    return _sentence_case(" ".join([*words, *generator.choices(_details())]))


def paragraphs_of(number: int, edits: int = 0) -> tuple[str, ...]:
    """Return a text after a number of edits, each of which rewrites one paragraph.

    The lengths are like those of real articles: 2.9 kB of UTF-8 on average, from 500 bytes to 14 kB.
    """
    generator = Random(number)  # noqa: S311 - no secret
    # Lengths of articles are skewed: half of them are shorter than nine tenths of the mean.
    count = round(_SENTENCES_MEAN * generator.lognormvariate(-(_SENTENCES_DEVIATION**2) / 2, _SENTENCES_DEVIATION))
    sentences = _sentences(generator, min(max(count, _SENTENCES_MIN), _SENTENCES_MAX))
    paragraphs = []
    for length in generator.choices(_PARAGRAPH, k=len(sentences)):
        paragraphs.append(" ".join(sentences[:length]))
        sentences = sentences[length:]
        if not sentences:
            break
    for edit in range(edits):
        generator = Random(f"{number} {edit}")  # noqa: S311 - no secret
        paragraphs[(number + edit) % len(paragraphs)] = " ".join(_sentences(generator, 2))
    return tuple(paragraphs)


def _sentences(generator: Random, count: int) -> list[str]:
    lengths = generator.choices(_FRAGMENTS, k=count)
    fragments = iter(generator.choices(_fragments(), k=sum(lengths)))
    details = generator.choices(_details(), k=count)
    return [
        _sentence_case(f"{', '.join(islice(fragments, 2))} {detail} {' '.join(islice(fragments, length - 2))}.")
        for length, detail in zip(lengths, details, strict=True)
    ]


def _sentence_case(words: str) -> str:
    return words[0].upper() + words[1:]


@cache
def _details() -> tuple[str, ...]:
    """Return names of people and places, numbers, sums and dates."""
    generator = Random("details")  # noqa: S311 - no secret
    return tuple(detail for _ in range(_DETAILS_OF_EACH) for detail in _some_details(generator))


def _some_details(generator: Random) -> Iterator[str]:
    names = generator.choices(_names(), k=4)
    number = f"{generator.randrange(2, 100_000):,}".replace(",", ".")
    yield f"{generator.choice(_FAMILIES)} {names[0]} {names[1]}"
    yield f"{generator.choice(_PLACES)} {names[2]} {names[3]}"
    yield number
    yield f"{number} triệu đồng"
    yield f"ngày {generator.randint(1, 28)}/{generator.randint(1, 12)}"


@cache
def _fragments() -> tuple[str, ...]:
    """Return all runs of four to six words that follow each other in a paragraph of the mirror."""
    found: dict[str, None] = {}
    for paragraph in _mirror_paragraphs():
        words = [word.lower() for word in _WORD.findall(paragraph)]
        for length in _FRAGMENT:
            found |= dict.fromkeys(" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
    return tuple(found)


@cache
def _names() -> tuple[str, ...]:
    """Return the syllables of the mirror's paragraphs, each once, with a capital letter."""
    words = (word for paragraph in _mirror_paragraphs() for word in _WORD.findall(paragraph))
    return tuple(dict.fromkeys(word.capitalize() for word in words))


@cache
def _mirror_paragraphs() -> tuple[str, ...]:
    content = load_content()
    return tuple(
        item
        for portal in content.portals
        for article in content.state(portal, 1).articles
        for item in article.body
        if isinstance(item, str)
    )
