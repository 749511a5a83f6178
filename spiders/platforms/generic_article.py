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
from itertools import islice, takewhile
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.page import ArticleParts, Page
from spiders.platforms.addresses import absolute, base_of, is_attachment
from spiders.platforms.assembly import Marked, assemble, view_count, without_view_count
from spiders.platforms.blocks import Block, read_blocks
from spiders.platforms.captions import take_captions
from spiders.platforms.dating import Candidate, date_in_url
from spiders.platforms.endings import byline_from, is_name
from spiders.platforms.furniture import is_frame_or_meta
from spiders.platforms.headline import Headline, find_headline, headline_above, is_article_title
from spiders.platforms.main_text import MainText, find_container, is_row, is_summary, known_letters, marked_body
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
_BOX_LINKS_MAX: Final = 40
_BELOW_MAX: Final = 2
_BEFORE_TEXT_MAX: Final = 4
_ABOVE_MAX: Final = 6
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
_PRECEDING: Final = select("preceding::*")
_LABELLED: Final = "//*[self::p or self::div or self::span or self::li][starts-with(normalize-space(.),'{}')]"
_SOURCE_LINES: Final = select(_LABELLED.format("Nguồn"))
_AUTHOR_LINES: Final = select(_LABELLED.format("Tác giả:"), _LABELLED.format("Tác giả bài viết:"))
_LABELLED_MAX: Final = 3
_LINES: Final = frozenset(("div", "p", "li", "span", "td", "dd", "small", "ul", "i", "em", "time", "font"))
_MAY_BE_LEAD: Final = frozenset(("div", "p", "h2", "h3", "section", "strong"))

_ROWS_MIN: Final = 3
_WORDS_PER_ROW: Final = 40
_ARTICLE_WORDS_MIN: Final = 20
_NOTICE_WORDS_MIN: Final = 8
_SUMMARY_WORDS_MAX: Final = 100
_TITLE_WORDS_MIN: Final = 6
_HEADLINE_WORDS_MIN: Final = 8
_H1_WORDS_MIN: Final = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What a page shows of an article, before the blocks are sorted by what they are for.

    Attributes:
        between: elements behind the headline and before the text.
        blocks: of the text.
        is_led_by_row: whether a link to another page stands before the text, which then is the summary in a row.
        below: elements right below the text, where files may be linked.
    """

    declared: Declared
    headline: Headline
    named: Named
    between: Sequence[HtmlElement]
    lead: str | None
    blocks: Sequence[Block]
    is_led_by_row: bool
    below: Sequence[HtmlElement] = ()


def is_article(page: Page, *, is_addressed: bool) -> bool:
    """Tell whether the page shows one article, by its headline and text and by how many other pages it lists.

    Args:
        page: is not altered.
        is_addressed: whether its address is one that articles have. Otherwise the page must declare itself an article,
            show a date, or have a headline of some length or name: offices' own pages have none of it.
    """
    found = _find(page)
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
    found = _find(page)
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
        source=_sources(page, named.get("source", ())),
        section=_section(page, found, lines),
        tags=declared.tags or _tags(named.get("tags", ())),
        updated=_finer(updated, declared.updated),
        view_count=_views(lines, (*named.get("views", ()), *named.get("author", ()))),
        files=(*named.get("files", ()), *found.below),
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
    if container is None:
        container = _box_with_files(page, headline.element)
    if container is not None and not headline.is_sure:
        headline = headline_above(page, container, headline)
    named = named_elements(page.tree, headline.element, container)
    if container is None:
        return Found(declared, headline, named, (), None, (), False)
    between = _between(headline.element, container)
    lead = _lead(named.get("lead", ()), between, container)

    def is_skipped(element: HtmlElement) -> bool:
        return element is lead or is_frame_or_meta(element)

    pictures = [block for each in between if _is_picture(each) and each is not lead for block in read_blocks(each)]
    lead_blocks = read_blocks(lead) if lead is not None else []
    pictured = take_captions(lead_blocks)
    pictures += [block for block in lead_blocks if block not in pictured.blocks]
    main = MainText(letters, headline.text)
    every = main.below_title(read_blocks(container, is_skipped))
    text = main.choose(every)
    before = takewhile(lambda block: block not in text, (block for block in every if block.text))
    # Buttons of a toolbar are links of a few words.
    is_led_by_row = any(is_row(block) and count_words(block.text) >= _TITLE_WORDS_MIN for block in before)
    is_inside = headline.element is not None and container in around(headline.element)
    is_led_by_row = is_led_by_row or (not is_inside and is_summary(container))
    said = " ".join(block.text for block in pictured.blocks) or None
    below_text = list(islice(container.itersiblings(), _BELOW_MAX))
    return Found(declared, headline, named, between, said, (*pictures, *text), is_led_by_row, below_text)


def _box_with_files(page: Page, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the innermost element around the headline that links to a file: the text of a notice may be but that."""
    base = base_of(page)
    for holder in around(heading) if heading is not None else ():
        links = islice(below(holder, "a"), _BOX_LINKS_MAX)
        if any((url := absolute(base, link.get("href"))) and is_attachment(url) for link in links):
            return holder
    return None


