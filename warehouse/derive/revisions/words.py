"""Words that were added and removed between two texts, and how that is shown: `kinh phí [-36-]{+40+} tỷ đồng`.

Here: the comparison word by word and the rendering of changed paragraphs. Not here: what of an article is compared
(`warehouse.derive.revisions.edits`).

Words are compared in the normal form, so that tone-mark placement, quotes, dashes, Unicode form and white space never
show as a change; where paragraphs break makes none either. What is shown is in the spelling of the texts.

The work is bounded whatever the texts are. Paragraphs are matched first, then the words of those that differ; a stretch
in which too many words could be matched with too many others is shown as removed and added as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from itertools import groupby
from typing import Final

from warehouse.text.normal import clean, normal_form

CONTEXT_WORDS: Final = 4
"""Unchanged words that are shown on each side of a change."""

PAIRS_MAX: Final = 200_000
"""Pairs of equal words up to which a stretch is compared word by word: some 6,000 words of Vietnamese on each side.

The comparison takes at worst so many steps for every match that it finds."""

_ELLIPSIS: Final = "…"


class Fate(Enum):
    """What became of a word."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        written: as the text has it.
        key: its normal form, by which it is compared.
        is_first: whether it begins a paragraph.
    """

    written: str
    key: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class WordChanges:
    """How one text became another.

    Attributes:
        added: how many words the new one has in places where the old one has none or others.
        removed: how many words of the old one are gone from their places.
        lines: one for each paragraph that changed, with a few unchanged words around each change.
    """

    added: int
    removed: int
    lines: tuple[str, ...]


_Span = tuple[str, int, int, int, int]


def word_changes(before: Sequence[str], after: Sequence[str]) -> WordChanges:
    """Return how the paragraphs of one text became those of another."""
    stream = list(_stream(before, after))
    fates = Counter(fate for fate, _ in stream)
    lines = tuple(_rendered(line) for line in _lines(stream) if any(fate is not Fate.KEPT for fate, _ in line))
    return WordChanges(fates[Fate.ADDED], fates[Fate.REMOVED], lines)


def _words(paragraph: str) -> tuple[Word, ...]:
    # The normal form replaces characters within words only, so both have the same words in the same places.
    pairs = zip(clean(paragraph).split(), normal_form(paragraph).split(), strict=True)
    return tuple(Word(written, key, number == 0) for number, (written, key) in enumerate(pairs))


def _stream(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Fate, Word]]:
    """Yield the words of the paragraphs that differ, in reading order, those that both texts have once."""
    spans = _spans([normal_form(paragraph) for paragraph in before], [normal_form(paragraph) for paragraph in after])
    for tag, i1, i2, j1, j2 in spans:
        if tag != "equal":
            old = [word for paragraph in before[i1:i2] for word in _words(paragraph)]
            new = [word for paragraph in after[j1:j2] for word in _words(paragraph)]
            yield from _stretch(old, new)


def _stretch(old: list[Word], new: list[Word]) -> Iterator[tuple[Fate, Word]]:
    removed_before = False
    for tag, i1, i2, j1, j2 in _spans([word.key for word in old], [word.key for word in new]):
        if tag == "equal":
            for number, (was, now) in enumerate(zip(old[i1:i2], new[j1:j2], strict=True)):
                # Behind a removed beginning of a paragraph its second word is the first: that is no new paragraph.
                is_first = now.is_first and not (number == 0 and removed_before and not was.is_first)
                yield Fate.KEPT, Word(now.written, now.key, is_first)
            removed_before = False
            continue
        yield from ((Fate.REMOVED, word) for word in old[i1:i2])
        for number, word in enumerate(new[j1:j2]):
            is_first = word.is_first and not (number == 0 and i2 > i1 and old[i1].is_first)
            yield Fate.ADDED, Word(word.written, word.key, is_first)
        removed_before = i2 > i1 and j1 == j2


def _spans(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[_Span]:
    """Yield how one sequence becomes the other, as `SequenceMatcher.get_opcodes` does, with bounded work."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if head:
        yield "equal", 0, head, 0, head
    inner_old, inner_new = old[head:old_end], new[head:new_end]
    if _pairs(inner_old, inner_new) <= PAIRS_MAX:
        matcher = SequenceMatcher(None, inner_old, inner_new, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            yield tag, i1 + head, i2 + head, j1 + head, j2 + head
    else:
        yield "replace", head, old_end, head, new_end
    if tail:
        yield "equal", old_end, len(old), new_end, len(new)


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many elements both begin with."""
    for number, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return number
    return min(len(one), len(other))


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    counts = Counter(new)
    return sum(count * counts[key] for key, count in Counter(old).items())


def _lines(stream: list[tuple[Fate, Word]]) -> Iterator[list[tuple[Fate, Word]]]:
    line: list[tuple[Fate, Word]] = []
    for fate, word in stream:
        if word.is_first and line:
            yield line
            line = []
        line.append((fate, word))
    if line:
        yield line


def _rendered(line: list[tuple[Fate, Word]]) -> str:
    changed = [number for number, (fate, _) in enumerate(line) if fate is not Fate.KEPT]
    parts: list[str] = []
    end = 0
    # Changes that share an unchanged word as context, or whose contexts meet, are shown in one go.
    for first, last in _joined(changed):
        begin = max(end, first - CONTEXT_WORDS)
        if begin > end:
            parts.append(_ELLIPSIS)
        end = min(len(line), last + 1 + CONTEXT_WORDS)
        parts += _marked(line[begin:end])
    if end < len(line):
        parts.append(_ELLIPSIS)
    return " ".join(parts)


def _joined(changed: list[int]) -> Iterator[tuple[int, int]]:
    first = last = changed[0]
    for number in changed[1:]:
        if number - last > 2 * CONTEXT_WORDS + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _marked(line: list[tuple[Fate, Word]]) -> Iterator[str]:
    """Yield the words of a stretch, those that were removed `[-so-]` and those that were added `{+so+}`."""
    removed = ""
    for fate, run in groupby(line, key=lambda each: each[0]):
        words = " ".join(word.written for _, word in run)
        if fate is Fate.REMOVED:
            removed = f"[-{words}-]"
            continue
        if fate is Fate.ADDED:
            yield f"{removed}{{+{words}+}}"
        else:
            yield f"{removed} {words}" if removed else words
        removed = ""
    if removed:
        yield removed
