"""Article pages of NukeViet, in its layouts old and new, and its print view.

Here: where the parts of an article stand. Not here: lists (`spiders.platforms.nukeviet.lists`), addresses
(`spiders.platforms.nukeviet.addresses`), and what all articles share (`spiders.platforms.parts.roles`).

Read off the source of 3.4 to 4.6, the theme of the eGovernment edition, and pages of a running 4.5:

- The visible date is when an article was published. The hidden `datePublished` is when it was last changed, since the
  template sets it twice; `article:published_time` is no date at all (`2024-10-14+0717:41:00`). Only the visible date is
  believed while there is one.
- The hidden author is the account or the site where nobody signed: only a visible `Tác giả:` is a byline.
- Attachments stand below the text, at the article's own address with `?download=1&id=<n>`.
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
from spiders.platforms.parts.addresses import base_of, is_attachment, links_in
from spiders.platforms.parts.assembly import Marked, assemble, dates_in, view_count
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.dating import Candidate
from spiders.platforms.parts.selectors import around, below, outermost, select, text_of, with_class
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
_NO_LEAD: Final = re.compile(r"(?:^|\s)(?:imghome|modal)(?:\s|$)")
_NO_TEXT: Final = re.compile(
    r"(?:^|\s)(?:fb-\S+|addthis\S*|social\S*|news-detail-player|news-download-file|keywords|other-news|related|modal)"
    r"(?:\s|$)"
)

# What is looked for in the whole page is found among the elements of its kind: an XPath takes many times as long.
_TITLES: Final = ("h1", "h2", "h3")
_BODY_IDS: Final = frozenset(("news-bodyhtml", "bodytext"))
_USUAL_BODY: Final = select("id('news-bodyhtml')")  # looked up, not searched for
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
    return [heading for heading in below(tree, *_TITLES) if heading.get("itemprop") == "headline"]


def _news_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside = _inside(tree, "news_column", "newsdetail")
    return [
        heading
        for heading in below(tree, *_TITLES)
        if (heading in inside and not _is_in_old_detail(heading) if heading.tag == "h1" else _is_any(heading, "title"))
    ]


def _old_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside, beside = _inside(tree, "#news_detail"), _inside(tree, "header-details")
    return [
        heading for heading in below(tree, *_TITLES) if heading in inside or (heading.tag == "h1" and heading in beside)
    ]


def _print_titles(tree: HtmlElement) -> list[HtmlElement]:
    inside = _inside(tree, "#print")
    return [heading for heading in below(tree, "h1") if heading in inside]


def _inside(tree: HtmlElement, *marks: str) -> set[HtmlElement]:
    """Return the headings in `div`s with one of the classes, or ids with `#` before them."""
    boxes = [box for box in below(tree, "div") if _is_any(box, *marks) or f"#{box.get('id')}" in marks]
    return {heading for box in outermost(boxes) for heading in below(box, *_TITLES)}


def _is_in_old_detail(heading: HtmlElement) -> bool:
    outer = heading.getparent()
    return outer is not None and outer.tag == "div" and outer.get("id") == "news_detail"


def _is_any(element: HtmlElement, *names: str) -> bool:
    return not set(names).isdisjoint((element.get("class") or "").split())


@dataclass(frozen=True, slots=True)
class _Layout:
    """One layout of article pages: where the title stands. All else is found from there in the same way."""

    name: str
    titles: Callable[[HtmlElement], list[HtmlElement]]


_LAYOUTS: Final = (
    _Layout("4.5", _headlines),
    _Layout("4.0", _news_titles),
    _Layout("3", _old_titles),
    _Layout("print", _print_titles),
)


@dataclass(frozen=True, slots=True)
class _Article:
    """Where an article stands.

    Attributes:
        box: the smallest element that holds title and body.
        head: what stands between title and body, hidden elements and lead left out.
        tail: what follows the body in the box, in page order.
    """

    box: HtmlElement
    title: HtmlElement
    body: HtmlElement
    lead: HtmlElement | None
    head: list[HtmlElement]
    tail: list[HtmlElement]


# Whether a layout fits and what it says of the page are asked one after the other.
@lru_cache(maxsize=1)
def _find(layout: _Layout, page: Page) -> _Article | None:
    """Return the article that the page shows in the layout; None where it shows none.

    A list can have a title like an article's, but never a body.
    """
    body = next(iter(_USUAL_BODY(page.tree)), None)
    if body is None:
        body = next(filter(_is_body, below(page.tree, "div")), None)
    if body is None:
        return None
    depths = {element: depth for depth, element in enumerate(around(body))}
    # Boxes in the margin can have titles of the same kind: the article's shares the smallest box with the body.
    titles = [(depths[box], title) for title in layout.titles(page.tree) if (box := _shared(title, depths)) is not None]
    if not titles:
        return None
    depth, title = min(titles, key=itemgetter(0))
    box = list(depths)[depth]
    lead = next(iter(_LEAD(box)), None)
    if lead is None:
        lead = next((e for e in _DESCRIPTION(box) if not _HIDDEN.search(e.get("class") or "")), None)
    return _Article(box, title, body, lead, list(_between(title, body, box, lead)), list(_behind(body, box)))


def _is_body(division: HtmlElement) -> bool:
    is_marked = division.get("id") in _BODY_IDS or division.get("itemprop") == "articleBody"
    return is_marked or _is_any(division, "bodytext")


def _shared(title: HtmlElement, boxes: Container[HtmlElement]) -> HtmlElement | None:
    return next((element for element in around(title) if element in boxes), None)


def _between(
    title: HtmlElement, body: HtmlElement, box: HtmlElement, lead: HtmlElement | None
) -> Iterator[HtmlElement]:
    for element in _from(title, box):
        if element is body or element is lead:
            return
        if element is not title and isinstance(element.tag, str) and not _HIDDEN.search(element.get("class") or ""):
            yield element


def _from(element: HtmlElement, box: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the element and all that follows it in the box, in page order."""
    yield from element.iter()
    while element is not box:
        for sibling in element.itersiblings():
            yield from sibling.iter()
        element = element.getparent()


