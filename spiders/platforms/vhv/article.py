"""Article pages of VHV's portal CMS.

Belongs here: locating the parts of an article. Does not belong here: URLs and lists (`spiders.platforms.vhv.platform`),
and what all articles share (`spiders.platforms.parts.roles`).

Observed in templates and in data scraped from live portals: the layout `news-detail-layout-type-2` with its microdata,
buttons, rating and date lines `17:23:45 | 07/08/2018` and `Thứ năm, 30/10/2025 | 10:31`; `project-realty-detail`
without them; the whole text in the lead field; the element `author` with the author or the view count; attachments in
`downloadFile(…)` and in the `?file=` of a viewer.
Inferred: layouts with other numbers, handled like number 2; themes that keep its microdata and rename its classes;
an older layout, detected by the class of its text and a title before it; the modification date; tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from lxml import etree
from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.selectors import ancestors, descendants, first_text, has_class, select, text_of, with_class
from spiders.platforms.parts.urls import absolute, base_of, is_attachment
from warehouse.text.address import untracked
from warehouse.text.dates import Moment
from warehouse.text.normal import clean, normal_form

HEX_ID: Final = r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])"

_CALLED_WITH_ID: Final = re.compile(rf"(?:printArticle|readArticle|sendMail)\(\s*['\"]({HEX_ID})['\"]")
_DOWNLOAD: Final = re.compile(r"downloadFile\([^)]{0,300}?['\"]((?:https?:/)?/[^'\"\n]{1,400})['\"]")
_VIEWED_FILE: Final = re.compile(r"[?&]file=([^&#]+)")
_VIEWS: Final = re.compile(r"(?:Số lượt xem|Lượt xem|Đã xem)\s*:?\s*[\d.,]*", re.IGNORECASE)
_HOME: Final = "trang chủ"

_BY_CLASS: Final = {
    "title-detail": "title",
    "brief": "lead",
    "content-detail": "body",
    "detail-content": "body",
    "post-date": "date",
    "author": "author",
    "source": "source",
    "tags": "tags",
}
_BY_ITEMPROP: Final = {
    "headline": "title",
    "articleBody": "body",
    "datePublished": "published",
    "dateModified": "updated",
    "author": "author",
}
_TEXT: Final = frozenset(("content-detail", "detail-content"))
_BREADCRUMB: Final = frozenset(("breadcrumb",))
_PARTS: Final = frozenset((*_BY_CLASS.values(), *_BY_ITEMPROP.values(), "views", "file"))
_BOILERPLATE: Final = frozenset((
    "block_share", "social-connect", "network-share", "share-social", "button-bookmark", "rating", "show-article",
    "relatedArticles", "list-relatedArticles", "section-list", "frame-involve", "comment", "comments", "modal",
))  # fmt: skip

_BODY_ITEM: Final = select("//*[@itemprop='articleBody']")
_ARTICLE_ITEM: Final = select("ancestor::*[@itemscope][contains(@itemtype,'Article')][1]")
_TITLES_BEFORE: Final = select(
    *(
        f"preceding::{title}[not(ancestor::header[not(ancestor::article)])]"
        for title in ("h1", *(with_class(tag, "title-detail", "post-title", "title") for tag in ("h2", "h3")))
    )
)


# Cached for one page: detecting the article, its parts and its id all need it.
@lru_cache(1)
def box_by_layout(page: Page) -> HtmlElement | None:
    """Return the article's element by its layout class, with any layout number."""
    boxes = descendants(page.tree, "article", "div", "section")
    return next((box for box in boxes if "news-detail-layout-" in (box.get("class") or "")), None)


@lru_cache(1)
def box_by_microdata(page: Page) -> HtmlElement | None:
    """Return the article's element by microdata: the article item around the page's only `articleBody`."""
    bodies = _BODY_ITEM(page.tree)
    items = _ARTICLE_ITEM(bodies[0]) if len(bodies) == 1 else []
    return items[0] if items else None


