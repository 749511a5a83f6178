"""Converts texts of a page that are in a Vietnamese encoding older than Unicode.

Belongs here: choosing the texts of a tree to convert, and replacing them. Does not belong here: the encodings
themselves and how they are detected (`warehouse.text.legacy`), and letters of other alphabets (`warehouse.text.eth`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from warehouse.text.eth import has_eth, without_eth
from warehouse.text.legacy import looks_suspicious, recognise

_ASCII: Final = bytes(range(0x80))
_LEGACY_FONT: Final = re.compile(
    rb"\.vn(?:3dh|arial|aristote|avant|bahamas|black|book|courier|helve|present|souther|teknical|time|univer)"
    rb"|\bvni[- ][a-z]",
    re.IGNORECASE,
)
# These fonts draw small letters as capitals.
_FONT_OF_CAPITALS: Final = re.compile(r"\.vn[\w ]*?h\b", re.IGNORECASE)
# lxml raises an error if one of these characters is set in a text, although its parser accepts some of them.
_NON_XML_SPACE: Final = re.compile("[\x0b\x0c]")
_NON_XML_CHARACTER: Final = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTES_WITH_TEXT: Final = ("content", "title", "alt")
_DATA_SCRIPT: Final = "application/ld+json"


class _Text(NamedTuple):
    """One text of a tree.

    Attributes:
        replace: function that sets a new text in the tree.
        in_capitals: whether the text's font draws small letters as capitals.
    """

    text: str
    replace: Callable[[str], None]
    in_capitals: bool


def convert_legacy_text(tree: HtmlElement, markup: bytes) -> tuple[str, ...]:
    """Convert the texts that are certainly in a legacy encoding, in place; return the quality flags.

    Each text is judged separately: an article pasted from an old document may be in a page whose menus are Unicode.
    """
    # Suspicious characters are never ASCII, so most of the page can be skipped.
    beyond_ascii = etree.tostring(tree, encoding="utf-8", method="text").translate(None, _ASCII)
    letters = beyond_ascii.decode("utf-8", "replace")
    flags = _convert_encodings(tree, markup) if looks_suspicious(letters) else ()
    return (*flags, "converted_eth") if has_eth(letters) and _replace_eth(tree) else flags


def _replace_eth(tree: HtmlElement) -> bool:
    """Replace Ð and ð that stand for Đ and đ; return whether there were any."""
    is_changed = False
    for text in _texts(tree):
        if (mended := without_eth(text.text)) != text.text:
            text.replace(_NON_XML_CHARACTER.sub("", _NON_XML_SPACE.sub(" ", mended)))
            is_changed = True
    return is_changed


def _convert_encodings(tree: HtmlElement, markup: bytes) -> tuple[str, ...]:
    texts = [text for text in _texts(tree) if text.in_capitals or not text.text.isascii()]
    is_font_named = _LEGACY_FONT.search(markup) is not None
    conversion, is_suspect = recognise((text.text for text in texts), is_font_named=is_font_named)
    flags = ("mojibake",) if is_suspect else ()
    if conversion is None:
        return flags
    converted = None
    for text in texts:
        # A text that is Vietnamese with and without conversion, often a single word, is treated like the text before.
        converted = conversion.mend(text.text, or_else=converted is not None)
        result = converted or text.text
        if text.in_capitals and conversion.encoding == "tcvn3" and (converted or result.isascii()):
            result = result.upper()
        if result != text.text:
            text.replace(_NON_XML_CHARACTER.sub("", _NON_XML_SPACE.sub(" ", result)))
    return (*flags, f"converted_{conversion.encoding}")


def _texts(tree: HtmlElement) -> Iterator[_Text]:
    """Yield the texts and attribute values that a template may extract, in page order."""
    in_capitals: dict[HtmlElement | None, bool] = {None: False}
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        parent = element.getparent()
        if event == "end":
            if element.tail and element is not tree:
                yield _Text(element.tail, partial(setattr, element, "tail"), in_capitals[parent])
            continue
        in_capitals[element] = _is_in_capitals(element, in_capitals[parent])
        if element.text and (element.tag not in ("script", "style") or element.get("type") == _DATA_SCRIPT):
            yield _Text(element.text, partial(setattr, element, "text"), in_capitals[element])
        for name in _ATTRIBUTES_WITH_TEXT:
            if value := element.get(name):
                yield _Text(value, partial(element.set, name), False)


def _is_in_capitals(element: HtmlElement, inherited: bool) -> bool:
    style = element.get("style") or ""
    font = element.get("face") or (style if "font" in style else "")
    return bool(_FONT_OF_CAPITALS.search(font)) if font else inherited
