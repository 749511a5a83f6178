"""An article's markup as a flat run of blocks: paragraphs and pictures in reading order, with what the markup shows.

Here: dividing markup into blocks, tolerant of what word processors and old editors leave behind (bare text, `<br>`
for paragraphs, stray end tags, layout tables). Not here: what a block is for (`spiders.platforms.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from warehouse.text.normal import clean

Alignment: TypeAlias = Literal["left", "center", "right", "justify"]

_SKIPPED: Final = frozenset((
    "script", "style", "noscript", "template", "button", "select", "input", "textarea", "form", "iframe", "object",
    "embed", "video", "audio", "svg", "nav", "amp-ad", "amp-embed", "amp-iframe", "amp-video", "marquee",
))  # fmt: skip
_DIVIDING: Final = frozenset((
    "address", "article", "aside", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p",
    "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ITALIC: Final = frozenset(("em", "i", "cite"))
_BOLD: Final = frozenset(("strong", "b"))
_SHOWING: Final = _HEADINGS | _ITALIC | _BOLD | {"center", "figcaption", "a"}
_CAPTION_CLASS: Final = re.compile(
    r"(?i)(?:^|[\s_-])(?:caption|image_desc|chu-?thich|(?:img|image|pic|photo)-?(?:desc|note|caption)|note-?photo|pcaption|(?:img|image|picture|photo)-?title|"
    r"mo-?ta-?anh|tplcaption|photocms_caption)|(?:image|item|img|photo|pic)\w*(?:caption|credit)"
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ALIGN: Final = re.compile(r"text-align\s*:\s*(left|center|right|justify)", re.IGNORECASE)
_ITALIC_STYLE: Final = re.compile(r"font-style\s*:\s*(italic|normal)", re.IGNORECASE)
_BOLD_STYLE: Final = re.compile(r"font-weight\s*:\s*(bold|[6-9]00|normal|400)", re.IGNORECASE)
_SENTENCE_END: Final = (".", "!", "?", "…", ":", ";", '."', ".”", "/.")


class Cell(NamedTuple):
    """Where in the innermost table a block stands: the table's number on the page, row and column."""

    table: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a picture.

    Attributes:
        text: clean; empty for a picture.
        image: address of the picture as written; None for a paragraph.
        image_text: the picture's alternative text.
        links: (href as written, clean linked text) of the links inside.
        linked: share of the characters that are linked, 0 to 1.
        is_italic, is_bold: whether all of the text is.
        is_caption: whether the markup itself says that this is a caption.
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
    linked: float = 0.0
    cell: Cell | None = None


def read_blocks(container: HtmlElement, is_skipped: Callable[[HtmlElement], bool] | None = None) -> list[Block]:
    """Return the blocks of everything below `container`.

    A paragraph ends where a block element begins or ends, at two line breaks, at one line break behind the end of a
    sentence, and at a picture.

    Args:
        container: is not altered.
        is_skipped: tells which elements, with all below them, belong to the template rather than to the text.
    """
    reader = _Reader()
    walk = etree.iterwalk(container, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element, is_container=element is container)
        elif element is not container and (_is_invisible(element) or (is_skipped and is_skipped(element))):
            walk.skip_subtree()
            reader.skip(element)
        else:
            reader.enter(element)
    reader.flush()
    return reader.blocks


