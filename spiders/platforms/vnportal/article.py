"""Article pages of vnPortal, in the layout of the city's portal and in that of other portals by VNPT.

Belongs here: locating the parts of an article. Does not belong here: URLs (`spiders.platforms.vnportal.urls`), lists
(`spiders.platforms.vnportal.platform`), and what all articles share (`spiders.platforms.parts.roles`).

Known from scrapers of hanoi.gov.vn: the text in `.detail-content.afcbc-body`, the date in `.detail-time`, the lead as
`og:description`, `Từ khóa:` before the keywords, tables in `div.VCSortableInPreviewMode[type=BoxTable]`. The class of
that box is VCCorp's, whose editor also writes `data-role` (`title`, `sapo`, `author`, `cate-name`), pictures with
`figcaption.PhotoCMS_Caption` and boxes with other articles: these are inferred.
Known from scrapers of other portals: `div.ArticleDetailControl` with `.ArticleHeader`, `.PostDate`, `.ArticleSummary`,
`.ArticleContent`, `div.author` and `a.link-download`.
A page fits a layout only if title and text are in it; otherwise `generic` reads the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.dating import Candidate, date_in_url
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import (
    ancestors,
    by_mark,
    class_matches,
    descendants,
    first_text,
    has_class,
    select,
    text_of,
    with_class,
)
from warehouse.text.normal import normal_form

_NOT_TEXT: Final = re.compile(
    r"(?:^|\s)(?:link-(?:inline|source|content|callout)\S*|box-?(?:relat|tin)\S*|\S*related\S*|detail-(?:tags?|share|social|"
    r"relat|comment|tab|time|author|cate|title|sapo|source)\S*|UISocialShare\S*|tool\S*|author|ArticleHeader|PostDate|"
    r"ArticleSummary|ArticleOther\S*|OtherNews\S*|share\S*|social\S*|rating\S*|comments?\S*|ads?(?:[_-]\S*)?)(?:\s|$)"
)
_OTHER_BOX: Final = re.compile(r"(?i)relat|video|link|survey|vote|newsletter|player|quiz|ads")
_BOX: Final = frozenset(("VCSortableInPreviewMode",))

# The parts in the layout of the city's portal: classes, and values of `data-role`.
_CITY: Final = {
    "title": (("detail-title", "title-detail"), "title"),
    "body": (("detail-content",), "content"),
    "lead": (("detail-sapo",), "sapo"),
    "date": (("detail-time",), "publishdate"),
    "author": (("detail-author",), "author"),
    "section": (("detail-cate",), "cate-name"),
    "tags": (("detail-tags", "detail-tag", "detail-tab"), "tags"),
}
_CLASSES: Final = frozenset((
    *(name for names, _ in _CITY.values() for name in names),
    "ArticleDetailControl", "breadcrumb", "breadcrumbs", "detail-view", "luot-xem", "view-count", "LuotXem",
))  # fmt: skip
_ROLES: Final = select("//*[@data-role]")
_CONTROL_PARTS: Final = {
    "title": select("descendant::" + with_class("*", "ArticleHeader")),
    "body": select("descendant::" + with_class("*", "ArticleContent")),
    "lead": select("descendant::" + with_class("*", "ArticleSummary")),
    "date": select("descendant::" + with_class("*", "PostDate")),
    "author": select("descendant::" + with_class("div", "author")),
    "pictures": select("descendant::" + with_class("img", "ImgDetailImage")),
}
_VIEWS: Final = ("detail-view", "luot-xem", "view-count", "LuotXem")
_HOME: Final = frozenset(("trang chủ", "home", ""))


@dataclass(frozen=True, slots=True)
class _Found:
    """The elements of an article.

    Attributes:
        box: contains title and text, and nothing of the site's frame that links to files.
    """

    box: HtmlElement
    title: str
    body: HtmlElement
    lead: Sequence[HtmlElement] = ()
    dates: Sequence[HtmlElement] = ()
    author: Sequence[HtmlElement] = ()
    section: Sequence[HtmlElement] = ()
    tags: Sequence[HtmlElement] = ()
    pictures: Sequence[HtmlElement] = ()


# Cached for one page, as is each layout: its test, the links and the parts need them.
@lru_cache(1)
def _marked(page: Page) -> dict[str, list[HtmlElement]]:
    return by_mark(page.tree, _CLASSES)


@lru_cache(1)
def _city(page: Page) -> _Found | None:
    marked = _marked(page)
    if not marked["detail-content"]:
        return None
    roles = _ROLES(page.tree)
    found = {
        part: [element for name in names for element in marked[name]]
        or [element for element in roles if element.get("data-role") == role]
        for part, (names, role) in _CITY.items()
    }
    body = found["body"][0]
    is_editors = has_class(body, {"afcbc-body"}) or body.get("data-role") == "content" or bool(found["date"])
    outside = {part: [each for each in elements if body not in ancestors(each)] for part, elements in found.items()}
    title = first_text(outside["title"])
    if not title or not is_editors:
        return None
    return _Found(
        box=body,
        title=title,
        body=body,
        lead=found["lead"],
        dates=outside["date"],
        author=found["author"],
        section=_links_or_self(outside["section"]),
        tags=_links_in(outside["tags"]),
    )


def _links_in(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    return [link for element in elements for link in descendants(element, "a")]


def _links_or_self(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    return _links_in(elements) or list(elements)


@lru_cache(1)
def _control(page: Page) -> _Found | None:
    box = next(iter(_marked(page)["ArticleDetailControl"]), None)
    if box is None:
        return None
    found = {part: find(box) for part, find in _CONTROL_PARTS.items()}
    title = first_text(found["title"])
    if not title or not found["body"]:
        return None
    return _Found(
        box=box,
        title=title,
        body=found["body"][0],
        lead=found["lead"],
        dates=found["date"],
        author=found["author"],
        pictures=[each for each in found["pictures"] if found["body"][0] not in ancestors(each)],
    )


_LAYOUTS: Final = {"detail-content": _city, "article-detail": _control}


def shows_article(page: Page) -> bool:
    """Tell whether the page is an article in one of the layouts."""
    return any(find(page) is not None for find in _LAYOUTS.values())


def file_boxes(page: Page) -> list[HtmlElement]:
    """Return the element that may link to the article's attachments; empty if the page is no article."""
    return [found.box for find in _LAYOUTS.values() if (found := find(page)) is not None][:1]


