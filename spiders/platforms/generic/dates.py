"""The dates of publication and modification that a page of an unknown CMS shows around its article.

Belongs here: which visible and machine-readable dates are the article's, and which of the two each is. Does not belong
here: metadata (`spiders.platforms.parts.metadata.reader`), choosing among the dates (`spiders.platforms.parts.dating`).

Not the article's are the site's clock, dates of other articles' rows, dates in sentences (of events), and dates with
another label (`Ngày ban hành`, `Hạn nộp hồ sơ`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.locate import LINE_WORDS_MAX, Found, find_article
from spiders.platforms.generic.semantic_hints import is_own_date, is_within, label_before
from spiders.platforms.generic.site_frame import is_frame, is_in_site_frame, is_site_clock
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.selectors import ancestors, descendants, select, spaced_text
from warehouse.clock import HANOI_TIME
from warehouse.text.clocks import CLOCK
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, count_words

_ABOVE_MAX: Final = 6
_BELOW_MAX: Final = 60
_CHILDREN_MAX: Final = 100
_ROWS_MIN: Final = 3
_PRECEDING: Final = select("preceding::*")
_LAST: Final = select(f"descendant::*[position()>last()-{_BELOW_MAX}]")
_LINE_TAGS: Final = frozenset(("div", "p", "li", "span", "td", "dd", "small", "ul", "i", "em", "time", "font"))
_PAGE_TAGS: Final = frozenset(("body", "html", "form"))  # old CMSs wrap whole pages in a form
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

_UPDATE_WORDS: Final = r"(?:lần )?(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)|(?:last )?(?:modified|updated|edited)"
_UPDATED: Final = re.compile(rf"\b(?:{_UPDATE_WORDS})\b|dateModified", re.IGNORECASE)
_PUBLISHED_WORDS: Final = re.compile(r"\b(?:đăng(?! (?:ký|kí|nhập))|xuất bản|posted|published)\b", re.IGNORECASE)
_HAS_DATE: Final = re.compile(r"\d{2}")  # the label of the date before
_PUBLISHED_NAME: Final = re.compile(
    r"publish(?!er)|posted|pub-?date|post-?(?:date|time|on)|ngay-?dang|(?:article|news|entry|detail)-?(?:date|time)",
    re.IGNORECASE,
)
# `Đăng lúc: … | Cập nhật lúc: …` on one line, in either order.
_BEFORE_LABEL: Final = re.compile(
    rf"(?=\b(?:{_UPDATE_WORDS})\b)|"
    r"(?<=[\d|;•·–-])\s+(?=(?:ngày |thời gian )?(?:đăng(?! (?:ký|kí|nhập))|xuất bản|posted|published)\b)",
    re.IGNORECASE,
)
_OTHER_LABEL: Final = re.compile(
    r"\b(?:ban hành|hiệu lực|hết hạn|hạn (?:nộp|chót|cuối|nhận|đăng ký)|thời hạn|bắt đầu|kết thúc|ngày ký|khai mạc|"
    r"bế mạc|diễn ra|khởi công|ngày sinh|sinh ngày|ngày họp|"
    r"deadline|due|expir\w+|effective|starts?|ends?|event|born)\b",
    re.IGNORECASE,
)
_OTHER_NAME: Final = re.compile(
    r"(?:^|[\s_-])(?:event|start|end|due|deadline|expir\w*|birth|ban-?hanh|hieu-?luc|het-?han|han-?nop|su-?kien)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(CLOCK)
_TIME_LABEL: Final = re.compile(r"(?:thời gian|time)\s*:", re.IGNORECASE)
_PLACE_LABEL: Final = re.compile(r"(?:địa điểm|nơi tổ chức|place|venue)\s*:", re.IGNORECASE)
_CAPTION_NAME: Final = re.compile(r"caption|chu-?thich", re.IGNORECASE)
# Dates of events: `Sáng 12/10/2024, xã họp`. A date line has a time after such a word, or none.
_PART_OF_DAY: Final = re.compile(r"(?<!\d )\b(?:sáng|trưa|chiều|tối|đêm)(?: ngày)? \d{1,2} ?[/.-]", re.IGNORECASE)
_SEGMENTS: Final = re.compile(r"\s[-–—]\s|[|•·]")
_DATE_WORD: Final = re.compile(
    r"(?:thứ|hai|ba|tư|năm|sáu|bảy|bẩy|chủ|nhật|ngày|tháng|đăng|cập|lúc|vào|xuất|bản|giờ|phút|gmt|utc|sa|ch|sáng|chiều|"
    r"tối|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:jan|febr)uary|march|april|may|june|july|august|"
    r"(?:septem|octo|novem|decem)ber|[ap]m|posted|published|updated|last|on|at|by|[^\W\d]*\d\w*|[\W_]+)",
    re.IGNORECASE,
)
_HALF_OF_DAY: Final = re.compile(r"\b[ap]\.m\.", re.IGNORECASE)
_SENTENCE_ENDS: Final = (".", "!", "?", "…", ";")
_EVENT_WORDS_MIN: Final = 3
_LABEL_WORDS_MAX: Final = 3
_CAPTION_DEPTH: Final = 2
_OTHER_WORDS_MAX: Final = 8  # of a name or an office beside the date
_SENTENCE_WORDS_MIN: Final = 12


class Dates(NamedTuple):
    """The dates of an article.

    Attributes:
        published: in order of trust; a modification date if the page shows no other.
        updated: the modification date; None if there is none, or it is among `published`.
    """

    published: tuple[Candidate, ...]
    updated: Moment | None


# Cached for one page: detecting and reading an article both need it.
@lru_cache(1)
def read_dates(page: Page) -> Dates:
    """Return the dates beside the headline, or else those above it and the labelled ones below the text."""
    found = find_article(page)
    times = (element for element in (*found.between, *found.bars) if element.tag == "time")
    marked = list(dict.fromkeys((*found.hints.get("date", ()), *times)))
    lines = [*lines_between(page), *lines_in(found.bars), *_short(marked)]
    if found.headline.element is None and found.scope is not None and _is_page(found.scope.getparent()):
        # What stands above the text may as well be the site's clock.
        lines = [each for each in lines if _is_labelled(*each)]
    published, updated = _dates_in_lines(_without_rows(_own(lines, page, found), page), page)
    for element in marked:
        machine = parse_moment(_machine_date(element), seen_at=page.captured_at)
        if machine and not _is_in_sentence(element) and not _is_of_site(element, "", page, found):
            if _is_update(element, spaced_text(element)):
                updated.insert(0, machine)
            elif not _OTHER_LABEL.search(label_before(element)):
                basis = "microdata" if element.get("itemprop") else "time_element"
                published = [each for each in published if not _is_same_in_other_zone(each.moment, machine, element)]
                published.append(Candidate(machine, basis))
    if not published:
        below, updated_below = _dates_in_lines(_own(_lines_below(found), page, found), page)
        above, _ = _dates_in_lines(_own(_lines_above(found, page), page, found), page)
        published, updated = [*above, *below], [*updated, *updated_below]
    if published or not updated:
        return Dates(tuple(published), updated[0] if updated else None)
    # Many CMSs write `Cập nhật` and mean the publication; before a declared publication there is no update.
    declared = [each.moment.day for each in found.declared.published]
    if declared and updated[0].day >= min(declared):
        return Dates((), updated[0])
    return Dates((Candidate(updated[0], "date_line", is_update=not declared),), None)


# Cached for one page: dates, author and view count are looked for in the same lines.
@lru_cache(1)
def lines_between(page: Page) -> Sequence[tuple[HtmlElement, str]]:
    """Return the short lines between headline and text."""
    return tuple(lines_in(find_article(page).between))


def lines_in(elements: Iterable[HtmlElement]) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the short lines among the elements, which may contain date and view count."""
    for element in elements:
        if element.tag in _LINE_TAGS or not len(element):
            text = spaced_text(element)
            if text and count_words(text) <= LINE_WORDS_MAX:
                yield element, text


