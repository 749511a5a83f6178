"""The platform vnPortal by VNPT, used by the city's portal since 2025 and by other provinces.

Belongs here: the platform interface, lists, and which links to follow. Does not belong here: article pages
(`spiders.platforms.vnportal.article`) and URLs (`spiders.platforms.vnportal.urls`).

No page was examined. The source is scrapers of hanoi.gov.vn and of a department of the city: rows are
`div.news-item[data-id]` with `h3.news-title`, `span.news-time` (`15:28 28/08/2026`, the same in its `title`) and
`p.news-sapo`. Scrapers of other portals by VNPT know `ul.ArticleList` with `li.row`, `h2.Title` and `div.Ngaydang`.
A script loads further rows (`/api/NewsZone/NewsZone`), so that crawls see only the newest articles of each list.
Files are at storage-vnportal.vnpt.vn, outside the portal's host.
"""

from __future__ import annotations

from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.selectors import by_mark, descendants, first_text, outermost, select, text_of, with_class
from spiders.platforms.parts.urls import base_of, links_in, links_of, page_link
from spiders.platforms.vnportal.article import TEMPLATES, file_boxes, shows_article
from spiders.platforms.vnportal.urls import article_key, canonical_url, looks_like_article, may_be_page
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean

__all__ = (
    "DENY", "FEED_PRECISION", "NAME", "SIGNATURES", "TEMPLATES", "article_key", "canonical_url", "is_article_url",
    "is_list", "links", "list_rows", "page_key",
)  # fmt: skip

NAME: Final = "vnportal"

SIGNATURES: Final = (
    signature(3, "vnPortal's file server", r"\bstorage-vnportal\.vnpt\.vn\b"),
    signature(3, "vnPortal named", r"\bvn-?portal\b"),
    signature(2, "addresses that end in a long number and .htm", r"href=[\"'][^\"'<>\s]{1,300}-\d{13,20}\.htm[\"']"),
    signature(2, "vnPortal's lists by script", r"/api/NewsZone/"),
    class_signature(2, "ArticleDetailControl"),
    class_signature(2, "UIArticleInMenu_Default"),
    signature(1, "VNPT named", r"\bvnpt\b"),
)
FEED_PRECISION: Final = "second"
DENY: Final = (r"(?i)^/api/",)

_CANONICAL: Final = select("/html/head/link[@rel='canonical' and @href]")
_ROWS: Final = select(
    "//" + with_class("div", "news-item") + "[descendant::a]",
    "//" + with_class("ul", "ArticleList") + "/li[descendant::a]",
)
_ROW_PARTS: Final = frozenset(("news-title", "Title", "news-time", "Ngaydang", "news-sapo"))
_MENUS: Final = select(
    "//nav",
    "//header",
    "//" + with_class("*", "breadcrumb", "detail-cate", "menu", "nav-menu", "main-menu", "pagination"),
)


def page_key(page: Page) -> str | None:
    """Return the article number of the page's canonical URL."""
    base = base_of(page)
    urls = (page_link(base, link.get("href")) for link in _CANONICAL(page.tree))
    return next((key for url in urls if url and (key := article_key(url))), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether the URL is an article's, and not that of its print view."""
    return looks_like_article(url)


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return bool(list_rows(page))


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links: articles anywhere on it, lists from menus, breadcrumbs and pagination."""
    base = base_of(page)
    rows = list_rows(page)
    listed = {row.url for row in rows}
    every = links_of(page)
    articles = dict.fromkeys(url for url in every if url in listed or looks_like_article(url))
    menus = links_in(outermost(_MENUS(page.tree)), base)
    lists = (url for url in menus if url not in articles and may_be_page(url) and portal.scope.covers(url))
    return Links(
        articles=tuple(articles),
        lists=tuple(dict.fromkeys(lists)),
        attachments=linked_attachments(file_boxes(page), base),
        row_count=0 if shows_article(page) else len(rows),
    )


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in document order, without duplicate URLs."""
    base = base_of(page)
    rows: dict[str, ListRow] = {}
    for element in outermost(_ROWS(page.tree)):
        row = _list_row(element, base)
        if row is not None:
            rows.setdefault(row.url, row)
    return tuple(rows.values())


def _list_row(element: HtmlElement, base: str) -> ListRow | None:
    parts = by_mark(element, _ROW_PARTS)
    titles = parts["news-title"] or parts["Title"]
    title = first_text(titles[:1])
    link = next((each for each in descendants(element, "a") if each.get("href")), None)
    if titles:
        link = next((each for each in descendants(titles[0], "a") if each.get("href")), link)
    url = page_link(base, link.get("href")) if link is not None else None
    if not title or not url or not may_be_page(url):
        return None
    dates = [text for time in (*parts["news-time"], *parts["Ngaydang"]) for text in _date_texts(time)]
    summary = first_text(parts["news-sapo"]) or first_text(list(element.iterfind(".//p")))
    return list_row(title, url, summary=summary, date_line=next(iter(dates), None))


def _date_texts(element: HtmlElement) -> list[str]:
    """Return the texts of a row's date element that state a date: the visible one, then its tooltip."""
    texts = (text_of(element), clean(element.get("title") or ""))
    return [text for text in texts if parse_moment(text)]
