"""From the bytes of a response to a parsed page: which characters they are, and one tolerant parse.

Here: charset and HTML parser, and which texts of a page to convert where it holds some from before Unicode. Not here:
those encodings (`warehouse.text.legacy`), what stands on the page (`spiders.platforms`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from spiders.pages.page import Page
from warehouse.text.legacy import looks_suspicious, recognise

Reason: TypeAlias = Literal[
    "empty",
    "pdf",
    "binary",
    "other_media_type",
    "feed",
    "plain_text",
    "no_element",
    "too_large",
    "too_many_elements",
    "too_many_attributes",
    "too_nested",
]

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PDF_MAGIC: Final = b"%PDF"
_MAGIC: Final = (
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
# The largest real page seen has 400 kB; one with its pictures inside may have some megabytes.
_BYTES_MAX: Final = 20_000_000
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
_ELEMENTS_MAX: Final = 30_000
# What asks an element for all that it lies in takes as long as there are such pairs; libxml2 compares each attribute of
# an element with all others. Small pages cannot hold enough of either.
_PAIRS_MAX: Final = 1_500_000
_ELEMENTS_NEVER_TOO_NESTED: Final = 2_000
# What asks elements for their texts reads a character once for each element that it lies in: 2 MB at a depth of 30.
_CHARACTER_PAIRS_MAX: Final = 60_000_000
_BYTES_NEVER_TOO_NESTED: Final = 100_000
# As deep as libxml2 itself follows unless told otherwise is 256; editors that forget end tags come near it.
_DEPTH_MAX: Final = 400
_TOO_DEEP: Final = etree.XPath("/*" * (_DEPTH_MAX + 1))
# Rows are filled up to the widest one by what reads tables.
_CELLS_MAX: Final = 300_000
_CELLS_OF_ROW_MAX: Final = 1_000
_ROW_COUNT: Final = etree.XPath("count(//tr)")
_SPAN: Final = re.compile("[1-9][0-9]{0,2}", re.ASCII)
_ATTRIBUTES_MAX: Final = 5_000
_BYTES_NEVER_TOO_MANY_ATTRIBUTES: Final = 100_000
_ATTRIBUTE_BYTES_MIN: Final = 2
_COUNT: Final = etree.XPath("count(//*)")
# That of `lxml.html` is asked, in Python, at every touch of an element, only to know forms and their fields.
_EVERY_ELEMENT: Final = etree.ElementDefaultClassLookup(element=HtmlElement)
_TAG_BEGIN: Final = re.compile(rb"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
_UNFINISHED_TAG: Final = re.compile(rb"<(?:[!/a-zA-Z][^<>]*)?")
_QUOTED_VALUE: Final = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_STRAY_END_MESSAGE: Final = "Unexpected end tag : p"
_PARAGRAPH_TAG: Final = re.compile(rb"<(/?)p(?=[\s/>])[^<>]*>", re.IGNORECASE)
_PARAGRAPH_BEGIN: Final = re.compile(rb"<p(?=[\s/>])[^<>]*>", re.IGNORECASE)
_PARAGRAPH_END: Final = re.compile(rb"</p(?=[\s/>])[^<>]*>", re.IGNORECASE)
_DIVIDING_TAG: Final = re.compile(
    rb"</?(?:p|div|table|t[dhr]|[uod]l|li|d[dt]|h[1-6r]|form|pre|center|blockquote|section|article|aside|"
    rb"figure|figcaption|header|footer|nav|main)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_ASCII: Final = bytes(range(0x80))
_EVERY_HIGH_BYTE: Final = bytes(range(0x80, 0x100))
_UNDECLARED: Final = "cp1258"  # Windows for Vietnamese; UTF-8 has been ruled out when it is asked for
_STRAY_BYTES_SHARE_MAX: Final = 0.005
_UTF16_WITHOUT_MARK: Final = (
    (re.compile(rb"(?:\s\x00)*<\x00[!\w]\x00"), "utf-16-le"),
    (re.compile(rb"(?:\x00\s)*\x00<\x00[!\w]"), "utf-16-be"),
)

_LEGACY_FONT: Final = re.compile(
    rb"\.vn(?:3dh|arial|aristote|avant|bahamas|black|book|courier|helve|present|souther|teknical|time|univer)"
    rb"|\bvni[- ][a-z]",
    re.IGNORECASE,
)
# Its small letters look like capitals.
_FONT_OF_CAPITALS: Final = re.compile(r"\.vn[\w ]*?h\b", re.IGNORECASE)
# What lxml refuses to take, though it may have read it.
_NO_XML_SPACE: Final = re.compile("[\x0b\x0c]")
_NO_XML_CHARACTER: Final = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTES_WITH_TEXT: Final = ("content", "title", "alt")
_DATA_SCRIPT: Final = "application/ld+json"


class NotAPage(ValueError):  # noqa: N818 - the name says what the bytes are, not that something failed
    """The bytes are no HTML page for readers. The message says why, and of which address.

    Attributes:
        reason: the same in a word: `empty` (nothing, or white space), `pdf`, `binary` (another kind of file),
            `other_media_type` (the header says so), `feed` (or a sitemap), `plain_text` (no HTML tag), `no_element`
            (nothing in it could be parsed), `too_large`, `too_many_elements`, `too_many_attributes`
            (of one element), `too_nested` (taken together: how many elements each element, or each character, lies in).
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


