"""What the systems of newspapers share: variants of an article's address, menus, rows of lists.

Here: rules that hold on more than one of these systems. Not here: the classes of any one (`onecms`, `zce`), or an
article's parts (`spiders.platforms.newspapers.marks`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from spiders.pages.page import Links, Page
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment, is_file, links_in, origin, without_visit
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.metadata import read_metadata
from spiders.platforms.parts.selectors import around, below, outermost, select, text_of, with_class
from spiders.portal import Portal
from warehouse.records import ListRow
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words, normal_form

# Hosts and addresses that show an article once more: for phones, for AMP caches, for printers.
_VARIANT_HOST: Final = re.compile(r"(?<=//)(?:m|mobile|amp)\.")
_VARIANT_PREFIX: Final = re.compile(r"^/(?:amp|print|in-bai|in-an|in|m)(?=/)")
_VARIANT_SUFFIX: Final = re.compile(r"(?:/amp|/print)?/?$|\.(?:amp|print)(?=\.html?$|$)")
_VARIANT_QUERY: Final = re.compile(r"(?:^|&)(?:amp|print|view|outputtype)(?:=|&|$)", re.IGNORECASE)
_NOT_FOR_READERS: Final = re.compile(
    r"/(?:rss|feeds?|api|ajax|search|tim-kiem|dang-nhap|login|logout|dang-ky|register|print|in-bai|in-an|amp|tags?|tu-khoa|"
    r"tac-gia|author|binh-luan|comment|lien-he|quang-cao|dat-bao)(?:[/.?]|$)|\.(?:xml|rss|json|css|js)$",
    re.IGNORECASE,
)
_PAGE_NUMBER: Final = re.compile(r"^(?:page|trang|p)$", re.IGNORECASE)
_SITE_NAME_BEHIND: Final = re.compile(r"\s+[-|–]\s+[^|–]+$")
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


def plain_article_url(url: str, *, article: re.Pattern[str]) -> str | None:
    """Return the address of the article itself, for any of its variants; None where no article stands there.

    Args:
        url: of an article, a variant of one, or anything.
        article: matched against the path of the article itself.
    """
    path = _plain_path(urlsplit(without_visit(url)).path)
    return _VARIANT_HOST.sub("", origin(url)) + path if article.search(path) else None


def _plain_path(path: str) -> str:
    """Return the path without what makes it a variant's, and without a stroke at its end."""
    return _VARIANT_SUFFIX.sub("", _VARIANT_PREFIX.sub("", path))


def list_url(url: str) -> str:
    """Return the address of a list: its path, and the number of a page beyond the first."""
    parts = urlsplit(without_visit(url))
    paging = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if _PAGE_NUMBER.match(name) and value not in ("", "0", "1")
    ]
    path = parts.path.rstrip("/") or "/"
    return origin(url) + urlunsplit(("", "", path, urlencode(paging), ""))


def is_variant(url: str) -> bool:
    """Tell whether the address shows an article once more, or nothing for readers at all."""
    parts = urlsplit(url)
    return bool(
        _NOT_FOR_READERS.search(parts.path)
        or _VARIANT_HOST.search(origin(url))
        or _plain_path(parts.path) != parts.path.rstrip("/")
        or _VARIANT_QUERY.search(parts.query)
    )


def declared_urls(page: Page) -> Iterator[str]:
    """Yield the addresses that the page says it stands at."""
    base = base_of(page)
    stated = [link.get("href") for link in _CANONICAL(page.tree)]
    stated += [meta.get("content") for meta in _OPEN_GRAPH_URL(page.tree)]
    yield from (url for href in stated if (url := absolute(base, href)))


def declared_title(page: Page) -> str | None:
    """Return the title that the page declares, without the paper's name behind it."""
    declared = read_metadata(page)
    if not declared.titles:
        return None
    title = declared.titles[0]
    paper = normal_form(declared.site_name or "").casefold()
    behind = _SITE_NAME_BEHIND.search(title)
    if behind and paper and normal_form(behind[0].strip(" -|–")).casefold() == paper:
        return title[: behind.start()] or None
    return title


