"""The headline of an article on a page of an unknown CMS.

Belongs here: choosing the candidate heading that agrees with the page's metadata. Does not belong here: other parts.
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

from spiders.pages.page import Page
from spiders.platforms.parts.boilerplate import is_boilerplate
from spiders.platforms.parts.metadata.reader import Declared
from spiders.platforms.parts.selectors import ancestors, descendants, first_text, select, spaced_text, text_of
from spiders.platforms.parts.urls import absolute, base_of
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_spoken_words, count_words, normal_form, unaccented

_PAGE_TITLE: Final = select("//head/title")
_HEADINGS: Final = ("h1", "h2", "h3", "h4")
_UNMARKED_TAGS: Final = ("div", "span", "p", "td", "strong", "b", "font", "a", "h5", "dt")
_TITLE_NAME: Final = re.compile(r"title|tieude|headline|heading|tenbai|tentin|itempropname")
_ARTICLE_TITLE_NAME: Final = re.compile(
    r"(?:news|tin|bai|article|detail|post|entry|content|chitiet|view|story|item)[a-z]{0,6}"
    r"(?:title|tieude|headline|heading)|"
    r"(?:title|tieude|headline)[a-z]{0,4}(?:news|tin|bai|article|detail|post|chitiet)|tenbai|tentin"
)
_NOT_TITLE_NAME: Final = re.compile(
    r"sub-?title|site-?title|box-?title|block-?title|widget|module-?title|cate-?title|related"
)
_SEPARATOR: Final = re.compile(r"\s+[-|–—•»:]{1,2}\s+")
_SITE_NAME: Final = re.compile(
    r"(?:cổng|trang)(?: thông tin)? điện tử|(?:cổng|trang) thông tin|báo điện tử|website|trang chủ|"
    r"ủy ban nhân dân\s+\S+$",
    re.IGNORECASE,
)
_SLUG_NUMBER: Final = re.compile(r"(?:-?[a-z]{0,4}\d{3,20})?(?:\.\w{2,5})?$", re.IGNORECASE)
_SLUG_WORDS_MIN: Final = 5
_WORD: Final = re.compile(r"[a-z0-9]+")
_TITLE_WORDS_MIN: Final = 3
_TITLE_WORDS_MAX: Final = 40
_DATE_WORDS_MAX: Final = 14
_DATE_BELOW_MAX: Final = 2
_IGNORED_TAGS: Final = frozenset(("script", "style", "noscript", "title", "option", "textarea", "a", "marquee"))
_TEXT_WORDS_MIN: Final = 20
_SURE_WORDS_MIN: Final = 6
_TITLE_CHARACTERS_MAX: Final = 400
_CANDIDATES_MAX: Final = 400
_SEPARATORS_MAX: Final = 20
_CACHED_NAMES_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Headline:
    """An article's title and its element; either is None if it was not found.

    Attributes:
        is_sure: whether it agrees with the metadata and is too long for a section name.
    """

    text: str | None
    element: HtmlElement | None
    is_sure: bool = False


def find_headline(page: Page, declared: Declared) -> Headline:
    """Return the heading that agrees with the metadata, the most likely heading, or the declared title.

    A heading agrees if a declared title or the page's title equals or contains it. This excludes logos and titles of
    sidebar boxes, which are headings too.
    """
    page_title = first_text(_PAGE_TITLE(page.tree)) or ""
    title_keys = [_key(text) for text in (*declared.titles, page_title) if text]
    site_name = _key(declared.site_name or "")
    candidates = [each for each in _candidates(page.tree) if _key(each[0]) != site_name]
    agreeing = [each for each in candidates if _agrees(_key(each[0]), title_keys)]
    if not agreeing:
        agreeing = list(_exact_matches(page.tree, _title_prefixes(title_keys, site_name)))
    if agreeing:
        text, element = max(agreeing, key=lambda each: len(each[0]))
        return Headline(text, element, is_sure=count_spoken_words(text) >= _SURE_WORDS_MIN)
    if addressed := _named_by_address(page.url, candidates):
        return Headline(*addressed)
    outside = [
        each
        for each in candidates
        if not (_is_in_boilerplate(each[1]) or _is_listed(each[1]) or _links_elsewhere(each[1], page))
    ]
    shown = next((each for each in outside if each[1].tag == "h1"), None) or next(
        (each for each in outside if is_article_title(each[1])), None
    )
    if shown and not declared.titles:
        return Headline(*shown)
    if dated := next(_titles_above_dates(page.tree), None):
        return Headline(*dated)
    title = _without_site(declared.titles[0] if declared.titles else page_title, declared.site_name)
    is_title = count_spoken_words(title) >= _TITLE_WORDS_MIN and not _SITE_NAME.match(title)
    return Headline(title if is_title else None, None)


def headline_above(page: Page, container: HtmlElement, fallback: Headline) -> Headline:
    """Return the last heading before the text in `container`, or `fallback` if that is better.

    For pages where `fallback`, the headline found by `find_headline`, is not sure.
    """
    last = fallback
    candidates = {element: text for text, element in _candidates(page.tree)}
    is_inside = is_fallback_above = False
    for element in page.tree.iter():
        is_inside = is_inside or element is container
        is_fallback_above = is_fallback_above or element is fallback.element
        if is_inside and count_words(element.text or "") >= _TEXT_WORDS_MIN:
            break
        text = candidates.get(element, "")
        if count_words(text) <= _TITLE_WORDS_MIN or _is_listed(element) or _is_in_boilerplate(element):
            continue
        if not _links_elsewhere(element, page):
            last = Headline(text, element)
    if last.element is None or fallback.text is None:
        return last
    if fallback.element is not None and not is_fallback_above:
        return last  # what stands below the text is the title of another article
    is_longer = fallback.element is None or len(last.text or "") > len(fallback.text)
    is_heading = is_article_title(last.element) or (fallback.element is None and last.element.tag in ("h1", "h2"))
    return last if is_longer and is_heading else fallback


def _key(text: str) -> str:
    return normal_form(text).casefold()


# Cached for one page: a headline that is not sure is looked for twice.
@lru_cache(1)
def _candidates(tree: HtmlElement) -> Sequence[tuple[str, HtmlElement]]:
    """Return text and element of headings and of elements with a title class or id, in document order."""
    found: list[tuple[str, HtmlElement]] = []
    for element in descendants(tree, *_HEADINGS, *_UNMARKED_TAGS):
        if element.tag not in _HEADINGS:
            name, own_id = element.get("class"), element.get("id")
            if not (name or own_id) or not _is_title_name(f"{name or ''} {own_id or ''}"):
                continue
        text = text_of(element)
        is_short = len(text) <= _TITLE_CHARACTERS_MAX and count_spoken_words(text) >= 2
        if is_short and not _SITE_NAME.match(text) and not is_boilerplate(element):
            found.append((text, element))
            if len(found) == _CANDIDATES_MAX:
                break
    return found


@lru_cache(_CACHED_NAMES_MAX)
def _is_title_name(names: str) -> bool:
    names = names.lower()
    return bool(_TITLE_NAME.search(re.sub(r"[-_]", "", names))) and not _NOT_TITLE_NAME.search(names)


def _agrees(key: str, title_keys: Sequence[str]) -> bool:
    """Tell whether a declared title is the heading, or contains it plus a site name or section."""
    is_long = count_spoken_words(key) >= _TITLE_WORDS_MIN
    return any(key == other or (is_long and key in other and len(key) * 3 > len(other)) for other in title_keys)


def _named_by_address(url: str, candidates: Sequence[tuple[str, HtmlElement]]) -> tuple[str, HtmlElement] | None:
    """Return the heading whose words are those of the URL; None if none is.

    The URL may leave out the last words.
    """
    slug = _SLUG_NUMBER.sub("", urlsplit(url).path.rstrip("/").rpartition("/")[2]).lower()
    if slug.count("-") < _SLUG_WORDS_MIN - 1:
        return None
    named = [
        (text, element)
        for text, element in candidates
        if "-".join(_WORD.findall(unaccented(text))).startswith(slug) and not _is_listed(element)
    ]
    # An element around the heading may hold buttons too.
    return min(named, key=lambda each: len(each[0]), default=None)


def _title_prefixes(title_keys: Sequence[str], site_name: str) -> set[str]:
    """Return the declared titles, and their prefixes up to each separator."""
    found = set()
    for text in title_keys:
        separators = islice(_SEPARATOR.finditer(text), _SEPARATORS_MAX)
        for cut in (len(text), *(match.start() for match in separators)):
            is_title = count_spoken_words(text[:cut]) >= _TITLE_WORDS_MIN and not _SITE_NAME.match(text)
            if is_title and text[:cut] != site_name:
                found.add(text[:cut])
    return found


def _exact_matches(tree: HtmlElement, wanted: set[str]) -> Iterator[tuple[str, HtmlElement]]:
    """Yield at most one element: the first outside boilerplate whose text is a wanted title."""
    lengths = {len(text) for text in wanted}
    for element in descendants(tree, *_UNMARKED_TAGS) if wanted else ():
        own = (element.text or "").strip()
        if own and len(own) + 40 > min(lengths):
            text = text_of(element)
            if _key(text) in wanted and not _is_in_boilerplate(element):
                yield text, element
                return


def _titles_above_dates(tree: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Yield unlinked texts of title length above a date: titles in old CMSs, which do not mark them."""
    waiting: list[tuple[str, HtmlElement]] = []
    for element in tree.iter():
        own = clean(element.text or "") if isinstance(element.tag, str) and element.tag not in _IGNORED_TAGS else ""
        if not own:
            continue
        if waiting and count_words(own) <= _DATE_WORDS_MAX and parse_moment(spaced_text(element)):
            yield waiting[-1]
            waiting = []
            continue
        text = text_of(element)
        is_title = _TITLE_WORDS_MIN < count_words(text) <= _TITLE_WORDS_MAX and not text.endswith((".", ":", ";"))
        is_title = is_title and not _SITE_NAME.match(text) and parse_moment(text) is None
        if is_title and not (_is_listed(element) or _is_in_boilerplate(element)):
            waiting = [*waiting, (text, element)][-_DATE_BELOW_MAX:]
        elif waiting and count_words(own) > _DATE_WORDS_MAX:
            waiting = []


