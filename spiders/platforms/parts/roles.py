"""What each block of an article is for: body, caption, byline, credited source, or nothing that belongs to the text.

Here: the order in which roles are given, rows of tables, and what is left out. Not here: the signs of captions
(`spiders.platforms.parts.captions`), of bylines and credits (`spiders.platforms.parts.bylines`), of boilerplate
(`spiders.platforms.parts.boilerplate`); markup (`spiders.platforms.parts.blocks`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from spiders.platforms.parts.addresses import absolute, is_attachment, without_visit
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.boilerplate import is_frame_line
from spiders.platforms.parts.bylines import credits_source, take_ending
from spiders.platforms.parts.captions import take_captions, take_captions_without_pictures
from warehouse.text.normal import count_words, normal_form

_RELATED_WORDS_MAX: Final = 40
_REPEATED_WITHIN: Final = 3  # blocks at the beginning that may say title and lead again
_ENDS_IN_A_DATE: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\W*$")
_RELATED_LEAD_IN: Final = re.compile(
    r"(?:>>+|»+|\[?\s*(?:Xem thêm|Đọc thêm|Có thể bạn quan tâm|Tin liên quan|Bài liên quan|Tin, bài liên quan|"
    r"Tin bài liên quan|Bài viết liên quan)\s*[\]:]?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """An article's text by role; the fields are those of `spiders.pages.page.ArticleParts` under the same names."""

    body: tuple[str, ...]
    captions: tuple[str, ...]
    byline: str | None
    credited_source_name: str | None
    credited_source_url: str | None
    attachments: tuple[str, ...]
    image_urls: tuple[str, ...]
    flags: tuple[str, ...]


def assign_roles(
    blocks: Sequence[Block],
    base: str,
    *,
    title: str | None = None,
    lead: str | None = None,
    byline: str | None = None,
) -> Roles:
    """Sort the blocks of an article's body by what they are for.

    Args:
        blocks: in reading order.
        base: what relative addresses start from.
        title: shown apart from the body; repeated at its beginning it is left out.
        lead: as `title`.
        byline: shown apart from the body; repeated at its end it is left out.
    """
    captioned = take_captions(_joined_rows(list(blocks)))
    flags = captioned.flags
    text = _without_repeats(captioned.blocks, title, lead)
    kept = [block for block in text if not _leads_elsewhere(block, base)]
    if len(kept) < len(text):
        flags.add("related_inside")
    kept = [block for block in kept if not is_frame_line(block.text) and not _is_attachment_line(block, base)]
    ending = take_ending(kept, base, byline)
    if ending.is_glued:
        flags.add("source_glued")
    captioned.blocks = ending.blocks
    take_captions_without_pictures(captioned)
    return Roles(
        body=tuple(block.text for block in captioned.blocks),
        captions=tuple(captioned.captions),
        byline=ending.byline,
        credited_source_name=ending.source_name,
        credited_source_url=ending.source_url,
        attachments=_attachments(blocks, base),
        image_urls=tuple(dict.fromkeys(url for b in blocks if b.image and (url := absolute(base, b.image)))),
        flags=tuple(sorted(flags)),
    )


def _joined_rows(blocks: list[Block]) -> list[Block]:
    """Make one block of each row of a table of data: cells apart are no paragraphs.

    Tables that hold pictures and tables of one column lay out a page and stay as they are.
    """
    tables_with_images = {block.cell.table for block in blocks if block.cell and block.image}
    rows: list[Block] = []
    for cell_row, group in groupby(blocks, key=lambda block: block.cell and (block.cell.table, block.cell.row)):
        cells = list(group)
        columns = {block.cell.column for block in cells if block.cell}
        if cell_row is None or cell_row[0] in tables_with_images or len(columns) < 2:
            rows.extend(cells)
            continue
        texts = [
            " ".join(b.text for b in column) for _, column in groupby(cells, key=lambda b: b.cell and b.cell.column)
        ]
        links = tuple(link for block in cells for link in block.links)
        linked = sum(block.linked * len(block.text) for block in cells) / sum(len(block.text) for block in cells)
        rows.append(replace(cells[0], text=" | ".join(texts), links=links, linked=linked, is_bold=False, align=None))
    return rows


def _without_repeats(blocks: list[Block], title: str | None, lead: str | None) -> list[Block]:
    said_above = [text for text in (title, lead) if text]
    first = [block for block in blocks[:_REPEATED_WITHIN] if not any(_is_same(block.text, said) for said in said_above)]
    return first + blocks[_REPEATED_WITHIN:]


def _is_same(text: str, said: str) -> bool:
    # Neither way of writing is longer, and lengths are compared at once.
    return len(text) == len(said) and normal_form(text).casefold() == normal_form(said).casefold()


def _leads_elsewhere(block: Block, base: str) -> bool:
    """Tell whether the block is but a link to another page."""
    lead_in = _RELATED_LEAD_IN.match(block.text)
    if not (lead_in or block.linked > 0.5) or count_words(block.text) > _RELATED_WORDS_MAX:
        return False
    if lead_in and (lead_in.end() == len(block.text) or _links_to_pages(block, base)):
        return True
    is_dated_link = block.linked > 0.5 and _ENDS_IN_A_DATE.search(block.text) is not None
    return (block.linked > 0.8 or is_dated_link) and not credits_source(block.text) and not _attachments([block], base)


def _links_to_pages(block: Block, base: str) -> bool:
    return any((url := absolute(base, href)) and not is_attachment(url) for href, _ in block.links)


def _is_attachment_line(block: Block, base: str) -> bool:
    return block.linked > 0.7 and bool(_attachments([block], base))


def _attachments(blocks: Sequence[Block], base: str) -> tuple[str, ...]:
    """Return the addresses of the files that the blocks link to, each once."""
    files = [url for block in blocks for href, _ in block.links if (url := absolute(base, href)) and is_attachment(url)]
    return tuple(dict.fromkeys(without_visit(url) for url in files))
