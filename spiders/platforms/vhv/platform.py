"""VHV's portal system (VHV.Platform of VHV JSC), as many provincial, police and party portals run it.

Here: addresses and lists of this one CMS. Not here: its article pages (`spiders.platforms.vhv.article`).

Seen, in templates and in what others read from live portals: rows of the widgets `Article-Detail-*`; addresses without
an id (`/tin-tuc/<slug>.html`) and sections without `.html`; an id of 24 hexadecimal digits that the template prints;
`?page=<Module>` for the system's own pages; page numbers of lists that a script writes.
Inferred: `?pageNo=2` and `/trang-2` where a portal does link the pages of its lists; ids in addresses
(`-<24 digits>.html`, `/c/<id>.html`); print views and feeds by their usual names. A number at the end of a slug is no
id: it may be a year, and VHV adds one to tell equal slugs apart.
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
from spiders.platforms.parts.addresses import absolute, base_of, is_file, links_in, origin, without_visit
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.selectors import around, below, first_text, text_of
from spiders.platforms.vhv.article import HEX_ID, LAYOUTS, attachments_in, id_in, parts_in
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean

NAME: Final = "vhv"

SIGNATURES: Final = (
    class_signature(3, "news-detail-layout-type-2"),
    signature(2, "VHV's modules", r"class=[\"']ModuleWrapper[\s\"']|\bmoduleRootId="),
    class_signature(2, "Article-News"),
    signature(1, "VHV named", r"\bvhv(?:\.vn|platform|_)"),
    signature(1, "title-detail as headline", r"class=[\"']title-detail[\"'][^<>]{0,80}itemprop=[\"']headline"),
)
DENY: Final = ()

_ARTICLE_PATH: Final = re.compile(rf"^(?:/[^/]+)+/[^/]+\.html$|^/(?:[^/-]+-){{3,}}[^/-]+\.html$|-{HEX_ID}$")
_ARTICLE_ID: Final = re.compile(rf"(?:-(?P<printed>{HEX_ID})|/c/(?P<number>\w+))(?:\.html)?$")
_PAGING_PATH: Final = re.compile(r"/(?:trang|page)-\d+(?:\.html)?$", re.IGNORECASE)
_PAGING: Final = re.compile(r"^(?:pageNo|page)$", re.IGNORECASE)
_PAGE_NUMBER: Final = re.compile(r"\d{1,6}")
_PRINT_QUERY: Final = re.compile(r"(?:^|&)(?:print|in|template|layout|amp|mobile)(?:=|&|$)", re.IGNORECASE)
_NOT_FOR_READERS: Final = re.compile(
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


def canonical_url(url: str) -> str:
    """Return the address without anything behind the path but a list's page number beyond the first."""
    parts = urlsplit(without_visit(url))
    path = _INDEX.sub("", parts.path.rstrip("/")) or "/"
    paging = [] if _is_article_path(path) else [pair for pair in parse_qsl(parts.query) if _is_further_page(*pair)]
    return origin(url) + path + (f"?{urlencode(paging)}" if paging else "")


def _is_article_path(path: str) -> bool:
    return bool(_ARTICLE_PATH.search(path)) and not _PAGING_PATH.search(path)


def _is_paging(name: str, value: str) -> bool:
    return bool(_PAGING.match(name) and _PAGE_NUMBER.fullmatch(value))


def _is_further_page(name: str, value: str) -> bool:
    return _is_paging(name, value) and int(value) > 1


def article_key(url: str) -> str | None:
    """Return the id where the address holds one, as few do."""
    found = _ARTICLE_ID.search(urlsplit(url).path)
    return found["printed"] or found["number"] if found else None


def page_key(page: Page) -> str | None:
    """Return the id that the template's buttons to print, read out and send the article are called with."""
    box = _box(page)
    return None if box is None else id_in(box)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell by the path: `.html` in a section, or a slug of some words; print views and pages of lists are none."""
    path = urlsplit(url).path
    return _is_for_readers(url) and _is_article_path(path) and not _INDEX.search(path)


def _is_for_readers(url: str) -> bool:
    """Tell from pages, which readers look at, print views, feeds, files and the system's own pages."""
    parts = urlsplit(url)
    return not (_NOT_FOR_READERS.search(parts.path) or _PRINT_QUERY.search(parts.query) or is_file(url))


def _template(name: str, find: Callable[[Page], HtmlElement | None]) -> Template:
    return Template(name, None, lambda page: find(page) is not None, partial(parts_in, find=find))


TEMPLATES: Final = tuple(_template(name, find) for name, find in LAYOUTS.items())


def _box(page: Page) -> HtmlElement | None:
    return next((box for find in LAYOUTS.values() if (box := find(page)) is not None), None)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return next(_rows(page), None) is not None


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads; sections are what stands at an address without `.html` and without parameters."""
    base = base_of(page)
    box = _box(page)
    rows = list_rows(page) if box is None else ()
    listed = {row.url for row in rows}
    every = tuple(dict.fromkeys(links_in([page.tree], base)))
    articles = [url for url in every if url in listed or is_article_url(url, portal)]
    lists = [url for url in every if url not in listed and portal.scope.covers(url) and _is_list(url, portal)]
    return Links(
        articles=tuple(articles),
        lists=tuple(lists),
        attachments=() if box is None else attachments_in(box, base),
        row_count=len(rows),
    )


def _is_list(url: str, portal: Portal) -> bool:
    if not _is_for_readers(url) or is_article_url(url, portal):
        return False
    return all(_is_paging(*pair) for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in page order."""
    base = base_of(page)
    return tuple(row for element in _rows(page) if (row := _list_row(element, base)))


def _rows(page: Page) -> Iterator[HtmlElement]:
    """Yield the boxes of single articles that link to them."""
    outer: HtmlElement | None = None
    for element in below(page.tree, "article", "div"):
        is_row = element.tag == "article" or _ROW_CLASS.search(element.get("class") or "")
        if is_row and next(below(element, "a"), None) is not None and outer not in around(element):
            outer = element
            yield element


def _list_row(element: HtmlElement, base: str) -> ListRow | None:
    anchors = [anchor for anchor in below(element, "a") if text_of(anchor)]
    titles = [anchor for anchor in anchors if _is_row_title(anchor, element)]
    link = next(iter(titles or anchors), None)
    url = absolute(base, link.get("href")) if link is not None else None
    if link is None or not url or not _is_for_readers(url):
        return None
    title, whole = text_of(link), clean(link.get("title") or "")
    # One widget writes `19/01/26`, which is a date only where words say so; the place says it here.
    dates = [f"ngày {text}" for mark in _of_class(element, _ROW_DATES) if (text := text_of(mark))]
    stamps = [stamp for mark in below(element, "time") if (stamp := mark.get("datetime"))]
    summaries = list(_of_class(element, _ROW_SUMMARIES))
    return list_row(
        whole if title.endswith(("...", "…")) and whole else title,
        url,
        summary=first_text(summaries),
        date_line=next((text for text in (*stamps, *dates) if parse_moment(text)), None),
    )


def _is_row_title(anchor: HtmlElement, row: HtmlElement) -> bool:
    for element in around(anchor):
        if element is row:
            return False
        if element.tag in _HEADINGS or _is_any(element, _ROW_TITLES):
            return True
    return False


def _of_class(element: HtmlElement, names: frozenset[str]) -> Iterator[HtmlElement]:
    return (inner for inner in below(element, "*") if _is_any(inner, names))


def _is_any(element: HtmlElement, names: frozenset[str]) -> bool:
    return not names.isdisjoint((element.get("class") or "").split())
