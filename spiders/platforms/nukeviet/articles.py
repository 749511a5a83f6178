"""Article pages of NukeViet in its old and new layouts, and its print view.

Belongs here: locating the parts of an article. Does not belong here: lists (`spiders.platforms.nukeviet.lists`), URLs
(`spiders.platforms.nukeviet.urls`), and what all articles share (`spiders.platforms.parts.roles`).

Sources: the code of NukeViet 3.4 to 4.6, the theme of the eGovernment edition, and pages of a running 4.5.

- The visible date is the publication date. The hidden `datePublished` is the last modification, because the template
  sets it twice: it is used as publication date only if no date is visible. `article:published_time` is malformed.
- If an article has no author, the hidden author is the account or the site: only a visible `Tác giả:` is a byline.
- Attachments are listed below the text, under the article's own URL with `?download=1&id=<n>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from operator import itemgetter
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import ArticleParts, Page, Template
from spiders.platforms.nukeviet.lists import shown_views
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.links.files import linked_attachments
from spiders.platforms.parts.selectors import (
    ancestors,
    class_matches,
    descendants,
    has_class,
    outermost,
    select,
    text_of,
    with_class,
)
from spiders.platforms.parts.urls import base_of
from warehouse.text.dates import Moment, parse_moment
from warehouse.text.normal import clean

_SIGNATURE_CHARACTERS_MAX: Final = 500
_DATE: Final = re.compile(r"(?<!\d)\d{1,2}[/-]\d{1,2}[/-]\d{4}(?!\d)")
_AUTHOR: Final = re.compile(
    r"(?:Tác giả(?: bài viết)?|Người viết)\s*:\s*(?P<name>.+?)(?=\s+Nguồn tin\s*:|$)", re.IGNORECASE
)
_SOURCE: Final = re.compile(r"Nguồn(?: tin)?\s*:", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"(?:^|\s)(?:hidden|hide|d-none)(?:\s|$)")
_HOME: Final = re.compile(r"Trang (?:nhất|chủ)", re.IGNORECASE)
_NOT_LEAD: Final = re.compile(r"(?:^|\s)(?:imghome|modal)(?:\s|$)")
_NOT_TEXT: Final = re.compile(
    r"(?:^|\s)(?:fb-\S+|addthis\S*|social\S*|news-detail-player|news-download-file|keywords|other-news|related|modal)"
    r"(?:\s|$)"
)

# Page-wide searches iterate over elements by tag, because an XPath takes many times as long.
_TITLES: Final = ("h1", "h2", "h3")
_BODY_IDS: Final = frozenset(("news-bodyhtml", "bodytext"))
_BODY_BY_ID: Final = select("id('news-bodyhtml')")  # an index lookup, not a search
_LEAD: Final = select("descendant::*[@id='hometext']", "descendant::" + with_class("*", "hometext"))
_DESCRIPTION: Final = select("descendant::*[@itemprop='description']")
_PICTURES: Final = select(
    "preceding-sibling::*/descendant-or-self::figure",
    *(
        f"preceding-sibling::*/descendant-or-self::{box}"
        for box in ("div[@id='imghome']", with_class("div", "imghome"))
    ),
    "preceding-sibling::div[img and p/em]",
)
_FILES: Final = select("descendant::" + with_class("div", "news-download-file"))
_TAGS: Final = select(
    *(f"descendant::{icon}[contains(@class,'fa-tags')]/following-sibling::a" for icon in ("em", "i")),
    "descendant::" + with_class("div", "keywords") + "//a",
)
_CRUMBS: Final = ("ul", "ol", "div")
_SECTION: Final = select("/html/head/meta[@property='article:section' and @content]")
_CHANGED: Final = select("descendant::*[@itemprop='dateModified' or @itemprop='datePublished']")


def _headlines(tree: HtmlElement) -> list[HtmlElement]:
    return [heading for heading in descendants(tree, *_TITLES) if heading.get("itemprop") == "headline"]


def _news_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside = _headings_inside(tree, "news_column", "newsdetail")
    return [
        each
        for each in descendants(tree, *_TITLES)
        if (each in inside and not _is_in_old_detail(each) if each.tag == "h1" else has_class(each, {"title"}))
    ]


def _old_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside, beside = _headings_inside(tree, "#news_detail"), _headings_inside(tree, "header-details")
    return [
        heading
        for heading in descendants(tree, *_TITLES)
        if heading in inside or (heading.tag == "h1" and heading in beside)
    ]


def _print_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside = _headings_inside(tree, "#print")
    return [heading for heading in descendants(tree, "h1") if heading in inside]


def _headings_inside(tree: HtmlElement, *marks: str) -> set[HtmlElement]:
    """Return the headings inside `div` elements with one of the marks: a class, or `#` and an id."""
    wanted = set(marks)
    boxes = [box for box in descendants(tree, "div") if has_class(box, wanted) or f"#{box.get('id')}" in wanted]
    return {heading for box in outermost(boxes) for heading in descendants(box, *_TITLES)}


def _is_in_old_detail(heading: HtmlElement) -> bool:
    outer = heading.getparent()
    return outer is not None and outer.tag == "div" and outer.get("id") == "news_detail"


_LAYOUTS: Final[dict[str, Callable[[HtmlElement], list[HtmlElement]]]] = {
    "4.5": _headlines,
    "4.0": _news_titles,
    "3": _old_titles,
    "print": _print_titles,
}
"""By layout, a function that finds title elements; the other parts are found from title and body."""


@dataclass(frozen=True, slots=True)
class _Article:
    """The elements of an article.

    Attributes:
        box: the innermost element that contains title and body.
        lead: None if there is no lead.
        head: the elements after the title and before the lead or the body, without hidden elements.
        tail: the siblings after the body and after its ancestors in the box, innermost first.
    """

    box: HtmlElement
    title: HtmlElement
    body: HtmlElement
    lead: HtmlElement | None
    head: list[HtmlElement]
    tail: list[HtmlElement]


# Cached for one page and layout: testing the layout and reading the article both need it.
@lru_cache(maxsize=1)
def _find(layout: str, page: Page) -> _Article | None:
    """Return the article that the page contains in this layout, or None.

    The test needs title and body: a list can have a title like an article's, but never a body.
    """
    body = next(iter(_BODY_BY_ID(page.tree)), None)
    if body is None:
        body = next(filter(_is_body, descendants(page.tree, "div")), None)
    if body is None:
        return None
    depths = {element: depth for depth, element in enumerate(ancestors(body))}
    # Sidebar boxes can have such titles too. The article's title shares the innermost ancestor with the body.
    titles = _LAYOUTS[layout](page.tree)
    near = [(depths[box], title) for title in titles if (box := _common_ancestor(title, depths)) is not None]
    if not near:
        return None
    depth, title = min(near, key=itemgetter(0))
    box = list(depths)[depth]
    lead = next(iter(_LEAD(box)), None)
    if lead is None:
        lead = next((e for e in _DESCRIPTION(box) if not class_matches(e, _HIDDEN)), None)
    return _Article(box, title, body, lead, list(_between(title, body, box, lead)), list(_following(body, box)))


def _is_body(division: HtmlElement) -> bool:
    is_marked = division.get("id") in _BODY_IDS or division.get("itemprop") == "articleBody"
    return is_marked or has_class(division, {"bodytext"})


def _common_ancestor(title: HtmlElement, boxes: Container[HtmlElement]) -> HtmlElement | None:
    return next((element for element in ancestors(title) if element in boxes), None)


def _between(
    title: HtmlElement, body: HtmlElement, box: HtmlElement, lead: HtmlElement | None
) -> Iterator[HtmlElement]:
    for element in _from_element(title, box):
        if element is body or element is lead:
            return
        if element is not title and isinstance(element.tag, str) and not class_matches(element, _HIDDEN):
            yield element


def _from_element(element: HtmlElement, box: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the element, its descendants and all later elements in the box, in document order."""
    yield from element.iter()
    while element is not box:
        for sibling in element.itersiblings():
            yield from sibling.iter()
        element = element.getparent()


