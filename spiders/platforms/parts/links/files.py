"""The file that an element shows or offers: a viewer in the page, a link to a document.

Belongs here: what an element's address, type and words say about a file. An address without a file's name is only a
candidate: `fct_articles` leaves out those that answered with a page. Does not belong here: URLs that are not on a page
(`spiders.platforms.parts.urls`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml.html import HtmlElement

from spiders.platforms.parts.elements.hidden import is_hidden
from spiders.platforms.parts.selectors import descendants, text_of
from spiders.platforms.parts.urls import absolute, is_attachment, origin

EMBEDDING_TAGS: Final = frozenset(("iframe", "embed", "object", "amp-iframe"))
_ADDRESS_ATTRIBUTES: Final = ("src", "data", "data-src", "data-lazy-src", "data-original", "data-litespeed-src")
_ADDRESS_CHARACTERS_MAX: Final = 4_000  # as in `spiders.platforms.parts.urls`
_NOT_FETCHED: Final = ("#", "javascript:", "mailto:", "tel:", "data:", "blob:", "about:")
_PARAMETERS_MAX: Final = 50
_VIEWERS_MAX: Final = 3  # a viewer in a viewer
_INNER_MAX: Final = 50
_FILE_TYPE: Final = re.compile(
    r"application/(?:pdf|x-pdf|msword|rtf|zip|x-(?:zip|rar|7z)\S*|vnd\.(?:ms-|openxmlformats|oasis)\S*)", re.IGNORECASE
)
_VIEWER: Final = re.compile(
    r"(?:^|/)(?:gview|viewerng|pdf-?viewer|pdf-?js|view(?:er)?\.(?:html?|aspx?|php)|embed\.aspx|flip-?book|doc-?viewer|"
    r"viewer)(?:[/?.]|$)",
    re.IGNORECASE,
)
_FILE_PARAMETER: Final = re.compile(r"(?:url|src|file|pdf|doc|document|source|fileurl|pdfurl|u|link)", re.IGNORECASE)
# Addresses that send a file, though its name is not in them.
_SENDING_PATH: Final = re.compile(
    r"(?:^|/)(?:down-?load-?(?:files?|attachments?|document)?|tai-?(?:ve|xuong|file|tai-?lieu|van-?ban)|get-?file|"
    r"(?:view|open|show)-?(?:file|pdf)|file-?(?:handler|download)|(?:file-?)?attachments?)"
    r"(?:\.(?:aspx?|ashx|php|jsp|do|axd)(?=$|/)|/(?:\d+|[0-9a-f-]{16,40})/?$)",
    re.IGNORECASE,
)
_SENDING_QUERY: Final = re.compile(
    r"(?:^|&)(?:(?:do|task|action|act|op|cmd|export|func|mode|view)=(?:down-?load|get-?file)\w*|download=\w+|"
    r"wpdmdl=\d+|(?:file|attach|attachment)_?id=\w[\w-]*)(?:&|$)",
    re.IGNORECASE,
)
# Each of these addresses contains one of these words. Most addresses contain none, and this test is cheaper.
_MAY_SEND: Final = re.compile("down|tai|file|attach|pdf|wpdmdl", re.IGNORECASE)
_PAGE_FILE: Final = re.compile(r"\.s?html?$", re.IGNORECASE)
_PICTURE_OR_MEDIA_FILE: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|mp[34]|m4a|css|js)$", re.IGNORECASE)
_KIND: Final = r"(?:pdf|docx?|xlsx?|pptx?|zip|rar|word|excel)"
_THING: Final = (
    r"(?:files?|tệp|tập tin|văn bản|tài liệu|toàn văn|nội dung|biểu mẫu|mẫu|bản|phụ lục|công văn|quyết định|kế hoạch|"
    r"thông báo|nghị quyết|nghị định|báo cáo|hướng dẫn|danh sách|tờ trình|chỉ thị|giấy mời|lịch|đề án|đơn)"
)
_FILE_WORDS: Final = re.compile(
    rf"[(\[]\s*(?:file |bản |dạng |định dạng )?\.?{_KIND}\b|\.{_KIND}\b|\b(?:bản|file|tệp) {_KIND}\b|"
    rf"\b{_THING} (?:tin )?(?:được )?(?:đính kèm|gửi kèm|kèm theo)|"
    rf"^\W*(?:tải|download)(?: về| xuống)? (?:\w+ )?{_THING}\b|^\W*(?:tải (?:về|xuống)|download)\b|^\W*{_KIND}\W*$",
    re.IGNORECASE,
)
_HERE: Final = re.compile(r"\W*(?:tại |ở |vào )?(?:đây|link(?: này)?)\W*", re.IGNORECASE)
_FILE_WORDS_AROUND: Final = re.compile(r"\b(?:tải (?:về|xuống|file|tệp)|download|đính kèm)\b", re.IGNORECASE)
_WORDS_CHARACTERS_MAX: Final = 300
_SCRIPT_CHARACTERS_MAX: Final = 2_000
_QUOTED: Final = re.compile(r"['\"]([^'\"\s]{4,400})['\"]")


def embedded_file(element: HtmlElement) -> str | None:
    """Return the address as written of the file that an embedding element shows; None for other things."""
    is_object = element.tag == "object"
    inner = islice(element.iterdescendants("param", "embed", "iframe"), _INNER_MAX) if is_object else ()
    return next((file for part in (element, *inner) if (file := _file_shown_by(part))), None)


def _file_shown_by(element: HtmlElement) -> str | None:
    is_typed = _FILE_TYPE.match(element.get("type") or "") is not None
    names = ("value",) if element.tag == "param" else _ADDRESS_ATTRIBUTES
    for name in names:
        address = (element.get(name) or "").strip()
        if not _is_address(address):
            continue
        if file := file_in_viewer(address):
            return file
        if is_attachment(address) or is_typed or (element.tag != "param" and _sends_file(address)):
            return str(address.partition("#")[0])
    return None


def file_in_viewer(address: str) -> str | None:
    """Return the file that a viewer's address names, such as `viewer.html?file=/van-ban/12.pdf`."""
    found: str | None = None
    for _ in range(_VIEWERS_MAX):
        inner = _parameter_with_file(found or address)
        if inner is None:
            break
        # A relative address is relative to the viewer.
        found = _joined(found or address, inner)
    return found


