"""Splits an article's markup into a flat list of blocks: paragraphs and pictures with formatting.

Belongs here: splitting, tolerant of markup from word processors and old editors (bare text, `<br>` for paragraphs,
stray end tags, layout tables). Does not belong here: the role of a block (`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement

from spiders.platforms.parts.elements.hidden import cached_by_value, is_hidden
from spiders.platforms.parts.elements.pictures import picture_address
from spiders.platforms.parts.elements.preformatted import keeps_line_breaks, line_ends
from spiders.platforms.parts.links.files import EMBEDDING_TAGS, embedded_file, linked_address
from spiders.platforms.parts.links.teasers import TEASER_TAGS, is_teaser
from spiders.platforms.parts.selectors import BLOCK_TAGS
from warehouse.text.normal import clean, count_words

Alignment: TypeAlias = Literal["left", "center", "right", "justify"]

_SKIPPED_TAGS: Final = frozenset((
    "script", "style", "noscript", "template", "button", "select", "input", "textarea", "form", "iframe", "object",
    "video", "audio", "svg", "nav", "amp-ad", "amp-embed", "amp-iframe", "amp-video", "marquee",
))  # fmt: skip
_LINKED_PICTURE: Final = etree.XPath("boolean(.//a//img)")  # faster than asking each element
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ITALIC: Final = frozenset(("em", "i", "cite"))
_BOLD: Final = frozenset(("strong", "b"))
_FORMATTING_TAGS: Final = _HEADINGS | _ITALIC | _BOLD | {"center", "figcaption", "a"}
_CAPTION_CLASS: Final = re.compile(
    r"(?i)(?:^|[\s_-])(?:caption|image_desc|chu-?thich|(?:img|image|pic|photo)-?(?:desc|note|caption)|note-?photo|pcaption|(?:img|image|picture|photo)-?title|"
    r"mo-?ta-?anh|tplcaption)|(?:image|item|img|photo|pic)\w{0,60}(?:caption|credit)"
)
_ALIGN: Final = re.compile(r"text-align\s*:\s*(left|center|right|justify)", re.IGNORECASE)
_ITALIC_STYLE: Final = re.compile(r"font-style\s*:\s*(italic|normal)", re.IGNORECASE)
_BOLD_STYLE: Final = re.compile(r"font-weight\s*:\s*(bold|[6-9]00|normal|400)", re.IGNORECASE)
_BREAK: Final = "\v"  # a single line break: white space in prose, a separator in verse
_VERSE_BREAKS_MIN: Final = 3
_VERSE_WORDS_MAX: Final = 9
_SENTENCE_END: Final = (".", "!", "?", "…", ":", ";", '."', ".”", "/.")


class Cell(NamedTuple):
    """Position of a block in its innermost table: the table's number on the page, row and column."""

    table: int
    row: int
    column: int


@dataclass(slots=True, unsafe_hash=True)  # immutable by convention: frozen=True makes construction several times slower
class Block:
    """A paragraph, a picture, or a file that the page shows in a viewer.

    Attributes:
        text: cleaned; empty for a picture or a file.
        image: URL of the picture as written; None for other blocks.
        image_text: the picture's alternative text.
        align: None if the markup states none.
        links: (unresolved href, cleaned link text) of each link inside; for a file its address and no text.
        link_density: share of the characters inside links, 0 to 1.
        is_italic, is_bold, is_heading, is_caption: True only if all of the text is.
        cell: None outside a table.
    """

    text: str = ""
    image: str | None = None
    image_text: str = ""
    align: Alignment | None = None
    is_italic: bool = False
    is_bold: bool = False
    is_heading: bool = False
    is_caption: bool = False
    links: tuple[tuple[str, str], ...] = ()
    link_density: float = 0.0
    cell: Cell | None = None


def read_blocks(container: HtmlElement, is_skipped: Callable[[HtmlElement], bool] | None = None) -> list[Block]:
    """Return the blocks of everything below `container`.

    A paragraph ends where a block element or a caption begins or ends, at two line breaks, at one line break after the
    end of a sentence, and at a picture. Verse is split at every line break, and so is preformatted text unless its
    lines were wrapped. Subtrees for which `is_skipped` is true
    belong to the template and are left out.
    """
    reader = _Reader()
    has_linked_pictures = _LINKED_PICTURE(container) is True
    walk = etree.iterwalk(container, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element, is_container=element is container)
        elif element is not container and (
            not isinstance(element.tag, str)
            or element.tag in _SKIPPED_TAGS
            or is_hidden(element)
            or (is_skipped and is_skipped(element))
            or (has_linked_pictures and element.tag in TEASER_TAGS and is_teaser(element))
        ):
            walk.skip_subtree()
            reader.skip(element)
        else:
            reader.enter(element)
    reader.flush()
    return reader.blocks


