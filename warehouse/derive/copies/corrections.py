"""What became of an original's corrections in a copy of it.

Between two revisions of the original a sentence was changed or taken out. A copy carries the former sentence if one of
its own is like it, and has more of the words that only the former one has than of those that only the new one has.
Belongs here: the corrected sentences of an original, and the sentence of a copy that carries one. Does not belong here:
which articles are copies (`warehouse.derive.copies.comparing`), and how much an edit matters
(`warehouse.derive.revisions.significance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.derive.copies.comparing import Sentence, aligned, dice_of, read_text
from warehouse.derive.revisions.figures import surplus_mentions

DICE_MIN: Final = 0.6
"""How alike the words of a copy's sentence and the former one must be (Dice, 0 to 1)."""

WORDS_MIN: Final = 4
"""Words of a sentence from which it is looked for in copies; shorter ones are headings and signatures."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A sentence of an original that a revision changed or took out.

    Attributes:
        before: the sentence as it was.
        after: its new form; None if it was taken out.
    """

    before: Sentence
    after: Sentence | None

    @property
    def figures_removed(self) -> tuple[str, ...]:
        """The figures that the sentence had and has no longer, as written."""
        return surplus_mentions(self.before.figures, self.after.figures if self.after else ())

    @property
    def figures_added(self) -> tuple[str, ...]:
        """The figures that it has instead, as written."""
        return surplus_mentions(self.after.figures, self.before.figures) if self.after else ()


def corrections_of(before: tuple[str, ...], after: tuple[str, ...]) -> list[Correction]:
    """Return the sentences that a revision changed or took out, in their order.

    Both texts are paragraphs in normal form (`warehouse.derive.copies.words.paragraphs_of_text`).
    """
    old, new = read_text(before).sentences, read_text(after).sentences
    alignment = aligned(old, new)
    kept = {place for place, _ in alignment.equal}
    changed = dict(alignment.changed)
    return [
        Correction(sentence, new[changed[place]] if place in changed else None)
        for place, sentence in enumerate(old)
        if place not in kept and len(sentence.words) >= WORDS_MIN
    ]


def carried(correction: Correction, copy: Sequence[Sentence]) -> Sentence | None:
    """Return the sentence of a copy that says what the original corrected; None if there is none."""
    likeness = [(dice_of(correction.before, sentence), -place) for place, sentence in enumerate(copy)]
    best, place = max(likeness, default=(0.0, 0))
    if best < DICE_MIN:
        return None
    sentence = copy[-place]
    if correction.after is None:
        return sentence
    former = correction.before.bag - correction.after.bag
    new = correction.after.bag - correction.before.bag
    return sentence if _share(former, sentence) > _share(new, sentence) else None


def _share(words: frozenset[str], sentence: Sentence) -> float:
    return len(words & sentence.bag) / len(words) if words else 0.0
