"""Compares the sentences of two articles, and says which of one stand in the other, and how.

What two sentences share are the runs of `RUN_WORDS` or more words that stand in both, in any order. Sentences on the
same office, slogan or law are partly alike in any two articles. So a part of a sentence, and a short sentence in other
words, count only if the two articles also share a sentence that proves that one has from the other.
Belongs here: one pair of articles. Does not belong here: which pairs there are (dbt's `int_passages__links`), and
choosing between several articles that have a sentence (dbt's `int_passages__places`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from warehouse.derive.passages.fingerprints import NGRAM_WORDS, located_fingerprints
from warehouse.derive.passages.sentences import Sentence

Kind: TypeAlias = Literal["verbatim", "near_verbatim", "contained", "reordered", "partial"]

RUN_WORDS: Final = 4
"""Words that are shared only if so many in a row are."""

WHOLE_SHARE: Final = 0.8
"""Share (0 to 1) of a sentence's words in the other one from which it stands there as a whole."""

PARTIAL_SHARE: Final = 0.5
"""The same of the shorter of two sentences from which it stands there in part …"""

PARTIAL_RUN_WORDS: Final = 12
"""… if so many of these words are in a row: more than most offices have with the name of who holds them."""

PROOF_WORDS: Final = 12
"""Shared words of a sentence that is a proof without being the same; the same sentence always is one."""

ORDER_SHARE: Final = 0.8
"""Share (0 to 1) of the shared runs that are in the same order in both, below which the sentence is reordered."""

NEW_WORDS: Final = 8
"""Words of a sentence that a second sentence of the same article must share beyond the first, to be its source too."""

CANDIDATES_MAX: Final = 8
"""Sentences of the other article with which one is compared: those with most runs in common."""

_Run: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedSentence:
    """A sentence of one article that stands in another.

    Attributes:
        sentence: the sentence.
        first: that of the other article.
        kind: `verbatim`, the same words; `near_verbatim`, each nearly whole in the other; `contained`, one is nearly
            whole in the other, which has more words; `reordered`, as either of these, with its parts in another order;
            `partial`, a long part of the shorter one.
        word_share: share (0 to 1) of the sentence's words that the other one shares.
        first_word_share: share of the other one's words that the sentence shares.
    """

    sentence: Sentence
    first: Sentence
    kind: Kind
    word_share: float
    first_word_share: float


def shared_sentences(
    article: Sequence[Sentence], first: SentenceIndex, set_phrases: Collection[int]
) -> list[SharedSentence]:
    """Return the sentences of an article that stand in another one, `first`, in reading order.

    `set_phrases` has the fingerprints of the article that stand in too many others to say anything; a sentence that
    shares nothing else is left out. The work is bounded by `CANDIDATES_MAX` comparisons for each sentence.
    """
    found: dict[tuple[str, ...], list[_Match]] = {}
    for sentence in article:
        if sentence.words not in found:
            found[sentence.words] = list(_sources(sentence.words, first, set_phrases))
    if not any(match.is_proof for matches in found.values() for match in matches):
        return []
    return [
        SharedSentence(sentence, match.first, match.kind, match.word_share, match.first_word_share)
        for sentence in article
        for match in found[sentence.words]
    ]


@dataclass(frozen=True, slots=True)
class _Match:
    """A sentence with which words are shared; `places` are those of the words, counted from 0."""

    first: Sentence
    kind: Kind
    word_share: float
    first_word_share: float
    places: frozenset[int]

    @property
    def is_proof(self) -> bool:
        return self.kind == "verbatim" or (self.kind != "partial" and len(self.places) >= PROOF_WORDS)


