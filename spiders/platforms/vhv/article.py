"""Article pages of VHV's portal system.

Here: where an article's parts stand. Not here: the system's addresses and lists (`spiders.platforms.vhv.platform`), and
what all articles share (`spiders.platforms.parts.roles`).

Seen, in templates and in what others read from live portals: the layout `news-detail-layout-type-2` with its microdata,
its buttons, its rating and its lines `17:23:45 | 07/08/2018` and `Thứ năm, 30/10/2025 | 10:31`; `project-realty-detail`
without it; a whole text in the field of the lead; the box `author`, which holds author or view count; files behind
`downloadFile(…)` and in a viewer's `?file=`.
Inferred: layouts of other numbers, which are read like number 2; themes that keep its microdata and rename its classes;
an older one, known by the class of its text and a title before it; the date of change; tags.
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
from spiders.platforms.parts.addresses import absolute, base_of, is_attachment, without_visit
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.selectors import around, below, first_text, select, text_of, with_class
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
_AROUND_THE_TEXT: Final = frozenset((
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


# One page is asked several questions in a row: whether it is an article, what its parts are, which id it has.
@lru_cache(1)
def box_by_layout(page: Page) -> HtmlElement | None:
    """Return the article's element by the class of its layout, whatever the layout's number."""
    boxes = below(page.tree, "article", "div", "section")
    return next((box for box in boxes if "news-detail-layout-" in (box.get("class") or "")), None)


@lru_cache(1)
def box_by_microdata(page: Page) -> HtmlElement | None:
    """Return the element that declares itself an article and holds the one text of the page."""
    bodies = _BODY_ITEM(page.tree)
    items = _ARTICLE_ITEM(bodies[0]) if len(bodies) == 1 else []
    return items[0] if items else None


@lru_cache(1)
def box_by_class(page: Page) -> HtmlElement | None:
    """Return the innermost element around both the text, known by its class, and the title before it."""
    for division in below(page.tree, "div"):
        if division.get("id") == "content-detail" or _is_any(division, _TEXT):
            around_titles = {element for title in _TITLES_BEFORE(division)[-1:] for element in around(title)}
            return next((element for element in around(division) if element in around_titles), None)
    return None


LAYOUTS: Final[dict[str, Callable[[Page], HtmlElement | None]]] = {
    "news-detail-layout": box_by_layout,
    "microdata": box_by_microdata,
    "content-detail": box_by_class,
}
"""How to find the article's element in each layout, the newest first."""


def id_in(box: HtmlElement) -> str | None:
    """Return the id that the template gives the article, where it prints it."""
    calls = (_CALLED_WITH_ID.search(anchor.get("onclick") or "") for anchor in below(box, "a"))
    called = next((call[1] for call in calls if call), None)
    own = box.get("data-id") or ""
    return called or (own if re.fullmatch(HEX_ID, own) else None)


def attachments_in(box: HtmlElement, base: str) -> tuple[str, ...]:
    """Return the files that the article links to, lets download by script or shows in a viewer."""
    return _files(_marked(box), base)


def parts_in(page: Page, find: Callable[[Page], HtmlElement | None]) -> ArticleParts:
    """Return the parts of the article in the element that `find` finds.

    Raises:
        ValueError: it finds none.
    """
    box = find(page)
    if box is None:
        raise ValueError(f"{page.url}: no article stands there")
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
    """Where the parts of an article stand inside its box.

    Attributes:
        marked: the elements that class or microdata mark, by part, in page order.
        bodies: hold the text.
        lead: None where the text stands in the lead's field.
        others: marked as something else than text; it may stand amid the text all the same.
    """

    marked: dict[str, list[HtmlElement]]
    bodies: list[HtmlElement]
    lead: HtmlElement | None
    others: frozenset[HtmlElement]

    def is_template(self, element: HtmlElement) -> bool:
        return element in self.others or "downloadFile" in (element.get("onclick") or "") or _is_around(element)


