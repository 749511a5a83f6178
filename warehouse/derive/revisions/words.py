"""Compares two texts word by word, and renders the changes: `kinh phí [-36-]{+40+} tỷ đồng`.

Words are compared in the normal form, so tone-mark placement, quotes, dashes, Unicode form, white space and paragraph
breaks do not count as changes. The rendered words are in the clean form (`warehouse.text.normal`).

Paragraphs are matched first, then the words of those that differ. If a stretch has too many possible matches, all of it
is rendered as removed and added; this bounds the work for every text.
Belongs here: the comparison, and rendering changed paragraphs.
Does not belong here: which fields of an article are compared (`warehouse.derive.revisions.edits`).
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
"""Unchanged words shown on each side of a change."""

PAIRS_MAX: Final = 200_000
"""Maximum pairs of equal words in a stretch that is compared word by word: about 6,000 Vietnamese words on each side.

In the worst case the comparison takes this many steps per match. The same limit applies to pairs of paragraphs."""

_ELLIPSIS: Final = "…"


class WordStatus(Enum):
    """Whether a word was kept, removed or added."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        written: the word in the clean form.
        key: its normal form, for comparing.
        is_first: whether the word begins a paragraph.
    """

    written: str
    key: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class WordChanges:
    """The changes from one text to another.

    Attributes:
        added: the number of added words.
        removed: the number of removed words.
        lines: a line for each changed paragraph, with a few unchanged words around each change.
    """

    added: int
    removed: int
    lines: tuple[str, ...]


_Span = tuple[str, int, int, int, int]


def word_changes(before: Sequence[str], after: Sequence[str]) -> WordChanges:
    """Return the changes from the paragraphs of one text to those of another."""
    stream = list(_stream(before, after))
    counts = Counter(status for status, _ in stream)
    lines = tuple(_render(line) for line in _lines(stream) if any(status is not WordStatus.KEPT for status, _ in line))
    return WordChanges(counts[WordStatus.ADDED], counts[WordStatus.REMOVED], lines)


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return both without the paragraphs at their beginning and end that are the same in the normal form.

    Most edits leave most paragraphs alone, character by character; these need no normal form.
    """
    head = _same_paragraphs(before, after)
    before, after = before[head:], after[head:]
    tail = _same_paragraphs(before[::-1], after[::-1])
    return before[: len(before) - tail], after[: len(after) - tail]


def _same_paragraphs(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of paragraphs at the beginning that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    different = (number for number, (a, b) in pairs if a != b and normal_form(a) != normal_form(b))
    return next(different, min(len(one), len(other)))


def _words(paragraph: str) -> tuple[Word, ...]:
    # The normal form only replaces characters within words, so both forms have the same number of words.
    pairs = zip(clean(paragraph).split(), normal_form(paragraph).split(), strict=True)
    return tuple(Word(written, key, number == 0) for number, (written, key) in enumerate(pairs))


def _stream(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[WordStatus, Word]]:
    """Yield each word of differing paragraphs with its status, in reading order; a kept word once."""
    before, after = differing(before, after)
    spans = _spans([normal_form(paragraph) for paragraph in before], [normal_form(paragraph) for paragraph in after])
    for tag, i1, i2, j1, j2 in spans:
        if tag != "equal":
            old = [word for paragraph in before[i1:i2] for word in _words(paragraph)]
            new = [word for paragraph in after[j1:j2] for word in _words(paragraph)]
            yield from _stretch(old, new)


def _stretch(old: list[Word], new: list[Word]) -> Iterator[tuple[WordStatus, Word]]:
    removed_before = False
    for tag, i1, i2, j1, j2 in _spans([word.key for word in old], [word.key for word in new]):
        if tag == "equal":
            for number, (was, now) in enumerate(zip(old[i1:i2], new[j1:j2], strict=True)):
                # If the beginning of a paragraph was removed, the removed words already start its line.
                is_first = now.is_first and not (number == 0 and removed_before and not was.is_first)
                yield WordStatus.KEPT, Word(now.written, now.key, is_first)
            removed_before = False
            continue
        yield from ((WordStatus.REMOVED, word) for word in old[i1:i2])
        for number, word in enumerate(new[j1:j2]):
            is_first = word.is_first and not (number == 0 and i2 > i1 and old[i1].is_first)
            yield WordStatus.ADDED, Word(word.written, word.key, is_first)
        removed_before = i2 > i1 and j1 == j2


def _spans(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[_Span]:
    """Yield opcodes as `SequenceMatcher.get_opcodes` does, but with bounded work."""
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
    """Return the length of the common prefix."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    counts = Counter(new)
    return sum(count * counts[key] for key, count in Counter(old).items())


def _lines(stream: list[tuple[WordStatus, Word]]) -> Iterator[list[tuple[WordStatus, Word]]]:
    line: list[tuple[WordStatus, Word]] = []
    for status, word in stream:
        if word.is_first and line:
            yield line
            line = []
        line.append((status, word))
    if line:
        yield line


def _render(line: list[tuple[WordStatus, Word]]) -> str:
    changed = [number for number, (status, _) in enumerate(line) if status is not WordStatus.KEPT]
    parts: list[str] = []
    end = 0
    # Changes whose contexts overlap or touch are rendered together.
    for first, last in _changed_ranges(changed):
        begin = max(end, first - CONTEXT_WORDS)
        if begin > end:
            parts.append(_ELLIPSIS)
        end = min(len(line), last + 1 + CONTEXT_WORDS)
        parts += _mark_changes(line[begin:end])
    if end < len(line):
        parts.append(_ELLIPSIS)
    return " ".join(parts)


def _changed_ranges(changed: list[int]) -> Iterator[tuple[int, int]]:
    first = last = changed[0]
    for number in changed[1:]:
        if number - last > 2 * CONTEXT_WORDS + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _mark_changes(line: list[tuple[WordStatus, Word]]) -> Iterator[str]:
    """Yield runs of words: removed ones as `[-words-]`, added ones as `{+words+}`, others unchanged."""
    removed = ""
    for status, run in groupby(line, key=lambda each: each[0]):
        words = " ".join(word.written for _, word in run)
        if status is WordStatus.REMOVED:
            removed = f"[-{words}-]"
            continue
        if status is WordStatus.ADDED:
            yield f"{removed}{{+{words}+}}"
        else:
            yield f"{removed} {words}" if removed else words
        removed = ""
    if removed:
        yield removed
