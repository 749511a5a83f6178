"""How much an edit matters to a reader, from 0 (spelling, counters) to 1 (another article).

The significance is 1 - ∏(1 - wᵢ) over the signs that are there; each adds to the others, and the result is at most 1:

| Sign | wᵢ |
| --- | --- |
| words, without case and punctuation | 0.5 × the share of the longer text that changed |
| the headline's words | 0.3 |
| figures | 0.5 |
| dates in the text | 0.4 |
| names: phrases of capitalised syllables | 0.4 |
| negations, and words that call something off | 0.5 |
| attachments | 0.3 |

A sign is there if something occurs more often in one text than in the other; what only moved is no change. The weights
are judgements. They order edits, and are no probabilities.
Belongs here: the signs and their weights. Does not belong here: finding figures and dates
(`warehouse.derive.revisions.figures`), and the readable diff (`warehouse.derive.revisions.words`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import prod
from typing import Final

from warehouse.derive.names import names_in
from warehouse.derive.revisions.edits import FIELDS, Edit, surplus_paragraphs
from warehouse.derive.revisions.figures import Mention, mentions_of
from warehouse.text.normal import count_words, normal_form

NAMES_MAX: Final = 200
"""Names of an edit that are looked up in the other text; it bounds the work for hostile texts."""

_TEXTS: Final = tuple(field for field in FIELDS if field != "attachments")

_DECIMALS: Final = 3

_WORDS: Final = 0.5
_HEADLINE: Final = 0.3
_FIGURES: Final = 0.5
_DATES: Final = 0.4
_NAMES: Final = 0.4
_NEGATIONS: Final = 0.5
_ATTACHMENTS: Final = 0.3

# What a page says of itself: counters of views, comments and downloads, and when it was put up or changed.
_COUNTER: Final = (
    r"(?:(?:số )?(?:lượt|lần) (?:xem|đọc|tải|tải về|truy cập|thích|chia sẻ|bình luận)|đã xem|bình luận"
    r"|view count|views|hits)"
)
_NUMBER: Final = r"[0-9]{1,3}(?:[.,]?[0-9]{3}){0,4}"
_DAY: Final = r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}"
_CLOCK: Final = r"[0-9]{1,2} ?(?:[:h]|giờ) ?[0-5][0-9](?::[0-5][0-9])?(?: ?(?:am|pm|sa|ch))?(?: ?\(gmt ?\+ ?7\))?"
_DAY_AND_CLOCK: Final = rf"(?:{_DAY}(?:[ ,|-]{{1,3}}{_CLOCK})?|{_CLOCK}(?:[ ,|-]{{1,3}}(?:ngày )?{_DAY})?)"
_PUT_UP: Final = r"(?:ngày (?:đăng|cập nhật|gửi|tạo)|(?:đăng|cập nhật)(?: lần cuối)?(?: lúc| ngày)?|cập nhật mới nhất)"
_OF_THE_PAGE: Final = re.compile(
    rf"(?<!\w){_COUNTER} ?[:(] ?{_NUMBER}\)?(?![\w%])"
    rf"|(?<![\w.,]){_NUMBER} {_COUNTER}(?!\w)"
    rf"|(?<!\w){_PUT_UP} ?: ?(?:[^\W\d]{{2,5}} [^\W\d]{{2,5}}, ?)?{_DAY_AND_CLOCK}(?!\w)",
    re.IGNORECASE,
)
# A paragraph that is nothing but a time, as `Thứ Năm, 12/3/2025 | 08:15`.
_TIME_ALONE: Final = re.compile(rf"(?:(?:thứ \w+|chủ nhật),? )?{_DAY_AND_CLOCK}\W*", re.IGNORECASE)

# `không` also is the air: hàng không, không khí, không gian, không quân, phòng không.
_NEGATION: Final = re.compile(
    r"(?<!\w)(?:(?<!hàng )(?<!phòng )không(?! (?:khí|gian|quân|phận|lưu)(?!\w))|chưa|chẳng|đừng|cấm|hủy(?: bỏ)?|hoãn"
    r"|(?:tạm )?(?:dừng|ngừng)|đình chỉ|bãi bỏ|thu hồi|bác bỏ|phủ nhận|đính chính)(?!\w)",
    re.IGNORECASE,
)
# Digits are figures and dates, which have signs of their own.
_WORD: Final = re.compile(r"[^\W\d_]+")


def significance_of(edit: Edit, before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> float:
    """Return how much an edit matters, from 0 to 1.

    `edit` is that of the two revisions, which are given as for `edit_of`.
    """
    old, new = ([paragraph for field in _TEXTS for paragraph in side[field]] for side in (before, after))
    # Most paragraphs are in both texts: only the others need more work. Of these, some say the same of another page.
    old_own = [_own_text(paragraph) for paragraph in surplus_paragraphs(old, new)]
    new_own = [_own_text(paragraph) for paragraph in surplus_paragraphs(new, old)]
    old_only, new_only = list(surplus_paragraphs(old_own, new_own)), list(surplus_paragraphs(new_own, old_own))
    length = max(sum(count_words(paragraph) for paragraph in side) for side in (old, new))
    # What has no other figures and dates as a whole has none in its own text.
    is_mentioned = edit.figures_removed or edit.figures_added or edit.dates_removed or edit.dates_added
    mentioned = [mentions_of(only if is_mentioned else ()) for only in (old_only, new_only)]
    (old_figures, old_dates), (new_figures, new_dates) = mentioned
    signs = (
        _WORDS * _changed_words(old_only, new_only) / max(length, 1),
        _HEADLINE * (_changed_words(before["title"], after["title"]) > 0),
        _FIGURES * (_values(old_figures) != _values(new_figures)),
        _DATES * (_values(old_dates) != _values(new_dates)),
        _NAMES * (_has_other_name(old_only, new) or _has_other_name(new_only, old)),
        _NEGATIONS * (_negations(old_only) != _negations(new_only)),
        _ATTACHMENTS * (Counter(before["attachments"]) != Counter(after["attachments"])),
    )
    return round(1 - prod(1 - sign for sign in signs), _DECIMALS)


def _own_text(paragraph: str) -> str:
    """Return the normal form without what the page says of itself; empty if nothing else is there."""
    text = normal_form(_OF_THE_PAGE.sub(" ", normal_form(paragraph)))
    return "" if _TIME_ALONE.fullmatch(text) else text


def _words(paragraph: str) -> list[str]:
    return _WORD.findall(normal_form(paragraph).casefold())


def _changed_words(old: Iterable[str], new: Iterable[str]) -> int:
    """Return the number of words that only one of the texts has, of the one with more such words."""
    before, after = (Counter(word for paragraph in side for word in _words(paragraph)) for side in (old, new))
    return max((before - after).total(), (after - before).total())


def _values(mentions: Iterable[Mention]) -> Counter[str]:
    """Return how often each figure or date is mentioned."""
    return Counter(mention.value for mention in mentions)


def _negations(paragraphs: Iterable[str]) -> Counter[str]:
    return Counter(found.casefold() for paragraph in paragraphs for found in _NEGATION.findall(paragraph))


def _has_other_name(paragraphs: Iterable[str], other: Iterable[str]) -> bool:
    """Tell whether the paragraphs have a name that the other text has not, however that writes it."""
    found = dict.fromkeys(name for paragraph in paragraphs for name in names_in(paragraph))
    text = normal_form(" | ".join(other)).casefold() if found else ""
    return any(not _stands_in(text, name) for name in islice(found, NAMES_MAX))


def _stands_in(text: str, name: str) -> bool:
    """Tell whether a name stands in a text, and not only as the beginning or end of another one."""
    begin = text.find(name)
    while begin >= 0:
        end = begin + len(name)
        if not text[max(begin - 1, 0) : begin].isalnum() and not text[end : end + 1].isalnum():
            return True
        begin = text.find(name, end)
    return False
