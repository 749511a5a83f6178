"""Article pages of an unknown CMS: whether a page is an article, and its parts.

Belongs here: date, byline, section, tags and counters. Does not belong here: locating headline, text and elements
with semantic hints (`spiders.platforms.generic.locate`), URLs and lists (`spiders.platforms.generic.platform`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page
from spiders.platforms.generic.headline import is_article_title
from spiders.platforms.generic.locate import LINE_WORDS_MAX, Found, find_article
from spiders.platforms.generic.main_text import is_row
from spiders.platforms.parts.assembly import Marked, assemble, view_count, without_view_count
from spiders.platforms.parts.bylines import byline_from, is_name
from spiders.platforms.parts.dating import Candidate, date_in_url
from spiders.platforms.parts.metadata import Declared
from spiders.platforms.parts.selectors import ancestors, descendants, select, spaced_text, text_of
from spiders.platforms.parts.urls import absolute, base_of, is_attachment
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import count_words, normal_form, unaccented

_BYLINE_WORDS_MAX: Final = 14
_TAGS_MAX: Final = 30
_TAG_WORDS_MAX: Final = 10
_SECTION_WORDS_MAX: Final = 10
_CRUMB_WORDS_MAX: Final = 3  # an article's short title has more
_ABOVE_MAX: Final = 6

_HOME_STEPS: Final = frozenset(("trang chủ", "trang nhất", "home", "trang chu", "bạn đang ở:", ""))
_PLACES: Final = frozenset(("ha noi", "viet nam", "thu do"))  # place names before a date
_UPDATED: Final = re.compile(r"\b(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b|modified|updated", re.IGNORECASE)
# `Đăng lúc: … | Cập nhật lúc: …` on one line.
_BEFORE_UPDATED: Final = re.compile(r"(?=(?:lần )?(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b)", re.IGNORECASE)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECTION_LABEL: Final = re.compile(r"(?:Chuyên mục|Mục|Danh mục|Thể loại)\s*:\s*(?=\S)", re.IGNORECASE)
_BARE_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]?\d{3}){0,3}")
_NOT_ARTICLE_TITLE: Final = re.compile(
    r"không (?:tìm thấy|tồn tại)|not found|\b404\b|kết quả tìm kiếm|^tìm kiếm\b", re.IGNORECASE
)
_PRECEDING: Final = select("preceding::*")
_LINES: Final = frozenset(("div", "p", "li", "span", "td", "dd", "small", "ul", "i", "em", "time", "font"))

_ROWS_MIN: Final = 3
_WORDS_PER_ROW: Final = 40
_ARTICLE_WORDS_MIN: Final = 20
_NOTICE_WORDS_MIN: Final = 8
_SUMMARY_WORDS_MAX: Final = 100
_HEADLINE_WORDS_MIN: Final = 8
_H1_WORDS_MIN: Final = 6


def is_article(page: Page, *, has_article_url: bool) -> bool:
    """Tell whether the page is a single article, by its headline, text and number of list rows.

    If its URL does not look like an article's, the page must declare itself an article, have a date, or have a headline
    that is long, agrees with the metadata or has a title class. Static pages have none of these.
    """
    found = find_article(page)
    title = found.headline.text
    if not title or _NOT_ARTICLE_TITLE.search(title):
        return False
    words = sum(count_words(block.text) for block in found.blocks if block.link_density < 0.5)
    rows = sum(1 for block in found.blocks if is_row(block))
    if rows >= _ROWS_MIN and words < _WORDS_PER_ROW * rows:
        return False
    heading = found.headline.element
    if heading is not None and found.is_row_summary and words < _SUMMARY_WORDS_MAX and not found.headline.is_sure:
        return False
    if found.declared.is_article:
        return words > 0
    if heading is None:
        return has_article_url and bool(found.declared.titles) and words >= _ARTICLE_WORDS_MIN
    words_min = _H1_WORDS_MIN if heading.tag == "h1" else _HEADLINE_WORDS_MIN
    is_titled = found.headline.is_sure or is_article_title(heading) or count_words(title) >= words_min
    if not (has_article_url or is_titled or _is_dated(page, found)):
        return False
    text_words_min = _NOTICE_WORDS_MIN if found.headline.is_sure else _ARTICLE_WORDS_MIN
    return words + count_words(found.lead or "") >= text_words_min or _has_files(page, found)


def article_parts(page: Page) -> ArticleParts:
    """Return the parts of an article page."""
    found = find_article(page)
    declared, hints = found.declared, found.hints
    lines = list(dict.fromkeys(_lines(found.between)))
    shown, updated = _dates(page, found, lines)
    url_date = date_in_url(page.url)
    marked = Marked(
        title=found.headline.text,
        bodies=(),
        blocks=found.blocks,
        lead=found.lead,
        dates=(*shown, *declared.published, *([Candidate(url_date, "url")] if url_date else [])),
        byline=_author(page, found),
        source=[each for each in hints.get("source", ()) if count_words(text_of(each)) <= LINE_WORDS_MAX],
        section=_section(page, found, lines),
        tags=declared.tags or _tags(hints.get("tags", ())),
        updated=_more_precise(updated, declared.updated),
        view_count=_views(lines, (*hints.get("views", ()), *hints.get("author", ()))),
        files=(*hints.get("files", ()), *found.below),
    )
    return assemble(page, marked)


def _lines(between: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield the short lines between headline and text, which may contain date and view count."""
    for element in between:
        if element.tag in _LINES or not len(element):
            text = spaced_text(element)
            if text and count_words(text) <= LINE_WORDS_MAX:
                yield text


