"""Compares the texts of two articles: whether one copies the other, and what differs.

Sentences are paired, equal ones first, and each text's share of words in paired sentences decides (the containment of
A. Broder, On the resemblance and containment of documents, 1997, by sentence). That alone would join the reports of two
quarters and the notices of two districts, which are written on one pattern: of such a pair, most numbers or names in
paired sentences differ, while who reprints a text changes few of them.
Belongs here: the pairs of sentences, the kinds of pairs and their limits. Does not belong here: which pairs to compare
(`warehouse.derive.copies.signatures`), what a copy carries that its original corrected
(`warehouse.derive.copies.corrections`), and the revisions of one article (`warehouse.derive.revisions`).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import isqrt
from typing import Final, Literal, TypeAlias

from warehouse.derive.copies.words import ngrams, sentences_of, words_of
from warehouse.derive.names import names_in
from warehouse.derive.revisions.figures import Mention, figures_and_dates, surplus_mentions

Kind: TypeAlias = Literal["copy", "near_duplicate", "excerpt", "template"]
"""How two texts are alike.

`copy`: the same sentences. `near_duplicate`: at least half of each text is in paired sentences. `excerpt`: most of one
text is, but less than half of the other. `template`: the same pattern, filled in for another time, place or case.
"""

WORDS_MIN: Final = 20
"""Texts that share fewer words are not compared further."""

DICE_MIN: Final = 0.5
"""How alike the words of two sentences must be for one to be a changed form of the other (Dice, 0 to 1)."""

SHARE_MIN: Final = 0.5
"""Share of a text's words in paired sentences from which the text is told again; both texts have it, or …"""

EXCERPT_SHARE_MIN: Final = 0.7
"""… one of the texts has this."""

DIFFERING_MIN: Final = 2
"""Pairs of sentences with other numbers, or other names, from which two texts may be of one template."""

SENTENCE_PAIRS_MAX: Final = 40_000
"""Sentences that are not equal are compared by their words, the first of each text; it bounds the work."""

_TEXTS_KEPT: Final = 500
_SENTENCES_KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and what it says in numbers and names.

    Attributes:
        written: in normal form.
        words: case-folded, in reading order.
        bag: the words, each with the number of its occurrence: common members of two bags are common words.
    """

    written: str
    words: tuple[str, ...]
    bag: frozenset[str]

    @property
    def figures(self) -> tuple[Mention, ...]:
        """The figures, as `warehouse.derive.revisions.figures` finds them."""
        return _mentioned(self.written)[0]

    @property
    def dates(self) -> tuple[Mention, ...]:
        """The dates, likewise."""
        return _mentioned(self.written)[1]

    @property
    def names(self) -> frozenset[str]:
        """The names, case-folded."""
        return _names(self.written)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The values of all figures and dates, sorted."""
        return tuple(sorted(mention.value for mention in (*self.figures, *self.dates)))


_Pair: TypeAlias = tuple[Sentence, Sentence]


# Only of pairs that are alike: most pairs with a common band are not, and finding figures is most of the work.
@lru_cache(maxsize=_SENTENCES_KEPT)
def _mentioned(sentence: str) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    figures, dates = figures_and_dates(sentence)
    return tuple(figures), tuple(dates)


@lru_cache(maxsize=_SENTENCES_KEPT)
def _names(sentence: str) -> frozenset[str]:
    return frozenset(names_in(sentence))


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read for comparing."""

    sentences: tuple[Sentence, ...]
    word_count: int

    @property
    def ngrams(self) -> frozenset[str]:
        """The n-grams, which run across sentences."""
        return frozenset(ngrams(list(chain.from_iterable(sentence.words for sentence in self.sentences))))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two texts are alike, `here` and `there`.

    Attributes:
        similarity: the Jaccard index of their n-grams, 0 to 1.
        containment_here: the share (0 to 1) of the n-grams of this text that the other has too.
        changed: pairs of sentences that are alike and not equal.
        only_here: sentences that are in no pair.
        figures_here: figures that are more frequent in this text, as written, once each, in reading order.
        dates_here: dates, likewise.
        containment_there, only_there, figures_there, dates_there: the same of the other text.
    """

    kind: Kind
    similarity: float
    containment_here: float
    containment_there: float
    changed: int
    only_here: int
    only_there: int
    figures_here: tuple[str, ...]
    figures_there: tuple[str, ...]
    dates_here: tuple[str, ...]
    dates_there: tuple[str, ...]


