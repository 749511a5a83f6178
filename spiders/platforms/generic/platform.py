"""The platform for portals on an unknown CMS: links by URL pattern, list rows by their dates.

Belongs here: URLs and lists, by heuristics for most news sites. Does not belong here: articles
(`spiders.platforms.generic.article`), or the markup of a specific CMS.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page, Template
from spiders.platform_registry import GENERIC
from spiders.platforms.generic.article import article_parts, is_article
from spiders.platforms.parts.assembly import view_count
from spiders.platforms.parts.metadata import read_metadata
from spiders.platforms.parts.selectors import ancestors, descendants, outermost, select, text_of
from spiders.platforms.parts.urls import absolute, base_of, is_attachment, is_file, links_in, origin, untracked
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean, count_words

NAME: Final = GENERIC

SIGNATURES: Final = ()  # an unknown CMS has no signature
DENY: Final = ()

# A slug with the article number at its end and `.html`, or a number of six or more digits at the end of the URL.
_ARTICLE_PATH: Final = re.compile(
    r"/[\d-]*[^/\d-][^/]*-\d+\.html?$|[/-][a-z]*\d{6,}(?:\.[a-z]{2,5})?/?$", re.IGNORECASE
)
_PRINTED: Final = re.compile(r"/(?:print|in-bai|ban-in)(?:[/.?]|$)", re.IGNORECASE)
_PAGE_PATH: Final = re.compile(r"(?:^|/)(?:page|trang|p)[-/]?\d+(?:\.\w+)?/?$", re.IGNORECASE)
_PAGE_QUERY: Final = re.compile(r"(?:^|&)(?:page|trang|p|paged|pageindex|pagenumber|cur)=\d+(?:&|$)", re.IGNORECASE)
_NON_CONTENT_PATH: Final = re.compile(
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
# Limits for hostile pages; real lists and articles stay far below them.
_ANCHORS_MAX: Final = 3000
_LINKS_IN_ROW_MAX: Final = 40
_TEXTS_OF_ROW_MAX: Final = 100
_TITLE_WORDS_MIN: Final = 4


def canonical_url(url: str) -> str:
    """Return the URL without fragment, tokens and campaign parameters, with the host in lower case."""
    parts = urlsplit(untracked(url))
    return origin(url) + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def article_key(url: str) -> str | None:
    """Return None: for an unknown CMS, a number in a URL may be an id or a year."""
    return None


def page_key(page: Page) -> str | None:
    """Return None, like `article_key`."""
    return None


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the portal's article patterns, or by the default pattern if the portal defines none."""
    path = urlsplit(url).path
    if _is_excluded(path):
        return False
    if portal.article_patterns:
        return any(re.search(pattern, path) for pattern in portal.article_patterns)
    return _looks_like_article(url)


def _is_excluded(path: str) -> bool:
    """Tell whether crawls never follow the path: forms, machine-readable files and print views."""
    return _NON_CONTENT_PATH.search(path) is not None or _PRINTED.search(path) is not None


def _looks_like_article(url: str) -> bool:
    path = urlsplit(url).path
    return bool(_ARTICLE_PATH.search(path)) and not _PAGE_PATH.search(path) and not is_file(url)


def _is_article(page: Page) -> bool:
    is_readable = not _NON_CONTENT_PATH.search(urlsplit(page.url).path)
    return is_readable and is_article(page, has_article_url=_looks_like_article(page.url))


def is_list(page: Page) -> bool:
    """Tell whether the page shows dated rows of articles."""
    return not _NON_CONTENT_PATH.search(urlsplit(page.url).path) and len(list_rows(page)) >= _DATED_ROWS_MIN


def _looks_like_article_page(page: Page) -> bool:
    """Tell cheaply, for crawls, whether the page is an article: by metadata, or by URL, `h1` and text."""
    if read_metadata(page).is_article:
        return True
    return _looks_like_article(page.url) and bool(_H1(page.tree)) and _has_more_text_than(len(list_rows(page)), page)


def _has_more_text_than(row_count: int, page: Page) -> bool:
    """Tell whether the page has more text than a list of so many rows under an article's URL has."""
    unlinked = (p for p in descendants(page.tree, "p") if next(descendants(p, "a"), None) is None)
    words = sum(count_words(text_of(p)) for p in unlinked)
    return words > 30 * max(row_count, 1)


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links: articles by pattern; lists from menus, breadcrumbs and pagination."""
    base = base_of(page)
    every = list(dict.fromkeys(links_in([page.tree], base)))
    articles = [url for url in every if is_article_url(url, portal)]
    menus = set(links_in(outermost(_MENUS(page.tree)), base))
    menus.update(url for link in _NEXT(page.tree) if (url := absolute(base, link.get("href"))))
    lists = [
        url
        for url in every
        if (url in menus or _is_pagination(url))
        and portal.scope.covers(url)
        and not is_article_url(url, portal)
        and not is_file(url)
        and not _is_excluded(urlsplit(url).path)
    ]
    is_one = _looks_like_article_page(page)
    row_count = len(list_rows(page)) if not is_one and is_list(page) else 0
    is_expected = not row_count and is_article_url(page.url, portal)
    return Links(
        articles=tuple(articles),
        lists=tuple(lists),
        attachments=tuple(filter(is_attachment, every)) if is_one or is_expected else (),
        row_count=row_count,
    )


def _is_pagination(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_PAGE_PATH.search(parts.path) or _PAGE_QUERY.search(parts.query))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page: linked titles that have a container of their own with a date.

    A title needs no date if it is a heading and its URL looks like an article's.
    """
    base = base_of(page)
    rows: dict[str, ListRow] = {}
    for anchor in _ANCHORS(page.tree)[:_ANCHORS_MAX]:
        title = _link_title(anchor)
        url = absolute(base, anchor.get("href"))
        if not url or count_words(title) < _TITLE_WORDS_MIN or is_file(url) or url in rows:
            continue
        is_article = _looks_like_article(url) and not _is_excluded(urlsplit(url).path)
        is_heading = any(element.tag in _HEADINGS for element in (anchor, *islice(ancestors(anchor), 2), *anchor))
        if is_article or is_heading:
            row = _row(_box(anchor, base, url), title, url)
            if row.published_at or (is_article and is_heading):
                rows[url] = row
    return tuple(rows.values())


def _link_title(anchor: HtmlElement) -> str:
    """Return the link text, or its `title` attribute if the text is that plus a rank or a date."""
    text, title = text_of(anchor), clean(anchor.get("title") or "")
    return title if title and title in text else text


def _box(anchor: HtmlElement, base: str, url: str) -> HtmlElement:
    """Return the outermost of the link's five nearest ancestors that links to no other article."""
    box = anchor
    for ancestor in islice(ancestors(anchor), 5):
        beside = list(islice(descendants(ancestor, "a"), _LINKS_IN_ROW_MAX))
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
    stamped = next((time.get("datetime") for time in descendants(box, "time") if time.get("datetime")), None)
    texts = (text for piece in box.itertext() if (text := clean(piece)))
    for text in islice(texts, _TEXTS_OF_ROW_MAX):
        if views is None and (seen := view_count(text)) is not None:
            views = seen
        elif moment is None and count_words(text) <= 12 and (found := parse_moment(text)):
            moment = found
        elif summary is None and count_words(text) > 8 and text not in title and title not in text:
            summary = text
    if stamped and (moment is None or moment.precision == "day"):
        moment = parse_moment(stamped) or moment
    return ListRow(title, url, summary, moment.at if moment else None, moment.precision if moment else None, views)


TEMPLATES: Final = (Template("any", None, _is_article, article_parts),)