def _short(elements: Iterable[HtmlElement]) -> Iterator[tuple[HtmlElement, str]]:
    for element in elements:
        if count_words(text := spaced_text(element)) <= LINE_WORDS_MAX:
            yield element, text


def _own(lines: Iterable[tuple[HtmlElement, str]], page: Page, found: Found) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the lines that may be the article's date line, each for the innermost element with its text."""
    kept: dict[HtmlElement, str] = {}
    last: dict[str, HtmlElement] = {}
    for element, text in dict(lines).items():
        if (outer := last.get(text)) is not None and outer in ancestors(element):
            del kept[outer]
        kept[element] = text
        last[text] = element
    for element, text in kept.items():
        if not parse_moment(text, seen_at=page.captured_at) or (found.lead is not None and text in found.lead):
            continue
        if _OTHER_NAME.search(element.get("class") or "") or _is_in_caption(element):
            continue
        if is_own_date(element, found.scope, is_below=False) and not _is_of_site(element, text, page, found):
            yield element, text


def _is_in_caption(element: HtmlElement) -> bool:
    holders = (element, *islice(ancestors(element), _CAPTION_DEPTH))
    return any(
        holder.tag in ("figure", "figcaption") or _CAPTION_NAME.search(holder.get("class") or "") for holder in holders
    )


