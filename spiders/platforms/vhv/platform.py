"""The platform VHV (VHV.Platform by VHV JSC), used by many provincial, police and party portals.

Belongs here: URLs and lists of this CMS. Does not belong here: its article pages (`spiders.platforms.vhv.article`).

Observed in templates and in data scraped from live portals: rows of the widgets `Article-Detail-*`; article URLs
without an id (`/tin-tuc/<slug>.html`) and sections without `.html`; a printed id of 24 hexadecimal digits;
`?page=<Module>` for system pages; list pagination rendered by script.
Inferred: `?pageNo=2` and `/trang-2` for portals that link to later pages of lists; ids in URLs (`-<24 digits>.html`,
`/c/<id>.html`); print views and feeds by their usual names. A number at the end of a slug is not an id: it may be a
year, or the number that VHV appends to make equal slugs unique.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page, Template
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.selectors import ancestors, class_matches, descendants, first_text, has_class, text_of
from spiders.platforms.parts.urls import base_of, is_file, links_of, origin, page_link
from spiders.platforms.vhv.article import HEX_ID, LAYOUTS, attachments_in, id_in, parts_in
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.address import canonical_address
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean

NAME: Final = "vhv"

SIGNATURES: Final = (
    class_signature(3, "news-detail-layout-type-2"),
    signature(2, "VHV's modules", r"class=[\"']ModuleWrapper[\s\"']|\bmoduleRootId="),
    class_signature(2, "Article-News"),
    signature(1, "VHV's name", r"\bvhv(?:\.vn|platform|_)"),
    signature(1, "title-detail as headline", r"class=[\"']title-detail[\"'][^<>]{0,80}itemprop=[\"']headline"),
)
DENY: Final = ()
FEED_PRECISION: Final = "second"

_ARTICLE_PATH: Final = re.compile(rf"^(?:/[^/]+)+/[^/]+\.html$|^/(?:[^/-]+-){{3,}}[^/-]+\.html$|-{HEX_ID}$")
_ARTICLE_ID: Final = re.compile(rf"(?:-(?P<printed>{HEX_ID})|/c/(?P<number>\w+))(?:\.html)?$")
_PAGINATION_PATH: Final = re.compile(r"/(?:trang|page)-\d+(?:\.html)?$", re.IGNORECASE)
_PAGINATION_PARAMETER: Final = re.compile(r"^(?:pageNo|page)$", re.IGNORECASE)
_PAGE_NUMBER: Final = re.compile(r"\d{1,6}")
_PRINT_QUERY: Final = re.compile(r"(?:^|&)(?:print|in|template|layout|amp|mobile)(?:=|&|$)", re.IGNORECASE)
_NON_CONTENT_PATH: Final = re.compile(
    r"^/(?:print|in-bai|in-bai-viet|rss|feed|tim-kiem|search|tu-khoa|tags?|dang-nhap|dang-ky|login|logout|member|admin|"
    r"cms|api|ajax|app|upload|publish|3rdparty|css|js)(?:[/.]|$)|/(?:print|rss)(?:\.html)?$|\.(?:xml|rss|php)$",
    re.IGNORECASE,
)
_INDEX: Final = re.compile(r"/index\.html?$")

_ROW_CLASS: Final = re.compile(r"(?:^|\s)(?:news-item|news-listType\w+)(?=\s|$)")
_ROW_TITLES: Final = frozenset(("entry-title", "news-title", "post-title", "title"))
_ROW_DATES: Final = frozenset(("post-date", "date", "time-news", "pub-date"))
_ROW_SUMMARIES: Final = frozenset(("post-content", "brief", "brief-news"))
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the URL without `index.html` and query, except a list's page number greater than 1."""
    parts = urlsplit(url := address(url))
    path = _INDEX.sub("", parts.path.rstrip("/")) or "/"
    paging = [] if _is_article_path(path) else [pair for pair in parse_qsl(parts.query) if _is_further_page(*pair)]
    return origin(url) + path + (f"?{urlencode(paging)}" if paging else "")


def _is_article_path(path: str) -> bool:
    return bool(_ARTICLE_PATH.search(path)) and not _PAGINATION_PATH.search(path)


def _is_pagination(name: str, value: str) -> bool:
    return bool(_PAGINATION_PARAMETER.match(name) and _PAGE_NUMBER.fullmatch(value))


