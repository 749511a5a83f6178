"""The platform Liferay 6.2 with the Point portlets, used by Hanoi's departments and former districts.

Belongs here: markup and URLs of this CMS. Does not belong here: what all articles share
(`spiders.platforms.parts.roles`).

An article's URL is `/<page>/-/view_content/<id>-<slug>`; the id alone identifies the article. URLs with a language
prefix, or with `/vi` and `/en` appended any number of times, are a crawler trap: they return lists that link to more
such URLs. 33 articles had some 11,300 such URLs. Crawls do not follow URLs of the trap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final
from urllib.parse import urlencode, urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Links, Page, Template
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, list_row, view_count
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.selectors import (
    ancestors,
    by_mark,
    class_matches,
    descendants,
    first_text,
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
from warehouse.records import ListRow
from warehouse.text.address import canonical_address

NAME: Final = "liferay_point"

SIGNATURES: Final = (
    signature(3, "URLs with /-/view_content/<number>", r"/-/view_content/\d"),
    signature(2, "Point's portlets", r"_WAR_pointportal|point[-_]portal"),
    signature(1, "Liferay's scripts", r"\bLiferay\.|\bvar Liferay\b"),
    class_signature(1, "asset-abstract"),
    class_signature(1, "asset-full-content"),
)
DENY: Final = (
    r"/(?:en|vi)(?:[/?]|$)",
    r"^/web/[^/]+-eng(?:/|$)",
    r"/c/portal/",
    r"[?&]p_p_id=(?!101(?:[_&]|$))",
    r"[?&]p_p_state=(?:pop_up|exclusive|maximized)(?:&|$)",
)
FEED_PRECISION: Final = "second"

# Links that are judged once, not on every page: more than menus have.
_JUDGED_LINKS_MAX: Final = 2_000
_ARTICLE_PATH: Final = re.compile(r"/-/view_content/(?P<id>\d+)(?:-[^/]*)?$")
_ARTICLE_ID: Final = re.compile(r"^(?P<path>.*?/-/view_content/(?P<id>\d+)(?:-[^/]*)?)")
_LANGUAGE_PREFIX: Final = re.compile(r"^/(?:vi|en)(?:[_-]\w+)?(?=/|$)|^/(?:vi|en)\.html$")
_LANGUAGE_SUFFIX: Final = re.compile(r"(?:/(?:vi|en)(?:\.html)?){1,9}$")
_SAVED_ENDING: Final = re.compile(r"\.html?$")
_PAGINATION_PARAMETER: Final = re.compile(r"^_101(?:_INSTANCE_\w+)?_cur$")
_SIGN_IN: Final = re.compile(r"(?:^|&)p_p_id=58(?:&|$)|/(?:dang-nhap|login|c/portal/login)(?:\.html)?(?:$|\?)")
_CONTENT_ID: Final = re.compile(r"_101(?:_INSTANCE_\w{1,60}?)?_(\d+)$")
_TEMPLATE_CLASSES: Final = re.compile(
    r"(?:^|\s)(?:view-content-author|related_asset|asset-control-detail|asset-metadata|asset-ratings|taglib-\S+|"
    r"print-action|mailto-action|social\S*|addthis\S*|sapo-wrapper|sapo)(?:\s|$)"
)


_ROW_LINK: Final = select("(descendant::" + with_class("h3", "asset-title") + "//a[@href])[1]")
_DIVISIONS: Final = frozenset((
    "asset-content", "asset-full-content-title", "asset-full-content", "assetPublishDate", "asset-abstract",
    "journal-content-article", "dd_chuyenmuc",
))  # fmt: skip
_ROW_PARTS: Final = frozenset(("assetPublishDate", "asset-summary"))
_LEAD: Final = select("descendant::" + with_class("p", "sapo"))
_AUTHOR: Final = select("descendant::" + with_class("p", "view-content-author"))
_MENU_MARKS: Final = frozenset(("portlet-site-map", "lfr-pagination", "taglib-page-iterator", "dd_chuyenmuc"))


# Cached for one page, because most functions here need it.
@lru_cache(1)
def _divisions(page: Page) -> dict[str, list[HtmlElement]]:
    """Return the template's elements by class."""
    return by_mark(page.tree, _DIVISIONS)


def canonical_url(url: str, address: Callable[[str], str] = canonical_address) -> str:
    """Return the canonical URL.

    An article keeps `/<page>/-/view_content/<id>-<slug>`, a list its path and a page number greater than 1. Language
    segments, the `.html` of saved pages, tokens and all other parameters are removed.
    """
    parts = urlsplit(url := address(url))
    path = _LANGUAGE_PREFIX.sub("", parts.path)
    if article := _ARTICLE_ID.match(path):
        return origin(url) + _SAVED_ENDING.sub("", article["path"])
    path = _SAVED_ENDING.sub("", _LANGUAGE_SUFFIX.sub("", path).rstrip("/"))
    paging = later_page(parts.query, _PAGINATION_PARAMETER)
    path = "/" if path in ("", "/index") else path
    return origin(url) + path + (f"?{urlencode(paging)}" if paging else "")


def article_key(url: str) -> str | None:
    """Return the digits after `/-/view_content/`; None without them."""
    article = _ARTICLE_ID.match(urlsplit(url).path)
    return article["id"] if article else None


