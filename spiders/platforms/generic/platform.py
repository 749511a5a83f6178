"""Any portal whose system no template knows: links by pattern, rows of lists by their dates.

Here: addresses and lists, by signs that hold on most news sites. Not here: articles
(`spiders.platforms.generic.article`), or the markup of any one CMS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page, Template
from spiders.platform_registry import GENERIC
from spiders.platforms.generic.article import article_parts, is_article
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment, is_file, links_in, origin, without_visit
from spiders.platforms.parts.assembly import view_count
from spiders.platforms.parts.metadata import declares_article
from spiders.platforms.parts.selectors import around, below, outermost, select, text_of
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, count_words

NAME: Final = GENERIC

SIGNATURES: Final = ()  # nothing speaks for an unknown system
DENY: Final = ()

# A slug of at least two words that ends in the article's number, or a long number that ends the address.
_ARTICLE_PATH: Final = re.compile(
    r"/[\d-]*[^/\d-][^/]*-\d+\.html?$|[/-][a-z]*\d{6,}(?:\.[a-z]{2,5})?/?$", re.IGNORECASE
)
_PRINTED: Final = re.compile(r"/(?:print|in-bai|ban-in)(?:[/.?]|$)", re.IGNORECASE)
_PAGING_PATH: Final = re.compile(r"(?:^|/)(?:page|trang|p)[-/]?\d+(?:\.\w+)?/?$", re.IGNORECASE)
_PAGING_QUERY: Final = re.compile(r"(?:^|&)(?:page|trang|p|paged|pageindex|pagenumber|cur)=\d+(?:&|$)", re.IGNORECASE)
_NOT_FOR_READERS: Final = re.compile(
    r"/(?:savefile|sendmail|users?|login|dang-nhap|logout|register|dang-ky|search|seek|tim-kiem|rss|feeds?|comment|"
    r"siteterms|captcha|admin|api|ajax)(?:[/.?]|$)|\.(?:xml|rss|atom|json|css|js)$",
    re.IGNORECASE,
)

_H1: Final = select("//h1")
_ANCHORS: Final = select("//a[@href][not(ancestor::nav or ancestor::footer)]")
_MENUS: Final = select(
    "//nav",
    "//header",
    *(f"//*[contains(@class,'{part}')]" for part in ("menu", "nav", "breadcrumb", "pagin", "pager")),
)
_NEXT: Final = select("//a[@rel='next' or @rel='prev']", "//link[@rel='next']")
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_DATED_ROWS_MIN: Final = 3
# Bounds for hostile pages; real lists and articles stay far below them.
_ANCHORS_MAX: Final = 3000
_LINKS_IN_ROW_MAX: Final = 40
_TEXTS_OF_ROW_MAX: Final = 100
_TITLE_WORDS_MIN: Final = 4


def canonical_url(url: str) -> str:
    """Return the address without fragment, tokens and campaign marks, its host in lower case."""
    parts = urlsplit(without_visit(url))
    return origin(url) + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def article_key(url: str) -> str | None:
    """Return None: a number in an address may be an id or a year, and only the system's own template can tell."""
    return None


def page_key(page: Page) -> str | None:
    """Return None, as `article_key`."""
    return None


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the portal's own patterns, or by the usual one where it gives none."""
    path = urlsplit(url).path
    if _is_aside(path):
        return False
    if portal.article_patterns:
        return any(re.search(pattern, path) for pattern in portal.article_patterns)
    return _looks_like_article(url)


def _is_aside(path: str) -> bool:
    """Tell pages that no crawl follows: forms, files for machines, and printed views of what stands elsewhere."""
    return _NOT_FOR_READERS.search(path) is not None or _PRINTED.search(path) is not None


def _looks_like_article(url: str) -> bool:
    path = urlsplit(url).path
    return bool(_ARTICLE_PATH.search(path)) and not _PAGING_PATH.search(path) and not is_file(url)


def _is_article(page: Page) -> bool:
    is_readable = not _NOT_FOR_READERS.search(urlsplit(page.url).path)
    return is_readable and is_article(page, is_addressed=_looks_like_article(page.url))


def is_list(page: Page) -> bool:
    """Tell whether the page shows dated rows of articles."""
    return not _NOT_FOR_READERS.search(urlsplit(page.url).path) and len(list_rows(page)) >= _DATED_ROWS_MIN


