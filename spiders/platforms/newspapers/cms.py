"""The platform interface of the newspaper CMSs: their URLs, menus and list rows.

Belongs here: rules that hold for more than one of these CMSs. Does not belong here: the classes of a single one
(`onecms`, `zce`), or an article's parts (`spiders.platforms.newspapers.marks`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page, Template
from spiders.pages.signatures import Signature
from spiders.platforms.newspapers.marks import Marks, first_of, stated_date
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.selectors import (
    ancestors,
    by_mark,
    class_matches,
    descendants,
    has_class,
    outermost,
    select,
    text_of,
    with_class,
)
from spiders.platforms.parts.urls import (
    base_of,
    is_file,
    later_page,
    links_in,
    links_of,
    origin,
    page_link,
)
from spiders.portal import Portal
from warehouse.records import ListRow, Precision
from warehouse.text.address import canonical_address
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words

# Hosts and URLs of article variants: mobile, AMP, print.
_VARIANT_HOST: Final = re.compile(r"(?<=//)(?:m|mobile|amp)\.")
_VARIANT_PREFIX: Final = re.compile(r"^/(?:amp|print|in-bai|in-an|in|m)(?=/)")
_VARIANT_SUFFIX: Final = re.compile(r"(?:/amp|/print)?/?$|\.(?:amp|print)(?=\.html?$|$)")
_VARIANT_QUERY: Final = re.compile(r"(?:^|&)(?:amp|print|view|outputtype)(?:=|&|$)", re.IGNORECASE)
_NON_CONTENT_PATH: Final = re.compile(
    r"/(?:rss|feeds?|api|ajax|search|tim-kiem|dang-nhap|login|logout|dang-ky|register|print|in-bai|in-an|amp|tags?|tu-khoa|"
    r"tac-gia|author|binh-luan|comment|lien-he|quang-cao|dat-bao)(?:[/.?]|$)|\.(?:xml|rss|json|css|js)$",
    re.IGNORECASE,
)
_PAGE_NUMBER: Final = re.compile(r"^(?:page|trang|p)$", re.IGNORECASE)
_DATE_CLASS: Final = re.compile(r"time|date|publish", re.IGNORECASE)

_CANONICAL: Final = select("//link[@rel='canonical'][@href]")
_OPEN_GRAPH_URL: Final = select("//meta[@property='og:url'][@content]")
_MENUS: Final = select(
    "//nav",
    "//header",
    "//" + with_class("*", "breadcrumb", "breadcrumbs", "c-breadcrumb", "menu", "menu-nav", "c-menu", "main-menu"),
    "//*[contains(@class,'pagin') or contains(@class,'paging') or contains(@class,'pager')]",
)
_NEXT: Final = select("//link[@rel='next'][@href]")


@dataclass(frozen=True)
class NewspaperCms:
    """The platform of one CMS.

    Attributes:
        layouts: the layouts of article pages; the first that fits supplies the attachments.
        article: pattern for the path of an article's plain URL; the first group with a value is the article key.
        topic: pattern for the path of a topic page, whose URL may look like an article's.
        row_titles: marks of the linked headings of list rows; the first mark found on a page is used.
        row_boxes: classes of the container of a row; `li` and `article` are containers too.
        row_summaries: classes of the summary in a row.
    """

    NAME: str
    SIGNATURES: tuple[Signature, ...]
    TEMPLATES: tuple[Template, ...]
    layouts: tuple[Marks, ...]
    article: re.Pattern[str]
    topic: re.Pattern[str]
    row_titles: tuple[str, ...]
    row_boxes: frozenset[str]
    row_summaries: frozenset[str]
    DENY: tuple[str, ...] = ()
    FEED_PRECISION: Precision = "second"

    def canonical_url(self, url: str, address: Callable[[str], str] = canonical_address) -> str:
        """Return the canonical URL: for variants the article's plain URL, for lists path and page number."""
        parts = urlsplit(url := address(url))
        if article := self._article_in(parts.path):
            return _VARIANT_HOST.sub("", origin(url)) + article.string
        path = parts.path.rstrip("/") or "/"
        return origin(url) + urlunsplit(("", "", path, urlencode(later_page(parts.query, _PAGE_NUMBER)), ""))

    def article_in(self, url: str) -> re.Match[str] | None:
        """Match the plain path of an article, also for its variants; return None for other URLs."""
        return self._article_in(urlsplit(canonical_address(url)).path)

    def _article_in(self, path: str) -> re.Match[str] | None:
        return self.article.search(_plain_path(path))

    def article_key(self, url: str) -> str | None:
        """Return the article number in the URL of an article or variant; None for other URLs."""
        article = self.article_in(url)
        return next(filter(None, article.groups()), None) if article else None

    def page_key(self, page: Page) -> str | None:
        """Return the article key of the URL that the page declares as its own."""
        return next((key for url in _declared_urls(page) if (key := self.article_key(url))), None)

    def is_article_url(self, url: str, portal: Portal) -> bool:
        """Tell whether the URL is an article's, and not that of a variant or a topic page."""
        path = urlsplit(url).path
        return bool(self.article.search(path.rstrip("/"))) and not _is_variant(url) and not self.topic.search(path)

    def is_list(self, page: Page) -> bool:
        """Tell whether the page shows rows of articles."""
        return bool(self.list_rows(page))

    def links(self, page: Page, portal: Portal) -> Links:
        """Return the page's links: articles anywhere on it, lists from menus, breadcrumbs and pagination."""
        base = base_of(page)
        layout = next((layout for layout in self.layouts if layout.fit(page)), None)
        articles = (url for url in links_of(page) if self.is_article_url(url, portal))
        linked = [*links_in(outermost(_MENUS(page.tree)), base)]
        linked += [url for link in _NEXT(page.tree) if (url := page_link(base, link.get("href")))]
        lists = (
            url
            for url in linked
            if portal.scope.covers(url)
            and not self.is_article_url(url, portal)
            and not is_file(url)
            and not _is_variant(url)
        )
        return Links(
            articles=tuple(dict.fromkeys(articles)),
            lists=tuple(dict.fromkeys(lists)),
            attachments=linked_attachments(layout.bodies(page) if layout else (), base),
            row_count=0 if layout else len(self.list_rows(page)),
        )

    def row_headings(self, marked: Mapping[str, list[HtmlElement]]) -> list[HtmlElement]:
        """Return the headings of the rows, given the page's elements by mark."""
        return first_of(marked, self.row_titles)

    def list_rows(self, page: Page) -> tuple[ListRow, ...]:
        """Return a row for each linked heading of a list page, in document order, without duplicate URLs."""
        base = base_of(page)
        headings = self.row_headings(by_mark(page.tree, frozenset(self.row_titles)))
        boxes = [(heading, _box(heading, self.row_boxes)) for heading in headings]
        rows_in = Counter(box for _, box in boxes)
        rows: dict[str, ListRow] = {}
        for heading, box in boxes:
            link = next((a for a in descendants(heading, "a") if a.get("href")), None)
            url = link is not None and page_link(base, link.get("href"))
            if link is None or not url or url in rows:
                continue
            if title := text_of(link) or clean(link.get("title") or ""):
                # If a container has several titles, its other text cannot be assigned to one of them.
                own = box if rows_in[box] == 1 else heading
                summary = _summary(own, heading, self.row_summaries)
                rows[url] = list_row(title, url, summary=summary, date_line=_date_line(own, heading))
        return tuple(rows.values())