def _without_rows(lines: Iterable[tuple[HtmlElement, str]], page: Page) -> Iterator[tuple[HtmlElement, str]]:
    """Drop the lines of elements that repeat with other days: rows with a date each."""
    kept = list(lines)
    days: dict[tuple[object, str | None], set[date]] = {}
    for element, text in kept:
        if moment := parse_moment(text, seen_at=page.captured_at):
            days.setdefault((element.tag, element.get("class")), set()).add(moment.day)
    rows = {kind for kind, stated in days.items() if len(stated) >= _ROWS_MIN}
    yield from (each for each in kept if (each[0].tag, each[0].get("class")) not in rows)


def _is_of_site(element: HtmlElement, text: str, page: Page, found: Found) -> bool:
    """Tell whether a date stands in the site's header or footer, or is its clock."""
    above = set(ancestors(element)) if found.scope is None else {found.scope, *ancestors(found.scope)}
    if (heading := found.headline.element) is not None:
        above |= set(ancestors(heading))
    return is_in_site_frame(element, above) or is_site_clock(element, text, page)


def _dates_in_lines(lines: Iterable[tuple[HtmlElement, str]], page: Page) -> tuple[list[Candidate], list[Moment]]:
    """Return the publication and the modification dates in the lines."""
    published: list[tuple[HtmlElement, Moment]] = []
    updated: list[tuple[HtmlElement, Moment]] = []
    for element, line in lines:
        for part in _parts(element, line):
            label = label_before(element) if line.startswith(part) else ""
            moment = parse_moment(part, seen_at=page.captured_at)
            if moment is None or _OTHER_LABEL.search(f"{label} {part}") or _is_time_of_event(element, part):
                continue
            moment = _with_clock_in_title(moment, element, part)
            is_update = _UPDATED.search(part) or (line == part and _is_update(element, part))
            (updated if is_update else published).append((element, moment))
    # A line may contain an element whose name alone says that its date is one of modification.
    around = {(holder, moment.at) for element, moment in updated for holder in ancestors(element)}
    candidates = [Candidate(moment, "date_line") for element, moment in published if (element, moment.at) not in around]
    return candidates, [moment for _, moment in updated]


def _with_clock_in_title(moment: Moment, element: HtmlElement, text: str) -> Moment:
    """Return the moment with the time from the title of the link around the date.

    Old WordPress themes write it there.
    """
    outer = element.getparent()
    title = outer.get("title") or "" if outer is not None and moment.precision == "day" else ""
    return (parse_moment(f"{text} {title}") or moment) if _CLOCK.fullmatch(title.lower()) else moment


def _is_time_of_event(element: HtmlElement, text: str) -> bool:
    """Tell whether it is the time of an event with a place: `Thời gian: …`, `Địa điểm: …`."""
    outer = element.getparent()
    if outer is None or not _TIME_LABEL.match(text):
        return False
    return _PLACE_LABEL.search(spaced_text(outer)) is not None


def _parts(element: HtmlElement, line: str) -> Iterator[str]:
    """Yield the parts of a line that may be a date line: each date with its label."""
    parts = [part for part in _BEFORE_LABEL.split(line) if not _is_sentence(part)]
    if any(any(each.isdigit() for each in part) for part in parts):
        yield from parts
        return
    # A date beside a subtitle, with its label before it.
    texts = [text for each in islice(element.itertext(), LINE_WORDS_MAX) if (text := clean(each))]
    for before, text in zip(("", *texts), texts, strict=False):
        part = f"{before} {text}" if count_words(before) <= _LABEL_WORDS_MAX else text
        if not _is_sentence(part):
            yield part


def _is_sentence(line: str) -> bool:
    """Tell whether a line speaks of a date and is no date line: it has many other words beside the date."""
    for segment in _SEGMENTS.split(_HALF_OF_DAY.sub("", line)):
        if not any(each.isdigit() for each in segment):
            continue
        others = _other_words(segment)
        is_event = segment.rstrip().endswith(_SENTENCE_ENDS) or _PART_OF_DAY.search(segment)
        if others > _OTHER_WORDS_MAX or (is_event and others >= _EVENT_WORDS_MIN):
            return True
    return False


