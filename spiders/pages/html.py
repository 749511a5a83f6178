"""Parses the body of a response into a `Page`, or rejects it with a reason.

Belongs here: deciding whether bytes are an HTML page, and the steps from bytes to a tree. Does not belong here: the
content of the page (`spiders.platforms`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from spiders.pages import limits
from spiders.pages.charset import is_utf16_or_utf32, to_utf8
from spiders.pages.legacy_text import convert_legacy_text
from spiders.pages.page import Page
from spiders.pages.repair import (
    move_other_roots_into_body,
    with_blocks_in_headings,
    with_stray_ends_as_paragraphs,
    without_unfinished_tag,
)
from warehouse.text.address import without_session

Reason: TypeAlias = Literal[
    "empty", "pdf", "binary", "other_media_type", "feed", "plain_text", "no_element", "too_large", "too_many_elements",
    "too_many_attributes", "too_nested",
]  # fmt: skip

_PDF_MAGIC: Final = re.compile(rb"\s*%PDF")
_MAGIC: Final = (
    b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"Rar!",
    b"7z\xbc\xaf",
)  # fmt: skip
_HEAD_BYTES: Final = 4096
_CAN_BE_HTML: Final = re.compile(r"|text/.*|.*[/+](?:html|xml)|.*xhtml.*|application/octet-stream|[^/]*")
_HTML_TAG: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|table|a|span|h[1-6])[\s/>]", re.I)
_XML_ROOT: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<(?:rss|feed|urlset|sitemapindex|rdf:RDF)\b", re.S
)
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_COUNT: Final = etree.XPath("count(//*)")
# The class lookup of `lxml.html` is slow: it runs Python code for every element, only to give forms their own classes.
_EVERY_ELEMENT: Final = etree.ElementDefaultClassLookup(element=HtmlElement)


class NotAPage(ValueError):  # noqa: N818 - the name says what the bytes are, not that something failed
    """The bytes are not an HTML page for readers. The message gives the URL and the cause.

    Attributes:
        reason: a key of `spiders.extract.article.UNREAD_REASONS`, which explains it.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


_YEAR_MIN, _YEAR_MAX = 1990, 2199


def parse_page(body: bytes, url: str, content_type: str | None, captured_at: datetime | None = None) -> Page:
    """Parse the body of a response.

    Broken markup is repaired. Elements nested deeper than 400 levels are emptied (flag `too_deep`). A page that has a
    `<body>` but no end has the flag `truncated`. Comments are removed, so that they do not split a text.

    Args:
        body: after content decoding (gzip, br …), before charset decoding.
        url: the URL it was fetched from.
        content_type: the `Content-Type` header, or None.
        captured_at: when it was fetched; None if unknown. A time that no clock can rightly show counts as unknown.

    Raises:
        NotAPage: the header gives another media type; or the body is empty, binary, a feed, plain text, without any
            element, or beyond the limits of `spiders.pages.limits`.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if not _CAN_BE_HTML.fullmatch(media_type):
        raise NotAPage("other_media_type", f"{url}: the header says {media_type}, not HTML")
    _reject_other_formats(body, url)
    markup, flags = to_utf8(body, content_type)
    if limits.has_too_many_tags(markup):
        raise NotAPage("too_many_elements", f"{url}: has far more tags than {limits.ELEMENTS_MAX:,} elements have")
    markup = with_blocks_in_headings(without_unfinished_tag(markup))
    if limits.has_too_many_attributes(markup):
        raise NotAPage("too_many_attributes", f"{url}: an element has more than {limits.ATTRIBUTES_MAX:,} attributes")
    try:
        tree = _parse(with_stray_ends_as_paragraphs(markup))
    except etree.ParserError as error:
        raise NotAPage("no_element", f"{url}: no element could be parsed: {error}") from error
    move_other_roots_into_body(tree)
    count = cast(float, _COUNT(tree))
    if count > limits.ELEMENTS_MAX:
        raise NotAPage("too_many_elements", f"{url}: has more than {limits.ELEMENTS_MAX:,} elements")
    if count > limits.DEPTH_MAX and (deep := limits.too_deep_elements(tree)):
        for element in deep:
            element.clear(keep_tail=True)
        flags = (*flags, "too_deep")
    if limits.is_too_nested(tree, markup, count):
        raise NotAPage("too_nested", f"{url}: its elements are nested too deeply in total")
    if limits.is_table_too_large(tree, count):
        raise NotAPage("too_many_elements", f"{url}: its table rows have too many cells")
    if _is_truncated(markup):
        flags = (*flags, "truncated")
    fetched_at = captured_at if captured_at and _YEAR_MIN <= captured_at.year <= _YEAR_MAX else None
    return Page(without_session(url), tree, (*flags, *convert_legacy_text(tree, markup)), fetched_at)


def _reject_other_formats(body: bytes, url: str) -> None:
    if not body or body.isspace():
        raise NotAPage("empty", f"{url}: the body is empty")
    if len(body) > limits.BYTES_MAX:
        raise NotAPage("too_large", f"{url}: has more than {limits.BYTES_MAX:,} bytes")
    if _PDF_MAGIC.match(body):
        raise NotAPage("pdf", f"{url}: the body is a PDF file, not HTML")
    if body.startswith(_MAGIC):
        raise NotAPage("binary", f"{url}: the body is a binary file, not HTML")
    if is_utf16_or_utf32(body):
        return
    head = body[:_HEAD_BYTES]
    control_count = len(head) - len(head.translate(None, _CONTROL))
    # Real pages have a few stray NULs, but never 10 % control characters.
    if control_count > len(head) / 10:
        raise NotAPage("binary", f"{url}: the body is binary, not HTML")
    if _XML_ROOT.match(head):
        raise NotAPage("feed", f"{url}: the body is a feed or a sitemap, not an HTML page")
    if not _HTML_TAG.search(head) and not _HTML_TAG.search(body[: _HEAD_BYTES * 64]):
        raise NotAPage("plain_text", f"{url}: the body has no HTML tag")


def _parse(markup: bytes) -> HtmlElement:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_EVERY_ELEMENT)
    tree: HtmlElement = document_fromstring(markup, parser=parser)
    return tree


def _is_truncated(markup: bytes) -> bool:
    # Search from the end: a complete page has these tags there.
    return markup.rfind(b"</body") < 0 and markup.rfind(b"</html") < 0 and b"<body" in markup