class _Formatting(NamedTuple):
    """Formatting of text inside the currently open elements."""

    align: Alignment | None = None
    is_italic: bool = False
    is_bold: bool = False
    is_heading: bool = False
    is_caption: bool = False
    href: str | None = None
    is_link: bool = False


_PLAIN: Final = _Formatting()


@dataclass(slots=True)
class _Table:
    number: int
    row: int = -1
    column: int = -1


@dataclass(slots=True)
class _Reader:
    """Collects text nodes and joins them into a block at each block boundary."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[tuple[str, _Formatting]] = field(default_factory=list)
    formats: list[_Formatting] = field(default_factory=lambda: [_PLAIN])
    tables: list[_Table] = field(default_factory=list)
    table_count: int = 0
    preformatted: int = 0  # open elements that keep the line breaks of their text
    breaks: int = 0
    skipping: bool = False

    def enter(self, element: HtmlElement) -> None:
        tag, outer = element.tag, self.formats[-1]
        formatting = _formatting_in(element, outer)
        if tag in BLOCK_TAGS:
            self.flush()
            self.preformatted += keeps_line_breaks(element)
            if self.tables or tag == "table":
                self._enter_table(tag)
        elif formatting.is_caption and not outer.is_caption:
            self.flush()  # a caption is a block of its own, even in an inline element
        self.formats.append(formatting)
        if tag == "br":
            self._line_break()
        elif tag in ("img", "amp-img"):
            self._picture(element)
        elif tag == "embed":  # the parser takes what follows it for its content
            self._file(element)
        if text := element.text:
            self.add(text)

    def skip(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            self.flush()
        elif tag in EMBEDDING_TAGS and not is_hidden(element):
            self._file(element)
        elif tag == "noscript" and (self.pieces or not (self.blocks and self.blocks[-1].image)):
            # The picture that a script would load; one before it would be the same.
            for picture in islice(element.iterdescendants("img"), 1):
                self._picture(picture)
        self.skipping = True

    def leave(self, element: HtmlElement, *, is_container: bool) -> None:
        if self.skipping:
            # The walk also reports the end of a skipped element, which was never entered.
            self.skipping = False
        else:
            tag, formatting = element.tag, self.formats.pop()
            if tag in BLOCK_TAGS or (formatting.is_caption and not self.formats[-1].is_caption):
                self.flush()
                if self.preformatted and tag in BLOCK_TAGS:
                    self.preformatted -= keeps_line_breaks(element)
                if tag == "table" and self.tables:
                    self.tables.pop()
        if not is_container and (text := element.tail):
            self.add(text)

    def add(self, text: str) -> None:
        if not text.isspace():
            self.breaks = 0
        elif not self.pieces:
            return  # indentation of the markup between blocks
        self.pieces.append((text, self.formats[-1]))

    def _enter_table(self, tag: str) -> None:
        if tag == "table":
            self.tables.append(_Table(self.table_count))
            self.table_count += 1
        elif self.tables and tag == "tr":
            self.tables[-1].row += 1
            self.tables[-1].column = -1
        elif self.tables and tag in ("td", "th"):
            self.tables[-1].column += 1

    def _line_break(self) -> None:
        self.breaks += 1
        so_far = "".join(text for text, _ in self.pieces[-2:]).rstrip()
        if self.breaks > 1 or so_far.endswith(_SENTENCE_END):
            self.flush()
        else:
            self.pieces.append((_BREAK, self.formats[-1]))

    def _picture(self, element: HtmlElement) -> None:
        self.flush()
        if source := picture_address(element):
            self.blocks.append(Block(image=source, image_text=clean(element.get("alt") or ""), cell=self._cell()))

    def _file(self, element: HtmlElement) -> None:
        if file := embedded_file(element):
            self.flush()
            self.blocks.append(Block(links=((file, ""),)))

    def _cell(self) -> Cell | None:
        table = self.tables[-1] if self.tables else None
        return Cell(table.number, table.row, table.column) if table else None

    def flush(self) -> None:
        pieces, self.breaks = self.pieces, 0
        if not pieces:
            return
        self.pieces = []
        if len(pieces) == 1 and not self.preformatted:
            self._add_block(pieces)
            return
        for line in (_lines(pieces) if self.preformatted else _verses(pieces)) or (pieces,):
            self._add_block(line)

    def _add_block(self, pieces: Sequence[tuple[str, _Formatting]]) -> None:
        text = pieces[0][0] if len(pieces) == 1 else "".join([piece for piece, _ in pieces])
        if text := clean(text):
            self.blocks.append(_paragraph(text, [piece for piece in pieces if not piece[0].isspace()], self._cell()))


def _verses(pieces: Sequence[tuple[str, _Formatting]]) -> list[list[tuple[str, _Formatting]]]:
    """Split verse into its lines; return an empty list for prose (few line breaks or a long line)."""
    if len(pieces) < _VERSE_BREAKS_MIN or sum([piece is _BREAK for piece, _ in pieces]) < _VERSE_BREAKS_MIN:
        return []
    lines: list[list[tuple[str, _Formatting]]] = [[]]
    for piece in pieces:
        if piece[0] is _BREAK:
            lines.append([])
        else:
            lines[-1].append(piece)
    words = [sum(count_words(text) for text, _ in line) for line in lines]
    return lines if max(words) <= _VERSE_WORDS_MAX else []


def _lines(pieces: Sequence[tuple[str, _Formatting]]) -> list[list[tuple[str, _Formatting]]]:
    """Split preformatted text into its paragraphs."""
    text = "".join(piece for piece, _ in pieces).replace(_BREAK, "\n").expandtabs(1)
    ends = iter(line_ends(text))
    lines: list[list[tuple[str, _Formatting]]] = [[]]
    for piece, formatting in pieces:
        for number, part in enumerate(piece.replace(_BREAK, "\n").split("\n")):
            if number:
                if next(ends):
                    lines.append([])
                else:
                    lines[-1].append((" ", formatting))
            if part:
                lines[-1].append((part, formatting))
    return [line for line in lines if not all(part.isspace() for part, _ in line)]


def _paragraph(text: str, pieces: Sequence[tuple[str, _Formatting]], cell: Cell | None) -> Block:
    """Return the block made of the pieces, none of which is only white space."""
    first = pieces[0][1]
    is_linked = first.is_link or bool(first.href)
    align, is_italic, is_bold, is_heading, is_caption, *_ = first
    for _, formatting in pieces:
        if formatting is not first:  # most paragraphs have one
            is_linked = is_linked or formatting.is_link or bool(formatting.href)
            is_italic = is_italic and formatting.is_italic
            is_bold = is_bold and formatting.is_bold
            is_heading = is_heading and formatting.is_heading
            is_caption = is_caption and formatting.is_caption
    links, density = _links(pieces) if is_linked else ((), 0.0)
    return Block(
        text=text,
        align=align,
        is_italic=is_italic,
        is_bold=is_bold,
        is_heading=is_heading,
        is_caption=is_caption,
        links=links,
        link_density=density,
        cell=cell,
    )


def _links(pieces: Sequence[tuple[str, _Formatting]]) -> tuple[tuple[tuple[str, str], ...], float]:
    """Return the links of a block and its link density."""
    length = sum(len(text.strip()) for text, _ in pieces) or 1
    links: dict[str, str] = {}
    linked = 0
    for text, formatting in pieces:
        if formatting.href:
            links[formatting.href] = links.get(formatting.href, "") + text
        if formatting.is_link:
            linked += len(text.strip())
    return tuple((href, clean(words)) for href, words in links.items()), linked / length


def _formatting_in(element: HtmlElement, outer: _Formatting) -> _Formatting:
    """Return the formatting inside the element, given that of its parent."""
    tag, attributes = element.tag, element.attrib
    if not attributes and tag not in _FORMATTING_TAGS:
        return outer
    align, is_italic, is_bold, is_heading, is_caption, href, is_link = outer
    is_italic = is_italic or tag in _ITALIC
    is_bold = is_bold or tag in _BOLD
    is_heading = is_heading or tag in _HEADINGS
    if tag == "center":
        align = "center"
    if tag == "a":
        own = attributes.get("href")
        href = (own if own and own[0] not in "#jJ" else linked_address(element)) or href
        # Word wraps whole paragraphs in anchors that have a name and no href.
        is_link = is_link or "href" in attributes or not ("name" in attributes or "id" in attributes)
    if not is_caption:
        names = attributes.get("class")
        is_caption = tag == "figcaption" or (bool(names) and _is_caption_class(names))
    if (stated := attributes.get("align", "").lower()) in ("left", "center", "right", "justify"):
        align = cast(Alignment, stated)
    if style := attributes.get("style"):
        own = _style(style)
        align = own.align or align
        is_italic = is_italic if own.is_italic is None else own.is_italic
        is_bold = is_bold if own.is_bold is None else own.is_bold
    return _Formatting(align, is_italic, is_bold, is_heading, is_caption, href, is_link)


class _InlineStyle(NamedTuple):
    """Formatting set by a `style` attribute; None where it sets nothing."""

    align: Alignment | None
    is_italic: bool | None
    is_bold: bool | None


@cached_by_value
def _style(style: str) -> _InlineStyle:
    align, italic, bold = _ALIGN.search(style), _ITALIC_STYLE.search(style), _BOLD_STYLE.search(style)
    return _InlineStyle(
        cast(Alignment, align[1].lower()) if align else None,  # the pattern lists the literals
        italic[1].lower() == "italic" if italic else None,
        bold[1].lower() not in ("normal", "400") if bold else None,
    )


@cached_by_value
def _is_caption_class(names: str) -> bool:
    return _CAPTION_CLASS.search(names) is not None
