"""An article on a page of an unknown system: what it declares about itself, and what stands where on it.

Here: lead, date, byline, section, tags and counters, and whether a page shows an article at all. Not here: the
headline (`spiders.platforms.headline`), the text (`spiders.platforms.main_text`), the names of elements
(`spiders.platforms.named`), addresses and lists (`spiders.platforms.generic`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.page import ArticleParts, Page
from spiders.platforms.addresses import absolute, base_of, is_attachment
from spiders.platforms.assembly import Marked, assemble, view_count
from spiders.platforms.blocks import Block, read_blocks
from spiders.platforms.dating import Candidate, date_in_url
from spiders.platforms.endings import byline_from, is_name
from spiders.platforms.furniture import is_frame_or_meta
from spiders.platforms.headline import Headline, find_headline, headline_above
from spiders.platforms.main_text import MainText, find_container, known_letters, marked_body
from spiders.platforms.metadata import Declared, read_metadata
from spiders.platforms.named import Named, is_within, named_elements
from spiders.platforms.selectors import around, below, select, spaced_text, text_of
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import count_words, normal_form, unaccented

_LEAD_WORDS: Final = range(6, 201)
_UNNAMED_LEAD_WORDS_MIN: Final = 12
_BYLINE_WORDS_MAX: Final = 14
_TAGS_MAX: Final = 30
_TAG_WORDS_MAX: Final = 10
_SECTION_WORDS_MAX: Final = 10
_LINE_WORDS_MAX: Final = 24
_TEXT_WORDS_MIN: Final = 20
_BETWEEN_MAX: Final = 400  # elements between headline and text; a long toolbar has 60

_HOME_STEPS: Final = frozenset(("trang chủ", "trang nhất", "home", "trang chu", "bạn đang ở:", ""))
_PLACES: Final = frozenset(("ha noi", "viet nam", "thu do"))  # what stands before a date and is no name of a person
_UPDATED: Final = re.compile(r"\b(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b|modified|updated", re.IGNORECASE)
# `Đăng lúc: … | Cập nhật lúc: …` on one line.
_BEFORE_UPDATED: Final = re.compile(r"(?=(?:lần )?(?:cập nhật|sửa đổi|sửa lần|chỉnh sửa)\b)", re.IGNORECASE)
_SECTION_LABEL: Final = re.compile(r"(?:Chuyên mục|Mục|Danh mục|Thể loại)\s*:\s*(?=\S)", re.IGNORECASE)
_BARE_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]?\d{3}){0,3}")
_PICTURE_NAME: Final = re.compile(r"(?:image|photo|picture|avatar|thumb)(?!s?list)")
_NO_PAGE: Final = re.compile(
    r"không (?:tìm thấy|tồn tại)|not found|\b404\b|kết quả tìm kiếm|^tìm kiếm\b", re.IGNORECASE
)
_FOLLOWING: Final = select("following::*")
_LINES: Final = frozenset(("div", "p", "li", "span", "td", "dd", "small", "ul", "i", "em", "time", "font"))
_MAY_BE_LEAD: Final = frozenset(("div", "p", "h2", "h3", "section", "strong"))

_ROW_WORDS_MIN: Final = 4
_ROWS_MIN: Final = 3
_WORDS_PER_ROW: Final = 40
_NOTICE_WORDS_MIN: Final = 8
_ARTICLE_WORDS_MIN: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a page shows of an article, before the blocks are sorted by what they are for.

    Attributes:
        between: elements behind the headline and before the text.
        blocks: of the text.
    """

    declared: Declared
    headline: Headline
    named: Named
    between: Sequence[HtmlElement]
    lead: HtmlElement | None
    blocks: Sequence[Block]


def is_article(page: Page) -> bool:
    """Tell whether the page shows one article, by its headline and text and by how many other pages it lists."""
    found = _find(page)
    title = found.headline.text
    if not title or _NO_PAGE.search(title):
        return False
    words = sum(count_words(block.text) for block in found.blocks if block.linked < 0.5)
    rows = sum(1 for block in found.blocks if block.linked > 0.8 and count_words(block.text) >= _ROW_WORDS_MIN)
    if rows >= _ROWS_MIN and words < _WORDS_PER_ROW * rows:
        return False
    if found.declared.is_article:
        return words > 0
    if found.headline.element is None:
        return False
    return words >= _ARTICLE_WORDS_MIN or (words >= _NOTICE_WORDS_MIN and _has_files(page, found))


def article_parts(page: Page) -> ArticleParts:
    """Return the parts of an article page."""
    found = _find(page)
    declared, named = found.declared, found.named
    lines = list(dict.fromkeys(_lines(found.between)))
    shown, updated = _dates(page, lines, named.get("date", ()))
    in_address = date_in_url(page.url)
    marked = Marked(
        title=found.headline.text,
        bodies=(),
        blocks=found.blocks,
        lead=spaced_text(found.lead) if found.lead is not None else None,
        dates=(*shown, *declared.published, *([Candidate(in_address, "url")] if in_address else [])),
        byline=_author_named(named.get("author", ())) or _author_beside_date(found) or _author_declared(page, declared),
        source=[element for element in named.get("source", ()) if count_words(text_of(element)) <= _LINE_WORDS_MAX],
        section=_section(page, found, lines),
        tags=declared.tags or _tags(named.get("tags", ())),
        updated=_finer(updated, declared.updated),
        view_count=_views(lines, named.get("views", ())),
        files=named.get("files", ()),
    )
    return assemble(page, marked)


