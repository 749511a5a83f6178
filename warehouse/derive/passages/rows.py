"""The rows of dbt's `int_passages__shared`.

Belongs here: calling the comparison for batches of articles, in a form that worker processes can import.
Does not belong here: the comparison (`warehouse.derive.passages.comparing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.derive.passages.comparing import SentenceIndex, shared_sentences
from warehouse.derive.passages.sentences import Sentence, sentences_of_article


@dataclass(frozen=True, slots=True)
class PassageBatch:
    """Articles to compare with earlier ones, and their texts.

    Attributes:
        pairs: rows of `int_passages__pairs`.
        texts: lead, and body with a blank line between paragraphs, by capture_id.
    """

    pairs: Sequence[Mapping[str, Any]]
    texts: Mapping[str, tuple[str | None, str]]


def shared_rows(batch: PassageBatch) -> list[dict[str, Any]]:
    """Return the sentences that the articles of each pair share."""
    sentences = {capture_id: sentences_of_article(lead, body) for capture_id, (lead, body) in batch.texts.items()}
    indexes = {key: SentenceIndex(sentences[key]) for key in {pair["first_capture_id"] for pair in batch.pairs}}
    return [
        row
        for pair in batch.pairs
        for row in _rows(pair, sentences[pair["capture_id"]], indexes[pair["first_capture_id"]])
    ]


def _rows(pair: Mapping[str, Any], article: Sequence[Sentence], first: SentenceIndex) -> Iterator[dict[str, Any]]:
    for shared in shared_sentences(article, first, frozenset(pair["set_phrases"])):
        yield {
            "article_id": pair["article_id"],
            "first_article_id": pair["first_article_id"],
            "field": shared.sentence.field,
            "start_offset": shared.sentence.start,
            "end_offset": shared.sentence.end,
            "first_field": shared.first.field,
            "first_start_offset": shared.first.start,
            "first_end_offset": shared.first.end,
            "kind": shared.kind,
            "shared_word_share": shared.word_share,
            "first_shared_word_share": shared.first_word_share,
        }
