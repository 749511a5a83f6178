"""The parts of an article page of an unknown CMS.

Belongs here: section, tags and counters. Does not belong here: whether the page is an article
(`spiders.platforms.generic.kinds.page_kind`), dates (`spiders.platforms.generic.dates`), the author
(`spiders.platforms.generic.authors`), locating headline, text and elements with semantic hints
(`spiders.platforms.generic.locate`), URLs and lists
(`spiders.platforms.generic.platform`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page
from spiders.platforms.generic.authors import credits_below, find_author
from spiders.platforms.generic.dates import lines_between, read_dates
from spiders.platforms.generic.locate import LINE_WORDS_MAX, Found, find_article
from spiders.platforms.generic.semantic_hints import is_own_date
from spiders.platforms.parts.assembly import Marked, assemble, view_count
from spiders.platforms.parts.dating import Candidate, date_in_url
from spiders.platforms.parts.links.files import EMBEDDING_TAGS
from spiders.platforms.parts.selectors import descendants, spaced_text, text_of
from warehouse.text.dates import Moment
from warehouse.text.identity import CONTENT_HASH_WORDS_MIN
from warehouse.text.normal import count_words, normal_form, unaccented

_TAGS_MAX: Final = 30
_TAG_WORDS_MAX: Final = 10
_LINKS_MAX: Final = 2_000
_SECTION_WORDS_MAX: Final = 10
_CRUMB_WORDS_MAX: Final = 3  # an article's short title has more

_HOME_STEPS: Final = frozenset(("trang chủ", "trang nhất", "home", "trang chu", "bạn đang ở:", ""))
_SECTION_LABEL: Final = re.compile(r"(?:Chuyên mục|Mục|Danh mục|Thể loại)\s*:\s*(?=\S)", re.IGNORECASE)
_BESIDE_TAGS: Final = frozenset(("aside", "footer", "nav"))
_BARE_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]?\d{3}){0,3}")
_ORIGINAL: Final = re.compile(r"\W*(?:Link|Đường dẫn|Nguồn)?\s*(?:bài|tin)(?: viết)? gốc", re.IGNORECASE)
_BESIDE_MAX: Final = 2
# Addresses of the lists of a category or tag, without or with a file ending.
_SECTION_URL: Final = re.compile(r"/(?:categor(?:y|ies)|chuyen-muc|danh-muc|the-loai)/[^/?#]+/?$|[?&]cat=\d+$")
_TAG_URL: Final = re.compile(r"/(?:tags?|tu-khoa)/[^/?#]+/?$|[?&]tag=[^&]+$")


def article_parts(page: Page) -> ArticleParts:
    """Return the parts of an article page."""
    found = find_article(page)
    declared, hints = found.declared, found.hints
    lines = list(dict.fromkeys(text for _, text in lines_between(page)))
    shown, updated = read_dates(page)
    url_date = date_in_url(page.url)
    author = find_author(page, found, lines)
    marked = Marked(
        title=found.headline.text,
        bodies=(),
        blocks=found.blocks,
        lead=found.lead,
        dates=(*shown, *declared.published, *([Candidate(url_date, "url")] if url_date else [])),
        byline=author.shown,
        byline_otherwise=author.otherwise,
        source=[*_sources(hints.get("source", ())), *credits_below(found)],
        section=_section(page, found, lines),
        tags=declared.tags or _tags(hints.get("tags", ())) or _terms(found, _TAG_URL),
        updated=_more_precise(updated, declared.updated),
        view_count=_views(lines, (*hints.get("views", ()), *hints.get("author", ()))),
        files=(
            *(each for each in found.between if each.tag in EMBEDDING_TAGS),
            *hints.get("files", ()),
            *(each for each in found.below if each.tag not in _BESIDE_TAGS),
        ),
    )
    return _with_captions_as_text(assemble(page, marked))


def _with_captions_as_text(parts: ArticleParts) -> ArticleParts:
    """Return the parts of a photo story with its captions as the body: nothing else tells the story."""
    words, caption_words = (sum(map(count_words, texts)) for texts in (parts.body, parts.captions))
    if words >= CONTENT_HASH_WORDS_MIN or caption_words < max(CONTENT_HASH_WORDS_MIN, 2 * words):
        return parts
    return replace(parts, body=(*parts.body, *parts.captions), flags=(*parts.flags, "photo_story"))


def is_dated(page: Page) -> bool:
    """Tell whether the page states when it was published."""
    return bool(find_article(page).declared.published or read_dates(page).published)


def _more_precise(shown: Moment | None, declared: Moment | None) -> Moment | None:
    """Return the visible date; the declared one if none is visible, or only its day without a time."""
    is_same = shown and declared and shown.precision == "day" and shown.day == declared.day
    return declared if shown is None or is_same else shown


def _sources(elements: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the short elements with a source hint, and the boxes beside them with the original's address."""
    for element in elements:
        if count_words(text_of(element)) <= LINE_WORDS_MAX:
            yield element
            beside = (each for each in islice(element.itersiblings(), _BESIDE_MAX) if isinstance(each.tag, str))
            yield from (each for each in beside if _ORIGINAL.match(text_of(each)))


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
    if labelled:
        return labelled.string[labelled.end() :]
    return next(iter(_terms(found, _SECTION_URL)), None) or found.declared.section


def _terms(found: Found, url: re.Pattern[str]) -> tuple[str, ...]:
    """Return the texts of the first line of links to categories or tags, known by their addresses.

    Links beside the title of another article are that article's.
    """
    scope = found.scope
    links = islice(descendants(scope, "a"), _LINKS_MAX) if scope is not None else ()
    own = (each for each in links if url.search(each.get("href") or "") and is_own_date(each, scope, is_below=False))
    line = next(((first, *_line_of(first)) for first in own), ())
    texts = (text_of(link).strip(" #,;") for link in line if url.search(link.get("href") or ""))
    return tuple(dict.fromkeys(text for text in texts if 0 < count_words(text) <= _TAG_WORDS_MAX))


def _line_of(link: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the links in the line of a link: in its paragraph, or in its list."""
    box = link.getparent()
    outer = box.getparent() if box is not None and box.tag in ("li", "span") else None
    line = box if outer is None else outer
    yield from islice(descendants(line, "a"), _TAGS_MAX) if line is not None else ()


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
