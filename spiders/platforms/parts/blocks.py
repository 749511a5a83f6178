"""An article's markup as a flat run of blocks: paragraphs and pictures in reading order, with what the markup shows.

Here: dividing markup into blocks, tolerant of what word processors and old editors leave behind (bare text, `<br>`
for paragraphs, stray end tags, layout tables). Not here: what a block is for (`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement

from warehouse.text.normal import clean, count_words

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
    r"mo-?ta-?anh|tplcaption)|(?:image|item|img|photo|pic)\w*(?:caption|credit)"
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ALIGN: Final = re.compile(r"text-align\s*:\s*(left|center|right|justify)", re.IGNORECASE)
_ITALIC_STYLE: Final = re.compile(r"font-style\s*:\s*(italic|normal)", re.IGNORECASE)
_BOLD_STYLE: Final = re.compile(r"font-weight\s*:\s*(bold|[6-9]00|normal|400)", re.IGNORECASE)
# Far more than a portal's editors use; the bound on the length is for pages made to fill memory.
_ATTRIBUTES_KEPT: Final = 2_000
_KEPT_ATTRIBUTE_CHARACTERS_MAX: Final = 500
_BREAK: Final = "\v"  # one line break, which is white space like any other unless verses are divided by it
_VERSE_BREAKS_MIN: Final = 3
_VERSE_WORDS_MAX: Final = 9
_SENTENCE_END: Final = (".", "!", "?", "…", ":", ";", '."', ".”", "/.")


class Cell(NamedTuple):
    """Where in the innermost table a block stands: the table's number on the page, row and column."""

    table: int
    row: int
    column: int


@dataclass(slots=True, unsafe_hash=True)  # never altered; frozen, it would take several times as long to make
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
    sentence, and at a picture. Verses are divided at every line break.

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


class _Look(NamedTuple):
    """How text looks inside the open elements."""

    align: Alignment | None = None
    is_italic: bool = False
    is_bold: bool = False
    is_heading: bool = False
    is_caption: bool = False
    href: str | None = None
    is_link: bool = False


_PLAIN: Final = _Look()


@dataclass(slots=True)
class _Table:
    number: int
    row: int = -1
    column: int = -1


