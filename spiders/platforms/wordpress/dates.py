"""Dates of a post on WordPress: of its publication and of its last change.

Belongs here: reading `<time>` elements and marked lines that were collected from a post. Does not belong here: finding
them (`spiders.platforms.wordpress.marks`), or choosing among them (`spiders.platforms.parts.dating`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Final, TypeAlias

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.assembly import dates_in
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import has_class, text_of
from spiders.platforms.wordpress import marks
from warehouse.text.dates import Moment
from warehouse.text.normal import clean, count_words

Marked: TypeAlias = Mapping[str, list[HtmlElement]]
"""The elements of a post, by part."""

_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}(?: (?:sáng|trưa|chiều|tối|am|pm))?", re.IGNORECASE)
_DATE_WORDS_MAX: Final = 24
_INSIDE_MAX: Final = 40


def _times(marked: Marked) -> list[HtmlElement]:
    return sorted(marked["time"], key=lambda time: not marks.PUBLISHED.search(time.get("class") or ""))


def dates(page: Page, marked: Marked, *, is_modified: bool) -> Iterator[Candidate]:
    """Yield the dates of publication, or of the last change, from `<time>` and from marked lines."""
    for time in _times(marked):
        if marks.is_modified(time) is is_modified:
            yield from _dates_of_time(time, page)
    for element in marked["date"]:
        if element.tag == "time" or marks.is_modified(element) is not is_modified or _holds_dates(element):
            continue
        text = text_of(element)
        stated = element.get("title") if element.tag == "abbr" else None
        if count_words(text) <= _DATE_WORDS_MAX:
            yield from dates_in("template", page, stated, f"{text} {_clock(element, marked)}")


def _clock(element: HtmlElement, marked: Marked) -> str:
    """Return the time beside a date: a tooltip in Twenty Ten, an item of its own in Elementor."""
    outer = element.getparent()
    tooltip = (outer.get("title") or "") if outer is not None and outer.tag == "a" else ""
    texts = (clean(tooltip), *map(text_of, marked["clock"]))
    return next((text for text in texts if _CLOCK.fullmatch(text)), "")


def _holds_dates(element: HtmlElement) -> bool:
    """Tell whether an inner element holds the date, which is then collected itself."""
    inside = islice(element.iterdescendants(), _INSIDE_MAX)
    return any(each.tag == "time" or has_class(each, marks.DATES) for each in inside)


def _dates_of_time(time: HtmlElement, page: Page) -> tuple[Candidate, ...]:
    """Return the date of a `<time>`, and both if the visible one and the machine-readable one differ.

    They do not differ if the visible date is the day that the machine-readable value states in its own offset.
    """
    stated = clean(time.get("datetime") or time.get("title") or "")
    shown = dates_in("template", page, text_of(time))
    machine = dates_in("template" if shown else "time_element", page, stated)
    if not shown or not machine:
        return shown or machine
    is_one_day = shown[0].moment.day.isoformat() == stated[:10] or shown[0].moment.is_reckoned
    if shown[0].moment.precision != "day" and not shown[0].moment.is_reckoned:
        return shown
    return machine if is_one_day else (*shown, Candidate(machine[0].moment, "time_element"))


def updated(page: Page, marked: Marked, published: Moment | None) -> Moment | None:
    """Return the last change; None unless it is later than the publication."""
    shown = (each.moment for each in dates(page, marked, is_modified=True))
    declared = read_metadata(page).updated
    changes = chain(shown, (declared,) if declared else ())
    return next((change for change in changes if published is None or change.at > published.at), None)
