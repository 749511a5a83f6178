"""An article on a page of an unknown system: what it declares about itself, and what stands where on it.

Here: date, byline, section, tags and counters, and whether a page shows an article at all. Not here: the
places where these stand (`spiders.platforms.generic.places`), addresses and lists
(`spiders.platforms.generic.platform`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page
from spiders.platforms.generic.headline import is_article_title
from spiders.platforms.generic.main_text import is_row
from spiders.platforms.generic.places import LINE_WORDS_MAX, Found, find_article
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment
from spiders.platforms.parts.assembly import Marked, assemble, view_count, without_view_count
from spiders.platforms.parts.bylines import byline_from, is_name
from spiders.platforms.parts.dating import Candidate, date_in_url
from spiders.platforms.parts.metadata import Declared
from spiders.platforms.parts.selectors import around, below, select, spaced_text, text_of
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import count_words, normal_form, unaccented

_BYLINE_WORDS_MAX: Final = 14
_TAGS_MAX: Final = 30
_TAG_WORDS_MAX: Final = 10
_SECTION_WORDS_MAX: Final = 10
_CRUMB_WORDS_MAX: Final = 3  # an article's shorter name has more
_ABOVE_MAX: Final = 6

_HOME_STEPS: Final = frozenset(("trang chủ", "trang nhất", "home", "trang chu", "bạn đang ở:", ""))
_PLACES: Final = frozenset(("ha noi", "viet nam", "thu do"))  # what stands before a date and is no name of a person
_UPDATED: Final = re.compile(r"\b(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b|modified|updated", re.IGNORECASE)
# `Đăng lúc: … | Cập nhật lúc: …` on one line.
_BEFORE_UPDATED: Final = re.compile(r"(?=(?:lần )?(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b)", re.IGNORECASE)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECTION_LABEL: Final = re.compile(r"(?:Chuyên mục|Mục|Danh mục|Thể loại)\s*:\s*(?=\S)", re.IGNORECASE)
_BARE_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]?\d{3}){0,3}")
_NO_PAGE: Final = re.compile(
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


def is_article(page: Page, *, is_addressed: bool) -> bool:
    """Tell whether the page shows one article, by its headline and text and by how many other pages it lists.

    Args:
        page: is not altered.
        is_addressed: whether its address is one that articles have. Otherwise the page must declare itself an article,
            show a date, or have a headline of some length or name: offices' own pages have none of it.
    """
    found = find_article(page)
    title = found.headline.text
    if not title or _NO_PAGE.search(title):
        return False
    words = sum(count_words(block.text) for block in found.blocks if block.linked < 0.5)
    rows = sum(1 for block in found.blocks if is_row(block))
    if rows >= _ROWS_MIN and words < _WORDS_PER_ROW * rows:
        return False
    heading = found.headline.element
    if heading is not None and found.is_led_by_row and words < _SUMMARY_WORDS_MAX and not found.headline.is_sure:
        return False
    if found.declared.is_article:
        return words > 0
    if heading is None:
        return is_addressed and bool(found.declared.titles) and words >= _ARTICLE_WORDS_MIN
    words_min = _H1_WORDS_MIN if heading.tag == "h1" else _HEADLINE_WORDS_MIN
    is_titled = found.headline.is_sure or is_article_title(heading) or count_words(title) >= words_min
    if not (is_addressed or is_titled or _is_dated(page, found)):
        return False
    words += count_words(found.lead or "")
    return (
        words >= _ARTICLE_WORDS_MIN
        or (found.headline.is_sure and words >= _NOTICE_WORDS_MIN)
        or _has_files(page, found)
    )


def article_parts(page: Page) -> ArticleParts:
    """Return the parts of an article page."""
    found = find_article(page)
    declared, named = found.declared, found.named
    lines = list(dict.fromkeys(_lines(found.between)))
    shown, updated = _dates(page, found, lines)
    in_address = date_in_url(page.url)
    marked = Marked(
        title=found.headline.text,
        bodies=(),
        blocks=found.blocks,
        lead=found.lead,
        dates=(*shown, *declared.published, *([Candidate(in_address, "url")] if in_address else [])),
        byline=_author(page, found),
        source=[each for each in named.get("source", ()) if count_words(text_of(each)) <= LINE_WORDS_MAX],
        section=_section(page, found, lines),
        tags=declared.tags or _tags(named.get("tags", ())),
        updated=_finer(updated, declared.updated),
        view_count=_views(lines, (*named.get("views", ()), *named.get("author", ()))),
        files=(*named.get("files", ()), *found.below),
    )
    return assemble(page, marked)


def _lines(between: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield the short lines between headline and text, where date and view count stand."""
    for element in between:
        if element.tag in _LINES or not len(element):
            text = spaced_text(element)
            if text and count_words(text) <= LINE_WORDS_MAX:
                yield text


def _dates(page: Page, found: Found, lines: Sequence[str]) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return the dates that a reader sees near the headline, and the one that is said to be of a change."""
    named = found.named.get("date", ())
    short = [text for element in named if count_words(text := spaced_text(element)) <= LINE_WORDS_MAX]
    published, updated = _said((*lines, *short), page)
    for element in named:
        if moment := parse_moment(_stamp(element), seen_at=page.captured_at):
            if _UPDATED.search(_said_around(element)):
                updated.insert(0, moment)
            else:
                published.append(Candidate(moment, "time_element"))
    if not published:
        published, _ = _said(_lines_above(found), page)
    if not published and updated:
        # A system that only says when it was changed shows the day of publication so.
        return (Candidate(updated[0], "date_line"),), None
    return tuple(published), updated[0] if updated else None


def _stamp(element: HtmlElement) -> str:
    """Return the machine's reading of a date: that of a time element, or as microformats have it in a title."""
    title = element.get("title") or ""
    return element.get("datetime") or (title if _ISO.match(title) else "")