def _is_invisible(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return True
    style = element.get("style")
    return bool(style and "i" in style and _HIDDEN.search(style)) or element.get("hidden") is not None


@dataclass(slots=True)
class _Format:
    """How text looks inside the open elements."""

    align: Alignment | None = None
    is_italic: bool = False
    is_bold: bool = False
    is_heading: bool = False
    is_caption: bool = False
    href: str | None = None
    is_link: bool = False


@dataclass(slots=True)
class _Table:
    number: int
    row: int = -1
    column: int = -1


@dataclass(slots=True)
class _Piece:
    text: str
    look: _Format


@dataclass(slots=True)
class _Reader:
    """Collects pieces of text and makes a block of them at each division."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[_Piece] = field(default_factory=list)
    looks: list[_Format] = field(default_factory=lambda: [_Format()])
    tables: list[_Table] = field(default_factory=list)
    table_count: int = 0
    breaks: int = 0
    skipping: bool = False

    def enter(self, element: HtmlElement) -> None:
        tag = element.tag
        look = _look(element, self.looks[-1])
        if tag in _DIVIDING:
            self.flush()
            self._enter_table(tag)
        elif look.is_caption and not self.looks[-1].is_caption:
            self.flush()  # a box, whatever its tag
        self.looks.append(look)
        if tag == "br":
            self._line_break()
        elif tag in ("img", "amp-img"):
            self._picture(element)
        self.add(element.text)

    def skip(self, element: HtmlElement) -> None:
        if element.tag in _DIVIDING:
            self.flush()
        self.skipping = True

    def leave(self, element: HtmlElement, *, is_container: bool) -> None:
        if self.skipping:
            # A skipped element's end is reported too, but it was never entered.
            self.skipping = False
        else:
            look = self.looks.pop()
            if element.tag in _DIVIDING or (look.is_caption and not self.looks[-1].is_caption):
                self.flush()
                if element.tag == "table" and self.tables:
                    self.tables.pop()
        if not is_container:
            self.add(element.tail)

    def add(self, text: str | None) -> None:
        if not text:
            return
        if not text.isspace():
            self.breaks = 0
        self.pieces.append(_Piece(text, self.looks[-1]))

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
        so_far = "".join(piece.text for piece in self.pieces[-2:]).rstrip()
        if self.breaks > 1 or so_far.endswith(_SENTENCE_END):
            self.flush()
        else:
            self.pieces.append(_Piece("\n", self.looks[-1]))

    def _picture(self, element: HtmlElement) -> None:
        self.flush()
        source = (element.get("data-src") or element.get("data-original") or element.get("src") or "").strip()
        if source and not source.startswith("data:"):
            self.blocks.append(Block(image=source, image_text=clean(element.get("alt") or ""), cell=self._cell()))

    def _cell(self) -> Cell | None:
        table = self.tables[-1] if self.tables else None
        return Cell(table.number, table.row, table.column) if table else None

    def flush(self) -> None:
        pieces, self.pieces, self.breaks = self.pieces, [], 0
        text = clean("".join(piece.text for piece in pieces))
        if not text:
            return
        seen = [piece for piece in pieces if not piece.text.isspace()]
        length = sum(len(piece.text.strip()) for piece in seen) or 1
        links: dict[str, str] = {}
        linked = 0
        for piece in seen:
            if piece.look.href:
                links[piece.look.href] = links.get(piece.look.href, "") + piece.text
            if piece.look.is_link:
                linked += len(piece.text.strip())
        self.blocks.append(
            Block(
                text=text,
                align=seen[0].look.align if seen else None,
                is_italic=all(piece.look.is_italic for piece in seen),
                is_bold=all(piece.look.is_bold for piece in seen),
                is_heading=all(piece.look.is_heading for piece in seen),
                is_caption=all(piece.look.is_caption for piece in seen),
                links=tuple((href, clean(words)) for href, words in links.items()),
                linked=linked / length,
                cell=self._cell(),
            )
        )


def _look(element: HtmlElement, outer: _Format) -> _Format:
    """Return how text inside the element looks, given how it looks around it."""
    tag, attributes = element.tag, element.attrib
    if not attributes and tag not in _SHOWING:
        return outer
    look = replace(outer)
    look.is_italic = look.is_italic or tag in _ITALIC
    look.is_bold = look.is_bold or tag in _BOLD
    look.is_heading = look.is_heading or tag in _HEADINGS
    look.is_caption = look.is_caption or tag == "figcaption" or bool(_CAPTION_CLASS.search(attributes.get("class", "")))
    if tag == "center":
        look.align = "center"
    if tag == "a":
        look.href = attributes.get("href") or look.href
        # Word wraps whole paragraphs in anchors; they have a name and lead nowhere.
        look.is_link = look.is_link or "href" in attributes or not ("name" in attributes or "id" in attributes)
    align = attributes.get("align", "").lower()
    if align in ("left", "center", "right", "justify"):
        look.align = align
    if style := attributes.get("style"):
        _apply_style(look, style)
    return look


def _apply_style(look: _Format, style: str) -> None:
    if align := _ALIGN.search(style):
        look.align = align[1].lower()  # type: ignore[assignment]  # the pattern lists the literals
    if italic := _ITALIC_STYLE.search(style):
        look.is_italic = italic[1].lower() == "italic"
    if bold := _BOLD_STYLE.search(style):
        look.is_bold = bold[1].lower() not in ("normal", "400")