def _following(body: HtmlElement, box: HtmlElement) -> Iterator[HtmlElement]:
    element = body
    while element is not box:
        yield from (sibling for sibling in element.itersiblings() if isinstance(sibling.tag, str))
        element = element.getparent()


def _fits(layout: str, page: Page) -> bool:
    return _find(layout, page) is not None


def _article_parts(layout: str, page: Page) -> ArticleParts:
    article = _find(layout, page)
    if article is None:
        raise ValueError(f"{page.url}: no article in the layout {layout}")
    dates, updated = _dates(article, page)
    byline, sources = _byline_and_sources(article)
    marked = Marked(
        title=text_of(article.title) or None,
        bodies=[article.body],
        lead=_lead(article),
        dates=dates,
        byline=byline,
        source=sources,
        pictures=_PICTURES(article.body),
        files=_FILES(article.box),
        section=_section(page),
        tags=tuple(dict.fromkeys(text for tag in _TAGS(_column(article)) if (text := text_of(tag)))),
        updated=updated,
        view_count=_views(article),
        is_template=partial(class_matches, pattern=_NOT_TEXT),
    )
    return assemble(page, marked)


def shows_article(page: Page) -> bool:
    """Tell whether the page is an article in any layout."""
    return any(_find(layout, page) for layout in _LAYOUTS)


