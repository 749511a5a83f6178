"""Ill-formed feeds and sitemaps: keeps the elements with addresses and dates, as well-formed XML.

Belongs here: finding tags in text that no XML parser accepts: raw HTML in descriptions, bare ampersands, unfinished
elements, text before and after. Does not belong here: reading the elements (see `spiders.pages.syndication.feeds` and
`spiders.pages.syndication.sitemaps`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from spiders.pages.syndication.bodies import TooLargeError

# 100,000 entries have a million tags. The limit bounds the time for a hostile text to seconds.
_TAGS_MAX: Final = 1_600_000
# Of an attribute, a text or an address, no more is of use; browsers accept 2,083 to 65,536 characters.
_CHARACTERS_MAX: Final = 10_000

_ATTRIBUTES: Final = rb"""(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+|[^<>]*+)>"""
_ATTRIBUTE: Final = re.compile(
    rb"""(?<![^\s"'])(?P<name>href|rel|type|isPermaLink|xml:base|(?:\w+:)?about|xmlns(?::[\w.-]+)?)\s*+=\s*+"""
    rb"""(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'<>]++))""",
    re.IGNORECASE,
)
_SPELLING: Final = {name.lower(): name for name in ("href", "rel", "type", "isPermaLink", "xml:base")}
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{1,40});")
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Vocabulary:
    """The elements of feeds, or of sitemaps, by their local names.

    Attributes:
        roots: the names of root elements, as the format spells them.
        containers: elements that hold others, in lower case: name → depth of nesting. Roots have depth 0.
        leaves: elements with text or an address, as the format spells them.
        ignored: elements whose content is not the entry's, in lower case, such as an image with a link of its own.
        entries: the containers that are entries, as the format spells them.
    """

    roots: tuple[str, ...]
    containers: dict[str, int]
    leaves: frozenset[str]
    ignored: frozenset[str]
    entries: tuple[str, ...]

    @cached_property
    def markup(self) -> re.Pattern[bytes]:
        """Matches the beginning of a comment or CDATA section, and whole tags of these elements."""
        names = "|".join(sorted({*self.containers, *self.leaves, *self.ignored}, key=len, reverse=True)).encode()
        return re.compile(
            rb"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<end>/?)(?P<prefix>(?:[\w.-]{1,40}:)?)(?P<name>"
            + names
            + rb")(?=[\s/>])"
            + _ATTRIBUTES
            + rb")",
            re.IGNORECASE,
        )

    @cached_property
    def spelling(self) -> dict[str, str]:
        """The format's spelling of each container and leaf, by its name in lower case."""
        return {name.lower(): name for name in (*self.containers, *self.roots, *self.leaves)}


def repaired(text: bytes, vocabulary: Vocabulary) -> bytes:
    """Return the elements of a vocabulary in a text as well-formed XML, except for undeclared prefixes.

    Names get the spelling of the format. An element ends where one begins that cannot be inside it. A leaf has the text
    up to the next tag; if the text of the document ends first, the leaf is dropped: half an address is another address.

    Args:
        text: in UTF-8; it begins with the tag of a root element.
        vocabulary: the elements to keep.

    Raises:
        TooLargeError: the text has more tags than any real one.
    """
    return "".join(_Repair(text, vocabulary).parts()).encode("utf-8", "replace")


