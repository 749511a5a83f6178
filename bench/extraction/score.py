"""How far what an extractor says agrees with the gold: pure functions of the two.

A *word* is a run of letters and digits of the normal form (`warehouse.text.normal`) in lower case. A text is compared
by its word 4-grams, counted as often as they occur, across paragraphs; a text of fewer than four words is one gram of
them all. Precision is the share of the found grams that gold has, recall the share of gold's that were found. The lead
counts as the first paragraph, so that where it is put does not matter here.

A text *leaked* where its words follow one another in the found text more often than in gold's: captions, and what the
case calls furniture. A field is judged where gold has a value; a value where gold says there is none is *invented*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from bench.extraction.cases import Case
from warehouse.records import Article
from warehouse.text.dates import VIETNAM
from warehouse.text.normal import normal_form

GRAM_WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W_]+")

Fields = Mapping[str, Any]
"""Fields of `warehouse.records.Article` as JSON has them; only those that gold states or an extractor can tell."""


def as_fields(article: Article) -> Fields:
    """Return the article as gold states it: times as ISO text, tuples as lists."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(article).items()
    }


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall of the word 4-grams of a text."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """One extractor on one case whose page shows an article.

    Attributes:
        fields: whether each judged field is right; none for those that gold or the extractor do not have.
        invented: fields that have a value where gold says that the page states none.
        caption_leaks: captions of gold that stand in the found text.
        furniture_leaks: furniture that stands in the found text.
        is_lead_repeated: whether the lead stands in the found text more often than in gold's.
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
        """Whether nothing at all differs."""
        return (
            all(self.fields.values())
            and self.text.f1 == 1
            and not (self.invented or self.caption_leaks or self.furniture_leaks or self.is_lead_repeated)
        )


def words(text: str) -> list[str]:
    """Return the words by which texts are compared."""
    return _WORD.findall(normal_form(text).lower())


def paragraphs(fields: Fields) -> tuple[str, ...]:
    """Return lead and body."""
    lead = fields.get("lead")
    return (*((lead,) if lead else ()), *fields.get("body", ()))


def agreement(gold: Sequence[str], found: Sequence[str]) -> Agreement:
    """Compare two texts by their paragraphs' word 4-grams."""
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
    """Return those of the texts that stand in the found paragraphs more often than in gold's."""
    expected, got = _spaced(" ".join(gold)), _spaced(" ".join(found))
    return tuple(text for text in texts if words(text) and got.count(_spaced(text)) > expected.count(_spaced(text)))


def _spaced(text: str) -> str:
    """Return the words with blanks of their own on both sides, so that whole words are found, also side by side."""
    return "".join(f" {word} " for word in words(text))


def score(case: Case, found: Fields | None) -> Score:
    """Compare what an extractor says of a page with the case's gold.

    Args:
        case: one whose page shows an article.
        found: None where the extractor saw no article.

    Raises:
        ValueError: the case's page shows none.
    """
    if case.gold is None:
        raise ValueError(f"{case.name} shows no article")
    gold, said = case.gold, {} if found is None else found
    expected, got = paragraphs(gold), paragraphs(said)
    lead = gold.get("lead")
    return Score(
        case=case,
        fields={
            name: is_right(gold, said)
            for name, (field, is_right) in JUDGED.items()
            if _is_stated(gold, name) and (found is None or field in found)
        },
        invented=tuple(
            field
            for field in dict.fromkeys(field for field, _ in JUDGED.values())
            if field in gold and _is_empty(gold[field]) and said.get(field)
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
    """Compare lists without regard to order; a full stop at the end makes no other caption."""

    def forms(fields: Fields) -> set[str]:
        return {normal_form(item).rstrip(". ") for item in fields.get(field) or ()}

    return lambda gold, found: forms(gold) == forms(found)


def _source(gold: Fields, found: Fields) -> bool:
    is_name = _same_text(gold["credited_source_name"], found.get("credited_source_name"))
    field = "credited_source_url"
    return is_name and (field not in gold or gold[field] == found.get(field))


def _published(form: str) -> Callable[[Fields, Fields], bool]:
    """Compare publication times as far as the form goes."""
    return lambda gold, found: bool(
        found.get("published_at")
        and f"{_moment(gold['published_at']):{form}}" == f"{_moment(found['published_at']):{form}}"
    )


def _moment(text: str) -> datetime:
    """Return the time in Vietnam; one without an offset is of there."""
    at = datetime.fromisoformat(text)
    return at.astimezone(VIETNAM) if at.tzinfo else at.replace(tzinfo=VIETNAM)


def _to_the_minute(gold: Fields, found: Fields) -> bool:
    """A bare date, shown as its midnight, is not the minute."""
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
"""What is judged: by name, the field of `warehouse.records.Article` that it rests on, and when it is right."""
