"""The date of publication in a line of a list row.

Examples are `14/10/2024 | 17:41 | Lượt xem: 120` and `Ban Biên tập, 14/10/2024`.
A date counts if nothing else is written beside it but labels, a time and an author, or if marks such as `|` set it
apart. In a sentence it is the date of an event.
Belongs here: which dates in a line are the row's. Does not belong here: parsing a date (`warehouse.text.dates`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spiders.platforms.parts.assembly import without_view_count
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.moment import moment_of
from warehouse.text.normal import count_words

# Words that a date line may hold beside the numbers of its date.
_WORDS: Final = frozenset(
    word
    for words in (
        "thứ hai ba tư năm sáu bảy bẩy chủ nhật cn t2 t3 t4 t5 t6 t7 mon tue wed thu fri sat sun",
        "monday tuesday wednesday thursday friday saturday sunday",
        "một mười mùng thg th jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june",
        "july august september october november december st nd rd",
        "ngày tháng lúc vào hồi giờ phút giây tiếng tuần trước đây hôm nay qua kia khoảng thời gian h g p t z",
        "sáng trưa chiều tối đêm am pm sa ch gmt utc at on",
        "được đăng đã tin bài tải lên gửi tạo viết xuất bản cập lần cuối",
        "by the date time posted published publish updated update created modified last",
    )
    for word in words.split()
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_FULL_DATE: Final = re.compile(
    r"\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?(?:19|20|21)\d{2}|(?:19|20|21)\d{2}[/.-]\d{1,2}[/.-]\d{1,2}"
)
_SEPARATOR: Final = re.compile(r"\s*[|•·●★]\s*|\s+[-–—/]\s+|[()\[\]]|\s*[»>]\s*")
_PUBLISHED: Final = re.compile(r"đăng|xuất bản|đưa tin|posted|publish", re.IGNORECASE)
_UPDATED: Final = re.compile(r"cập nhật|lần cuối|updated|modified", re.IGNORECASE)
# `Sáng 14/10/2024` and `Thời gian: 14/10/2024` are of an event, and `Hôm nay, 14/10/2024` is the site's clock.
_EVENT: Final = re.compile(
    r"\s*(?:sáng|trưa|chiều|tối|đêm)\b|thời gian(?! (?:đăng|cập|tạo|xuất|gửi))|hôm nay.*\d[/.-]\d|âm lịch|\bâl\b",
    re.IGNORECASE,
)
# `Đăng bởi Quản trị ngày 14/10/2024`
_SIGNED: Final = re.compile(
    r"(?:đăng|viết|posted|written|published|tác giả)\s*(?:bởi|by|:)\s*[^\d.!?]{2,40}?[\s,]+"
    r"(?=(?:(?:vào|ngày|lúc|on) ){0,2}\d)",
    re.IGNORECASE,
)
# `Posted on 14/10/2024 by admin`
_SIGNED_AFTER: Final = re.compile(r"(?<=\d)\s+(?:bởi|by)\s+[^\d.!?]{1,60}$", re.IGNORECASE)
_OFFICES: Final = frozenset(("Ban", "Phòng", "Tổ", "Theo", "Trung", "Văn"))
_NAME_WORDS_MAX: Final = 5
_LINE_WORDS_MAX: Final = 30
_LINE_CHARACTERS_MAX: Final = 300
_PIECE_WORDS_MAX: Final = 14
_PIECE_CHARACTERS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class RowDate:
    """A date of a row, and whether the row calls it that of publication or of a change."""

    moment: Moment
    is_published: bool
    is_updated: bool


def dates_in_line(texts: Iterable[str], seen_at: datetime | None) -> Iterator[RowDate]:
    """Yield the dates in a line, given in the texts of its elements; a date may be split over several."""
    run: list[str] = []
    for piece in (*(piece for text in texts for piece in _pieces(text)), None):
        if piece is not None and _has_only_date_words(piece):
            run.append(piece)
        elif run:
            if found := _date_of(" ".join(run), seen_at):
                yield found
            run = []


def is_date(text: str) -> bool:
    """Tell whether a text is a date and nothing else but words such as `Ngày đăng`."""
    return any(map(str.isdigit, text)) and _has_only_date_words(text)


def published(dates: Iterable[RowDate]) -> Moment | None:
    """Return the date of publication; None if there are several and nothing says which it is.

    Of several times on one day, none is known.
    """
    every = list(dates)
    unchanged = [each for each in every if not each.is_updated]
    labelled = [each for each in unchanged if each.is_published]
    days = {each.moment.day for each in labelled or unchanged or every}
    if len(days) != 1:
        return None
    on_day = [each.moment for each in unchanged or every if each.moment.day in days]
    timed = [moment for moment in on_day if moment.precision != "day"]
    times = {(moment.at.hour, moment.at.minute) for moment in timed}
    return timed[0] if len(times) == 1 else moment_of(days.pop(), None)


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts of a text between marks, without views and author."""
    if len(text) > _LINE_CHARACTERS_MAX or count_words(text) > _LINE_WORDS_MAX:
        yield text
        return
    text = _SIGNED_AFTER.sub("", _SIGNED.sub(" | ", without_view_count(text)))
    name, comma, rest = text.partition(", ")  # `Ban Biên tập, 14/10/2024`
    if comma and is_date(rest) and _is_name(name):
        text = rest
    if _EVENT.search(text):
        yield "…"
        return
    yield from filter(None, _SEPARATOR.split(text))


def _is_name(text: str) -> bool:
    words = text.split()
    return 0 < len(words) <= _NAME_WORDS_MAX and (words[0] in _OFFICES or all(word[0].isupper() for word in words))


def _has_only_date_words(piece: str) -> bool:
    words = _WORD.findall(piece.lower()) if len(piece) <= _PIECE_CHARACTERS_MAX else None
    return words is not None and len(words) <= _PIECE_WORDS_MAX and _WORDS.issuperset(words)


def _date_of(run: str, seen_at: datetime | None) -> RowDate | None:
    if len({each.replace(" ", "") for each in _FULL_DATE.findall(run)}) > 1:  # a range
        return None
    moment = parse_moment(run, seen_at=seen_at)
    return RowDate(moment, bool(_PUBLISHED.search(run)), bool(_UPDATED.search(run))) if moment else None