def _plain_path(path: str) -> str:
    """Return the path without the prefix and suffix of a variant, and without a trailing slash."""
    return _VARIANT_SUFFIX.sub("", _VARIANT_PREFIX.sub("", path))


def _is_variant(url: str) -> bool:
    """Tell whether the URL is a variant of an article, or has no content for readers."""
    parts = urlsplit(url)
    return bool(
        _NON_CONTENT_PATH.search(parts.path)
        or _VARIANT_HOST.search(origin(url))
        or _plain_path(parts.path) != parts.path.rstrip("/")
        or _VARIANT_QUERY.search(parts.query)
    )


def _declared_urls(page: Page) -> Iterator[str]:
    """Yield the URLs that the page declares as its own."""
    base = base_of(page)
    stated = [link.get("href") for link in _CANONICAL(page.tree)]
    stated += [meta.get("content") for meta in _OPEN_GRAPH_URL(page.tree)]
    return (url for href in stated if (url := page_link(base, href)))


def _box(heading: HtmlElement, classes: frozenset[str]) -> HtmlElement:
    for element in ancestors(heading):
        if element.tag in ("body", "main", "ul", "section"):
            break
        if element.tag in ("li", "article") or has_class(element, classes):
            return element
    parent: HtmlElement | None = heading.getparent()
    return heading if parent is None else parent


def _summary(box: HtmlElement, heading: HtmlElement, classes: frozenset[str]) -> str | None:
    """Return the marked summary, else the first unlinked paragraph of more than eight words."""
    inside = [element for element in descendants(box, "div", "p", "h3", "h4", "span") if element is not heading]
    for element in inside:
        if has_class(element, classes) and (text := text_of(element)):
            return text
    paragraphs = (text_of(element) for element in inside if element.tag == "p" and element.find(".//a") is None)
    return next((text for text in paragraphs if count_words(text) > 8), None)


def _date_line(box: HtmlElement, heading: HtmlElement) -> str | None:
    """Return the date line of the row: from a `<time>`, else from an element with a date class."""
    stamped = next((line for time in descendants(box, "time") if (line := stated_date(time))), None)
    named = (
        text_of(element)
        for element in descendants(box, "span", "div", "p")
        if class_matches(element, _DATE_CLASS) and heading not in descendants(element, heading.tag)
    )
    return stamped or next((text for text in named if count_words(text) <= 12 and parse_moment(text)), None)