def links_of(
    page: Page, portal: Portal, *, is_article_url: Callable[[str], bool], bodies: Sequence[HtmlElement], row_count: int
) -> Links:
    """Return where the page leads: articles anywhere on it, lists from menus, breadcrumbs and paging.

    Args:
        page: of any kind.
        portal: lists elsewhere are none of its.
        is_article_url: tells articles from lists.
        bodies: of the article that the page is, for its attachments; empty for anything else.
        row_count: of a list; 0 for anything else.
    """
    base = base_of(page)
    articles = (url for url in links_in([page.tree], base) if is_article_url(url))
    linked = [*links_in(outermost(_MENUS(page.tree)), base)]
    linked += [url for link in _NEXT(page.tree) if (url := absolute(base, link.get("href")))]
    lists = (
        url
        for url in linked
        if portal.scope.covers(url) and not is_article_url(url) and not is_file(url) and not is_variant(url)
    )
    return Links(
        articles=tuple(dict.fromkeys(articles)),
        lists=tuple(dict.fromkeys(lists)),
        attachments=tuple(dict.fromkeys(url for url in links_in(bodies, base) if is_attachment(url))),
        row_count=row_count,
    )


def rows_of(
    page: Page, headings: Iterable[HtmlElement], *, box_classes: frozenset[str], summary_classes: frozenset[str]
) -> tuple[ListRow, ...]:
    """Return a row for each heading that links to something, each address once.

    Args:
        page: a list.
        headings: hold the linked titles, in page order.
        box_classes: of the element around one row; a list item is one too.
        summary_classes: of the element in it that holds the summary.
    """
    base = base_of(page)
    boxes = [(heading, _box(heading, box_classes)) for heading in headings]
    rows_in = Counter(box for _, box in boxes)
    rows: dict[str, ListRow] = {}
    for heading, box in boxes:
        link = next((a for a in below(heading, "a") if a.get("href")), None)
        url = link is not None and absolute(base, link.get("href"))
        if link is None or not url or url in rows:
            continue
        if title := text_of(link) or clean(link.get("title") or ""):
            # What stands beside several titles is of none of them.
            own = box if rows_in[box] == 1 else heading
            rows[url] = list_row(
                title, url, summary=_summary(own, heading, summary_classes), date_line=_date_line(own, heading)
            )
    return tuple(rows.values())


def _box(heading: HtmlElement, classes: frozenset[str]) -> HtmlElement:
    for element in around(heading):
        if element.tag in ("body", "main", "ul", "section"):
            break
        if element.tag in ("li", "article") or classes & set((element.get("class") or "").split()):
            return element
    parent: HtmlElement | None = heading.getparent()
    return heading if parent is None else parent


def _summary(box: HtmlElement, heading: HtmlElement, classes: frozenset[str]) -> str | None:
    """Return the marked summary, else the first paragraph of more than a few words."""
    inside = [element for element in below(box, "div", "p", "h3", "h4", "span") if element is not heading]
    for element in inside:
        if classes & set((element.get("class") or "").split()) and (text := text_of(element)):
            return text
    paragraphs = (text_of(element) for element in inside if element.tag == "p" and element.find(".//a") is None)
    return next((text for text in paragraphs if count_words(text) > 8), None)


def _date_line(box: HtmlElement, heading: HtmlElement) -> str | None:
    """Return the line of the row that states its date: that of a `<time>`, else of an element named for it."""
    stamped = next((line for time in below(box, "time") if (line := stated_date(time))), None)
    named = (
        text_of(element)
        for element in below(box, "span", "div", "p")
        if _DATE_CLASS.search(element.get("class") or "") and heading not in below(element, heading.tag)
    )
    return stamped or next((text for text in named if count_words(text) <= 12 and parse_moment(text)), None)


def stated_date(element: HtmlElement) -> str | None:
    """Return what states a date here: the words shown; the machine's form where those state none, or no clock."""
    shown = text_of(element)
    moment = parse_moment(shown)
    if moment and moment.precision != "day":
        return shown
    forms = (clean(time.get("datetime") or time.get("title") or "") for time in below(element, "time"))
    return next((form for form in forms if parse_moment(form)), shown if moment else None)
