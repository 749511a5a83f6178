"""List pages of NukeViet: categories and home pages in their various views.

Belongs here: rows. Does not belong here: article pages (`spiders.platforms.nukeviet.articles`) and URLs
(`spiders.platforms.nukeviet.urls`).

Editors choose among some ten views for a category: rows under headings with date and summary, bare titles with the
summary in a tooltip, a first row with titles below it. A home page combines several.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.nukeviet.urls import looks_like_article
from spiders.platforms.parts.assembly import list_row
from spiders.platforms.parts.blocks import read_blocks
from spiders.platforms.parts.selectors import ancestors, class_matches, descendants, select, text_of, with_class
from spiders.platforms.parts.urls import base_of, page_link
from warehouse.records import ListRow
from warehouse.text.normal import clean

_HEADINGS: Final = frozenset(("h2", "h3", "h4"))
_SHORTENED: Final = ("...", "…")
_EYE: Final = re.compile(r"(?:^|\s)fa-eye(?:\s|$)")
_NUMBER: Final = re.compile(r"\d[\d.]*")
_OUTSIDE_TITLE: Final = re.compile(r"(?:^|\s)(?:label|icon_new|date)(?:\s|$)")
_OUTSIDE_SUMMARY: Final = re.compile(
    r"(?:^|\s)(?:text-muted|text-right|related|viewmore|adminlink|info|time|aright)(?:\s|$)"
)
# Sidebar boxes on every page, which are not part of the list.
_SIDEBAR: Final = re.compile(r"(?:^|\s)(?:block_tophits|block_news|block_groups|well)(?:\s|$)")

_ROW_LINKS: Final = select(
    *(f"//{heading}/a[@href]" for heading in sorted(_HEADINGS)),
    "//a[@href][h2 or h3 or h4]",
    "//" + with_class("ul", "related", "lastest-news") + "/li/a[@href]",  # (sic)
    "//" + with_class("li", "icon_list") + "/a[@href]",
    "//" + with_class("div", "other-news") + "//li/a[@href]",
    "//" + with_class("table", "table-list-news") + "//td/a[@href]",
)
_DATE_LINES: Final = select(
    "descendant::" + with_class("*", "text-muted", "time", "date", "info"), "descendant::em[not(@class)]"
)
_LINKS_OF_ROW_MAX: Final = 40
_ICONS: Final = select("descendant::*[contains(@class,'fa-eye')]")


def row_count(page: Page) -> int:
    """Return the number of rows on the page, duplicates included; 0 if it is not a list."""
    return len(_rows(page))


def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return one row per article, in document order.

    A home page shows its newest articles twice, first with a truncated summary and without a date. Of two rows of an
    article, the one with a date is returned.
    """
    rows: dict[str, ListRow] = {}
    for link, url in _rows(page):
        row = _row(link, url)
        if url not in rows or (rows[url].published_at is None and row.published_at is not None):
            rows[url] = row
    return tuple(rows.values())


def shown_views(element: HtmlElement) -> int | None:
    """Return the number after an eye icon, which is the view count; None for other elements."""
    number = _NUMBER.search(element.tail or "") if class_matches(element, _EYE) else None
    return int(number[0].replace(".", "")) if number else None


def _rows(page: Page) -> list[tuple[HtmlElement, str]]:
    base = base_of(page)
    found = ((link, page_link(base, link.get("href"))) for link in _ROW_LINKS(page.tree))
    return [
        (link, url)
        for link, url in found
        if url and looks_like_article(url) and text_of(link) and not _is_in_sidebar(link)
    ]


def _is_in_sidebar(link: HtmlElement) -> bool:
    return any(class_matches(element, _SIDEBAR) for element in ancestors(link))


def _row(link: HtmlElement, url: str) -> ListRow:
    outer = link.getparent()
    has_heading = outer is not None and outer.tag in _HEADINGS
    box = outer.getparent() if has_heading and outer is not None else outer
    tooltip = clean(link.get("data-content") or "") or None
    if box is None or _has_other_rows(box, link):
        return list_row(_title(link), url, summary=tooltip, date_line=None)
    line = next(iter(_DATE_LINES(box)), None)
    row = list_row(
        _title(link),
        url,
        summary=(_summary(box) if has_heading else None) or tooltip,
        date_line=text_of(line) if line is not None else None,
    )
    if row.view_count is not None or line is None:
        return row
    return _with_views(row, line)


def _with_views(row: ListRow, line: HtmlElement) -> ListRow:
    """Add the view count, which some views show only after an eye icon."""
    counts = (shown_views(icon) for icon in _ICONS(line))
    return replace(row, view_count=next((count for count in counts if count is not None), None))


def _has_other_rows(box: HtmlElement, link: HtmlElement) -> bool:
    """Tell whether the row's container has other rows too; its text then belongs to several rows."""
    # Stop early: a hostile page may have thousands of rows.
    headings = islice(descendants(box, *_HEADINGS), _LINKS_OF_ROW_MAX)
    linked = sum(1 for heading in headings if heading.find("a") is not None)
    if linked:
        return linked > 1
    links = list(islice(descendants(box, "a"), _LINKS_OF_ROW_MAX))
    return len(links) == _LINKS_OF_ROW_MAX or any(other is not link and text_of(other) for other in links)


def _title(link: HtmlElement) -> str:
    """Return the full title, without the label, the date and the icon for new articles."""
    blocks = read_blocks(link, _is_outside_title)
    text = " ".join(block.text for block in blocks if block.text) or text_of(link)
    whole = clean(link.get("title") or "")
    is_cut = text.endswith(_SHORTENED) and whole.startswith(text.rstrip(".…").rstrip())
    return whole if is_cut else text


def _is_outside_title(element: HtmlElement) -> bool:
    return element.tag == "em" or class_matches(element, _OUTSIDE_TITLE)


def _summary(box: HtmlElement) -> str | None:
    return " ".join(block.text for block in read_blocks(box, _is_outside_summary) if block.text) or None


def _is_outside_summary(element: HtmlElement) -> bool:
    return element.tag in (*_HEADINGS, "ul", "em") or class_matches(element, _OUTSIDE_SUMMARY)