@lru_cache(maxsize=_TEXTS_KEPT)
def read_text(paragraphs: tuple[str, ...]) -> Text:
    """Read paragraphs in normal form (`warehouse.derive.copies.words.paragraphs_of_text`) for comparing.

    The texts of a group are compared with each other, so the last ones are kept.
    """
    sentences = tuple(_read_sentence(sentence) for sentence in sentences_of(paragraphs))
    return Text(sentences, sum(len(sentence.words) for sentence in sentences))


def _read_sentence(sentence: str) -> Sentence:
    words = tuple(words_of(sentence))
    return Sentence(sentence, words, _bag_of(words))


def _bag_of(words: Sequence[str]) -> frozenset[str]:
    occurrences = Counter[str]()
    bag = []
    for word in words:
        occurrences[word] += 1
        bag.append(f"{word} {occurrences[word]}")
    return frozenset(bag)


def compare(here: Text, there: Text) -> Comparison | None:
    """Return how two texts are alike; None if they are not.

    With the texts swapped, the result is swapped too.
    """
    alignment = aligned(here.sentences, there.sentences)
    equal, changed = alignment.equal, alignment.changed
    rest_here = _without(here.sentences, {place for place, _ in equal})
    rest_there = _without(there.sentences, {place for _, place in equal})
    kept = [(here.sentences[one], there.sentences[other]) for one, other in equal]
    edited = [(here.sentences[one], there.sentences[other]) for one, other in changed]
    kind = _kind(here, there, kept, edited)
    if kind is None:
        return None
    ngrams_here, ngrams_there = here.ngrams, there.ngrams
    shared = len(ngrams_here & ngrams_there)
    figures = [_mentions(sentence.figures for sentence in rest) for rest in (rest_here, rest_there)]
    dates = [_mentions(sentence.dates for sentence in rest) for rest in (rest_here, rest_there)]
    return Comparison(
        kind=kind,
        similarity=shared / max(len(ngrams_here) + len(ngrams_there) - shared, 1),
        containment_here=shared / max(len(ngrams_here), 1),
        containment_there=shared / max(len(ngrams_there), 1),
        changed=len(changed),
        only_here=len(rest_here) - len(changed),
        only_there=len(rest_there) - len(changed),
        figures_here=surplus_mentions(figures[0], figures[1]),
        figures_there=surplus_mentions(figures[1], figures[0]),
        dates_here=surplus_mentions(dates[0], dates[1]),
        dates_there=surplus_mentions(dates[1], dates[0]),
    )


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of the places of sentences that belong together; each sentence is in one at most.

    Attributes:
        equal: sentences with the same words, wherever they stand.
        changed: other sentences that are alike, the most similar first.
    """

    equal: list[tuple[int, int]]
    changed: list[tuple[int, int]]


def aligned(here: Sequence[Sentence], there: Sequence[Sentence]) -> Alignment:
    """Return which sentences of two texts belong together."""
    equal = _equal_pairs(here, there)
    taken_here, taken_there = {place for place, _ in equal}, {place for _, place in equal}
    places_here = [place for place in range(len(here)) if place not in taken_here]
    places_there = [place for place in range(len(there)) if place not in taken_there]
    changed = _changed_pairs([here[place] for place in places_here], [there[place] for place in places_there])
    return Alignment(equal, [(places_here[one], places_there[other]) for one, other in changed])


def dice_of(one: Sentence, other: Sentence) -> float:
    """Return how alike the words of two sentences are: Dice's coefficient of their bags, 0 to 1."""
    return 2 * len(one.bag & other.bag) / max(len(one.bag) + len(other.bag), 1)