@lru_cache(1)
def box_by_class(page: Page) -> HtmlElement | None:
    """Return the innermost element with the text (found by class or id) and the title before it."""
    for division in descendants(page.tree, "div"):
        if division.get("id") == "content-detail" or has_class(division, _TEXT):
            around_titles = {element for title in _TITLES_BEFORE(division)[-1:] for element in ancestors(title)}
            return next((element for element in ancestors(division) if element in around_titles), None)
    return None


LAYOUTS: Final[dict[str, Callable[[Page], HtmlElement | None]]] = {
    "news-detail-layout": box_by_layout,
    "microdata": box_by_microdata,
    "content-detail": box_by_class,
}
"""By layout, newest first, a function that finds the article's element."""


def id_in(box: HtmlElement) -> str | None:
    """Return the article id that the template prints; None if it prints none."""
    calls = (_CALLED_WITH_ID.search(anchor.get("onclick") or "") for anchor in descendants(box, "a"))
    called = next((call[1] for call in calls if call), None)
    own = box.get("data-id") or ""
    return called or (own if re.fullmatch(HEX_ID, own) else None)


def attachments_in(box: HtmlElement, base: str) -> tuple[str, ...]:
    """Return the attachments that the article links, downloads by script, or shows in a viewer."""
    return _files(_marked(box), base)


def parts_in(page: Page, find: Callable[[Page], HtmlElement | None]) -> ArticleParts:
    """Return the parts of the article in the element that `find` returns.

    Raises:
        ValueError: `find` returns None.
    """
    box = find(page)
    if box is None:
        raise ValueError(f"{page.url}: the page contains no article")
    article = _read(box)
    marked = article.marked
    title = first_text(marked["title"] or [each for body in article.bodies[:1] for each in _titles_before(body, box)])
    date_line = first_text(marked["date"][:1])
    dates = dates_in("template", page, date_line) + dates_in("microdata", page, *map(_value, marked["published"]))
    views = (view_count(text) for text in (date_line, *map(text_of, marked["views"])))
    parts = assemble(
        page,
        Marked(
            title=title,
            lead=first_text([article.lead]) if article.lead is not None else None,
            bodies=article.bodies,
            dates=dates,
            byline=_author(marked["author"]),
            source=marked["source"],
            section=_section(page, title),
            tags=_tags(marked["tags"]),
            updated=_change(page, marked["updated"], dates[0].moment if dates else None),
            view_count=next((count for count in views if count is not None), None),
            is_template=article.is_template,
        ),
    )
    return replace(parts, attachments=_files(marked, base_of(page)))


@dataclass(frozen=True, slots=True)
class _Article:
    """The elements of an article inside its box.

    Attributes:
        marked: elements marked by class or microdata, by part, in document order.
        bodies: contain the text.
        lead: None if there is no lead field, or if it contains the text.
        others: elements with other parts, such as the title; they may be inside the text, but do not belong to it.
    """

    marked: dict[str, list[HtmlElement]]
    bodies: list[HtmlElement]
    lead: HtmlElement | None
    others: frozenset[HtmlElement]

    def is_template(self, element: HtmlElement) -> bool:
        return (
            element in self.others
            or "downloadFile" in (element.get("onclick") or "")
            or has_class(element, _BOILERPLATE)
        )


def _read(box: HtmlElement) -> _Article:
    marked = _marked(box)
    bodies = _innermost(marked["body"])
    lead = next(iter(marked["lead"]), None)
    if lead is not None and not any(map(_has_content, bodies)):
        bodies, lead = [lead], None
    others = {element for part in _PARTS - {"body", "lead", "views", "file"} for element in marked[part]}
    if lead is not None:
        others.add(lead)
    return _Article(marked, bodies, lead, frozenset(others))


