"""Credits: lines and endings of paragraphs that say where an article was published before.

Belongs here: the forms of such lines, and the publisher's name and URL in them. Does not belong here: author lines
(`spiders.platforms.parts.attribution.bylines`), and taking the lines off a text
(`spiders.platforms.parts.attribution.signed`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from spiders.platforms.parts.attribution.names import is_host, is_publisher, is_site_kind
from spiders.platforms.parts.blocks import Block
from spiders.platforms.parts.urls import URL_IN_TEXT, absolute, url_in_text
from warehouse.text.normal import clean, has_more_words

_SOURCE_WORDS_MAX: Final = 25
_NAME_WORDS_MAX: Final = 6
_SITE_NAME_WORDS_MAX: Final = 14  # `Cổng thông tin điện tử Mặt trận Tổ quốc Việt Nam phường …`

_ORIGINAL: Final = (
    r"(?:(?:Xem|Đọc)\s+)?(?:Bài(?: viết)?|Tin|Link|Đường (?:dẫn|link))(?:\s+(?:bài|tin))?(?:\s+viết)?"
    r"\s+gốc(?:\s+(?:tại|ở|trên))?"
)
_SOURCE_LABEL: Final = re.compile(
    rf"\(?\s*(?:Nguồn(?:\s+(?:tin|bài|bài viết|trích dẫn))?|Theo|Source|{_ORIGINAL})\s*:\s*(?P<name>.*)", re.IGNORECASE
)
_SOURCE_NAMED: Final = re.compile(r"\(?\s*(?:Nguồn|Theo)\s+(?P<name>[^:]{2,60}?)\s*:\s*https?://\S+", re.IGNORECASE)
_SOURCE_SHORT: Final = re.compile(
    rf"\(?\s*(?:Nguồn|Theo|Dẫn theo|{_ORIGINAL})\s*:?\s+(?P<name>\S.{{1,60}})$", re.IGNORECASE
)
_NO_SOURCE_HOST: Final = re.compile(
    r"(?:^|\.)(?:bit\.ly|goo\.gl|tinyurl\.com|t\.co|t\.me|zalo\.me|amzn\.to|amazon\.\w+|shopee\.\w+|lazada\.\w+|forms\.gle|"
    r"google\.com|youtu\.be|youtube\.com|facebook\.com|fb\.\w+|tiktok\.com|twitter\.com|x\.com|instagram\.com)$"
)
_PICTURE_CREDIT: Final = re.compile(r"(?:image|photo|picture)\s+(?:credit|source)|\bgetty\b", re.IGNORECASE)


class Credit(NamedTuple):
    """A credited source; a part that the line does not say is None."""

    name: str | None
    url: str | None


def credit_in(block: Block, base: str) -> Credit | None:
    """Return the source that the line credits; None if it credits none."""
    text = block.text
    if has_more_words(text, _SOURCE_WORDS_MAX) or _PICTURE_CREDIT.search(text):
        return None
    named, labelled, short = _SOURCE_NAMED.match(text), _SOURCE_LABEL.match(text), _SOURCE_SHORT.match(text)
    match = named or labelled or (short if short and may_be_source(short["name"], block) else None)
    if match:
        credit = Credit(without_url(clean(match["name"])), source_url(block, text, base))
    elif is_bare_publisher(block):
        credit = Credit(text.strip(" ().,"), None)
    elif is_address(text):
        is_bare_host = is_host(text) and "//" not in text
        url = source_url(block, text, base)
        credit = Credit(text, None) if is_bare_host else Credit(None, url if url and _may_publish(url, base) else None)
    else:
        return None
    return credit if credit.name or credit.url else None


def _may_publish(url: str, base: str) -> bool:
    """Tell whether a bare URL may be a source.

    The own site, a short link, a shop, a form and a network are none.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return host != (urlsplit(base).hostname or "").removeprefix("www.") and not _NO_SOURCE_HOST.search(host)


def labels_source(text: str) -> bool:
    """Tell whether the line begins with a credit label: `Nguồn: …`."""
    return _SOURCE_LABEL.match(text) is not None


def credits_source(text: str) -> bool:
    """Tell whether the line is a credit: with a label, with a publisher after `Theo`, or only an address."""
    if labels_source(text) or _SOURCE_NAMED.match(text) or is_address(text):
        return True
    short = _SOURCE_SHORT.match(text)
    return short is not None and is_publisher(short["name"].strip(" ().,"))


def is_bare_publisher(block: Block) -> bool:
    """Tell whether the line is only a publisher's name: `Tuổi Trẻ`, `(TTXVN)`.

    A name in small letters must stand out.
    """
    name = block.text.strip(" ().,")
    stands_out = block.is_bold or block.is_italic or block.align == "right" or block.text.startswith("(")
    is_title = all(word[0].isupper() or not word[0].isalpha() for word in name.split())
    return (stands_out or is_title) and not block.is_heading and not is_host(name) and is_publisher(name)


def is_address(text: str) -> bool:
    """Tell whether the line is only the address of a page or a site."""
    return URL_IN_TEXT.fullmatch(text) is not None or is_host(text)


def may_be_source(name: str, block: Block) -> bool:
    """Tell whether the text is a publisher's name, and not a sentence (`Theo báo cáo tại hội nghị, …`)."""
    starts_like_a_name = name[:1].isupper() or "." in name.rstrip(".")[1:] or bool(block.links)
    is_short = not has_more_words(name, _SITE_NAME_WORDS_MAX if is_site_kind(name) else _NAME_WORDS_MAX)
    is_sentence = "," in name or re.search(r"[.!?]\s", name)
    is_picture_or_place = "(" in name.lstrip("(") or _PICTURE_CREDIT.search(name)
    return starts_like_a_name and is_short and not is_sentence and not is_picture_or_place


def without_url(name: str) -> str | None:
    """Return the name without the URL beside it; None if there is only a URL."""
    return clean(URL_IN_TEXT.sub("", name)).strip(" ()[].,:;|-–/") or None


def source_url(block: Block, text: str, base: str) -> str | None:
    """Return the URL that the block links to, or else the one that the text contains."""
    linked = next((url for href, _ in block.links if (url := absolute(base, href))), None)
    return linked or url_in_text(text)
