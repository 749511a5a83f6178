"""Assigns each block of an article its role: body, caption, byline, credited source, or none.

Belongs here: the order of assignment, table rows, and removing repeated and related lines. Does not belong here:
detecting captions (`spiders.platforms.parts.captions`), bylines and credits (`spiders.platforms.parts.attribution`) or
boilerplate (`spiders.platforms.parts.boilerplate`); markup (`spiders.platforms.parts.blocks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from spiders.platforms.parts.attribution.credits import credits_source
from spiders.platforms.parts.attribution.signed import take_attribution
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.boilerplate import is_boilerplate_line
from spiders.platforms.parts.captions import take_captions, take_captions_without_pictures
from spiders.platforms.parts.links.files import offered_file
from spiders.platforms.parts.urls import absolute
from warehouse.text.address import untracked
from warehouse.text.normal import has_more_words, normal_form

_RELATED_WORDS_MAX: Final = 40
_RELATED_HEADING_WORDS_MAX: Final = 6
_REPEATED_WITHIN: Final = 3  # blocks at the beginning that may repeat title and lead
_PAPER_CHARACTERS_MAX: Final = 40
_PAPER: Final = re.compile(r"^\([^()]{2,30}\)\s*[-–—:]?\s*")
_ENDS_IN_A_DATE: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\W*$")
_RELATED_LEAD_IN: Final = re.compile(
    r"(?:>>+|»+|\[?\s*(?:Xem thêm|Đọc thêm|Có thể bạn quan tâm|Tin liên quan|Bài liên quan|Tin, bài liên quan|"
    r"Tin bài liên quan|Bài viết liên quan)\s*[\]:]?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """An article's text by role, with the field names of `spiders.pages.page.ArticleParts`."""

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
    """Assign the blocks of an article's body, in reading order, to their roles.

    Title, lead and byline are those shown outside the body. If the body repeats title or lead at its beginning, or the
    byline at its end, the repetition is removed.
    """
    captioned = take_captions(_joined_rows([block for block in blocks if block.text or block.image]))
    flags = captioned.flags
    text = _without_repeats(captioned.blocks, title, lead)
    kept = list(_without_related(text, base))
    if len(kept) < len(text):
        flags.add("related_inside")
    kept = [block for block in kept if not _is_boilerplate(block) and not _is_attachment_line(block, base)]
    attribution = take_attribution(kept, base, byline)
    if attribution.is_glued:
        flags.add("source_glued")
    captioned.blocks = attribution.blocks
    take_captions_without_pictures(captioned)
    return Roles(
        body=tuple(block.text for block in captioned.blocks),
        captions=(*captioned.captions, *attribution.picture_credits),
        byline=attribution.byline,
        credited_source_name=attribution.source_name,
        credited_source_url=attribution.source_url,
        attachments=_attachments(blocks, base),
        image_urls=tuple(dict.fromkeys(url for b in blocks if b.image and (url := absolute(base, b.image)))),
        flags=tuple(sorted(flags)),
    )


def _joined_rows(blocks: list[Block]) -> list[Block]:
    """Join the cells of each row of a data table into one block, because a cell is not a paragraph.

    Tables with pictures (layout tables), and rows with text in a single column, stay as they are.
    """
    tables_with_images = {block.cell.table for block in blocks if block.cell and block.image}
    rows: list[Block] = []
    for cell_row, group in groupby(blocks, key=lambda block: block.cell and (block.cell.table, block.cell.row)):
        cells = list(group)
        columns = {block.cell.column for block in cells if block.cell}
        if cell_row is None or cell_row[0] in tables_with_images or len(columns) < 2:
            rows.extend(cells)
            continue
        by_column = groupby(cells, key=lambda block: block.cell and block.cell.column)
        text = " | ".join(" ".join(block.text for block in column) for _, column in by_column)
        links = tuple(link for block in cells for link in block.links)
        density = sum(block.link_density * len(block.text) for block in cells) / sum(len(block.text) for block in cells)
        rows.append(replace(cells[0], text=text, links=links, link_density=density, is_bold=False, align=None))
    return rows


def _without_repeats(blocks: list[Block], title: str | None, lead: str | None) -> list[Block]:
    """Drop the lead where the text begins with it, and the title anywhere.

    Some pages print the title above each part.
    """
    shown = [text for text in (title, lead) if text]
    first = [block for block in blocks[:_REPEATED_WITHIN] if not any(_is_same(block.text, other) for other in shown)]
    return first + [block for block in blocks[_REPEATED_WITHIN:] if not (title and _is_same(block.text, title))]


def _is_same(text: str, other: str) -> bool:
    """Tell whether the texts are equal but for case, a full stop and the paper's name in front.

    Such a name is written `(Báo Thử) - …`.
    """
    # Compare lengths first, which is cheap: normalisation and case folding keep them for cleaned Vietnamese text.
    if abs(len(text) - len(other)) > _PAPER_CHARACTERS_MAX:
        return False
    text, other = _PAPER.sub("", text).rstrip(" ."), _PAPER.sub("", other).rstrip(" .")
    return len(text) == len(other) and normal_form(text).casefold() == normal_form(other).casefold()


def _without_related(blocks: Sequence[Block], base: str) -> Iterator[Block]:
    """Skip links to other articles, and the short heading of a list of them."""
    related = [_is_related_link(block, base) for block in blocks]
    for index, block in enumerate(blocks):
        begins_list = related[index + 1 : index + 3] == [True, True] and (block.is_bold or block.is_heading)
        is_heading = begins_list and not has_more_words(block.text, _RELATED_HEADING_WORDS_MAX)
        if not related[index] and not is_heading:
            yield block


def _is_related_link(block: Block, base: str) -> bool:
    """Tell whether the block is only a link to another article."""
    lead_in = _RELATED_LEAD_IN.match(block.text)
    if not (lead_in or block.link_density > 0.5) or has_more_words(block.text, _RELATED_WORDS_MAX):
        return False
    if lead_in and (lead_in.end() == len(block.text) or _links_to_pages(block, base)):
        return True
    is_dated_link = block.link_density > 0.5 and _ENDS_IN_A_DATE.search(block.text) is not None
    return (
        (block.link_density > 0.8 or is_dated_link)
        and not credits_source(block.text)
        and not _attachments([block], base)
    )


def _links_to_pages(block: Block, base: str) -> bool:
    return any(absolute(base, href) and not offered_file(base, href, words, block.text) for href, words in block.links)


def _is_boilerplate(block: Block) -> bool:
    """Tell whether the block is a label, button or notice; `Link bài gốc: https://…` is a credit too."""
    return is_boilerplate_line(block.text) and not (block.links and credits_source(block.text))


def _is_attachment_line(block: Block, base: str) -> bool:
    return block.link_density > 0.7 and bool(_attachments([block], base))


def _attachments(blocks: Sequence[Block], base: str) -> tuple[str, ...]:
    """Return the URLs of the attachments that the blocks link to, without duplicates."""
    files = (
        offered_file(base, href, words, block.text) if block.text else absolute(base, href)  # else it is in a viewer
        for block in blocks
        for href, words in block.links
    )
    return tuple(dict.fromkeys(untracked(url) for url in files if url))