def _marked(box: HtmlElement) -> dict[str, list[HtmlElement]]:
    """Return the elements of the box by part, in one walk that skips related articles, rating and buttons."""
    found: dict[str, list[HtmlElement]] = {part: [] for part in _PARTS}
    walk = etree.iterwalk(box, events=("start",))
    for _, element in walk:
        if not isinstance(element.tag, str):
            continue
        classes = (element.get("class") or "").split()
        if element is not box and not _BOILERPLATE.isdisjoint(classes):
            walk.skip_subtree()
            continue
        for part in _parts_of(element, classes):
            found[part].append(element)
        if not _TEXT.isdisjoint(classes):
            # Classes inside the text come from editors, not from the template.
            walk.skip_subtree()
            found["file"] += [inner for inner in descendants(element, "a", "iframe") if _file(inner)]
    return found


def _parts_of(element: HtmlElement, classes: Iterable[str]) -> set[str]:
    parts = {_BY_CLASS[name] for name in classes if name in _BY_CLASS}
    if part := _BY_ITEMPROP.get(element.get("itemprop", "")):
        parts.add(part)
    if element.tag in ("a", "iframe") and _file(element):
        parts.add("file")
    words = element.text if not len(element) or (element.text or "").strip() else element[0].tail
    if words and "xem" in words and _VIEWS.match(clean(words)):
        parts.add("views")
    return parts


def _innermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    """Return the elements that contain no other of the list: some themes also mark a wide container."""
    outer = {element for inner in elements for element in ancestors(inner)}
    return [element for element in elements if element not in outer]


def _has_content(body: HtmlElement) -> bool:
    return bool(text_of(body)) or next(descendants(body, "img", "iframe", "a"), None) is not None


def _files(marked: dict[str, list[HtmlElement]], base: str) -> tuple[str, ...]:
    """Return the URLs of the attachments, in document order."""
    urls = (absolute(base, _file(element)) for element in marked["file"])
    return tuple(dict.fromkeys(untracked(url) for url in urls if url))


def _file(element: HtmlElement) -> str | None:
    """Return the unresolved URL of the file that the element links, downloads or shows."""
    if element.tag == "iframe":
        viewed = _VIEWED_FILE.search(element.get("src") or "")
        return unquote(viewed[1]) if viewed else None
    if called := _DOWNLOAD.search(element.get("onclick") or ""):
        return called[1]
    href = element.get("href") or ""
    return href if is_attachment(href) else None


def _titles_before(body: HtmlElement, box: HtmlElement) -> list[HtmlElement]:
    """Return the nearest title before the text; empty if that title is outside the box."""
    return [title for title in _TITLES_BEFORE(body)[-1:] if box in ancestors(title)]


def _value(element: HtmlElement) -> str:
    return clean(element.get("content") or element.get("datetime") or "") or text_of(element)


def _author(elements: Iterable[HtmlElement]) -> str | None:
    """Return the text of the author element without the view count."""
    names = (_VIEWS.sub("", _value(element)).strip(" |-–") for element in elements)
    return next((name for name in names if name), None)


def _change(page: Page, elements: Iterable[HtmlElement], published: Moment | None) -> Moment | None:
    """Return the modification date; None unless it is later than the publication date."""
    changes = dates_in("microdata", page, *map(_value, elements))
    return changes[0].moment if changes and published and changes[0].moment.at > published.at else None


def _tags(elements: Iterable[HtmlElement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for tags in elements for tag in descendants(tags, "a") if (text := text_of(tag))))


def _section(page: Page, title: str | None) -> str | None:
    """Return the last breadcrumb that is neither the home page nor the article itself."""
    not_section = {_HOME, normal_form(title or "").casefold()}
    breadcrumbs = (each for each in descendants(page.tree, "ol", "ul") if has_class(each, _BREADCRUMB))
    steps = [text for breadcrumb in breadcrumbs for step in descendants(breadcrumb, "li") if (text := text_of(step))]
    return next((step for step in reversed(steps) if normal_form(step).casefold() not in not_section), None)
