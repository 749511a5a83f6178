"""Scores for the agreement of an extraction result with gold; pure functions.

A *word* is a run of letters and digits in the normal form (`warehouse.text.normal`), in lower case. Texts are compared
by their word 4-grams with multiplicity, across paragraphs; a text of fewer than four words is a single gram. Precision
is the share of found grams that are in gold, recall the share of gold's grams that were found. The lead counts as the
first paragraph, so it does not matter here whether it is separate.

A caption or boilerplate text of the case *leaked* if its words occur in sequence more often in the found text than in
gold. A field is judged if gold has a value; a value for a field that is empty in gold is *invented*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bench.extraction.cases import Case
from warehouse.clock import HANOI_TIME
from warehouse.text.normal import normal_form

GRAM_WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W_]+")

Fields = Mapping[str, Any]
"""Fields of `warehouse.records.Article` as JSON values; only those that gold states or an extractor returns."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall of a text's word 4-grams."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """Score of one extractor on one case whose page contains an article.

    Attributes:
        fields: whether each judged field is right; without fields that gold or the extractor lacks.
        invented: fields with a value that are empty in gold.
        text: agreement of lead and body.
        caption_leaks: captions of gold that leaked into the found text.
        furniture_leaks: boilerplate texts that leaked into the found text.
        is_lead_repeated: whether the lead occurs more often in the found text than in gold.
    """

    case: Case
    fields: Mapping[str, bool]
    invented: tuple[str, ...]
    text: Agreement
    caption_leaks: tuple[str, ...]
    furniture_leaks: tuple[str, ...]
    is_lead_repeated: bool

    @property
    def is_clean(self) -> bool:
        """Whether there is no difference at all."""
        return (
            all(self.fields.values())
            and self.text.f1 == 1
            and not (self.invented or self.caption_leaks or self.furniture_leaks or self.is_lead_repeated)
        )


def words(text: str) -> list[str]:
    """Return the words of a text for comparison."""
    return _WORD.findall(normal_form(text).lower())


def paragraphs(fields: Fields) -> tuple[str, ...]:
    """Return lead and body."""
    lead = fields.get("lead")
    return (*((lead,) if lead else ()), *fields.get("body", ()))


def _without(optional: Sequence[str], texts: Sequence[str]) -> list[str]:
    skipped = {_spaced(text) for text in optional}
    return [text for text in texts if _spaced(text) not in skipped]


def agreement(gold: Sequence[str], found: Sequence[str]) -> Agreement:
    """Compare the word 4-grams of two texts."""
    expected, got = _grams(gold), _grams(found)
    if not expected or not got:
        equal = float(not expected and not got)
        return Agreement(equal, equal)
    common = (expected & got).total()
    return Agreement(common / got.total(), common / expected.total())


def _grams(texts: Sequence[str]) -> Counter[tuple[str, ...]]:
    sequence = words(" ".join(texts))
    length = min(GRAM_WORDS, len(sequence))
    return Counter(tuple(sequence[at : at + length]) for at in range(len(sequence) - length + 1) if length)


def leaks(texts: Sequence[str], gold: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Return the texts that occur more often in the found paragraphs than in gold."""
    expected, got = _spaced(" ".join(gold)), _spaced(" ".join(found))
    return tuple(text for text in texts if words(text) and got.count(_spaced(text)) > expected.count(_spaced(text)))


def _spaced(text: str) -> str:
    """Return the words, each with a space on both sides, so that searches match only whole words."""
    return "".join(f" {word} " for word in words(text))


def score(case: Case, found: Fields | None) -> Score:
    """Compare the result of an extractor with the gold of a case.

    Args:
        case: a case whose page contains an article.
        found: the result; None if the extractor found no article.

    Raises:
        ValueError: the page of the case contains no article.
    """
    if case.gold is None:
        raise ValueError(f"{case.name} contains no article")
    gold, result = case.gold, {} if found is None else found
    expected, got = (_without(case.optional, paragraphs(fields)) for fields in (gold, result))
    lead = gold.get("lead")
    return Score(
        case=case,
        fields={
            name: is_right(gold, result)
            for name, (field, is_right) in JUDGED.items()
            if _is_stated(gold, name) and (found is None or field in found)
        },
        invented=tuple(
            field
            for field in dict.fromkeys(field for field, _ in JUDGED.values())
            if field in gold and _is_empty(gold[field]) and result.get(field)
        ),
        text=agreement(expected, got),
        caption_leaks=leaks(gold.get("captions", ()), expected, got),
        furniture_leaks=leaks(case.furniture, expected, got),
        is_lead_repeated=bool(lead and leaks([lead], expected, got)),
    )


# --- Fields ----------------------------------------------------------------------------------------------------------


def _is_stated(gold: Fields, name: str) -> bool:
    if name == "minute":
        return gold.get("published_at") is not None and gold.get("published_precision") in ("minute", "second")
    return not _is_empty(gold.get(JUDGED[name][0]))


def _is_empty(value: object) -> bool:
    return value is None or value == []


def _same_text(gold: str | None, found: str | None) -> bool:
    return normal_form(gold or "") == normal_form(found or "")


def _text(field: str) -> Callable[[Fields, Fields], bool]:
    return lambda gold, found: _same_text(gold[field], found.get(field))


def _items(field: str) -> Callable[[Fields, Fields], bool]:
    """Compare lists as sets, ignoring full stops at the end."""

    def forms(fields: Fields) -> set[str]:
        return {normal_form(item).rstrip(". ") for item in fields.get(field) or ()}

    return lambda gold, found: forms(gold) == forms(found)


def _source(gold: Fields, found: Fields) -> bool:
    is_name = _same_text(gold["credited_source_name"], found.get("credited_source_name"))
    field = "credited_source_url"
    return is_name and (field not in gold or gold[field] == found.get(field))


def _published(form: str) -> Callable[[Fields, Fields], bool]:
    """Compare publication times formatted by `form`."""
    return lambda gold, found: bool(
        found.get("published_at")
        and f"{_moment(gold['published_at']):{form}}" == f"{_moment(found['published_at']):{form}}"
    )


def _moment(text: str) -> datetime:
    """Return the time in Vietnam; a time without offset is Vietnamese time."""
    at = datetime.fromisoformat(text)
    return at.astimezone(HANOI_TIME) if at.tzinfo else at.replace(tzinfo=HANOI_TIME)


def _to_the_minute(gold: Fields, found: Fields) -> bool:
    """Compare to the minute; a bare date, given as midnight, does not count."""
    return found.get("published_precision") in ("minute", "second") and _published("%F %H:%M")(gold, found)


JUDGED: Final[Mapping[str, tuple[str, Callable[[Fields, Fields], bool]]]] = {
    "title": ("title", _text("title")),
    "day": ("published_at", _published("%F")),
    "minute": ("published_at", _to_the_minute),
    "byline": ("byline", _text("byline")),
    "source": ("credited_source_name", _source),
    "captions": ("captions", _items("captions")),
    "lead": ("lead", _text("lead")),
    "section": ("section", _text("section")),
    "tags": ("tags", _items("tags")),
    "views": ("view_count", lambda gold, found: gold["view_count"] == found.get("view_count")),
    "attachments": ("attachments", _items("attachments")),
}
"""Judged aspects by name: the underlying field of `warehouse.records.Article`, and the comparison."""