def _article_parts(page: Page, *, layout: str) -> ArticleParts:
    found = _LAYOUTS[layout](page)
    if found is None:
        raise ValueError(f"{page.url}: the page contains no article")
    declared = read_metadata(page)
    lines = [text_of(element) for element in found.dates]
    created = date_in_url(page.url)
    marked = _marked(page)
    counters = [element for name in _VIEWS for element in marked[name]]
    views = (view_count(text) for text in (*lines, *map(text_of, counters)))
    return assemble(
        page,
        Marked(
            title=found.title,
            lead=first_text(list(found.lead)),
            bodies=[found.body],
            dates=(
                *dates_in("template", page, *lines),
                *declared.published,
                *([Candidate(created, "url")] if created else []),
            ),
            byline=first_text(list(found.author)),
            pictures=found.pictures,
            section=_section(page, found),
            tags=tuple(dict.fromkeys(text for tag in found.tags if (text := text_of(tag).strip(" #,;"))))
            or declared.tags,
            updated=declared.updated,
            view_count=next((count for count in views if count is not None), None),
            is_template=partial(_is_template, own=frozenset((*found.lead, *found.author))),
            files=[found.box],
        ),
    )


def _is_template(element: HtmlElement, own: frozenset[HtmlElement]) -> bool:
    if element in own or class_matches(element, _NOT_TEXT):
        return True
    return has_class(element, _BOX) and bool(_OTHER_BOX.search(element.get("type") or ""))


def _section(page: Page, found: _Found) -> str | None:
    """Return the marked category, else the last breadcrumb that is neither the home page nor the article."""
    no_section = {*_HOME, normal_form(found.title).casefold()}
    marked = _marked(page)
    crumbs = _links_in([*marked["breadcrumb"], *marked["breadcrumbs"]])
    names = (text_of(element).strip(" ›»/>") for element in (*found.section, *reversed(crumbs)))
    section = next((name for name in names if normal_form(name).casefold() not in no_section), None)
    return section or read_metadata(page).section


def _fits(page: Page, *, layout: str) -> bool:
    return _LAYOUTS[layout](page) is not None


TEMPLATES: Final = tuple(
    Template(name, None, partial(_fits, layout=name), partial(_article_parts, layout=name)) for name in _LAYOUTS
)