class SentenceIndex:
    """The sentences of an article by the runs in them; of equal sentences the first."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.by_words: dict[tuple[str, ...], Sentence] = {}
        for sentence in sentences:
            self.by_words.setdefault(sentence.words, sentence)
        self._sentences = list(self.by_words.values())
        self._numbers: dict[_Run, list[int]] = {}
        for number, sentence in enumerate(self._sentences):
            for run in dict.fromkeys(_runs(sentence.words)):
                numbers = self._numbers.setdefault(run, [])
                if len(numbers) < CANDIDATES_MAX:
                    numbers.append(number)

    def candidates(self, words: tuple[str, ...]) -> list[Sentence]:
        """Return the sentences with which the words have most runs in common, the one with most of them first."""
        counts = Counter(number for run in dict.fromkeys(_runs(words)) for number in self._numbers.get(run, ()))
        most = sorted(counts, key=lambda number: (-counts[number], number))[:CANDIDATES_MAX]
        return [self._sentences[number] for number in most]


def _sources(words: tuple[str, ...], index: SentenceIndex, set_phrases: Collection[int]) -> Iterator[_Match]:
    """Yield the sentences in which these words stand, each with words that those before it do not have."""
    if same := index.by_words.get(words):
        everywhere = frozenset(range(len(words)))
        if not _is_set_phrase(words, everywhere, set_phrases):
            yield _Match(same, "verbatim", 1.0, 1.0, everywhere)
        return
    matches = [match for candidate in index.candidates(words) if (match := _match(words, candidate))]
    taken: frozenset[int] = frozenset()
    for match in sorted(matches, key=lambda each: (-len(each.places), each.first.field, each.first.start)):
        if len(match.places - taken) >= NEW_WORDS and not _is_set_phrase(words, match.places, set_phrases):
            taken |= match.places
            yield match


def _match(words: tuple[str, ...], first: Sentence) -> _Match | None:
    places, first_places = _shared_places(words, first.words), _shared_places(first.words, words)
    share, first_share = len(places) / len(words), len(first_places) / len(first.words)
    kind: Kind
    if max(share, first_share) >= WHOLE_SHARE:
        if not _is_in_order(words, first.words):
            kind = "reordered"
        else:
            kind = "near_verbatim" if min(share, first_share) >= WHOLE_SHARE else "contained"
    else:
        of_shorter = share if len(words) <= len(first.words) else first_share
        if of_shorter < PARTIAL_SHARE or _longest_run(words, first.words) < PARTIAL_RUN_WORDS:
            return None
        kind = "partial"
    return _Match(first, kind, round(share, 3), round(first_share, 3), places)


def _runs(words: Sequence[str]) -> list[_Run]:
    return [tuple(words[start : start + RUN_WORDS]) for start in range(len(words) - RUN_WORDS + 1)]


def _shared_places(words: Sequence[str], others: Sequence[str]) -> frozenset[int]:
    """Return the places of the words that stand in runs that the others have too."""
    there = set(_runs(others))
    starts = (start for start, run in enumerate(_runs(words)) if run in there)
    return frozenset(place for start in starts for place in range(start, start + RUN_WORDS))


def _is_in_order(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether most of the runs that both have are in the same order in both."""
    there = {run: start for start, run in reversed(list(enumerate(_runs(others))))}
    starts = [there[run] for run in dict.fromkeys(_runs(words)) if run in there]
    # The smallest last member of an increasing subsequence of each length; their number is the longest length.
    ends: list[int] = []
    for start in starts:
        length = bisect_left(ends, start)
        ends[length : length + 1] = [start]
    return len(ends) >= ORDER_SHARE * len(starts)


def _longest_run(words: Sequence[str], others: Sequence[str]) -> int:
    """Return the number of words of the longest stretch of which every run is in the others."""
    there = set(_runs(others))
    longest = length = 0
    for run in _runs(words):
        length = length + 1 if run in there else 0
        longest = max(longest, length)
    return longest + RUN_WORDS - 1 if longest else 0


def _is_set_phrase(words: Sequence[str], places: frozenset[int], set_phrases: Collection[int]) -> bool:
    """Tell whether all fingerprints of the shared words are those of set phrases; some words have none."""
    if not set_phrases:
        return False
    shared = [
        value
        for start, value in located_fingerprints(words)
        if all(place in places for place in range(start, start + NGRAM_WORDS))
    ]
    return bool(shared) and all(value in set_phrases for value in shared)