def _other_words(text: str) -> int:
    """Return the number of words that are no part of a date or its label."""
    return sum(1 for word in text.split() if not _DATE_WORD.fullmatch(word.strip(",.:;()[]")))


def _is_in_sentence(element: HtmlElement) -> bool:
    """Tell whether the element stands among the words of a paragraph.

    An example is `… khai mạc <time>20/12</time> tại …`.
    """
    outer = element.getparent()
    if outer is None:
        return False
    beside = [outer.text, *(child.tail for child in islice(outer, LINE_WORDS_MAX))]
    return sum(count_words(text) for text in beside if text) >= _SENTENCE_WORDS_MIN


def _is_update(element: HtmlElement, text: str) -> bool:
    """Tell whether the date is one of modification.

    The label in or before the element tells it, or the element's names.
    """
    label = label_before(element)
    if any(_UPDATED.search(words) for words in (text, "" if _HAS_DATE.search(label) else label)):
        return True
    if _PUBLISHED_WORDS.search(text):
        return False
    # WordPress: `entry-date published updated` if the article was never changed.
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return _UPDATED.search(names) is not None and not _PUBLISHED_NAME.search(names)


def _machine_date(element: HtmlElement) -> str:
    """Return the element's machine-readable date; empty if it has none.

    It is `datetime`, microdata, or an ISO date in `title`.
    """
    title = element.get("title") or ""
    stated = element.get("datetime") or (element.get("content") if element.get("itemprop") else None)
    return stated or (title if _ISO.match(title) else "")


def _is_same_in_other_zone(shown: Moment, machine: Moment, element: HtmlElement) -> bool:
    """Tell whether the element shows its own date in the zone of the server, where it is another day."""
    is_other_day = shown.precision == "day" and shown.day != machine.day
    return is_other_day and _machine_date(element).startswith(shown.day.isoformat())


def _lines_above(found: Found, page: Page) -> list[tuple[HtmlElement, str]]:
    """Return the short lines directly above the headline, those with a date hint first.

    They must be inside the element of headline and text, or have the name of a date of publication. If that element is
    the whole page, only a date right beside the headline that is not the day of the capture is told from a clock.
    """
    heading, scope = found.headline.element, found.scope
    if heading is None or scope is None:
        return []
    is_page = _is_page(scope)
    near = list(reversed(_PRECEDING(heading)[-_ABOVE_MAX:]))
    above = {heading, *ancestors(heading)}
    before = _before(heading, scope)
    hinted = found.hints.get("date_above", ())
    today = page.captured_at.astimezone(HANOI_TIME).date() if page.captured_at else None

    def is_beside(element: HtmlElement, text: str) -> bool:
        if _is_labelled(element, text):
            return True
        moment = parse_moment(text, seen_at=page.captured_at)
        if moment is None or (element not in hinted and moment.precision == "day" and _other_words(text)):
            return False  # `Kỷ niệm 20/10/2026`
        if not is_page:
            return scope in ancestors(element)
        return before in (element, *ancestors(element)) and not _other_words(text) and moment.day != today

    lines = _short((*hinted, *near))
    return [(each, text) for each, text in lines if is_beside(each, text) and is_within(each, None, above)]


def _is_page(scope: HtmlElement | None) -> bool:
    """Tell whether the element of headline and text is the whole page.

    Such an element holds the site's header, menu or footer.
    """
    if scope is None:
        return True
    children = (child for child in islice(scope, _CHILDREN_MAX) if isinstance(child.tag, str))
    return scope.tag in _PAGE_TAGS or any(is_frame(child) for child in children)


def _is_labelled(element: HtmlElement, text: str) -> bool:
    """Tell whether the element's name or words say that it is a date of publication."""
    return bool(_PUBLISHED_NAME.search(element.get("class") or "") or _PUBLISHED_WORDS.search(text))


def _before(heading: HtmlElement, scope: HtmlElement) -> HtmlElement | None:
    """Return the element directly before the headline."""
    for holder in (heading, *ancestors(heading)):
        if holder is scope:
            return None
        if (before := holder.getprevious()) is not None:
            return before
    return None


def _lines_below(found: Found) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the labelled lines after the text.

    They are at the end of the article's element, or directly after the text.
    """
    if found.scope is None:
        return
    boxes = [box for box in found.below if isinstance(box.tag, str)]
    inside = [element for box in boxes for element in islice(descendants(box, "*"), _BELOW_MAX)]
    for element, text in lines_in((*_LAST(found.scope), *inside)):
        if is_within(element, found.scope, set()) and is_own_date(element, found.scope, is_below=True):
            yield element, text