def parse_page(body: bytes, url: str, content_type: str | None, captured_at: datetime | None = None) -> Page:
    """Parse the body of a response.

    Never fails on broken markup; elements nested deeper than 400 are emptied, with the flag `too_deep`. A page that
    breaks off has the flag `truncated`. Comments are dropped, so that they never divide a text.

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
        raise NotAPage("other_media_type", f"{url}: the header says {media_type}, not HTML")
    _refuse_what_is_no_page(body, url)
    markup, flags = _as_utf8(body, content_type)
    markup = _without_unfinished_tag(markup)
    if len(markup) > _BYTES_NEVER_TOO_MANY_ATTRIBUTES and _has_too_many_attributes(markup):
        raise NotAPage(
            "too_many_attributes", f"{url}: an element has more than {_ATTRIBUTES_MAX:,} attributes, which none has"
        )
    try:
        # A page that ends more paragraphs than it begins need not be parsed to be known for one with stray ends.
        tags = _PARAGRAPH_TAG.findall(markup)
        if tags.count(b"/") > tags.count(b""):
            markup = _with_stray_ends_as_paragraphs(markup)
        tree, complaints = _parse(markup)
        if any(complaint.message == _STRAY_END_MESSAGE for complaint in complaints):
            tree, complaints = _parse(_with_stray_ends_as_paragraphs(markup))
    except etree.ParserError as error:
        raise NotAPage("no_element", f"{url}: holds no element that could be read: {error}") from error
    _take_in_other_roots(tree)
    count = cast(float, _COUNT(tree))
    if count > _ELEMENTS_MAX:
        raise NotAPage(
            "too_many_elements", f"{url}: has more than {_ELEMENTS_MAX:,} elements, which no page for readers has"
        )
    if count > _DEPTH_MAX and (deep := cast(list[HtmlElement], _TOO_DEEP(tree))):
        for element in deep:
            element.clear(keep_tail=True)
        flags = (*flags, "too_deep")
    is_large = count > _ELEMENTS_NEVER_TOO_NESTED or len(markup) > _BYTES_NEVER_TOO_NESTED
    if is_large and _is_too_nested(tree):
        raise NotAPage("too_nested", f"{url}: its elements are nested in each other as no page for readers is")
    if _is_table_too_large(tree):
        raise NotAPage("too_many_elements", f"{url}: its rows are too many and too wide for any reader")
    if _breaks_off(markup):
        flags = (*flags, "truncated")
    return Page(url, tree, (*flags, *_bring_to_unicode(tree, markup)), captured_at)


def _take_in_other_roots(tree: HtmlElement) -> None:
    """Bring what stands behind `</html>` into the page, as browsers do; libxml2 may make a second root of it."""
    body = tree.find("body")
    for root in list(tree.itersiblings()):
        root.tag = "div"
        (tree if body is None else body).append(root)


def _is_too_nested(tree: HtmlElement) -> bool:
    pairs = character_pairs = depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            pairs += depth
            character_pairs += len(element.tail or "") * depth
            depth += 1
            character_pairs += len(element.text or "") * depth
            if pairs > _PAIRS_MAX or character_pairs > _CHARACTER_PAIRS_MAX:
                return True
        else:
            depth -= 1
    return False


def _is_table_too_large(tree: HtmlElement) -> bool:
    row_count = cast(float, _ROW_COUNT(tree))
    if row_count * _CELLS_OF_ROW_MAX <= _CELLS_MAX:
        return False
    widest = max(sum(map(_columns, row)) for row in cast(Iterator[HtmlElement], tree.iter("tr")))
    return row_count * min(widest, _CELLS_OF_ROW_MAX) > _CELLS_MAX


def _columns(cell: HtmlElement) -> int:
    span = cell.get("colspan") or "1"
    return int(span) if _SPAN.fullmatch(span) else _CELLS_OF_ROW_MAX


def _without_unfinished_tag(markup: bytes) -> bytes:
    """Leave out a tag in whose middle the page ends, which would be read as text."""
    begin = markup.rfind(b"<")
    is_unfinished = begin > markup.rfind(b">") and _UNFINISHED_TAG.fullmatch(markup, begin)
    return markup[:begin] if is_unfinished else markup


def _breaks_off(markup: bytes) -> bool:
    # Whole pages tell at once, looked at from their end.
    return markup.rfind(b"</body") < 0 and markup.rfind(b"</html") < 0 and b"<body" in markup


def _has_too_many_attributes(markup: bytes) -> bool:
    return any(
        len(_QUOTED_VALUE.sub(b" ", tag[0]).split()) > _ATTRIBUTES_MAX
        for tag in _TAG_BEGIN.finditer(markup)
        if tag.end() - tag.start() > _ATTRIBUTES_MAX * _ATTRIBUTE_BYTES_MIN
    )


def _parse(markup: bytes) -> tuple[HtmlElement, etree._ListErrorLog]:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_EVERY_ELEMENT)
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
        raise NotAPage("empty", f"{url}: the body is empty")
    if len(body) > _BYTES_MAX:
        raise NotAPage("too_large", f"{url}: has more than {_BYTES_MAX:,} bytes, which no page for readers has")
    if body.lstrip().startswith(_PDF_MAGIC):
        raise NotAPage("pdf", f"{url}: the body is a PDF file, not HTML")
    if body.startswith(_MAGIC):
        raise NotAPage("binary", f"{url}: the body is a binary file, not HTML")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _utf16_without_mark(body):
        return
    head = body[:_HEAD_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROL))
    # A few stray NULs stand in real pages; a tenth of control characters is no text.
    if controls > len(head) / 10:
        raise NotAPage("binary", f"{url}: the body is binary, not HTML")
    if _XML_ROOT.match(head):
        raise NotAPage("feed", f"{url}: the body is a feed or a sitemap, not an HTML page")
    if not _HTML_TAG.search(head) and not _HTML_TAG.search(body[: _HEAD_BYTES * 64]):
        raise NotAPage("plain_text", f"{url}: the body holds no HTML tag")


def _as_utf8(body: bytes, content_type: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the body in UTF-8 without NULs, and what was wrong with its charset.

    A byte-order mark decides. Otherwise bytes that are valid UTF-8 are UTF-8, whatever was declared: text in any
    other charset is hardly ever valid UTF-8 by chance.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _recode(body[len(mark) :], charset), ()
    if utf16 := _utf16_without_mark(body):
        return _recode(body, utf16), ("guessed_charset",)
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


def _utf16_without_mark(body: bytes) -> str | None:
    """Return the charset of a page whose first tag is written in two bytes a character."""
    return next((charset for begin, charset in _UTF16_WITHOUT_MARK if begin.match(body)), None)


def _recode(body: bytes, charset: str) -> bytes:
    errors = _UNDEFINED_AS_CONTROLS if charset.startswith("cp125") else "replace"
    # Lone surrogates, which UTF-16 may be made to hold, are no characters.
    return body.decode(charset, errors).replace("\x00", "").encode("utf-8", "replace")


def _as_controls(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that a Windows charset leaves undefined as browsers do; legacy encodings have letters there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_UNDEFINED_AS_CONTROLS: Final = "undefined_as_controls"
codecs.register_error(_UNDEFINED_AS_CONTROLS, _as_controls)


def _declared_charset(body: bytes, content_type: str | None) -> str | None:
    """Return Python's name of the charset that the header, else a `<meta>`, declares; None for none or unknown."""
    header = _HEADER_CHARSET.search(content_type or "")
    meta = None if header else _META_CHARSET.search(body[:_HEAD_BYTES])
    name = header[1] if header else meta[1].decode("ascii", "replace") if meta else None
    if name is None:
        return None
    try:
        _EVERY_HIGH_BYTE.decode(name, "replace")  # refuses what is a codec but no charset, such as `hex` or `idna`
        return codecs.lookup(name).name
    except (LookupError, UnicodeError):
        return None


