"""Rows of tables: which cells say when an article was published.

Belongs here: columns and their headings. Does not belong here: reading a cell
(`spiders.platforms.generic.lists.row_text`).
"""

from __future__ import annotations

import re
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.selectors import ancestors, descendants, text_of

_CELLS: Final = ("td", "th")
_OTHER_DATE: Final = re.compile(
    r"ban hành|hiệu lực|ký|hết hạn|hạn|thời hạn|bắt đầu|kết thúc|sự kiện|diễn ra|sinh", re.IGNORECASE
)
_HEADING_CHARACTERS_MAX: Final = 40


def cells_of(box: HtmlElement) -> list[HtmlElement]:
    """Return the row's cells without dates of other things, such as `Ngày ban hành`.

    A box in no table is returned as it is.
    """
    if box.tag != "tr":
        return [box]
    table = next((each for each in ancestors(box) if each.tag == "table"), None)
    head = next(descendants(table, "tr"), box) if table is not None else box
    cells, headings = list(box.iterchildren(*_CELLS)), list(head.iterchildren(*_CELLS))
    if head is box or len(cells) != len(headings):
        return [box]
    return [cell for cell, heading in zip(cells, headings, strict=True) if not _is_of_other_date(heading)]


def _is_of_other_date(heading: HtmlElement) -> bool:
    text = text_of(heading)
    return len(text) <= _HEADING_CHARACTERS_MAX and _OTHER_DATE.search(text) is not None