def _parameter_with_file(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, max_num_fields=_PARAMETERS_MAX) if parts.query else []
        pairs += parse_qsl(parts.fragment, max_num_fields=_PARAMETERS_MAX) if "=" in parts.fragment else []
    except ValueError:  # such as http://[, or too many parameters
        return None
    is_viewer = bool(_VIEWER.search(f"{parts.netloc}{parts.path}"))
    for name, value in pairs:
        value = value.strip()
        if not _is_address(value):
            continue
        is_named = _FILE_PARAMETER.fullmatch(name) is not None
        if is_attachment(value) and (is_viewer or is_named):
            return value
        if is_viewer and is_named and value.lower().startswith(("http://", "https://")):
            return value
    return None


def _joined(viewer: str, address: str) -> str:
    try:
        return str(urljoin(viewer, address))
    except ValueError:
        return address


def linked_address(anchor: HtmlElement) -> str | None:
    """Return the address as written of a link, or of the file that its script opens, if any."""
    href: str | None = anchor.get("href")
    is_script = not href or href.lstrip()[:11].lower().startswith(("#", "javascript:"))
    if is_script and (script := f"{anchor.get('onclick') or ''} {href or ''}"[:_SCRIPT_CHARACTERS_MAX].strip()):
        named = (quoted[1] for quoted in _QUOTED.finditer(script))
        return next((address for address in named if "/" in address and is_attachment(address)), href)
    return href


def offers_file(href: str, words: str = "", around: str = "") -> bool:
    """Tell whether a link offers a file, by the file's name, the form of the address, or its words.

    Words decide only for an address that names no page, picture or sound; those `around` the link only if its own are
    `tại đây`.
    """
    if not _is_address(href):
        return False
    return is_attachment(href) or _is_viewer_of_file(href) or _sends_file(href) or _is_said_to_be(href, words, around)


def offered_file(base: str, href: str | None, words: str = "", around: str = "") -> str | None:
    """Return the URL of the file that a link offers; None if it offers none.

    Words count for the page's own host only: no request is made to others, so nothing tells what they answer.
    """
    href = (href or "").strip()
    if not offers_file(href, words, around):
        return None
    url = absolute(base, _viewed(href))
    if url is None or is_attachment(url) or _sends_file(url):
        return url
    return url if _host(url) == _host(base) else None


def linked_attachments(elements: Iterable[HtmlElement], base: str) -> tuple[str, ...]:
    """Return the files that the elements offer or show, in document order, without duplicates."""
    return tuple(dict.fromkeys(url for element in elements for url in _files_in(element, base)))


def _files_in(element: HtmlElement, base: str) -> Iterator[str]:
    for each in descendants(element, "a", *EMBEDDING_TAGS):
        if each.tag != "a":
            url = None if is_hidden(each) else absolute(base, embedded_file(each))
        elif href := linked_address(each):
            words = "" if href.endswith((".html", ".htm")) else text_of(each)  # words say nothing about a page
            outer = each.getparent() if _HERE.fullmatch(words) else None
            url = offered_file(base, href, words, text_of(outer) if outer is not None else "")
        else:
            continue
        if url:
            yield url


def _viewed(href: str) -> str:
    viewed = file_in_viewer(href) if "=" in href and _VIEWER.search(href) else None
    return viewed or href


def _is_viewer_of_file(href: str) -> bool:
    return _viewed(href) != href


def _sends_file(href: str) -> bool:
    if not _MAY_SEND.search(href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if _PICTURE_OR_MEDIA_FILE.search(parts.path):
        return False
    if _SENDING_QUERY.search(parts.query):
        return True
    return not _PAGE_FILE.search(parts.path) and _SENDING_PATH.search(parts.path) is not None


def _is_said_to_be(href: str, words: str, around: str) -> bool:
    if not words or len(words) > _WORDS_CHARACTERS_MAX:
        return False
    if _HERE.fullmatch(words):
        is_said = len(around) <= _WORDS_CHARACTERS_MAX and _FILE_WORDS_AROUND.search(around) is not None
    else:
        is_said = _FILE_WORDS.search(words) is not None
    try:
        path = urlsplit(href).path.rstrip("/") if is_said else ""
    except ValueError:
        return False
    return bool(path) and not _PAGE_FILE.search(path) and not _PICTURE_OR_MEDIA_FILE.search(path)


def _is_address(value: str) -> bool:
    return 0 < len(value) <= _ADDRESS_CHARACTERS_MAX and not value[:11].lower().startswith(_NOT_FETCHED)


def _host(url: str) -> str:
    return origin(url).partition("://")[2].removeprefix("www.")