# --- Texts in encodings from before Unicode --------------------------------------------------------------------------


class _Text(NamedTuple):
    """One text of a tree.

    Attributes:
        put: writes another in its place.
        in_capitals: its font shows small letters as capitals.
    """

    text: str
    put: Callable[[str], None]
    in_capitals: bool


def _bring_to_unicode(tree: HtmlElement, markup: bytes) -> tuple[str, ...]:
    """Convert the tree's texts where they are certainly in a legacy encoding; return the flags that tell.

    Text by text, since pages hold an article pasted from an old document amid menus in Unicode.
    """
    # All that could raise suspicion is beyond ASCII, of which most texts hold little.
    beyond_ascii = etree.tostring(tree, encoding="utf-8", method="text").translate(None, _ASCII)
    if not looks_suspicious(beyond_ascii.decode("utf-8", "replace")):
        return ()
    texts = [text for text in _texts(tree) if text.in_capitals or not text.text.isascii()]
    is_font_named = _LEGACY_FONT.search(markup) is not None
    conversion, is_suspect = recognise((text.text for text in texts), is_font_named=is_font_named)
    flags = ("mojibake",) if is_suspect else ()
    if conversion is None:
        return flags
    mended = None
    for text in texts:
        # What is Vietnamese both ways, a single word mostly, is taken for what the text before it was.
        mended = conversion.mend(text.text, or_else=mended is not None)
        meant = mended or text.text
        if text.in_capitals and conversion.encoding == "tcvn3" and (mended or meant.isascii()):
            meant = meant.upper()
        if meant != text.text:
            text.put(_NO_XML_CHARACTER.sub("", _NO_XML_SPACE.sub(" ", meant)))
    return (*flags, f"converted_{conversion.encoding}")


def _texts(tree: HtmlElement) -> Iterator[_Text]:
    """Yield the texts of the tree that a template may read, attributes included, in page order."""
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
