"""Liferay 6.2 with the Point portlets, as Hanoi's departments and former districts run it.

Here: the markup and addresses of this one CMS. Not here: what all articles share (`spiders.platforms.parts.roles`).

An article stands at `/<page>/-/view_content/<id>-<slug>`; the id alone identifies it. Whatever follows that segment
(`/vi`, `/en`, again and again) and the language prefixes answer with list pages and lead to ever more such addresses:
33 articles became some 11,300 URLs. None of them is followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Links, Page, Template
from spiders.pages.signatures import class_signature, signature
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment, is_file, links_in, origin, without_visit
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, list_row, view_count
from spiders.platforms.parts.selectors import around, below, by_mark, first_text, outermost, select, text_of, with_class
from spiders.portal import Portal
from warehouse.records import ListRow

NAME: Final = "liferay_point"

SIGNATURES: Final = (
    signature(3, "addresses with /-/view_content/<number>", r"/-/view_content/\d"),
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

_ARTICLE_PATH: Final = re.compile(r"/-/view_content/(?P<id>\d+)(?:-[^/]*)?$")
_ARTICLE_ID: Final = re.compile(r"^(?P<path>.*?/-/view_content/(?P<id>\d+)(?:-[^/]*)?)")
_LANGUAGE_PREFIX: Final = re.compile(r"^/(?:vi|en)(?:[_-]\w+)?(?=/|$)|^/(?:vi|en)\.html$")
_LANGUAGE_SUFFIX: Final = re.compile(r"(?:/(?:vi|en)(?:\.html)?)+$")
_SAVED_ENDING: Final = re.compile(r"\.html?$")
_PAGING: Final = re.compile(r"^_101(?:_INSTANCE_\w+)?_cur$")
_SIGN_IN: Final = re.compile(r"(?:^|&)p_p_id=58(?:&|$)|/(?:dang-nhap|login|c/portal/login)(?:\.html)?(?:$|\?)")
_CONTENT_ID: Final = re.compile(r"_101(?:_INSTANCE_\w+?)?_(\d+)$")
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
_MENUS: Final = select(
    "//nav//" + with_class("ul", "navi"),
    "//" + with_class("ul", "lfr-pagination-buttons"),
    "//" + with_class("div", "portlet-site-map", "lfr-pagination", "taglib-page-iterator", "dd_chuyenmuc"),
)


# One page is asked several questions in a row.
@lru_cache(1)
def _divisions(page: Page) -> dict[str, list[HtmlElement]]:
    """Return the elements that the template marks, by class."""
    return by_mark(page.tree, _DIVISIONS)


def canonical_url(url: str) -> str:
    """Return the one address that stands for all that show the same thing.

    An article keeps `/<page>/-/view_content/<id>-<slug>`, a list its path and the page number beyond the first.
    Language marks, the `.html` of saved pages, tokens and all other parameters go.
    """
    parts = urlsplit(without_visit(url))
    path = _LANGUAGE_PREFIX.sub("", parts.path)
    if article := _ARTICLE_ID.match(path):
        return origin(url) + _SAVED_ENDING.sub("", article["path"])
    path = _SAVED_ENDING.sub("", _LANGUAGE_SUFFIX.sub("", path).rstrip("/"))
    paging = [
        (name, value) for name, value in parse_qsl(parts.query) if _PAGING.match(name) and value not in ("", "0", "1")
    ]
    path = "/" if path in ("", "/index") else path
    return origin(url) + path + (f"?{urlencode(paging)}" if paging else "")


def article_key(url: str) -> str | None:
    """Return the digits behind `/-/view_content/`, whatever follows them."""
    article = _ARTICLE_ID.match(urlsplit(url).path)
    return article["id"] if article else None


def page_key(page: Page) -> str | None:
    """Return the id that the template gives the article's element: a list page's address can show an article too."""
    ids = (_CONTENT_ID.search(content.get("id") or "") for content in _divisions(page)["asset-content"])
    return next((found[1] for found in ids if found), None)


def is_article_url(url: str, portal: Portal) -> bool:
    """Tell whether an article stands at the address; the trap's addresses are no article's."""
    path = urlsplit(url).path
    return bool(_ARTICLE_PATH.search(path)) and not _is_trap(path)


def _is_trap(path: str) -> bool:
    if _LANGUAGE_PREFIX.match(path) or _LANGUAGE_SUFFIX.search(path):
        return True
    article = _ARTICLE_ID.match(path)
    return article is not None and article.end() < len(path)


def _is_article(page: Page) -> bool:
    """Tell by the template, whatever the address: a gone article's address shows a list."""
    divisions = _divisions(page)
    return bool(divisions["asset-full-content-title"] or divisions["asset-full-content"])