def _said(lines: Sequence[str], page: Page) -> tuple[list[Candidate], list[Moment]]:
    """Return the dates that the lines state: of publication, and of a change."""
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
    """Return the short lines right above the headline, those that are named a date's first."""
    heading = found.headline.element
    near = list(reversed(_PRECEDING(heading)[-_ABOVE_MAX:])) if heading is not None else []
    lines = (spaced_text(element) for element in (*found.named.get("date_above", ()), *near))
    return [line for line in lines if count_words(line) <= LINE_WORDS_MAX]


def _is_dated(page: Page, found: Found) -> bool:
    shown, _ = _dates(page, found, list(_lines(found.between)))
    return bool(shown or found.declared.published)


def _said_around(element: HtmlElement) -> str:
    outer = element.getparent()
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return f"{names} {text_of(element)} {(outer.text or '') if outer is not None else ''}"


def _finer(shown: Moment | None, declared: Moment | None) -> Moment | None:
    """Return the date that is shown, with the time that is declared for that day where none is shown."""
    is_same = shown and declared and shown.precision == "day" and shown.day == declared.day
    return declared if shown is None or is_same else shown


def _author(page: Page, found: Found) -> str | None:
    named = _author_named(found.named.get("author", ()))
    return named or _author_beside_date(found) or _author_declared(page, found.declared)


def _author_named(elements: Sequence[HtmlElement]) -> str | None:
    holders = {holder for element in elements for holder in around(element)}
    for element in elements:
        if element.tag == "meta" or element in holders:
            continue  # what it holds says it without the words around
        text = without_view_count(spaced_text(element))
        if 0 < count_words(text) <= _BYLINE_WORDS_MAX and not parse_moment(text) and (name := byline_from(text)):
            return name
    return None


def _author_beside_date(found: Found) -> str | None:
    """Return the name in an element of its own right before a date: `<span>Hương Ly</span> 07:15 ngày 8/11/2024`."""
    for element in found.between:
        first = element[0] if len(element) and not (element.text or "").strip() else None
        if first is not None and isinstance(first.tag, str) and parse_moment(first.tail or ""):
            name = text_of(first)
            if is_name(name) and unaccented(name) not in _PLACES:
                return name
    return None


def _author_declared(page: Page, declared: Declared) -> str | None:
    """Return the declared author where a reader sees the name too: systems fill in the editor's account."""
    name = byline_from(declared.author)
    if name is None or re.search(r"[/@\d]", name):
        return None
    return name if normal_form(name) in normal_form(str(page.tree.text_content())) else None


def _section(page: Page, found: Found, lines: Sequence[str]) -> str | None:
    """Return the breadcrumb's last step before the article's own, else a category's name, else what is declared."""
    title = normal_form(found.headline.text or "").casefold()
    slug = unaccented(urlsplit(page.url).path.rpartition("/")[2])
    for element in (*found.named.get("crumbs", ()), *found.named.get("section", ())):
        steps = [
            text_of(step).strip(" ›»/>|:") for step in below(element, "a", "span", "li", "td", "p") if not len(step)
        ]
        known = [
            _SECTION_LABEL.sub("", step)
            for step in steps or [text_of(element)]
            if (key := normal_form(step).casefold()) not in _HOME_STEPS and key != title
        ]
        if (
            len(known) > 1
            and count_words(known[-1]) > _CRUMB_WORDS_MAX
            and "-".join(unaccented(known[-1]).split()) in slug
        ):
            known.pop()  # the article itself, under a shorter name
        if known and count_words(known[-1]) <= _SECTION_WORDS_MAX:
            return known[-1]
    labelled = next((label for line in lines if (label := _SECTION_LABEL.match(line))), None)
    return labelled.string[labelled.end() :] if labelled else found.declared.section


def _tags(elements: Sequence[HtmlElement]) -> tuple[str, ...]:
    """Return the tags of the first box that has some, or of the links that are named tags themselves."""
    links = [element for element in elements if element.tag == "a"]
    for group in (*([element] for element in elements if element.tag != "a"), links):
        texts = [text_of(link).strip("#, ;") for element in group for link in below(element, "a")][:_TAGS_MAX]
        if tags := [text for text in texts if 0 < count_words(text) <= _TAG_WORDS_MAX]:
            return tuple(dict.fromkeys(tags))
    return ()


def _views(lines: Sequence[str], named: Sequence[HtmlElement]) -> int | None:
    """Return how often the article was read, as a line says or an element of that name shows."""
    said = (view_count(line) for line in (*lines, *(spaced_text(element) for element in named)))
    if (seen := next((views for views in said if views is not None), None)) is not None:
        return seen
    bare = (_BARE_NUMBER.fullmatch(text_of(element)) for element in named)
    return next((int(re.sub(r"\D", "", number[0])) for number in bare if number), None)


def _has_files(page: Page, found: Found) -> bool:
    base = base_of(page)
    hrefs = [href for block in found.blocks for href, _ in block.links]
    hrefs += [link.get("href") or "" for element in found.named.get("files", ()) for link in below(element, "a")]
    return any((url := absolute(base, href)) and is_attachment(url) for href in hrefs)
