"""Edits: the changes from one revision of an article to the next.

The dbt model `int_articles__changes` calls `edit_of` for every pair of consecutive revisions.
Belongs here: which fields differ, and collecting the words, figures and dates that differ.
Does not belong here: comparing words (`warehouse.derive.revisions.words`), and finding figures and dates
(`warehouse.derive.revisions.figures`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.derive.revisions.figures import mentions_of, surplus_mentions
from warehouse.derive.revisions.words import differing, word_changes
from warehouse.text.normal import normal_form

FIELDS: Final = ("title", "lead", "body", "captions", "attachments")
"""The fields of a revision, in reading order."""

DIFF_CHARACTERS_MAX: Final = 20_000
"""The maximum length of a diff; it is for reading only, since both revisions are stored in full."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The changes from one revision to the next; word counts, figures and dates leave out attachments.

    Attributes:
        changed_fields: those of `FIELDS` that differ, in that order.
        added_word_count: the number of added words.
        removed_word_count: the number of removed words.
        diff: a line `<field>: … [-removed-]{+added+} …` for each changed paragraph.
        figures_removed: figures that occur more often in the earlier revision, once each, in normal form.
        figures_added: figures that occur more often in the later revision.
        dates_removed: dates that occur more often in the earlier revision.
        dates_added: dates that occur more often in the later revision.
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
    """Return the changes from one revision to the next.

    Both arguments map each of `FIELDS` to its paragraphs, items or URLs; title and lead have at most one.
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
    diff = "\n".join(lines)
    texts = [field for field in changed if field != "attachments"]
    old_paragraphs = [paragraph for field in texts for paragraph in before[field]]
    new_paragraphs = [paragraph for field in texts for paragraph in after[field]]
    # Most paragraphs are in both revisions; their figures and dates cancel out, so they are skipped.
    old_figures, old_dates = mentions_of(surplus_paragraphs(old_paragraphs, new_paragraphs))
    new_figures, new_dates = mentions_of(surplus_paragraphs(new_paragraphs, old_paragraphs))
    return Edit(
        changed_fields=tuple(changed),
        added_word_count=added,
        removed_word_count=removed,
        diff=diff if len(diff) <= DIFF_CHARACTERS_MAX else f"{diff[:DIFF_CHARACTERS_MAX]} …",
        figures_removed=surplus_mentions(old_figures, new_figures),
        figures_added=surplus_mentions(new_figures, old_figures),
        dates_removed=surplus_mentions(old_dates, new_dates),
        dates_added=surplus_mentions(new_dates, old_dates),
    )


def _is_same(field: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Compare like the revision hash: captions and attachments by item, other fields as one text."""
    before, after = differing(before, after)
    if field in ("captions", "attachments"):
        return [normal_form(item) for item in before] == [normal_form(item) for item in after]
    return normal_form("\n\n".join(before)) == normal_form("\n\n".join(after))


def surplus_paragraphs(these: Sequence[str], those: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs that occur more often in `these` than in `those`, in reading order."""
    remaining = Counter(those)
    for paragraph in these:
        remaining[paragraph] -= 1
        if remaining[paragraph] < 0:
            yield paragraph
