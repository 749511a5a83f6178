"""Edits: what one revision of an article changed of the one before.

Here: which parts differ, and putting together the words, figures and dates that do. Not here: how words are compared
(`warehouse.derive.revisions.words`) and how figures and dates are read (`warehouse.derive.revisions.figures`).

Called by the dbt model `int_articles__changes` for every pair of consecutive revisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.derive.revisions.figures import Mention, figures_and_dates
from warehouse.derive.revisions.words import word_changes
from warehouse.text.normal import normal_form

FIELDS: Final = ("title", "lead", "body", "captions", "attachments")
"""What a revision is made of, in reading order."""

DIFF_CHARACTERS_MAX: Final = 20_000
"""The text of a diff is cut behind so many characters: it is for reading, and both revisions are there in full."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What one revision changed of the one before.

    Attributes:
        changed_fields: those of `FIELDS` that differ, in that order.
        added_word_count: words that came, over all fields but the attachments.
        removed_word_count: words that went.
        diff: for each changed paragraph a line `<field>: … [-gone-]{+new+} …`.
        figures_removed: figures as written that the earlier revision has and the later one has not, or less often.
        figures_added: the other way round.
        dates_removed: the same of dates.
        dates_added: the other way round.
    """

    changed_fields: tuple[str, ...]
    added_word_count: int
    removed_word_count: int
    diff: str
    figures_removed: tuple[str, ...]
    figures_added: tuple[str, ...]
    dates_removed: tuple[str, ...]
    dates_added: tuple[str, ...]


def edit_of(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> Edit:
    """Return what changed from one revision to the next.

    Args:
        before: for each of `FIELDS` its paragraphs, items or addresses; one or none of title and lead.
        after: the same of the later revision.
    """
    changed = [field for field in FIELDS if not _is_same(field, before[field], after[field])]
    lines: list[str] = []
    added = removed = 0
    for field in changed:
        changes = word_changes(before[field], after[field])
        lines += [f"{field}: {line}" for line in changes.lines]
        if field != "attachments":
            added += changes.added
            removed += changes.removed
    read = [field for field in changed if field != "attachments"]
    old_paragraphs = [paragraph for field in read for paragraph in before[field]]
    new_paragraphs = [paragraph for field in read for paragraph in after[field]]
    # What both have as often changes no count, and is most of the text.
    old_figures, old_dates = _mentions(_without(old_paragraphs, new_paragraphs))
    new_figures, new_dates = _mentions(_without(new_paragraphs, old_paragraphs))
    return Edit(
        changed_fields=tuple(changed),
        added_word_count=added,
        removed_word_count=removed,
        diff=_cut("\n".join(lines)),
        figures_removed=_beyond(old_figures, new_figures),
        figures_added=_beyond(new_figures, old_figures),
        dates_removed=_beyond(old_dates, new_dates),
        dates_added=_beyond(new_dates, old_dates),
    )


def _is_same(field: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Compare as the revision hash does: captions and attachments one by one, paragraphs however they are divided."""
    if field in ("captions", "attachments"):
        return [normal_form(item) for item in before] == [normal_form(item) for item in after]
    return normal_form("\n\n".join(before)) == normal_form("\n\n".join(after))


def _without(these: Sequence[str], those: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs that these have more often than those, in reading order."""
    left = Counter(those)
    for paragraph in these:
        left[paragraph] -= 1
        if left[paragraph] < 0:
            yield paragraph


def _mentions(paragraphs: Iterable[str]) -> tuple[list[Mention], list[Mention]]:
    figures: list[Mention] = []
    dates: list[Mention] = []
    for paragraph in paragraphs:
        found_figures, found_dates = figures_and_dates(paragraph)
        figures += found_figures
        dates += found_dates
    return figures, dates


def _beyond(these: list[Mention], those: Iterable[Mention]) -> tuple[str, ...]:
    """Return what these have more often than those: one text for each value, in reading order."""
    left = Counter(mention.value for mention in those)
    beyond: dict[str, str] = {}
    for mention in these:
        left[mention.value] -= 1
        if left[mention.value] < 0:
            beyond.setdefault(mention.value, mention.written)
    return tuple(beyond.values())


def _cut(diff: str) -> str:
    return diff if len(diff) <= DIFF_CHARACTERS_MAX else f"{diff[:DIFF_CHARACTERS_MAX]} …"