def _read(box: HtmlElement) -> _Article:
    marked = _marked(box)
    bodies = _innermost(marked["body"])
    lead = next(iter(marked["lead"]), None)
    if lead is not None and not any(map(_holds_something, bodies)):
        bodies, lead = [lead], None
    others = {element for part in _PARTS - {"body", "lead", "views", "file"} for element in marked[part]}
    if lead is not None:
        others.add(lead)
    return _Article(marked, bodies, lead, frozenset(others))


def _marked(box: HtmlElement) -> dict[str, list[HtmlElement]]:
    """Return the elements of the box by part, in one walk that leaves out related articles, rating and buttons."""
    found: dict[str, list[HtmlElement]] = {part: [] for part in _PARTS}
    walk = etree.iterwalk(box, events=("start",))
    for _, element in walk:
        if not isinstance(element.tag, str):
            continue
        classes = (element.get("class") or "").split()
        if element is not box and not _AROUND_THE_TEXT.isdisjoint(classes):
            walk.skip_subtree()
            continue
        for part in _parts_of(element, classes):
            found[part].append(element)
        if not _TEXT.isdisjoint(classes):
            # What editors wrote: any class in there is theirs.
            walk.skip_subtree()
            found["file"] += [inner for inner in below(element, "a", "iframe") if _file(inner)]
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


def _is_any(element: HtmlElement, names: frozenset[str]) -> bool:
    return not names.isdisjoint((element.get("class") or "").split())


def _is_around(element: HtmlElement) -> bool:
    names = element.get("class")
    return bool(names) and not _AROUND_THE_TEXT.isdisjoint(names.split())


def _innermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    """Leave out elements around others of the list: some themes call a wide box the body, and the text again."""
    outer = {element for inner in elements for element in around(inner)}
    return [element for element in elements if element not in outer]


def _holds_something(body: HtmlElement) -> bool:
    return bool(text_of(body)) or next(below(body, "img", "iframe", "a"), None) is not None


def _files(marked: dict[str, list[HtmlElement]], base: str) -> tuple[str, ...]:
    """Return the addresses of the files, in page order."""
    urls = (absolute(base, _file(element)) for element in marked["file"])
    return tuple(dict.fromkeys(without_visit(url) for url in urls if url))


def _file(element: HtmlElement) -> str | None:
    """Return the address of the file that the element links to, downloads or shows, as it is written."""
    if element.tag == "iframe":
        viewed = _VIEWED_FILE.search(element.get("src") or "")
        return unquote(viewed[1]) if viewed else None
    if called := _DOWNLOAD.search(element.get("onclick") or ""):
        return called[1]
    href = element.get("href") or ""
    return href if is_attachment(href) else None


def _titles_before(body: HtmlElement, box: HtmlElement) -> list[HtmlElement]:
    """Return the heading nearest before the text, if it stands in the box."""
    return [title for title in _TITLES_BEFORE(body)[-1:] if box in around(title)]


def _value(element: HtmlElement) -> str:
    return clean(element.get("content") or element.get("datetime") or "") or text_of(element)


def _author(elements: Iterable[HtmlElement]) -> str | None:
    """Return what is left of the author's box without the view count."""
    names = (_VIEWS.sub("", _value(element)).strip(" |-–") for element in elements)
    return next((name for name in names if name), None)


def _change(page: Page, elements: Iterable[HtmlElement], published: Moment | None) -> Moment | None:
    """Return when the article was changed; nothing where templates print the date of publication for it."""
    changes = dates_in("microdata", page, *map(_value, elements))
    return changes[0].moment if changes and published and changes[0].moment.at > published.at else None


def _tags(elements: Iterable[HtmlElement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for tags in elements for tag in below(tags, "a") if (text := text_of(tag))))


def _section(page: Page, title: str | None) -> str | None:
    """Return the last step of the breadcrumb that is neither the home page nor the article itself."""
    not_one = {_HOME, normal_form(title or "").casefold()}
    breadcrumbs = (each for each in below(page.tree, "ol", "ul") if _is_any(each, _BREADCRUMB))
    steps = [text for breadcrumb in breadcrumbs for step in below(breadcrumb, "li") if (text := text_of(step))]
    return next((step for step in reversed(steps) if normal_form(step).casefold() not in not_one), None)
