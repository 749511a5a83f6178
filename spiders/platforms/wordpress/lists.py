"""Lists of posts on WordPress: home page, category, archive and blog pages, whatever the theme.

Belongs here: finding the rows of a list and reading their parts. Does not belong here: class names
(`spiders.platforms.wordpress.marks`), single posts (`spiders.platforms.wordpress.articles`).

A row is the innermost post element around a linked title: WordPress gives it classes such as `post-16` and `hentry`,
and themes their own. What is in another row's element is never this row's. Sidebars, menus and comments have no rows;
search results and error pages are no lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.parts.assembly import list_row, view_count
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.metadata.page_type import PageType, page_type
from spiders.platforms.parts.metadata.reader import read_metadata
from spiders.platforms.parts.selectors import ancestors, descendants, has_class, text_of
from spiders.platforms.parts.urls import base_of, page_link
from spiders.platforms.wordpress import marks
from spiders.platforms.wordpress.urls import may_be_page
from warehouse.records import ListRow
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, count_words

_TITLES: Final = marks.TITLES | {
    "elementor-post__title", "td-module-title", "entry-title-link", "blog-entry-title", "mh-loop-title",
    "wp-block-latest-posts__post-title", "mh-posts-list-title", "loop-title", "item-title", "post-box-title",
}  # fmt: skip
_ROW_CLASSES: Final = frozenset((
    "wp-block-post", "post-item", "td_module_wrap", "elementor-post", "jeg_post", "blog-entry", "mh-posts-list-item",
    "listing-item", "single-article", "mh-loop-item", "post", "item-list", "entry", "news-item", "box-blog-post",
))  # fmt: skip
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ROW_LEVELS: Final = 12
_LINK_LEVELS: Final = 8
_PARTS_MAX: Final = 400
_ROWS_MAX: Final = 5_000
_DATE_WORDS_MAX: Final = 24
_NOT_SUMMARY: Final = re.compile(
    r"(?:^|\s)(?:more-link\S*|read-more\S*|\S*read-more|\S*readmore\S*|wp-block-post-excerpt__more-\S+|screen-reader-text|"
    r"sharedaddy|addtoany\S*|post-views\S*|entry-meta|post-meta|kk-star-ratings\S*|excerpt-more|button)(?:\s|$)",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]|(?:Đọc|Xem) (?:tiếp|thêm)|Read more|Continue reading)[\s»→.…]*$", re.IGNORECASE
)
_PROTECTED: Final = re.compile(r"protected post\.$|bài viết (?:này )?được bảo vệ", re.IGNORECASE)
_CUT: Final = ("...", "…")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A linked title of a list.

    Attributes:
        row: the element that contains this row alone; the title itself if there is none.
    """

    element: HtmlElement
    link: HtmlElement
    url: str
    row: HtmlElement