def _dates(page: Page, found: Found, lines: Sequence[str]) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return the publication dates near the headline, and the labelled modification date or None."""
    marked = found.hints.get("date", ())
    short = [text for element in marked if count_words(text := spaced_text(element)) <= LINE_WORDS_MAX]
    published, updated = _dates_in_lines((*lines, *short), page)
    for element in marked:
        if moment := parse_moment(_machine_date(element), seen_at=page.captured_at):
            if _UPDATED.search(_context_of(element)):
                updated.insert(0, moment)
            else:
                published.append(Candidate(moment, "time_element"))
    if not published:
        published, _ = _dates_in_lines(_lines_above(found), page)
    if not published and updated:
        # If a CMS shows only a modification date, use that as the publication date.
        return (Candidate(updated[0], "date_line"),), None
    return tuple(published), updated[0] if updated else None


def _machine_date(element: HtmlElement) -> str:
    """Return the element's machine-readable date: `datetime`, or an ISO date in `title`; else empty."""
    title = element.get("title") or ""
    return element.get("datetime") or (title if _ISO.match(title) else "")


def _dates_in_lines(lines: Sequence[str], page: Page) -> tuple[list[Candidate], list[Moment]]:
    """Return the publication and the modification dates in the lines."""
    published: list[Candidate] = []
    updated: list[Moment] = []
    for part in (part for line in lines for part in _BEFORE_UPDATED.split(line)):
        if moment := parse_moment(part, seen_at=page.captured_at):
            if _UPDATED.search(part):
                updated.append(moment)
            else:
                published.append(Candidate(moment, "date_line"))
    return published, updated


def _lines_above(found: Found) -> list[str]:
    """Return the short lines directly above the headline, those with a date hint first."""
    heading = found.headline.element
    near = list(reversed(_PRECEDING(heading)[-_ABOVE_MAX:])) if heading is not None else []
    lines = (spaced_text(element) for element in (*found.hints.get("date_above", ()), *near))
    return [line for line in lines if count_words(line) <= LINE_WORDS_MAX]


def _is_dated(page: Page, found: Found) -> bool:
    shown, _ = _dates(page, found, list(_lines(found.between)))
    return bool(shown or found.declared.published)


def _context_of(element: HtmlElement) -> str:
    outer = element.getparent()
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return f"{names} {text_of(element)} {(outer.text or '') if outer is not None else ''}"


def _more_precise(shown: Moment | None, declared: Moment | None) -> Moment | None:
    """Return the visible date; the declared one if none is visible, or only its day without a time."""
    is_same = shown and declared and shown.precision == "day" and shown.day == declared.day
    return declared if shown is None or is_same else shown