def _is_further_page(name: str, value: str) -> bool:
    return _is_pagination(name, value) and int(value) > 1


def article_key(url: str) -> str | None:
    """Return the id in the URL; None for most articles, whose URLs have no id."""
    found = _ARTICLE_ID.search(urlsplit(url).path)
    return found["printed"] or found["number"] if found else None


def page_key(page: Page) -> str | None:
    """Return the id in the calls of the print, read-aloud and send buttons, or in `data-id`."""
    box = _box(page)
    return None if box is None else id_in(box)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the path: `.html` below a section, a slug of four or more words, or an id at the end."""
    path = urlsplit(url).path
    return _is_content_url(url) and _is_article_path(path) and not _INDEX.search(path)


def _is_content_url(url: str) -> bool:
    """Tell whether the URL is not that of a print view, feed, file or system page."""
    parts = urlsplit(url)
    return not (_NON_CONTENT_PATH.search(parts.path) or _PRINT_QUERY.search(parts.query) or is_file(url))


def _template(name: str, find: Callable[[Page], HtmlElement | None]) -> Template:
    return Template(name, None, lambda page: find(page) is not None, partial(parts_in, find=find))


TEMPLATES: Final = tuple(_template(name, find) for name, find in LAYOUTS.items())


def _box(page: Page) -> HtmlElement | None:
    return next((box for find in LAYOUTS.values() if (box := find(page)) is not None), None)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return next(_rows(page), None) is not None


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links; lists are other content pages with no parameters but the page number."""
    base = base_of(page)
    box = _box(page)
    rows = list_rows(page) if box is None else ()
    listed = {row.url for row in rows}
    every = tuple(dict.fromkeys(links_of(page)))
    articles = [url for url in every if url in listed or is_article_url(url, portal)]
    lists = [url for url in every if url not in listed and portal.scope.covers(url) and _is_list(url, portal)]
    return Links(
        articles=tuple(articles),
        lists=tuple(lists),
        attachments=() if box is None else attachments_in(box, base),
        row_count=len(rows),
    )


def _is_list(url: str, portal: Portal) -> bool:
    if not _is_content_url(url) or is_article_url(url, portal):
        return False
    return all(_is_pagination(*pair) for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in document order."""
    base = base_of(page)
    return tuple(row for element in _rows(page) if (row := _list_row(element, base)))


def _rows(page: Page) -> Iterator[HtmlElement]:
    """Yield the container of each list row that has a link."""
    outer: HtmlElement | None = None
    for element in descendants(page.tree, "article", "div"):
        is_row = element.tag == "article" or class_matches(element, _ROW_CLASS)
        if is_row and next(descendants(element, "a"), None) is not None and outer not in ancestors(element):
            outer = element
            yield element


def _list_row(element: HtmlElement, base: str) -> ListRow | None:
    anchors = [anchor for anchor in descendants(element, "a") if text_of(anchor)]
    titles = [anchor for anchor in anchors if _is_row_title(anchor, element)]
    link = next(iter(titles or anchors), None)
    url = page_link(base, link.get("href")) if link is not None else None
    if link is None or not url or not _is_content_url(url):
        return None
    title, whole = text_of(link), clean(link.get("title") or "")
    # One widget prints `19/01/26`. The parser needs the word `ngày` before such a date; the class shows it is one.
    dates = [f"ngày {text}" for mark in _of_class(element, _ROW_DATES) if (text := text_of(mark))]
    stamps = [stamp for mark in descendants(element, "time") if (stamp := mark.get("datetime"))]
    summaries = list(_of_class(element, _ROW_SUMMARIES))
    return list_row(
        whole if title.endswith(("...", "…")) and whole else title,
        url,
        summary=first_text(summaries),
        date_line=next((text for text in (*stamps, *dates) if parse_moment(text)), None),
    )


def _is_row_title(anchor: HtmlElement, row: HtmlElement) -> bool:
    for element in ancestors(anchor):
        if element is row:
            return False
        if element.tag in _HEADINGS or has_class(element, _ROW_TITLES):
            return True
    return False


def _of_class(element: HtmlElement, names: frozenset[str]) -> Iterator[HtmlElement]:
    return (inner for inner in descendants(element, "*") if has_class(inner, names))