def page_key(page: Page) -> str | None:
    """Return the number in the id of the article's element; the URL of a list may show an article too."""
    ids = (_CONTENT_ID.search(content.get("id") or "") for content in _divisions(page)["asset-content"])
    return next((found[1] for found in ids if found), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether the URL is an article's, outside the crawler trap."""
    return _is_article_url(url)


@lru_cache(_JUDGED_LINKS_MAX)
def _is_article_url(url: str) -> bool:
    path = urlsplit(url).path
    return bool(_ARTICLE_PATH.search(path)) and not _is_trap(path)


def _is_trap(path: str) -> bool:
    if _LANGUAGE_PREFIX.match(path) or _LANGUAGE_SUFFIX.search(path):
        return True
    article = _ARTICLE_ID.match(path)
    return article is not None and article.end() < len(path)


def _menus(page: Page) -> Iterator[HtmlElement]:
    """Yield the menus and pagers, in document order."""
    for element in descendants(page.tree, "ul", "div"):
        if not (names := (element.get("class") or "").split()):
            continue
        if element.tag == "div":
            if not _MENU_MARKS.isdisjoint(names):
                yield element
        elif "lfr-pagination-buttons" in names or (
            "navi" in names and any(outer.tag == "nav" for outer in ancestors(element))
        ):
            yield element


def _is_article(page: Page) -> bool:
    """Tell by the template and not by the URL: the URL of a deleted article shows a list."""
    divisions = _divisions(page)
    return bool(divisions["asset-full-content-title"] or divisions["asset-full-content"])


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return bool(_divisions(page)["asset-abstract"])


def links(page: Page, portal: Portal) -> Links:
    """Return the page's links as written (not canonical), without those into the crawler trap."""
    base = base_of(page)
    articles = [url for url in links_of(page) if is_article_url(url, portal)]
    lists = [url for url in links_in(outermost([*_menus(page)]), base) if _is_list(url)]
    is_article = _is_article(page)
    return Links(
        articles=tuple(dict.fromkeys(articles)),
        lists=tuple(dict.fromkeys(lists)),
        attachments=linked_attachments(_article(page).bodies, base) if is_article else (),
        row_count=0 if is_article else len(_divisions(page)["asset-abstract"]),
    )


@lru_cache(_JUDGED_LINKS_MAX)
def _is_list(url: str) -> bool:
    parts = urlsplit(url)
    if _ARTICLE_ID.match(parts.path) or _is_trap(parts.path) or is_file(url):
        return False
    return not _SIGN_IN.search(parts.query) and not _SIGN_IN.search(parts.path)


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in document order."""
    base = base_of(page)
    return tuple(row for element in _divisions(page)["asset-abstract"] if (row := _list_row(element, base)))


def _list_row(element: HtmlElement, base: str) -> ListRow | None:
    link = next(iter(_ROW_LINK(element)), None)
    url = link is not None and page_link(base, link.get("href"))
    title = link is not None and text_of(link)
    if not url or not title:
        return None
    parts = by_mark(element, _ROW_PARTS)
    return list_row(
        title, url, summary=first_text(parts["asset-summary"]), date_line=first_text(parts["assetPublishDate"])
    )


@dataclass(frozen=True, slots=True)
class _Article:
    """The elements of an article page.

    Attributes:
        box: contains title, date line, lead, text and author, and the list of related articles.
        bodies: contain the text.
    """

    box: HtmlElement
    titles: list[HtmlElement]
    dates: list[HtmlElement]
    bodies: list[HtmlElement]


def _article(page: Page) -> _Article:
    divisions = _divisions(page)
    titles, contents = divisions["asset-full-content-title"], divisions["asset-full-content"]
    bodies = divisions["journal-content-article"]
    box = page.tree
    if contents:
        box = next(ancestors(contents[0]), page.tree)
    elif titles:
        # The nearest ancestor that contains a text: sidebar boxes contain journal articles too.
        around_bodies = {element for body in bodies for element in ancestors(body)}
        box = next((element for element in ancestors(titles[0]) if element in around_bodies), page.tree)
    body = next((body for body in bodies if box in ancestors(body)), None)
    return _Article(box, titles, divisions["assetPublishDate"], contents if body is None else [body])


def _article_parts(page: Page) -> ArticleParts:
    article = _article(page)
    # The first date line is the article's; those after it belong to related articles.
    date_line = first_text(article.dates[:1])
    marked = Marked(
        title=first_text(article.titles),
        lead=first_text(_LEAD(article.box)),
        bodies=article.bodies,
        dates=dates_in("template", page, date_line),
        byline=first_text(_AUTHOR(article.box)),
        section=_section(page),
        view_count=view_count(date_line),
        is_template=partial(class_matches, pattern=_TEMPLATE_CLASSES),
    )
    return assemble(page, marked)


TEMPLATES: Final = (Template("6.2", None, _is_article, _article_parts),)


def _section(page: Page) -> str | None:
    """Return the last breadcrumb; None without breadcrumbs."""
    spans = (span for crumbs in _divisions(page)["dd_chuyenmuc"] for span in descendants(crumbs, "span"))
    steps = [text for span in spans if has_class(span, {"tintuc"}) and (text := text_of(span))]
    return steps[-1] if steps else None
