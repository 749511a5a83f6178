"""XML of feeds and sitemaps: finds the root element, and reads entry by entry.

Belongs here: what stands before the root element, parsing well-formed and ill-formed XML alike, with memory for one
entry at a time, and the addresses that an element states. Does not belong here: which elements a format has (see
`spiders.pages.syndication.feeds` and `spiders.pages.syndication.sitemaps`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, TypeVar, cast

from lxml import etree

from spiders.pages.syndication.bodies import NotXmlError, TooLargeError, utf8_text
from spiders.pages.syndication.repair import Vocabulary, repaired
from warehouse.text.address import resolve_link

T = TypeVar("T")

ENTRIES_MAX: Final = 250_000
"""Maximum number of entries; the sitemaps protocol allows 50,000."""

# Warnings of PHP may be long, but not endless.
_BEFORE_ROOT_MAX_BYTES: Final = 1_000_000
_TAG: Final = re.compile(
    rb"<(?:(?P<comment>!--)|(?:[\w.-]{1,40}:)?(?P<name>[a-z_][\w.-]{0,40})(?=[\s/>]))", re.IGNORECASE
)
# A page of HTML may show a feed's markup, which does not make it one.
_PAGE: Final = frozenset({"html", "head", "body"})
_ROOTS: Final = frozenset({"rss", "rdf", "feed", "urlset", "sitemapindex"})
_XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a feed or sitemap, before it is parsed.

    Attributes:
        root: name of the root element in lower case; that of the first element if no known root was found; empty if
            there is no element.
        text: in UTF-8; it begins with the root element if that is a known one.
    """

    root: str
    text: bytes

    @property
    def kind(self) -> str:
        """What the text is, for a message."""
        if self.root:
            return f"its root element is <{self.root}>"
        return "it is JSON" if self.text[:1] in (b"{", b"[") else "not XML: no element found"


def open_document(body: bytes, content_type: str | None) -> Document:
    """Return the text of a body from its root element on.

    What stands before the root element is skipped: declaration, document type, comments, and warnings of PHP. So no
    entity is ever declared, and none can be expanded.

    Raises:
        NotXmlError: as `spiders.pages.syndication.bodies.utf8_text`.
    """
    text = utf8_text(body, content_type).strip()
    first = ""
    position = 0
    while match := _TAG.search(text, position, _BEFORE_ROOT_MAX_BYTES):
        position = match.end()
        if match["comment"]:
            end = text.find(b"-->", position)
            if end < 0:
                break
            position = end
            continue
        name = match["name"].decode().lower()
        first = first or name
        if name in _ROOTS:
            return Document(name, text[match.start() :])
        if name in _PAGE:
            return Document(name, text)
    return Document(first, text)


def read_entries(
    document: Document, vocabulary: Vocabulary, read: Callable[[etree._Element], T]
) -> tuple[etree._Element, list[T]]:
    """Return the root element without the content of its entries, and what `read` returned for each entry.

    Well-formed XML is parsed as it is; any other text, and one without entries, is repaired first (see
    `spiders.pages.syndication.repair`).

    Raises:
        NotXmlError: the document has another root element, or even its repaired text cannot be read.
        TooLargeError: it has more than `ENTRIES_MAX` entries.
    """
    if document.root not in {root.lower() for root in vocabulary.roots}:
        raise NotXmlError(f"{document.kind}, not <{'> or <'.join(vocabulary.roots)}>")
    try:
        root, found = _parsed(document.text, vocabulary.entries, read, recover=False)
        # Without entries, the text may spell them in upper case.
        if found:
            return root, found
    except etree.XMLSyntaxError:
        pass
    try:
        return _parsed(repaired(document.text, vocabulary), vocabulary.entries, read, recover=True)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(f"not XML: {error}") from error


def _parsed(
    text: bytes, entries: Iterable[str], read: Callable[[etree._Element], T], *, recover: bool
) -> tuple[etree._Element, list[T]]:
    # Entities are not resolved and nothing is fetched: a feed may be hostile.
    events = etree.iterparse(
        BytesIO(text),
        events=("end",),
        tag=[f"{{*}}{name}" for name in entries],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
        recover=recover,
    )
    found: list[T] = []
    for _, element in events:
        if len(found) >= ENTRIES_MAX:
            raise TooLargeError(f"has more than {ENTRIES_MAX} entries")
        found.append(read(element))
        element.clear()
    return cast("etree._Element", events.root), found


def bases_of(element: etree._Element) -> tuple[str, ...]:
    """Return the `xml:base` of an element and of those around it, outermost first (W3C XML Base)."""
    found = [base for one in (element, *element.iterancestors()) if (base := (one.get(_XML_BASE) or "").strip())]
    return tuple(reversed(found))


def joined(base: str, links: Iterable[str]) -> str:
    """Resolve the links one after the other, each against the one before; skip invalid ones."""
    for link in links:
        base = resolve_link(base, link) or base
    return base


def resolved(links: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the absolute http(s) URLs of links, each once, without empty and invalid ones (`http://[`)."""
    found: dict[str, None] = {}
    for link in links:
        if url := resolve_link(base, link):
            found[url] = None
    return tuple(found)


def texts(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Yield the children of an element with their local names, without undeclared prefixes too."""
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""  # an entity's tag is a function
        yield tag.rpartition("}")[2].rpartition(":")[2], child