def is_list(page: Page) -> bool:
    """Tell whether the page shows rows of articles."""
    return bool(_divisions(page)["asset-abstract"])


def links(page: Page, portal: Portal) -> Links:
    """Return where the page leads, each address as it was linked, and nothing into the language trap."""
    base = base_of(page)
    articles = [url for url in links_in([page.tree], base) if is_article_url(url, portal)]
    lists = [url for url in links_in(outermost(_MENUS(page.tree)), base) if _is_list(url)]
    is_article = _is_article(page)
    files = links_in(_article(page).bodies, base) if is_article else ()
    return Links(
        articles=tuple(dict.fromkeys(articles)),
        lists=tuple(dict.fromkeys(lists)),
        attachments=tuple(dict.fromkeys(url for url in files if is_attachment(url))),
        row_count=0 if is_article else len(_divisions(page)["asset-abstract"]),
    )


def _is_list(url: str) -> bool:
    parts = urlsplit(url)
    if _ARTICLE_ID.match(parts.path) or _is_trap(parts.path) or is_file(url):
        return False
    return not _SIGN_IN.search(parts.query) and not _SIGN_IN.search(parts.path)


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of a list page, in page order."""
    base = base_of(page)
    return tuple(row for element in _divisions(page)["asset-abstract"] if (row := _list_row(element, base)))


def _list_row(element: HtmlElement, base: str) -> ListRow | None:
    link = next(iter(_ROW_LINK(element)), None)
    url = link is not None and absolute(base, link.get("href"))
    title = link is not None and text_of(link)
    if not url or not title:
        return None
    parts = by_mark(element, _ROW_PARTS)
    return list_row(
        title, url, summary=first_text(parts["asset-summary"]), date_line=first_text(parts["assetPublishDate"])
    )


@dataclass(frozen=True, slots=True)
class _Article:
    """Where the parts of an article page stand.

    Attributes:
        box: holds title, date line, lead, text and author, and the list of related articles.
        bodies: hold the text.
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
        box = next(around(contents[0]), page.tree)
    elif titles:
        # The nearest one with a text: boxes in the margin hold journal articles too.
        around_bodies = {element for body in bodies for element in around(body)}
        box = next((element for element in around(titles[0]) if element in around_bodies), page.tree)
    body = next((body for body in bodies if box in around(body)), None)
    return _Article(box, titles, divisions["assetPublishDate"], contents if body is None else [body])


def _article_parts(page: Page) -> ArticleParts:
    article = _article(page)
    # The first date line is the article's; rows of related articles below it have their own.
    date_line = first_text(article.dates[:1])
    marked = Marked(
        title=first_text(article.titles),
        lead=first_text(_LEAD(article.box)),
        bodies=article.bodies,
        dates=dates_in("template", page, date_line),
        byline=first_text(_AUTHOR(article.box)),
        section=_section(page),
        view_count=view_count(date_line),
        is_template=_belongs_to_template,
    )
    return assemble(page, marked)


TEMPLATES: Final = (Template("6.2", None, _is_article, _article_parts),)


def _belongs_to_template(element: HtmlElement) -> bool:
    names = element.get("class")
    return bool(names) and bool(_TEMPLATE_CLASSES.search(names))


def _section(page: Page) -> str | None:
    """Return the last step of the breadcrumb."""
    spans = (span for crumbs in _divisions(page)["dd_chuyenmuc"] for span in below(crumbs, "span"))
    steps = [text for span in spans if "tintuc" in (span.get("class") or "").split() and (text := text_of(span))]
    return steps[-1] if steps else None