def row_count(page: Page) -> int:
    """Return the number of rows on the page; 0 if it is not a list."""
    return len(_headings(page))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return one row per post, in document order."""
    return tuple(_row(heading) for heading in _headings(page))


# Cached for one page: detecting a list, its links and its rows all need them.
@lru_cache(1)
def _headings(page: Page) -> tuple[_Heading, ...]:
    kind = page_type(page)
    is_article = kind is PageType.ARTICLE or (kind is PageType.UNKNOWN and read_metadata(page).is_article)
    if is_article or kind is PageType.NOT_FOUND:
        return ()
    base = base_of(page)
    titled: dict[HtmlElement, list[_Heading]] = {}
    for element in _titles(page):
        link = _link(element)
        url = link is not None and page_link(base, link.get("href"))
        if link is None or not url or not may_be_page(url) or not _title(element, link):
            continue
        row = next((outer for outer in (element, *islice(ancestors(element), _ROW_LEVELS)) if _is_row(outer)), element)
        titled.setdefault(row, []).append(_Heading(element, link, url, row))
    found: dict[str, _Heading] = {}
    for headings in titled.values():
        is_one = len({heading.url for heading in headings}) == 1
        for heading in headings[:1] if is_one else headings:
            found.setdefault(heading.url, heading if is_one else replace(heading, row=heading.element))
    return tuple(islice(found.values(), _ROWS_MAX))


def _titles(page: Page) -> list[HtmlElement]:
    """Return the titles outside sidebars and menus: marked ones, and headings of posts without one."""
    root = next(descendants(page.tree, "body"), page.tree)
    marked: list[HtmlElement] = []
    plain: list[HtmlElement] = []
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        classes = element.get("class") or ""
        if element is not root and marks.is_beside(element, classes, in_post=False):
            walk.skip_subtree()
        elif (
            classes and not _TITLES.isdisjoint(classes.split()) and element.tag not in ("article", "section", "header")
        ):
            marked.append(element)
            walk.skip_subtree()
        elif element.tag in _HEADINGS:
            plain.append(element)
            walk.skip_subtree()
    with_title = {row for each in marked if (row := _row_around(each)) is not None}
    in_posts = [each for each in plain if (row := _row_around(each)) is not None and row not in with_title]
    return [*marked, *in_posts] if not in_posts else _in_order(root, {*marked, *in_posts})


def _in_order(root: HtmlElement, elements: set[HtmlElement]) -> list[HtmlElement]:
    return [element for element in root.iter() if element in elements]


def _row_around(element: HtmlElement) -> HtmlElement | None:
    return next((outer for outer in islice(ancestors(element), _ROW_LEVELS) if _is_row(outer)), None)


def _is_row(element: HtmlElement) -> bool:
    if element.tag in ("body", "main", "ul", "ol"):
        return False
    return marks.is_post(element) or has_class(element, _ROW_CLASSES) or element.tag in ("article", "li")


def _link(element: HtmlElement) -> HtmlElement | None:
    """Return the link in the title or around it: some themes link the whole row."""
    inside = next((each for each in descendants(element, "a") if each.get("href")), None)
    if inside is not None:
        return inside
    outer = islice(ancestors(element), _LINK_LEVELS)
    return next((each for each in outer if each.tag == "a" and each.get("href")), None)


def _title(element: HtmlElement, link: HtmlElement) -> str:
    """Return the title, in full if the theme cut it and gives it as tooltip."""
    text, whole = text_of(element), clean(link.get("title") or "")
    is_cut = text.endswith(_CUT) and whole.startswith(text.rstrip(".… "))
    return whole if is_cut else text


def _row(heading: _Heading) -> ListRow:
    title = _title(heading.element, heading.link)
    if heading.row is heading.element:
        return list_row(title, heading.url, summary=None, date_line=None)
    outside = _outside_title(heading)
    row = list_row(title, heading.url, summary=_summary(outside, title), date_line=_date_line(outside))
    return row if row.view_count is not None else replace(row, view_count=_views(outside))


def _outside_title(heading: _Heading) -> list[HtmlElement]:
    """Return the row's elements outside its title and outside rows nested in it."""
    found: list[HtmlElement] = []
    walk = etree.iterwalk(heading.row, events=("start",))
    for _, element in walk:
        is_own = element is heading.row or element is heading.link or not marks.is_post(element)
        if element is heading.element or not isinstance(element.tag, str) or not is_own:
            walk.skip_subtree()
        else:
            found.append(element)
        if len(found) >= _PARTS_MAX:
            break
    return found


def _date_line(elements: Iterable[HtmlElement]) -> str | None:
    """Return the row's date line: from its `<time>`, the published one first, else from a marked element."""
    elements = list(elements)
    times = [each for each in elements if each.tag == "time" and not marks.is_modified(each)]
    for time in times:
        stated, shown = clean(time.get("datetime") or ""), text_of(time)
        moment = parse_moment(shown)
        if moment and moment.precision != "day":
            return shown
        if parse_moment(stated):
            return stated
        if moment:
            return shown
    for element in elements:
        if has_class(element, marks.DATES) and not marks.is_modified(element):
            text = text_of(element)
            if count_words(text) <= _DATE_WORDS_MAX and parse_moment(text):
                return text
    return None


def _summary(elements: Iterable[HtmlElement], title: str) -> str | None:
    for element in elements:
        if has_class(element, marks.SUMMARIES):
            blocks = read_blocks(element, _is_outside_summary)
            text = _MORE.sub("", " ".join(block.text for block in blocks if block.text))
            if text and text != title and not _PROTECTED.search(text):
                return text
    return None


def _is_outside_summary(element: HtmlElement) -> bool:
    return element.tag in _HEADINGS or bool(_NOT_SUMMARY.search(element.get("class") or ""))


def _views(elements: Iterable[HtmlElement]) -> int | None:
    shown = (view_count(text_of(element)) for element in elements if has_class(element, marks.VIEWS))
    return next((count for count in shown if count is not None), None)
