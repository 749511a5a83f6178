"""What a list row states: date, views, summary.

Belongs here: reading the elements of one row, line by line. Does not belong here: which elements belong to a row
(`spiders.platforms.generic.lists.repeated`), or dates in a line (`spiders.platforms.generic.lists.date_lines`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from spiders.platforms.generic.lists.date_lines import RowDate, dates_in_line, published
from spiders.platforms.parts.assembly import view_count
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, count_words

_UNREAD_TAGS: Final = frozenset(("script", "style", "noscript", "template", "select", "textarea", "button", "svg"))
_INLINE_TAGS: Final = frozenset((
    "a", "abbr", "b", "bdi", "big", "cite", "code", "del", "em", "font", "i", "ins", "label", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
))  # fmt: skip
_DATE_NAME: Final = re.compile(
    r"date|time|ngay|thoigian|thoi-gian|posted|publish|meta|created|clock|calendar", re.IGNORECASE
)
_DURATION_NAME: Final = re.compile(r"duration|thoi-?luong|video-?(?:time|length)", re.IGNORECASE)  # `03:10`, no time
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_ZONED: Final = re.compile(r"\d(?:Z|[+-]\d{2}:?\d{2})\s*$")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]")
_SUMMARY_WORDS_MIN: Final = 9
# Limits for hostile pages; real rows stay far below them.
_TEXTS_MAX: Final = 400
_STAMPS_MAX: Final = 10
_LINE_CHARACTERS_MAX: Final = 2_000
_STAMP_CHARACTERS_MAX: Final = 100
_SUMMARY_CHARACTERS_MAX: Final = 10_000

# Between the texts of a row: where a line ends, and where a part of a line ends.
_LINE_END: Final = "\n"
_PART_END: Final = "\0"

Node: TypeAlias = HtmlElement | str


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row states beside its title; each is None if it states none or states it ambiguously.

    Attributes:
        has_text: whether there is any text beside the title.
    """

    moment: Moment | None
    view_count: int | None
    summary: str | None
    has_text: bool


def read_row(content: Sequence[Node], title: str, skipped: HtmlElement | None, seen_at: datetime | None) -> Stated:
    """Return what the elements and texts of a row state.

    Args:
        content: the row's box, and elements and texts outside of it.
        title: the row's title; texts that repeat it are no summary.
        skipped: the element of the title.
        seen_at: when the page was captured.
    """
    dates = list(_stamped(content, skipped))
    views: int | None = None
    summary: str | None = None
    has_text = False
    for parts in _lines(content, skipped):
        found = list(dates_in_line(parts, seen_at))
        dates += found
        line = " ".join(parts)
        if views is None:
            views = view_count(line[:_LINE_CHARACTERS_MAX])
        if summary is None and not found and _is_summary(line, title):
            summary = line
        has_text = has_text or (line not in title and _LETTER_OR_DIGIT.search(line) is not None)
    return Stated(published(dates), views, summary, has_text)


def is_date_name(names: str) -> bool:
    """Tell whether a class is that of a date."""
    return _DATE_NAME.search(names) is not None


def _lines(content: Sequence[Node], skipped: HtmlElement | None) -> Iterator[list[str]]:
    """Yield the lines of a row that hold text, each as the cleaned texts of its parts."""
    line: list[str] = []
    part = ""
    texts = (text for node in content for text in _texts_of(node, skipped))
    for text in (*islice(texts, _TEXTS_MAX), _LINE_END):
        if text not in (_LINE_END, _PART_END):
            part += text
            continue
        if cleaned := clean(part):
            line.append(cleaned)
        part = ""
        if text == _LINE_END and line:
            yield line
            line = []


def _texts_of(node: Node, skipped: HtmlElement | None) -> Iterator[str]:
    """Yield the visible texts of an element in order, with ends of lines and of parts of lines."""
    if isinstance(node, str):
        yield node
        return
    walk = etree.iterwalk(node, events=("start", "end"))
    for event, element in walk:
        end = _end_of(element)
        if end:
            yield end
        if event == "end":
            if element is not node and element.tail:
                yield element.tail
        elif element is skipped or _is_unread(element):
            walk.skip_subtree()
        elif element.text:
            yield element.text


def _is_unread(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _UNREAD_TAGS or element.get("hidden") is not None:
        return True
    if _DURATION_NAME.search(element.get("class") or ""):
        return True
    # A time with its zone says more than what is shown, which may be in another zone.
    is_stamped = element.tag == "time" and _ZONED.search(element.get("datetime") or "") is not None
    return is_stamped or _HIDDEN.search(element.get("style") or "") is not None


def _end_of(element: HtmlElement) -> str | None:
    """Return what ends before and after the element; None if it is inside running text."""
    if not isinstance(element.tag, str):
        return None
    if element.tag not in _INLINE_TAGS:
        return _LINE_END
    is_icon = not len(element) and not (element.text or "").strip()
    if is_icon or element.tag == "time" or is_date_name(element.get("class") or ""):
        return _PART_END
    before, parent = element.getprevious(), element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    is_running = _LETTER.search(text or "") or _LETTER.search(element.tail or "")
    return None if is_running else _PART_END


def _stamped(content: Sequence[Node], skipped: HtmlElement | None) -> Iterator[RowDate]:
    """Yield the dates in attributes for machines: of `<time>`, and of `datePublished`."""
    for node in content:
        for element in () if isinstance(node, str) else islice(node.iter("time", "meta"), _STAMPS_MAX):
            names = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
            line = element.get("datetime") if element.tag == "time" else element.get("content")
            is_stamp = element is not skipped and (element.tag == "time" or "datepublished" in names)
            if is_stamp and line and (moment := parse_moment(line[:_STAMP_CHARACTERS_MAX])):
                is_published = "publish" in names
                yield RowDate(moment, is_published, not is_published and ("updat" in names or "modif" in names))


def _is_summary(line: str, title: str) -> bool:
    is_long = count_words(line) >= _SUMMARY_WORDS_MIN and len(line) <= _SUMMARY_CHARACTERS_MAX
    return is_long and line not in title and title not in line