def _equal_pairs(here: Sequence[Sentence], there: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Return the places of sentences with the same words, wherever they stand; each is in one pair."""
    places: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for place, sentence in enumerate(there):
        places[sentence.words].append(place)
    return [(place, places[one.words].popleft()) for place, one in enumerate(here) if places.get(one.words)]


def _without(sentences: Sequence[Sentence], places: set[int]) -> list[Sentence]:
    return [sentence for place, sentence in enumerate(sentences) if place not in places]


def _changed_pairs(here: Sequence[Sentence], there: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Return the places of sentences that are alike, the most similar first; each is in one pair."""
    free_here, free_there = set(range(len(here))), set(range(len(there)))
    pairs = []
    for _, _, _, one, other in sorted(_alike(here, there)):
        if one in free_here and other in free_there:
            free_here.remove(one)
            free_there.remove(other)
            pairs.append((one, other))
    return pairs


def _alike(here: Sequence[Sentence], there: Sequence[Sentence]) -> Iterator[tuple[float, int, int, int, int]]:
    """Yield similar sentences as a key to sort them by, and their places.

    Of equally similar ones those at near places come first, and then the earlier: the key is the same from both sides.
    """
    side = isqrt(SENTENCE_PAIRS_MAX)
    here_max = max(side, SENTENCE_PAIRS_MAX // max(len(there), 1))
    there_max = max(side, SENTENCE_PAIRS_MAX // max(len(here), 1))
    for place, one in enumerate(here[:here_max]):
        for other_place, other in enumerate(there[:there_max]):
            # As many common words as the shorter sentence has would be too few.
            if 2 * min(len(one.bag), len(other.bag)) < DICE_MIN * (len(one.bag) + len(other.bag)):
                continue
            if (dice := dice_of(one, other)) >= DICE_MIN:
                yield -dice, abs(place - other_place), place + other_place, place, other_place


def _kind(here: Text, there: Text, kept: Sequence[_Pair], edited: Sequence[_Pair]) -> Kind | None:
    """Return the kind of a pair of texts, given its pairs of equal sentences and of changed ones."""
    equal = sum(len(one.words) for one, _ in kept)
    paired_here = equal + sum(len(one.words) for one, _ in edited)
    paired_there = equal + sum(len(other.words) for _, other in edited)
    if min(paired_here, paired_there) < WORDS_MIN:
        return None
    if len(kept) == len(here.sentences) == len(there.sentences):
        return "copy"
    shares = sorted((paired_here / here.word_count, paired_there / there.word_count))
    if shares[0] < SHARE_MIN and shares[1] < EXCERPT_SHARE_MIN:
        return None
    if _is_template(kept, edited):
        return "template"
    return "near_duplicate" if shares[0] >= SHARE_MIN else "excerpt"


def _is_template(kept: Sequence[_Pair], edited: Sequence[_Pair]) -> bool:
    """Tell whether the numbers or the names of paired sentences differ more often than they are the same."""
    same_numbers = sum(1 for one, other in kept if one.numbers and other.numbers)
    same_names = sum(1 for one, other in kept if one.names and other.names)
    numbers = [(one.numbers, other.numbers) for one, other in edited]
    names = [(one.names, other.names) for one, other in edited]
    return _mostly_differ(numbers, same_numbers) or _mostly_differ(names, same_names)


def _mostly_differ(pairs: Iterable[tuple[object, object]], same: int) -> bool:
    # A number that only one sentence has was added or left out: no template does that.
    filled = [one == other for one, other in pairs if one and other]
    differing = filled.count(False)
    return differing >= DIFFERING_MIN and differing > same + filled.count(True)


def _mentions(groups: Iterable[Sequence[Mention]]) -> list[Mention]:
    return list(chain.from_iterable(groups))
