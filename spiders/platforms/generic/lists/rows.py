"""The rows of list pages on an unknown CMS.

Belongs here: which repeated rows are the page's list, and the row records. Does not belong here: finding repeated
structure (`spiders.platforms.generic.lists.repeated`), or reading a row's text
(`spiders.platforms.generic.lists.row_text`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from spiders.pages.page import Page
from spiders.platforms.generic.lists.asides import aside_of
from spiders.platforms.generic.lists.repeated import RepeatedRow, repeated_rows, shape_of
from spiders.platforms.generic.lists.row_text import Node, Stated, read_row
from spiders.platforms.generic.lists.sides import beside_titles, shown
from spiders.platforms.generic.lists.tables import cells_of
from spiders.platforms.generic.urls import is_excluded, looks_like_article
from warehouse.records import ListRow
from warehouse.text.normal import count_words

_UNDATED_ROWS_MIN: Final = 3
_ASIDE_WEIGHT: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A repeated row with what it states."""

    row: RepeatedRow
    stated: Stated
    is_article: bool

    @property
    def weight(self) -> float:
        """How much the row says: a list's rows say more than those of boxes beside it."""
        words, is_dated = count_words(self.row.link.title), self.stated.moment is not None
        has_summary = self.stated.summary is not None
        return words / 10 + 3 * is_dated + 2 * self.row.link.is_heading + 2 * has_summary + self.is_article


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Rows of the same markup and classes: a list, or a part of one.

    Attributes:
        group: number of the group of `repeated_rows` that the rows are from.
        aside: the box beside the main list that holds them, if any.
    """

    group: int
    aside: HtmlElement | None
    rows: Sequence[_Row]

    def mostly(self, values: Iterable[object]) -> bool:
        """Tell whether the values, one for each row, are true for half of the rows."""
        return 2 * sum(map(bool, values)) >= len(self.rows)

    @property
    def is_dated(self) -> bool:
        """Whether half of the rows have a date."""
        return self.mostly(row.stated.moment for row in self.rows)

    @property
    def has_headings(self) -> bool:
        """Whether half of the titles are headings."""
        return self.mostly(row.row.link.is_heading for row in self.rows)

    @property
    def is_list(self) -> bool:
        """Whether the rows are those of a list of articles: dated, or titled like articles with more beside."""
        if len(self.rows) > 1 and self.is_dated:
            return True
        signs = (
            self.has_headings,
            self.mostly(row.is_article for row in self.rows),
            self.mostly(row.stated.has_text for row in self.rows),
        )
        return len(self.rows) >= _UNDATED_ROWS_MIN and sum(signs) > 1

    @property
    def is_only_row(self) -> bool:
        """Whether a list may consist of this row alone: a linked heading with a date."""
        return self.has_headings and self.is_dated

    @property
    def weight(self) -> float:
        """How much the rows say together."""
        return sum(row.weight for row in self.rows) * (1 if self.aside is None else _ASIDE_WEIGHT)


@lru_cache(1)
def list_rows(page: Page) -> tuple[ListRow, ...]:
    """Return the rows of the page's list, in page order, each URL once."""
    rows: dict[str, ListRow] = {}
    for row in sorted(_rows_of_list(page), key=lambda row: row.row.link.position):
        record = _list_row(row)
        if record.url not in rows or (rows[record.url].published_at is None and record.published_at):
            rows[record.url] = record
    return tuple(rows.values())


def _list_row(row: _Row) -> ListRow:
    link, stated = row.row.link, row.stated
    moment = stated.moment
    return ListRow(
        title=link.title,
        url=link.url,
        summary=stated.summary,
        published_at=moment.at if moment else None,
        published_precision=moment.precision if moment else None,
        view_count=stated.view_count,
    )


def _rows_of_list(page: Page) -> list[_Row]:
    """Return the rows of the main list, and of the other blocks that belong to it."""
    blocks = list(_blocks(page))
    lists = [block for block in blocks if block.is_list] or [block for block in blocks if block.is_only_row]
    if not lists:
        return []
    main = max(lists, key=lambda block: block.weight)
    near = [block for block in blocks if block.aside in (None, main.aside)]
    chosen = [block for block in near if block is main or _is_alike(block, main)]
    # A row without a date among dated rows.
    holders = {(block.group, row.row.holder) for block in chosen for row in block.rows}
    beside = [block for block in near if {(block.group, row.row.holder) for row in block.rows} <= holders]
    return [row for block in near if block in chosen or block in beside for row in block.rows]


def _is_alike(block: _Block, main: _Block) -> bool:
    """Tell whether a block belongs to the same list as the main one: dated, or titled in the same way."""
    if block.is_dated or main.is_dated:
        # What is around a single link is not surely its row.
        return block.is_dated and (len(block.rows) > 1 or block.has_headings)
    one, other = block.rows[0], main.rows[0]
    if not (one.is_article or one.stated.has_text):
        return False
    names = one.row.link.element.get("class")
    return block.has_headings if main.has_headings else bool(names) and names == other.row.link.element.get("class")


def _blocks(page: Page) -> Iterator[_Block]:
    """Yield the page's repeated rows by their markup, classes and place."""
    asides: dict[HtmlElement, HtmlElement | None] = {}
    for number, group in enumerate(repeated_rows(page)):
        blocks: dict[tuple[HtmlElement | None, str, str], list[_Row]] = defaultdict(list)
        for row in _read([row for row in group if not is_excluded(row.link.url)], page):
            box, holder = row.row.box, row.row.holder
            blocks[aside_of(box, asides), shape_of(box), shape_of(holder)].append(row)
        yield from (_Block(number, aside, rows) for (aside, _, _), rows in blocks.items())


def _read(rows: Sequence[RepeatedRow], page: Page) -> list[_Row]:
    stated = [_stated(row, (), page) for row in rows]
    held: dict[HtmlElement, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        held[row.holder].append(i)
    for places in held.values():
        if len(places) > 1 and not any(stated[i].moment for i in places):
            beside = beside_titles([rows[i] for i in places], page.captured_at)
            for i, nodes in zip(places, beside, strict=True):
                stated[i] = _stated_beside(rows[i], nodes, page)
    return [
        _Row(row, each, looks_like_article(row.link.url, page.article_patterns))
        for row, each in zip(rows, stated, strict=True)
    ]


def _stated(row: RepeatedRow, beside: Sequence[Node], page: Page) -> Stated:
    link = row.link
    content = [*cells_of(row.box), *link.beside, *beside]
    return read_row(content, link.title, link.title_element, page.captured_at)


def _stated_beside(row: RepeatedRow, beside: Sequence[Node], page: Page) -> Stated:
    """Return what a row without a box of its own states.

    What is on its side of the title is included if that side is known.
    """
    stated = _stated(row, beside, page)
    is_beside_text = any(True for _ in shown((*row.before, *row.after)))
    return replace(stated, has_text=stated.has_text or is_beside_text)