def _between(heading: HtmlElement | None, container: HtmlElement) -> list[HtmlElement]:
    """Return the elements behind the headline and before the text, furniture and what holds the text left out.

    Where one element holds both, they end with the first that has a paragraph of its own.
    """
    if heading is None:
        before = (each for each in container.itersiblings(preceding=True) if isinstance(each.tag, str))
        return [inner for each in islice(before, _BEFORE_TEXT_MAX) for inner in below(each, "*")]
    holders, above = set(around(container)), set(around(heading))
    is_inside = container in above
    found: list[HtmlElement] = []
    for element in islice(_FOLLOWING(heading), _BETWEEN_MAX):
        if element is container:
            break
        if element not in holders and is_within(element, None, above | holders):
            found.append(element)
            if is_inside and count_words(element.text or "") >= _TEXT_WORDS_MIN:
                break
    return found


def _opening(container: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements of the text up to the first that has a paragraph of its own."""
    for element in container.iterdescendants():
        yield element
        if count_words(element.text or "") >= _TEXT_WORDS_MIN:
            return


def _is_picture(element: HtmlElement) -> bool:
    """Tell whether the element holds a picture, and its caption, above the text."""
    names = (element.get("class") or "").lower()
    is_named = element.tag == "figure" or (element.tag in ("div", "table") and _PICTURE_NAME.search(names))
    return bool(is_named) and next(element.iterdescendants("img"), None) is not None


def _lead(named: Sequence[HtmlElement], between: Sequence[HtmlElement], container: HtmlElement) -> HtmlElement | None:
    """Return the element of the lead: named so, or a paragraph alone between headline and text; None for none.

    What holds the text is no lead, nor is a line of links. Behind the first paragraph, leads are other articles'.
    """
    holders = {container, *around(container)}
    inside = set(container.iterdescendants())
    opening = {*between, *_opening(container)}
    named = [each for each in named if each in opening]
    unnamed = [
        each for each in between if each.tag in _MAY_BE_LEAD and each not in inside and not is_frame_or_meta(each)
    ]
    for element in (*named, *unnamed):
        if element in holders or element.tag in ("meta", "figcaption", "img") or _is_picture(element):
            continue
        words = count_words(spaced_text(element))
        is_long = element in named or words >= _UNNAMED_LEAD_WORDS_MIN
        is_dated = words <= _LINE_WORDS_MAX and element not in named and parse_moment(spaced_text(element)) is not None
        if words in _LEAD_WORDS and is_long and not is_dated and _linked_words(element) * 2 <= words:
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


def _dates(page: Page, found: Found, lines: Sequence[str]) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return the dates that a reader sees near the headline, and the one that is said to be of a change."""
    named = found.named.get("date", ())
    short = [text for element in named if count_words(text := spaced_text(element)) <= _LINE_WORDS_MAX]
    published, updated = _said((*lines, *short), page)
    for element in named:
        if moment := parse_moment(element.get("datetime") or "", seen_at=page.captured_at):
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
    return [line for line in lines if count_words(line) <= _LINE_WORDS_MAX]


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


def _sources(page: Page, named: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return the short elements that are named a source's or begin like a credit."""
    labelled = _SOURCE_LINES(page.tree)[:_LABELLED_MAX]
    return [
        each for each in (*named, *labelled) if each.tag != "source" and count_words(text_of(each)) <= _LINE_WORDS_MAX
    ]


def _author(page: Page, found: Found) -> str | None:
    elements = (*found.named.get("author", ()), *_AUTHOR_LINES(page.tree)[:_LABELLED_MAX])
    return _author_named(elements) or _author_beside_date(found) or _author_declared(page, found.declared)


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
        steps = [text_of(step).strip(" ›»/>|:") for step in below(element, "a", "span", "li", "td") if not len(step)]
        known = [
            _SECTION_LABEL.sub("", step)
            for step in steps or [text_of(element)]
            if (key := normal_form(step).casefold()) not in _HOME_STEPS and key != title
        ]
        if len(known) > 1 and "-".join(unaccented(known[-1]).split()) in slug:
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