@lru_cache(1)
def _find(page: Page) -> Found:
    """Return what the page shows; asked twice of the same page, once to know it and once to read it."""
    declared = read_metadata(page)
    headline = find_headline(page, declared)
    letters = known_letters(page)
    container = marked_body(page)
    if container is None:
        container = find_container(page.tree, letters, headline.element)
    if container is not None and not headline.is_sure:
        headline = headline_above(page, container, headline)
    named = named_elements(page.tree, headline.element, container)
    if container is None:
        return Found(declared, headline, named, (), None, ())
    between = _between(headline.element, container)
    lead = _lead(named.get("lead", ()), between, container)

    def is_skipped(element: HtmlElement) -> bool:
        return element is lead or is_frame_or_meta(element)

    pictures = [block for each in between if _is_picture(each) for block in read_blocks(each)]
    text = MainText(letters, headline.text).choose(read_blocks(container, is_skipped))
    return Found(declared, headline, named, between, lead, (*pictures, *text))


def _between(heading: HtmlElement | None, container: HtmlElement) -> list[HtmlElement]:
    """Return the elements behind the headline and before the text, furniture and what holds the text left out."""
    if heading is None:
        return []
    holders, above = set(around(container)), set(around(heading))
    is_inside = container in above
    found: list[HtmlElement] = []
    for element in islice(_FOLLOWING(heading), _BETWEEN_MAX):
        if element is container or (is_inside and count_words(element.text or "") >= _TEXT_WORDS_MIN):
            break
        if element not in holders and is_within(element, None, above | holders):
            found.append(element)
    return found


def _is_picture(element: HtmlElement) -> bool:
    """Tell whether the element holds a picture, and its caption, above the text."""
    names = (element.get("class") or "").lower()
    is_named = element.tag == "figure" or (element.tag in ("div", "table") and _PICTURE_NAME.search(names))
    return bool(is_named) and next(element.iterdescendants("img"), None) is not None


def _lead(named: Sequence[HtmlElement], between: Sequence[HtmlElement], container: HtmlElement) -> HtmlElement | None:
    """Return the element of the lead: named so, or a paragraph alone between headline and text; None for none.

    What holds the text is no lead, nor is a line of links.
    """
    holders = {container, *around(container)}
    inside = set(container.iterdescendants())
    unnamed = [
        each for each in between if each.tag in _MAY_BE_LEAD and each not in inside and not is_frame_or_meta(each)
    ]
    for element in (*named, *unnamed):
        if element in holders or element.tag in ("meta", "figcaption", "img") or _is_picture(element):
            continue
        words = count_words(spaced_text(element))
        is_long = element in named or words >= _UNNAMED_LEAD_WORDS_MIN
        if words in _LEAD_WORDS and is_long and _linked_words(element) * 2 <= words:
            return element
    return None


def _linked_words(element: HtmlElement) -> int:
    return sum(count_words(text_of(link)) for link in below(element, "a"))


def _lines(between: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield the short lines between headline and text, where date and view count stand."""
    for element in between:
        if element.tag in _LINES or not len(element):
            text = spaced_text(element)
            if text and count_words(text) <= _LINE_WORDS_MAX:
                yield text


def _dates(
    page: Page, lines: Sequence[str], named: Sequence[HtmlElement]
) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return the dates that a reader sees near the headline, and the one that is said to be of a change."""
    published: list[Candidate] = []
    updated: list[Moment] = []
    short = (text for element in named if count_words(text := spaced_text(element)) <= _LINE_WORDS_MAX)
    for line in (*lines, *short):
        for part in _BEFORE_UPDATED.split(line):
            if moment := parse_moment(part, seen_at=page.captured_at):
                if _UPDATED.search(part):
                    updated.append(moment)
                else:
                    published.append(Candidate(moment, "date_line"))
    for element in named:
        stamp = element.get("datetime") or ""
        if (moment := parse_moment(stamp, seen_at=page.captured_at)) and not _UPDATED.search(_said_around(element)):
            published.append(Candidate(moment, "time_element"))
    if not published and updated:
        # A system that only says when it was changed shows the day of publication so.
        return (Candidate(updated[0], "date_line"),), None
    return tuple(published), updated[0] if updated else None


def _said_around(element: HtmlElement) -> str:
    outer = element.getparent()
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return f"{names} {text_of(element)} {(outer.text or '') if outer is not None else ''}"


def _finer(shown: Moment | None, declared: Moment | None) -> Moment | None:
    """Return the date that is shown, with the time that is declared for that day where none is shown."""
    is_same = shown and declared and shown.precision == "day" and shown.day == declared.day
    return declared if shown is None or is_same else shown


def _author_named(elements: Sequence[HtmlElement]) -> str | None:
    holders = {holder for element in elements for holder in around(element)}
    for element in elements:
        if element.tag == "meta" or element in holders:
            continue  # what it holds says it without the words around
        text = spaced_text(element)
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
    """Return the last step of the breadcrumb before the article's own, else a category's name, else what is declared."""
    title = normal_form(found.headline.text or "").casefold()
    slug = unaccented(urlsplit(page.url).path.rpartition("/")[2])
    for crumbs in found.named.get("crumbs", ()):
        steps = [text_of(step).strip(" ›»/>|:") for step in below(crumbs, "a", "span", "li", "td") if not len(step)]
        known = [
            step
            for step in steps or [text_of(crumbs)]
            if (key := normal_form(step).casefold()) not in _HOME_STEPS and key != title
        ]
        if len(known) > 1 and "-".join(unaccented(known[-1]).split()) in slug:
            known.pop()  # the article itself, under a shorter name
        if known and count_words(known[-1]) <= _SECTION_WORDS_MAX:
            return known[-1]
    for element in found.named.get("section", ()):
        link = next(iter(below(element, "a")), element)
        if 0 < count_words(text := text_of(link)) <= _SECTION_WORDS_MAX:
            return _SECTION_LABEL.sub("", text)
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
