"""Articles that are split over several pages: which link leads to an article's next page.

Belongs here: the forms of such URLs, and telling an article's own pager from that of comments or other news. Does not
belong here: the pages of lists (`spiders.pages.pagination`), following the link (`spiders.crawl.spider`), and joining
the pages (`spiders.extract.joining`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.pages.pagination import PAGE_PARAMETER, PAGE_WORD
from spiders.platforms.parts.selectors import ancestors, descendants, select, text_of
from spiders.platforms.parts.urls import base_of, page_link
from warehouse.text.normal import count_words

PAGES_MAX: Final = 30
"""Maximum number of pages of one article; pagers that count further belong to lists."""

_PARAMETER: Final = re.compile(rf"(?P<name>{PAGE_PARAMETER}|start)=(?P<number>\d{{1,2}})", re.I)
# `/slug/page/2/`, `/slug/trang-2.html`, `/slug-p2.html`, `/slug-trang-2.html`, and WordPress's `/slug/2/`.
_PATH: Final = re.compile(rf"(?P<separator>[/_-]){PAGE_WORD}(?P<number>\d{{1,2}})(?P<ending>\.\w{{3,5}})?/?$", re.I)
_BARE_PATH: Final = re.compile(r"/(?P<number>\d{1,2})/?$")
# Cheap tests before the others: the `href` of most links contains none of these. They search all links at once, in
# small letters and each followed by `_BETWEEN`. Three patterns are three times as fast as one with three alternatives.
_MAY_BE_PAGE: Final = (
    re.compile(rf"[?&;](?:{PAGE_PARAMETER}|start)=\d"),
    re.compile(r"/\d{1,2}/?[?\s\0]"),
    re.compile(rf"[/_-]{PAGE_WORD}\d"),
)
_BETWEEN: Final = "\0"  # in no attribute
_NUMBER: Final = re.compile(r"\W*(?:trang|page)?\s*(\d{1,2})\W*", re.I)
_NOT_OWN: Final = re.compile(r"comment|binh-?luan|relat|lien-?quan|other-?news|tin-?khac|bai-?khac|y-?kien", re.I)
_BEFORE_MAX: Final = 300  # elements between the text and its pager
_LINKS_MAX: Final = 3000
_TITLE_WORDS_MIN: Final = 4
_PARAGRAPH_WORDS_MIN: Final = 12
_CANDIDATES_MAX: Final = 20
_TITLES_MAX: Final = 2  # links of a row of other news, before which the pager is that of the rows
_PRECEDING: Final = select("preceding::*")


class PageOf(NamedTuple):
    """One reading of a URL: page `number` of the article at `first_url`, without trailing slash.

    Attributes:
        is_sure: whether the number is a page's by its form: in the query, or after `/page-`. Others may be an id
            (`/bai/12/`) or the end of a slug (`-thanh-p-1.html`).
    """

    first_url: str
    number: int
    is_sure: bool = True


def readings(url: str) -> Iterator[PageOf]:
    """Yield each reading of a URL as a page of an article.

    The first reading is as the first page; a URL with a number is also read as a later page.
    A URL can have several: `/?p=12` may be an article's id, and `/slug?p=12` an article's page.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[
        return
    origin = f"{parts.scheme}://{parts.netloc}"
    yield PageOf(_joined(origin, parts.path, parts.query), 1)
    pairs = parts.query.split("&")
    for index, pair in enumerate(pairs):
        if parameter := _PARAMETER.fullmatch(pair):
            rest = "&".join((*pairs[:index], *pairs[index + 1 :]))
            number = int(parameter["number"]) + (parameter["name"].lower() == "start")  # Joomla counts from 0
            # At the root, `?p=12` is the id of an article (WordPress).
            if parts.path.strip("/") or (rest and parameter["name"].lower() != "p"):
                yield PageOf(_joined(origin, parts.path, rest), number)
    if numbered := _PATH.search(parts.path):
        path = parts.path[: numbered.start()] + (numbered["ending"] or "")
        if path.strip("/"):
            is_sure = numbered["separator"] == "/"
            yield PageOf(_joined(origin, path, parts.query), int(numbered["number"]), is_sure)
    elif bare := _BARE_PATH.search(parts.path):
        path = parts.path[: bare.start()]
        if path.strip("/"):
            yield PageOf(_joined(origin, path, parts.query), int(bare["number"]), is_sure=False)


def _joined(origin: str, path: str, query: str) -> str:
    return f"{origin}{path.rstrip('/')}" + (f"?{query}" if query else "")


def is_further_page(url: str, first_url: str) -> bool:
    """Return whether the URL is that of a numbered page of the article at `first_url`."""
    first = next(readings(first_url), None)
    return first is not None and any(each.first_url == first.first_url for each in _numbered(url))


def first_urls(url: str) -> Iterator[str]:
    """Yield the URLs of which this may be a numbered page.

    There are none for a bare number in the path, which may be an id.
    """
    return (each.first_url for each in _numbered(url) if each.is_sure)


def _numbered(url: str) -> Iterator[PageOf]:
    """Yield the readings of a URL that contain a number."""
    return islice(readings(url), 1, None)


# Cached for one page: the crawl asks, and so does extraction.
@lru_cache(1)
def next_page(page: Page) -> str | None:
    """Return the absolute URL of the article's next page; None if the article ends on this page."""
    return next((url for anchor, url in islice(_next_links(page), _CANDIDATES_MAX) if _is_of_article(anchor)), None)


def _next_links(page: Page) -> Iterator[tuple[HtmlElement, str]]:
    """Yield links to the page after this one."""
    anchors = list(islice(descendants(page.tree, "a"), _LINKS_MAX))
    hrefs = [anchor.get("href", "") for anchor in anchors]
    may_be_page = _numbers_of_possible_pages(hrefs)
    if not may_be_page:
        return
    links = [(anchors[number], hrefs[number]) for number in sorted(may_be_page)]
    base = base_of(page)
    own = {each.first_url: each.number for each in readings(page.url) if each.number <= PAGES_MAX}
    for anchor, href in links:
        if url := page_link(base, href):
            for each in _numbered(url):
                number = own.get(each.first_url)
                if number is not None and _is_next(anchor, each, number):
                    yield anchor, url
                    break


def _numbers_of_possible_pages(hrefs: list[str]) -> set[int]:
    """Return the indices of the links that may lead to a numbered page."""
    joined = (_BETWEEN.join(hrefs) + _BETWEEN).lower()
    found: set[int] = set()
    for pattern in _MAY_BE_PAGE:
        number = counted = 0
        for match in pattern.finditer(joined):
            number += joined.count(_BETWEEN, counted, match.start())
            counted = match.start()
            found.add(number)
    return found


def _is_next(anchor: HtmlElement, linked: PageOf, number: int) -> bool:
    """Tell whether the link leads to the page after `number`; a link whose text is a number shows it."""
    if number >= PAGES_MAX:
        return False
    if shown := _NUMBER.fullmatch(text_of(anchor)):
        # Some sites count from 0 in the URL, so that the page shown as 2 is number 1.
        is_counted_from_0 = number == 1 and linked.number == 1 and linked.is_sure and int(shown[1]) == 2
        return int(shown[1]) == number + 1 and (linked.number == number + 1 or is_counted_from_0)
    return linked.number == number + 1 and linked.is_sure


def _is_of_article(anchor: HtmlElement) -> bool:
    """Tell whether a pager is that of the text: no comments, and no linked titles between it and the text."""
    for holder in ancestors(anchor):
        names = f"{holder.get('class') or ''} {holder.get('id') or ''}"
        if holder.tag not in ("body", "html") and _NOT_OWN.search(names):
            return False
    titles = 0
    for element in reversed(_PRECEDING(anchor)[-_BEFORE_MAX:]):
        if element.tag == "h1" or _has_paragraph(element):
            return True
        if element.tag == "a" and count_words(text_of(element)) >= _TITLE_WORDS_MIN:
            titles += 1
            if titles == _TITLES_MAX:
                return False
    return False


def _has_paragraph(element: HtmlElement) -> bool:
    """Tell whether the element directly contains a paragraph, or one directly follows it."""
    is_text = element.tag not in ("script", "style", "title", "option", "a")
    own = element.text or "" if is_text and isinstance(element.tag, str) else ""
    return max(count_words(own), count_words(element.tail or "")) >= _PARAGRAPH_WORDS_MIN