class _Repair:
    """One pass over a text."""

    def __init__(self, text: bytes, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._open: list[str] = []  # tags of open containers
        self._without: set[bytes] = set()  # terminators that do not occur any more

    def parts(self) -> Iterator[str]:
        """Yield the repaired text in parts."""
        names = self._vocabulary
        position = tags = 0
        ignored = ""  # the element whose content is left out
        while match := names.markup.search(self._text, position):
            tags += 1
            if tags > _TAGS_MAX:
                raise TooLargeError(f"has more than {_TAGS_MAX} tags")
            position = match.end()
            if match["comment"] or match["cdata"]:
                terminator = b"-->" if match["comment"] else b"]]>"
                position = self._after(terminator, position) or position
                continue
            name = match["name"].decode().lower()
            if name in names.containers:
                ignored = ""
                yield from self._end(name) if match["end"] else self._begin(name, match)
            elif name in names.ignored:
                ignored = name if self._holds_elements(name, match) else ""
            elif not ignored and not match["end"] and self._open:
                position, leaf = self._leaf(name, match)
                yield leaf
        while self._open:
            yield f"</{self._open.pop()}>"

    def _holds_elements(self, name: str, match: re.Match[bytes]) -> bool:
        if match["end"] or match["attributes"].endswith(b"/"):
            return False
        # Atom's `source` holds elements of another feed; RSS's has a text and an attribute, and HTML's has no end.
        return name != "source" or (self._open[:1] == ["feed"] and not match["attributes"].strip())

    def _begin(self, name: str, match: re.Match[bytes]) -> Iterator[str]:
        depth = self._vocabulary.containers[name]
        if depth == 0 and self._open:  # a second document: its entries continue the first one
            return
        while self._open and self._depth(self._open[-1]) >= depth:
            yield f"</{self._open.pop()}>"
        tag = self._vocabulary.spelling[name]
        attributes = _attributes(match["attributes"])
        if match["attributes"].endswith(b"/"):
            yield f"<{tag}{attributes}/>"
            return
        self._open.append(tag)
        yield f"<{tag}{attributes}>"

    def _end(self, name: str) -> Iterator[str]:
        tag = self._vocabulary.spelling[name]
        # The root ends with the text: some programs write entries behind its end.
        if tag in self._open[1:]:
            while self._open[-1] != tag:
                yield f"</{self._open.pop()}>"
            yield f"</{self._open.pop()}>"

    def _depth(self, tag: str) -> int:
        return self._vocabulary.containers[tag.lower()]

    def _leaf(self, name: str, match: re.Match[bytes]) -> tuple[int, str]:
        """Return where the text of a leaf ends, and the leaf."""
        tag = match["prefix"].decode() + self._vocabulary.spelling[name]
        begin = f"<{tag}{_attributes(match['attributes'])}"
        if match["attributes"].endswith(b"/"):
            return match.end(), f"{begin}/>"
        position = match.end()
        texts: list[str] = []
        while (end := self._text.find(b"<", position)) >= 0:
            texts.append(_unescaped(self._text[position : min(end, position + _CHARACTERS_MAX)]))
            if self._text.startswith(b"<![CDATA[", end) and (after := self._after(b"]]>", end)):
                texts.append(_decoded(self._text[end + 9 : min(after - 3, end + _CHARACTERS_MAX)]))
            elif not (self._text.startswith(b"<!--", end) and (after := self._after(b"-->", end))):
                return end, f"{begin}>{escape(_allowed(''.join(texts)))}</{tag}>"
            position = after
        return len(self._text), ""

    def _after(self, terminator: bytes, position: int) -> int:
        """Return the position behind the next terminator; 0 if there is none, which is looked for only once."""
        if terminator in self._without:
            return 0
        found = self._text.find(terminator, position)
        if found < 0:
            self._without.add(terminator)
            return 0
        return found + len(terminator)


def _attributes(text: bytes) -> str:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text.removesuffix(b"/")):
        value = next(value for value in match.group("double", "single", "bare") if value is not None)
        name = match["name"].decode()
        found.setdefault(_SPELLING.get(name.lower(), name), _allowed(_unescaped(value[:_CHARACTERS_MAX])))
    return "".join(f" {name}={quoteattr(value)}" for name, value in found.items())


def _unescaped(text: bytes) -> str:
    """Return the text with its character references resolved, and without those that nothing declares."""
    return _ENTITY.sub(lambda match: "" if (found := html.unescape(match[0])) == match[0] else found, _decoded(text))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _allowed(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
