"""The rows of dbt's `int_copies__compared` and `int_corrections__carried`.

Belongs here: calling the comparisons for batches of texts, in a form that worker processes can import.
Does not belong here: the comparisons (`warehouse.derive.copies.comparing`, `warehouse.derive.copies.corrections`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from warehouse.derive.copies.comparing import compare, read_text
from warehouse.derive.copies.corrections import carried, corrections_of
from warehouse.derive.copies.words import paragraphs_of_text

StoredText: TypeAlias = tuple[str | None, str]
"""Lead, and body with a blank line between paragraphs."""

_Paragraphs: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Pairs to compare, and their texts.

    Attributes:
        pairs: `text_id` and `other_text_id`, and a capture of each of the two texts.
        texts: the texts by capture_id.
    """

    pairs: Sequence[tuple[str, str, str, str]]
    texts: Mapping[str, StoredText]


@dataclass(frozen=True, slots=True)
class CorrectionBatch:
    """Corrections of originals to look for in their copies, and the texts.

    Attributes:
        pairs: rows of `int_corrections__pairs`.
        texts: the texts by capture_id.
    """

    pairs: Sequence[Mapping[str, Any]]
    texts: Mapping[str, StoredText]


def compared_rows(batch: PairBatch) -> list[dict[str, Any]]:
    """Return how the texts of each pair are alike; of a pair that is not alike, the two ids alone."""
    paragraphs = {key: _paragraphs(text) for key, text in batch.texts.items()}
    return [_compared(pair, paragraphs[pair[2]], paragraphs[pair[3]]) for pair in batch.pairs]


def carried_rows(batch: CorrectionBatch) -> list[dict[str, Any]]:
    """Return a row for each sentence that a copy carried when its original corrected it, or later."""
    paragraphs = {key: _paragraphs(text) for key, text in batch.texts.items()}
    return [row for pair in batch.pairs for row in _carried(pair, paragraphs)]


def _paragraphs(text: StoredText) -> _Paragraphs:
    lead, body = text
    return paragraphs_of_text(lead, body.split("\n\n"))


def _compared(
    pair: tuple[str, str, str, str], paragraphs: _Paragraphs, other_paragraphs: _Paragraphs
) -> dict[str, Any]:
    found = compare(read_text(paragraphs), read_text(other_paragraphs))
    row = {"text_id": pair[0], "other_text_id": pair[1]}
    if found is None:
        return row
    return row | {
        "kind": found.kind,
        "similarity": found.similarity,
        "containment": found.containment_here,
        "other_containment": found.containment_there,
        "changed_sentence_count": found.changed,
        "added_sentence_count": found.only_here,
        "removed_sentence_count": found.only_there,
        "figures_added": found.figures_here,
        "figures_removed": found.figures_there,
        "dates_added": found.dates_here,
        "dates_removed": found.dates_there,
    }


def _carried(pair: Mapping[str, Any], texts: Mapping[str, _Paragraphs]) -> Iterator[dict[str, Any]]:
    corrections = corrections_of(texts[pair["former_capture_id"]], texts[pair["corrected_capture_id"]])
    # The revision that was current when the original was corrected, and those after it.
    later = [each for each in pair["revisions"] if not each["valid_to"] or each["valid_to"] > pair["corrected_at"]]
    for number, correction in enumerate(corrections, 1):
        found = [carried(correction, read_text(texts[each["capture_id"]]).sentences) for each in later]
        if not found or found[0] is None:
            continue
        followed = next((later[place] for place, sentence in enumerate(found) if sentence is None), None)
        yield {
            "article_id": pair["article_id"],
            "revision": later[0]["revision"],
            "other_article_id": pair["other_article_id"],
            "other_revision": pair["other_revision"],
            "sentence_number": number,
            "significance": pair["significance"],
            "corrected_at": pair["corrected_at"],
            "stale_since": max(pair["corrected_at"], later[0]["published_by"]),
            "followed_at": followed and followed["valid_from"],
            "followed_revision": followed and followed["revision"],
            "carried_sentence": found[0].written,
            "former_sentence": correction.before.written,
            "corrected_sentence": correction.after and correction.after.written,
            "figures_removed": correction.figures_removed,
            "figures_added": correction.figures_added,
            "capture_id": later[0]["capture_id"],
            "other_capture_id": pair["corrected_capture_id"],
        }