def _behind(body: HtmlElement, box: HtmlElement) -> Iterator[HtmlElement]:
    element = body
    while element is not box:
        yield from (sibling for sibling in element.itersiblings() if isinstance(sibling.tag, str))
        element = element.getparent()


def _fits(layout: _Layout, page: Page) -> bool:
    return _find(layout, page) is not None


def _article_parts(layout: _Layout, page: Page) -> ArticleParts:
    article = _find(layout, page)
    if article is None:
        raise ValueError(f"{page.url}: no article in the layout {layout.name}")
    dates, updated = _dates(article, page)
    byline, sources = _signature(article)
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
        is_template=_belongs_to_template,
    )
    return assemble(page, marked)


def shows_article(page: Page) -> bool:
    """Tell whether the page is an article in any of the layouts."""
    return any(_find(layout, page) for layout in _LAYOUTS)


def attachments(page: Page) -> tuple[str, ...]:
    """Return the addresses of an article's files; none for a page that shows no article."""
    article = next((found for layout in _LAYOUTS if (found := _find(layout, page))), None)
    return _files(article, base_of(page)) if article else ()


# No version says when its layout ended: portals update when they please, or never.
TEMPLATES: Final = tuple(
    Template(layout.name, None, partial(_fits, layout), partial(_article_parts, layout)) for layout in _LAYOUTS
)


def _belongs_to_template(element: HtmlElement) -> bool:
    names = element.get("class")
    return bool(names) and bool(_NO_TEXT.search(names))


def _lead(article: _Article) -> str | None:
    """Return the lead's text, without the picture that old themes put into it."""
    if article.lead is None:
        return None
    blocks = read_blocks(article.lead, _is_beside_the_lead)
    return " ".join(block.text for block in blocks if block.text) or None


def _is_beside_the_lead(element: HtmlElement) -> bool:
    is_picture = element.tag == "figure" or element.get("id") == "imghome"
    return is_picture or bool(_NO_LEAD.search(element.get("class") or ""))


def _dates(article: _Article, page: Page) -> tuple[tuple[Candidate, ...], Moment | None]:
    """Return when the article was published, and when it was changed where that is later."""
    shown = next((text for element in article.head if _DATE.search(text := _own_text(element))), None)
    published = dates_in("template", page, shown)
    hidden = [moment for element in _CHANGED(article.box) if (moment := parse_moment(text_of(element)))]
    if not published:
        return tuple(Candidate(moment, "microdata") for moment in hidden[:1]), None
    # The visible date shows no seconds: within its minute nothing was changed.
    at = published[0].moment.at
    return published, next((m for m in hidden if m.at.replace(second=0) > at and m.precision != "day"), None)


def _own_text(element: HtmlElement) -> str:
    """Return the text that stands in the element itself, not in those inside it."""
    return " ".join((element.text or "", *(child.tail or "" for child in element)))


def _signature(article: _Article) -> tuple[str | None, list[HtmlElement]]:
    """Return the author's name and the elements that credit a source, from below the text."""
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
    """Return the counter beside the date; some themes print it below the text."""
    beside = (count for element in article.head for count in (shown_views(element), view_count(_own_text(element))))
    below = (view_count(text_of(element)) for element in article.tail)
    return next((count for count in (*beside, *below) if count is not None), None)


def _files(article: _Article, base: str) -> tuple[str, ...]:
    """Return the files linked in the text, then those that the template lists below it."""
    urls = links_in([article.body, *outermost(_FILES(article.box))], base)
    return tuple(dict.fromkeys(url for url in urls if is_attachment(url)))


def _column(article: _Article) -> HtmlElement:
    """Return what holds the article's box and those below it, such as that of its tags."""
    return next((element for element in islice(around(article.box), 1, None)), article.box)


def _section(page: Page) -> str | None:
    """Return the last step of the breadcrumb; a page without one names its section in its head."""
    for tag in _CRUMBS:
        boxes = outermost([box for box in below(page.tree, tag) if "breadcrumb" in (box.get("class") or "")])
        links = (link for box in boxes for link in below(box, "a") if link.get("href") is not None)
        steps = [text for link in links if (text := text_of(link)) and not _HOME.fullmatch(text)]
        if steps:
            return steps[-1]
    return next((text for meta in _SECTION(page.tree) if (text := clean(meta.get("content")))), None)