def _author(page: Page, found: Found) -> str | None:
    hinted = _author_hinted(found.hints.get("author", ()))
    return hinted or _author_beside_date(found) or _author_declared(page, found.declared)


def _author_hinted(elements: Sequence[HtmlElement]) -> str | None:
    holders = {holder for element in elements for holder in ancestors(element)}
    for element in elements:
        if element.tag == "meta" or element in holders:
            continue  # one of its descendants contains the name without the surrounding words
        text = without_view_count(spaced_text(element))
        if 0 < count_words(text) <= _BYLINE_WORDS_MAX and not parse_moment(text) and (name := byline_from(text)):
            return name
    return None


def _author_beside_date(found: Found) -> str | None:
    """Return the name in an element directly before a date: `<span>Hương Ly</span> 07:15 ngày 8/11/2024`."""
    for element in found.between:
        first = element[0] if len(element) and not (element.text or "").strip() else None
        if first is not None and isinstance(first.tag, str) and parse_moment(first.tail or ""):
            name = text_of(first)
            if is_name(name) and unaccented(name) not in _PLACES:
                return name
    return None


def _author_declared(page: Page, declared: Declared) -> str | None:
    """Return the declared author if the page shows the name too; otherwise it may be a user account."""
    name = byline_from(declared.author)
    if name is None or re.search(r"[/@\d]", name):
        return None
    return name if normal_form(name) in normal_form(str(page.tree.text_content())) else None


def _section(page: Page, found: Found, lines: Sequence[str]) -> str | None:
    """Return the last breadcrumb before the article itself, else a category name, else the declared one."""
    title = normal_form(found.headline.text or "").casefold()
    slug = unaccented(urlsplit(page.url).path.rpartition("/")[2])
    for element in (*found.hints.get("crumbs", ()), *found.hints.get("section", ())):
        steps = [
            text_of(step).strip(" ›»/>|:")
            for step in descendants(element, "a", "span", "li", "td", "p")
            if not len(step)
        ]
        known = [
            _SECTION_LABEL.sub("", step)
            for step in steps or [text_of(element)]
            if (key := normal_form(step).casefold()) not in _HOME_STEPS and key != title
        ]
        is_title = len(known) > 1 and count_words(known[-1]) > _CRUMB_WORDS_MAX
        if is_title and "-".join(unaccented(known[-1]).split()) in slug:
            known.pop()  # the article itself, under a shorter title
        if known and count_words(known[-1]) <= _SECTION_WORDS_MAX:
            return known[-1]
    labelled = next((label for line in lines if (label := _SECTION_LABEL.match(line))), None)
    return labelled.string[labelled.end() :] if labelled else found.declared.section


def _tags(elements: Sequence[HtmlElement]) -> tuple[str, ...]:
    """Return the tags in the first hinted container that has some, or else the hinted links."""
    links = [element for element in elements if element.tag == "a"]
    for group in (*([element] for element in elements if element.tag != "a"), links):
        texts = [text_of(link).strip("#, ;") for element in group for link in descendants(element, "a")][:_TAGS_MAX]
        if tags := [text for text in texts if 0 < count_words(text) <= _TAG_WORDS_MAX]:
            return tuple(dict.fromkeys(tags))
    return ()


def _views(lines: Sequence[str], hinted: Sequence[HtmlElement]) -> int | None:
    """Return the view count from a line with a label, or else the bare number of a hinted element."""
    counts = (view_count(line) for line in (*lines, *(spaced_text(element) for element in hinted)))
    if (seen := next((views for views in counts if views is not None), None)) is not None:
        return seen
    bare = (_BARE_NUMBER.fullmatch(text_of(element)) for element in hinted)
    return next((int(re.sub(r"\D", "", number[0])) for number in bare if number), None)


def _has_files(page: Page, found: Found) -> bool:
    base = base_of(page)
    hrefs = [href for block in found.blocks for href, _ in block.links]
    hrefs += [link.get("href") or "" for element in found.hints.get("files", ()) for link in descendants(element, "a")]
    return any((url := absolute(base, href)) and is_attachment(url) for href in hrefs)
