"""From the bytes of a response to a parsed page: which characters they are, and one tolerant parse.

Here: charset and HTML parser. Not here: what stands on the page (`spiders.platforms`).
"""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from typing import Final, cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from spiders.page import Page

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC: Final = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"RIFF",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
)
_HEAD_BYTES: Final = 4096
_CAN_BE_HTML: Final = re.compile(r"|text/.*|.*[/+](?:html|xml)|.*xhtml.*|application/octet-stream|[^/]*")
_HTML_TAG: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|table|a|span|h[1-6])[\s/>]", re.I)
_XML_ROOT: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|urlset|sitemapindex|rdf:RDF)\b", re.S
)
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Browsers read Latin-1 and ASCII as Windows-1252, and so do the people who check their pages in browsers.
_AS_BROWSERS_READ: Final = {"iso8859-1": "cp1252", "ascii": "cp1252", "latin_1": "cp1252"}
# The largest real page seen has 2,500; a budget printed as one table may have 20,000. Beyond, pages are made to harm.
_ELEMENTS_MAX: Final = 60_000
_COUNT: Final = etree.XPath("count(//*)")
_STRAY_END_MESSAGE: Final = "Unexpected end tag : p"
_PARAGRAPH_BEGIN: Final = re.compile(rb"<p(?=[\s/>])[^<>]*>", re.IGNORECASE)
_PARAGRAPH_END: Final = re.compile(rb"</p(?=[\s/>])[^<>]*>", re.IGNORECASE)
_DIVIDING_TAG: Final = re.compile(
    rb"</?(?:p|div|table|t[dhr]|[uod]l|li|d[dt]|h[1-6r]|form|pre|center|blockquote|section|article|aside|"
    rb"figure|figcaption|header|footer|nav|main)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_UNDECLARED: Final = "cp1258"  # Windows for Vietnamese; UTF-8 has been ruled out when it is asked for
_STRAY_BYTES_SHARE_MAX: Final = 0.005


class NotAPage(ValueError):  # noqa: N818 - the name says what the bytes are, not that something failed
    """The bytes are no HTML page for readers: empty, binary, another format, too large. The message says which."""


def parse_page(body: bytes, url: str, content_type: str | None, captured_at: datetime | None = None) -> Page:
    """Parse the body of a response.

    Never fails on broken markup; elements nested deeper than the parser allows (2048) are left out, with the flag
    `too_deep`. Comments are dropped, so that they never divide a text.

    Args:
        body: after content decoding (gzip, br …), before any charset.
        url: the address it came from.
        content_type: the `Content-Type` header, or None.
        captured_at: when it was fetched, where that is known.

    Raises:
        NotAPage: the bytes are empty, binary, a feed, plain text, or of a size that no page for readers has.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if not _CAN_BE_HTML.fullmatch(media_type):
        raise NotAPage(f"{url}: the header says {media_type}, not HTML")
    _refuse_what_is_no_page(body, url)
    markup, flags = _as_utf8(body, content_type)
    try:
        # A page that ends more paragraphs than it begins need not be parsed to be known for one with stray ends.
        if len(_PARAGRAPH_END.findall(markup)) > len(_PARAGRAPH_BEGIN.findall(markup)):
            markup = _with_stray_ends_as_paragraphs(markup)
        tree, complaints = _parse(markup)
        if any(complaint.message == _STRAY_END_MESSAGE for complaint in complaints):
            tree, complaints = _parse(_with_stray_ends_as_paragraphs(markup))
    except etree.ParserError as error:
        raise NotAPage(f"{url}: holds no element that could be read: {error}") from error
    if cast(float, _COUNT(tree)) > _ELEMENTS_MAX:
        raise NotAPage(f"{url}: has more than {_ELEMENTS_MAX:,} elements, which no page for readers has")
    if any(complaint.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for complaint in complaints):
        flags = (*flags, "too_deep")
    return Page(url, tree, flags, captured_at)


def _parse(markup: bytes) -> tuple[HtmlElement, etree._ListErrorLog]:
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    tree: HtmlElement = document_fromstring(markup, parser=parser)
    return tree, parser.error_log


def _with_stray_ends_as_paragraphs(markup: bytes) -> bytes:
    """Write an empty paragraph for each `</p>` that ends none, as browsers read it.

    libxml2 drops such tags, and paragraphs that an editor divided by them alone would run together.
    """
    pieces = []
    done = 0
    behind = 0
    for end in _PARAGRAPH_END.finditer(markup):
        begins = list(_PARAGRAPH_BEGIN.finditer(markup, behind, end.start()))
        # What divides is looked for inside of paragraphs only: most of a page stands outside.
        if not begins or _DIVIDING_TAG.search(markup, begins[-1].end(), end.start()):
            pieces += [markup[done : end.start()], b"<p></p>"]
            done = end.end()
        behind = end.end()
    return b"".join([*pieces, markup[done:]])


def _refuse_what_is_no_page(body: bytes, url: str) -> None:
    if not body.strip():
        raise NotAPage(f"{url}: the body is empty")
    if body.startswith(_MAGIC):
        raise NotAPage(f"{url}: the body is a binary file, not HTML")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    head = body[:_HEAD_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROL))
    # A few stray NULs stand in real pages; a tenth of control characters is no text.
    if controls > len(head) / 10:
        raise NotAPage(f"{url}: the body is binary, not HTML")
    if _XML_ROOT.match(head):
        raise NotAPage(f"{url}: the body is a feed or a sitemap, not an HTML page")
    if not _HTML_TAG.search(head) and not _HTML_TAG.search(body[: _HEAD_BYTES * 64]):
        raise NotAPage(f"{url}: the body holds no HTML tag")


def _as_utf8(body: bytes, content_type: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the body in UTF-8 without NULs, and what was wrong with its charset.

    A byte-order mark decides. Otherwise bytes that are valid UTF-8 are UTF-8, whatever was declared: text in any
    other charset is hardly ever valid UTF-8 by chance.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _recode(body[len(mark) :], charset), ()
    declared = _declared_charset(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _as_declared(body, declared)
    is_wrong = declared not in (None, "utf-8") and not text.isascii()
    return body.replace(b"\x00", b""), ("wrong_charset",) if is_wrong else ()


def _as_declared(body: bytes, declared: str | None) -> tuple[bytes, tuple[str, ...]]:
    if declared == "utf-8" or declared is None:
        # A page cut in mid-character or with one pasted Latin-1 character is still UTF-8.
        stray = body.decode("utf-8", "replace").count("�")
        if stray <= max(1, len(body) * _STRAY_BYTES_SHARE_MAX):
            return _recode(body, "utf-8"), ("stray_bytes",)
        return _recode(body, _UNDECLARED), ("wrong_charset",) if declared else ("guessed_charset",)
    return _recode(body, _AS_BROWSERS_READ.get(declared, declared)), ()


def _recode(body: bytes, charset: str) -> bytes:
    return body.decode(charset, "replace").replace("\x00", "").encode()


def _declared_charset(body: bytes, content_type: str | None) -> str | None:
    """Return Python's name of the charset that the header, else a `<meta>`, declares; None for none or unknown."""
    header = _HEADER_CHARSET.search(content_type or "")
    meta = None if header else _META_CHARSET.search(body[:_HEAD_BYTES])
    name = header[1] if header else meta[1].decode("ascii", "replace") if meta else None
    if name is None:
        return None
    try:
        b"a".decode(name, "ignore")  # refuses what is a codec but no charset, such as `hex`
        return codecs.lookup(name).name
    except LookupError:
        return None