@dataclass(slots=True)
class _Reader:
    """Collects pieces of text and makes a block of them at each division."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[tuple[str, _Look]] = field(default_factory=list)
    looks: list[_Look] = field(default_factory=lambda: [_PLAIN])
    tables: list[_Table] = field(default_factory=list)
    table_count: int = 0
    breaks: int = 0
    skipping: bool = False

    def enter(self, element: HtmlElement) -> None:
        tag, outer = element.tag, self.looks[-1]
        look = _look_in(element, outer)
        if tag in _DIVIDING:
            self.flush()
            if self.tables or tag == "table":
                self._enter_table(tag)
        elif look.is_caption and not outer.is_caption:
            self.flush()  # a box, whatever its tag
        self.looks.append(look)
        if tag == "br":
            self._line_break()
        elif tag in ("img", "amp-img"):
            self._picture(element)
        if text := element.text:
            self.add(text)

    def skip(self, element: HtmlElement) -> None:
        if element.tag in _DIVIDING:
            self.flush()
        self.skipping = True

    def leave(self, element: HtmlElement, *, is_container: bool) -> None:
        if self.skipping:
            # A skipped element's end is reported too, but it was never entered.
            self.skipping = False
        else:
            tag, look = element.tag, self.looks.pop()
            if tag in _DIVIDING or (look.is_caption and not self.looks[-1].is_caption):
                self.flush()
                if tag == "table" and self.tables:
                    self.tables.pop()
        if not is_container and (text := element.tail):
            self.add(text)

    def add(self, text: str) -> None:
        if not text.isspace():
            self.breaks = 0
        elif not self.pieces:
            return  # the indentation of markup, between most blocks
        self.pieces.append((text, self.looks[-1]))

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
            self.pieces.append((_BREAK, self.looks[-1]))

    def _picture(self, element: HtmlElement) -> None:
        self.flush()
        source = (element.get("data-src") or element.get("data-original") or element.get("src") or "").strip()
        if source and not source.startswith("data:"):
            self.blocks.append(Block(image=source, image_text=clean(element.get("alt") or ""), cell=self._cell()))

    def _cell(self) -> Cell | None:
        table = self.tables[-1] if self.tables else None
        return Cell(table.number, table.row, table.column) if table else None

    def flush(self) -> None:
        pieces, self.breaks = self.pieces, 0
        if not pieces:
            return
        self.pieces = []
        for line in _verses(pieces) or (pieces,):
            self._add_block(line)

    def _add_block(self, pieces: Sequence[tuple[str, _Look]]) -> None:
        if text := clean("".join([piece for piece, _ in pieces])):
            self.blocks.append(_paragraph(text, [piece for piece in pieces if not piece[0].isspace()], self._cell()))


def _verses(pieces: Sequence[tuple[str, _Look]]) -> list[list[tuple[str, _Look]]]:
    """Return the lines of a stanza: short ones, with a break behind each. Prose that is broken so has longer ones."""
    if sum(piece is _BREAK for piece, _ in pieces) < _VERSE_BREAKS_MIN:
        return []
    lines: list[list[tuple[str, _Look]]] = [[]]
    for piece in pieces:
        if piece[0] is _BREAK:
            lines.append([])
        else:
            lines[-1].append(piece)
    words = [sum(count_words(text) for text, _ in line) for line in lines]
    return lines if max(words) <= _VERSE_WORDS_MAX else []


def _paragraph(text: str, pieces: Sequence[tuple[str, _Look]], cell: Cell | None) -> Block:
    """Return the block that the pieces make, none of which is but white space."""
    looks = {look for _, look in pieces}
    links, linked = _links(pieces) if any(look.is_link or look.href for look in looks) else ((), 0.0)
    _, is_italic, is_bold, is_heading, is_caption, *_ = map(all, zip(*looks, strict=True))
    return Block(
        text=text,
        align=pieces[0][1].align,
        is_italic=is_italic,
        is_bold=is_bold,
        is_heading=is_heading,
        is_caption=is_caption,
        links=links,
        linked=linked,
        cell=cell,
    )


def _links(pieces: Sequence[tuple[str, _Look]]) -> tuple[tuple[tuple[str, str], ...], float]:
    """Return the links of a block, and the share of its characters that are linked."""
    length = sum(len(text.strip()) for text, _ in pieces) or 1
    links: dict[str, str] = {}
    linked = 0
    for text, look in pieces:
        if look.href:
            links[look.href] = links.get(look.href, "") + text
        if look.is_link:
            linked += len(text.strip())
    return tuple((href, clean(words)) for href, words in links.items()), linked / length


def _look_in(element: HtmlElement, outer: _Look) -> _Look:
    """Return how text inside the element looks, given how it looks around it."""
    tag, attributes = element.tag, element.attrib
    if not attributes and tag not in _SHOWING:
        return outer
    align, is_italic, is_bold, is_heading, is_caption, href, is_link = outer
    is_italic = is_italic or tag in _ITALIC
    is_bold = is_bold or tag in _BOLD
    is_heading = is_heading or tag in _HEADINGS
    if tag == "center":
        align = "center"
    if tag == "a":
        href = attributes.get("href") or href
        # Word wraps whole paragraphs in anchors; they have a name and lead nowhere.
        is_link = is_link or "href" in attributes or not ("name" in attributes or "id" in attributes)
    if not is_caption:
        names = attributes.get("class")
        is_caption = tag == "figcaption" or (bool(names) and _names_caption(names))
    if (stated := attributes.get("align", "").lower()) in ("left", "center", "right", "justify"):
        align = cast(Alignment, stated)
    if style := attributes.get("style"):
        own = _style(style)
        align = own.align or align
        is_italic = is_italic if own.is_italic is None else own.is_italic
        is_bold = is_bold if own.is_bold is None else own.is_bold
    return _Look(align, is_italic, is_bold, is_heading, is_caption, href, is_link)


class _Style(NamedTuple):
    """What a style says of a text; None where it says nothing."""

    align: Alignment | None
    is_italic: bool | None
    is_bold: bool | None


def _read_style(style: str) -> _Style:
    align, italic, bold = _ALIGN.search(style), _ITALIC_STYLE.search(style), _BOLD_STYLE.search(style)
    return _Style(
        cast(Alignment, align[1].lower()) if align else None,  # the pattern lists the literals
        italic[1].lower() == "italic" if italic else None,
        bold[1].lower() not in ("normal", "400") if bold else None,
    )


def _read_names(names: str) -> bool:
    return _CAPTION_CLASS.search(names) is not None


# An editor gives all paragraphs the same few styles and classes.
_kept_style = lru_cache(_ATTRIBUTES_KEPT)(_read_style)
_kept_names = lru_cache(_ATTRIBUTES_KEPT)(_read_names)


def _style(style: str) -> _Style:
    return (_kept_style if len(style) <= _KEPT_ATTRIBUTE_CHARACTERS_MAX else _read_style)(style)


def _names_caption(names: str) -> bool:
    return (_kept_names if len(names) <= _KEPT_ATTRIBUTE_CHARACTERS_MAX else _read_names)(names)