def is_article_title(element: HtmlElement) -> bool:
    """Tell whether the element has the class or id of an article title."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    return bool(_ARTICLE_TITLE_NAME.search(re.sub(r"[-_]", "", names)))


def _is_listed(element: HtmlElement) -> bool:
    return any(holder.tag in ("a", "li") for holder in (element, *ancestors(element)))


def _links_elsewhere(element: HtmlElement, page: Page) -> bool:
    """Tell whether the element links to another page, as a row's title does, and not only to its own."""
    hrefs = [link.get("href") for link in descendants(element, "a")]
    if not hrefs:
        return False
    here, base = urlsplit(page.url), base_of(page)
    links = (urlsplit(url) for href in hrefs if (url := absolute(base, href)))
    return any((link.path, link.query) != (here.path, here.query) for link in links)


def _is_in_boilerplate(element: HtmlElement) -> bool:
    # An article may have its own header element.
    return any(
        is_boilerplate(holder) and holder.tag not in ("form", "header") for holder in (element, *ancestors(element))
    )


def _without_site(title: str, site_name: str | None) -> str:
    """Return the title without the site name or section after it."""
    if site_name:
        title = re.sub(rf"\s*(?<![-|–—•»:])[-|–—•»:]+\s*{re.escape(site_name)}\s*$", "", title, flags=re.IGNORECASE)
    parts = _SEPARATOR.split(title)
    return parts[0] if len(parts) > 1 and count_spoken_words(parts[0]) > _TITLE_WORDS_MIN else title