def _looks_like_one(page: Page) -> bool:
    """Tell cheaply, for a crawl, whether the page is an article: by its declarations, or its address and headline."""
    if declares_article(page):
        return True
    return _looks_like_article(page.url) and bool(_H1(page.tree)) and _has_more_text_than(len(list_rows(page)), page)


def _has_more_text_than(row_count: int, page: Page) -> bool:
    """Tell an article with some links beside it from a list that answers at an article's address."""
    words = sum(count_words(text_of(p)) for p in below(page.tree, "p") if not any(True for _ in below(p, "a")))
    return words > 30 * max(row_count, 1)


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads: articles by pattern; lists from menus, breadcrumbs and paging."""
    base = base_of(page)
    every = list(dict.fromkeys(links_in([page.tree], base)))
    articles = [url for url in every if is_article_url(url, portal)]
    menus = set(links_in(outermost(_MENUS(page.tree)), base))
    menus.update(url for link in _NEXT(page.tree) if (url := absolute(base, link.get("href"))))
    lists = [
        url
        for url in every
        if (url in menus or _is_paging(url))
        and portal.scope.covers(url)
        and not is_article_url(url, portal)
        and not is_file(url)
        and not _is_aside(urlsplit(url).path)
    ]
    is_one = _looks_like_one(page)
    row_count = len(list_rows(page)) if not is_one and is_list(page) else 0
    is_promised = not row_count and is_article_url(page.url, portal)
    return Links(
        articles=tuple(articles),
        lists=tuple(lists),
        attachments=tuple(filter(is_attachment, every)) if is_one or is_promised else (),
        row_count=row_count,
    )


def _is_paging(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_PAGING_PATH.search(parts.path) or _PAGING_QUERY.search(parts.query))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page: linked titles that stand in a box of their own with a date.

    A title whose address is plainly an article's needs no date if it is a heading.
    """
    base = base_of(page)
    rows: dict[str, ListRow] = {}
    for anchor in _ANCHORS(page.tree)[:_ANCHORS_MAX]:
        title = _link_title(anchor)
        url = absolute(base, anchor.get("href"))
        if not url or count_words(title) < _TITLE_WORDS_MIN or is_file(url) or url in rows:
            continue
        is_article = _looks_like_article(url) and not _is_aside(urlsplit(url).path)
        is_heading = any(element.tag in _HEADINGS for element in (anchor, *_lineage(anchor, 2), *anchor))
        if is_article or is_heading:
            row = _row(_box(anchor, base, url), title, url)
            if row.published_at or (is_article and is_heading):
                rows[url] = row
    return tuple(rows.values())


def _link_title(anchor: HtmlElement) -> str:
    """Return the linked text; its `title` where the text says the same and more, such as a rank or a date."""
    text, title = text_of(anchor), clean(anchor.get("title") or "")
    return title if title and title in text else text


def _lineage(element: HtmlElement, count: int) -> Iterator[HtmlElement]:
    for number, ancestor in enumerate(around(element)):
        if number == count:
            return
        yield ancestor


def _box(anchor: HtmlElement, base: str, url: str) -> HtmlElement:
    """Return the widest element around the link, up to five levels, that links to no other article."""
    box = anchor
    for ancestor in _lineage(anchor, 5):
        beside = list(islice(below(ancestor, "a"), _LINKS_IN_ROW_MAX))
        others = (absolute(base, other.get("href")) for other in beside if other is not anchor)
        is_crowded = ancestor.tag in ("body", "main") or len(beside) == _LINKS_IN_ROW_MAX
        if is_crowded or any(other and other != url and _looks_like_article(other) for other in others):
            break
        box = ancestor
    return box


def _row(box: HtmlElement, title: str, url: str) -> ListRow:
    moment: Moment | None = None
    views: int | None = None
    summary: str | None = None
    stamped = next((time.get("datetime") for time in below(box, "time") if time.get("datetime")), None)
    for text in islice(_texts(box), _TEXTS_OF_ROW_MAX):
        if views is None and (seen := view_count(text)) is not None:
            views = seen
        elif moment is None and count_words(text) <= 12 and (found := parse_moment(text)):
            moment = found
        elif summary is None and count_words(text) > 8 and text not in title and title not in text:
            summary = text
    if stamped and (moment is None or moment.precision == "day"):
        moment = parse_moment(stamped) or moment
    return ListRow(title, url, summary, moment.at if moment else None, moment.precision if moment else None, views)


def _texts(element: HtmlElement) -> Iterator[str]:
    return (text for piece in element.itertext() if (text := clean(piece)))


TEMPLATES: Final = (Template("any", None, _is_article, article_parts),)
