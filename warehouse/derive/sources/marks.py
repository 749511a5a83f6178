"""Marks of agencies and papers outside of credits: in the byline, in a dateline, after the text.

A mark counts only if it names a well-known publisher: `(HNM)` before the first sentence, `Thu Hà/TTXVN` as author.
Belongs here: where marks stand, and telling them from sentences that speak of a publisher. Does not belong here: which
names are known (`warehouse.derive.sources.publishers`), and marks that extraction took for a credit or took off the
text (`spiders.platforms.parts.attribution.signed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from warehouse.derive.sources.names import read_name
from warehouse.derive.sources.publishers import Publisher, publisher_named

Place: TypeAlias = Literal["byline", "dateline", "ending"]

_HEAD_CHARACTERS: Final = 120
_TAIL_CHARACTERS: Final = 120
_BYLINE_CHARACTERS_MAX: Final = 200
_MARK_CHARACTERS_MAX: Final = 60
_PLACE_WORDS_MAX: Final = 7  # `TP Hồ Chí Minh, ngày 5/9`

# `Hà Nội, ngày 5/9 (TTXVN) - `, `(HNMO) – `, `[VOV2] - `; and without brackets: `TPO - `, `Chinhphu.vn – `.
_DATELINE: Final = re.compile(r"(?P<place>[^()\[\].!?:;]{0,60}?)\s*[(\[](?P<mark>[^()\[\]]{2,60})[)\]]\s*[-–—:]\s*\S")
_BARE_DATELINE: Final = re.compile(r"(?P<mark>[^\s()\[\]]{2,20}(?: [^\s()\[\]]{1,20})?)\s*[-–—]\s+\S")
_DATE: Final = re.compile(r",? ?(?:(?:ngày|sáng|chiều|tối) ?)?\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?$")
# Where the last sentence ends: after it there may be a mark.
_SENTENCE_END: Final = re.compile(r"[.!?…][\"”’)]{0,2}/?\.?(?=\s*\S)|[\"”’](?=\s+\S|\s*\()")
_LABELLED: Final = re.compile(r"\(?\s*(?:(?:dẫn\s+)?theo|nguồn(?:\s+tin)?)\b", re.IGNORECASE)
_BYLINE_PARTS: Final = re.compile(r"[()|,;]| [-–—] ")
_PARTS_MAX: Final = 6


class Mark(NamedTuple):
    """A mark: whose it is, and where it stands."""

    publisher: Publisher
    place: Place


def find_mark(byline: str | None, lead: str | None, body: Sequence[str]) -> Mark | None:
    """Return the mark of a publisher in the byline, else in a dateline, else after the last sentence."""
    if byline and (found := _in_byline(byline)):
        return Mark(found, "byline")
    openings = [text for text in (lead, *body[:1]) if text]
    if dated := next((found for text in openings if (found := _in_dateline(text))), None):
        return Mark(dated, "dateline")
    if body and (found := _in_ending(body[-1])):
        return Mark(found, "ending")
    return None


def _in_byline(byline: str) -> Publisher | None:
    if len(byline) > _BYLINE_CHARACTERS_MAX:
        return None
    parts = _BYLINE_PARTS.split(byline, _PARTS_MAX)[:_PARTS_MAX]
    found = (publisher_named(part, is_credit=False) for part in (byline, *parts) if part)
    return next(filter(None, found), None)


def _in_dateline(text: str) -> Publisher | None:
    head = text[:_HEAD_CHARACTERS].lstrip("\"“'*- ")
    if (found := _DATELINE.match(head)) and _is_place(found["place"]):
        return publisher_named(found["mark"], is_credit=True)
    if (found := _BARE_DATELINE.match(head)) and not read_name(found["mark"]).kind:
        return publisher_named(found["mark"], is_credit=False)
    return None


def _is_place(text: str) -> bool:
    """Tell whether a text before a mark in brackets is a place with or without a day, or nothing.

    `Báo Hà Nội Mới (HNM) - cơ quan của …` speaks of the paper.
    """
    place = _DATE.sub("", text).strip(" ,")
    if not place:
        return True
    is_name = place[0].isupper() and len(place.split()) <= _PLACE_WORDS_MAX
    return is_name and not read_name(place).kind and publisher_named(place, is_credit=True) is None


def _in_ending(text: str) -> Publisher | None:
    tail = text[-_TAIL_CHARACTERS:]
    return next((found for end in _endings(tail, is_whole=len(text) == len(tail)) if (found := _named_by(end))), None)


def _endings(tail: str, *, is_whole: bool) -> Iterator[str]:
    """Yield what may be a mark at the end, the shortest first; all of the tail only if it `is_whole`."""
    starts = [found.end() for found in _SENTENCE_END.finditer(tail)]
    for start in (*reversed(starts), *((0,) if is_whole else ())):
        ending = tail[start:].strip(" ./")
        if 2 <= len(ending) <= _MARK_CHARACTERS_MAX:
            yield ending


def _named_by(ending: str) -> Publisher | None:
    """Return the publisher that the words after the last sentence name.

    With a label, any name of it; in brackets or alone, a mark.
    """
    if _LABELLED.match(ending):
        return publisher_named(ending, is_credit=True)
    return publisher_named(ending, is_credit=False)