def attachments(page: Page) -> tuple[str, ...]:
    """Return the URLs of an article's attachments; none for other pages."""
    article = next((found for layout in _LAYOUTS if (found := _find(layout, page))), None)
    # Attachments linked in the text come first, then those that the template lists below it.
    return linked_attachments([article.body, *outermost(_FILES(article.box))], base_of(page)) if article else ()


# No template has an end date: portals update NukeViet at any time, or never.
TEMPLATES: Final = tuple(
    Template(layout, None, partial(_fits, layout), partial(_article_parts, layout)) for layout in _LAYOUTS
)


def _lead(article: _Article) -> str | None:
    """Return the lead's text, without the picture that old themes put inside it."""
    if article.lead is None:
        return None
    blocks = read_blocks(article.lead, _is_not_lead)
    return " ".join(block.text for block in blocks if block.text) or None


def _is_not_lead(element: HtmlElement) -> bool:
    is_picture = element.tag == "figure" or element.get("id") == "imghome"
    return is_picture or class_matches(element, _NOT_LEAD)


def _dates(article: _Article, page: Page) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return the publication dates, and the modification date, or None unless it is later and has a time."""
    shown = next((text for element in article.head if _DATE.search(text := _own_text(element))), None)
    published = dates_in("template", page, shown)
    hidden = [moment for element in _CHANGED(article.box) if (moment := parse_moment(text_of(element)))]
    if not published:
        return tuple(Candidate(moment, "microdata") for moment in hidden[:1]), None
    # The visible date has no seconds: a hidden date within the same minute is not a modification.
    at = published[0].moment.at
    return published, next((m for m in hidden if m.at.replace(second=0) > at and m.precision != "day"), None)


def _own_text(element: HtmlElement) -> str:
    """Return the element's own text nodes, without those of its descendants."""
    return " ".join((element.text or "", *(child.tail or "" for child in element)))


def _byline_and_sources(article: _Article) -> tuple[str | None, list[HtmlElement]]:
    """Return the author's name and the elements that credit a source, both found after the text."""
    byline, sources = None, []
    for element in article.tail:
        if len(element.text_content()) > _SIGNATURE_CHARACTERS_MAX:
            continue
        lines = [block.text for block in read_blocks(element)]
        if any(_SOURCE.match(line) for line in lines):
            sources.append(element)
        byline = byline or next((author["name"] for line in lines if (author := _AUTHOR.match(line))), None)
    return byline, sources


def _views(article: _Article) -> int | None:
    """Return the view count beside the date, or else below the text, where some themes show it."""
    beside = (count for element in article.head for count in (shown_views(element), view_count(_own_text(element))))
    below = (view_count(text_of(element)) for element in article.tail)
    return next((count for count in (*beside, *below) if count is not None), None)


def _column(article: _Article) -> HtmlElement:
    """Return the parent of the article's box, which also contains the tags."""
    return next(islice(ancestors(article.box), 1, None), article.box)


def _section(page: Page) -> str | None:
    """Return the last breadcrumb (not the home page), or else the section in the page's head."""
    for tag in _CRUMBS:
        boxes = outermost([box for box in descendants(page.tree, tag) if "breadcrumb" in (box.get("class") or "")])
        links = (link for box in boxes for link in descendants(box, "a") if link.get("href") is not None)
        steps = [text for link in links if (text := text_of(link)) and not _HOME.fullmatch(text)]
        if steps:
            return steps[-1]
    return next((text for meta in _SECTION(page.tree) if (text := clean(meta.get("content")))), None)
