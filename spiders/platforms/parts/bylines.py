"""Bylines and source credits at the end of Vietnamese articles.

Belongs here: parsing such lines and removing them from the end of a text. Does not belong here: finding bylines and
credits that a template marks (each platform); the functions here parse them too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_boilerplate_line
from spiders.platforms.parts.urls import URL_IN_TEXT, absolute, url_in_text
from warehouse.text.normal import clean, count_words, normal_form

_BYLINE_WORDS_MAX: Final = 14
_SOURCE_WORDS_MAX: Final = 25

_SENTENCE_ENDS: Final = (".", "!", "?", "…", ":", ";")
_CLOSING: Final = "\"'”’)"
_BYLINE_PREFIX: Final = re.compile(
    r"(?:Tác giả|Người viết|Người đăng|Thực hiện|Biên tập|CTV|PV|"
    r"(?:Tin|Bài|Ảnh|Clip|Video|Đồ họa|Tin bài|Bài viết)"
    r"(?:\s*(?:,|và|-|–|/|&|\+)\s*(?:tin|bài|ảnh|clip|video|đồ họa))*)"
    r"\s*:\s*(?P<name>\S.*)",
    re.IGNORECASE,
)
_OFFICE: Final = re.compile(
    r"(?:Trung tâm|Phòng|Ban|Văn phòng|Sở|UBND|Ủy ban|HĐND|Hội|Đoàn|Công an|Đài|Báo|Tạp chí|Cổng|Tổ|Mặt trận|MTTQ|"
    r"Ủy ban MTTQ|Liên đoàn|Chi cục|Cục|Bộ|Thanh tra|Trạm|Trường|BBT|Đảng ủy|Huyện ủy|Quận ủy|Thành ủy|Nhóm)\b"
)
_NAME_WORD: Final = re.compile(r"(?:[^\W\d_][.]?)+")
_MARKED_PREFIX: Final = re.compile(
    r"(?:Tác giả(?: bài viết)?|Người (?:viết|đăng)|(?:Được )?(?:viết|đăng) bởi|Bởi|Posted by|By)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
# Names of CMS user accounts: `admin`, `toasoan`, `Nguyễn Quản Trị`.
_ACCOUNT: Final = re.compile(
    r"(?:admin(?:istrator)?|quantri|test|super|user|guest|editor|webmaster|root)(?:\s|$)|.*\bquản trị\b", re.IGNORECASE
)
_CREDIT: Final = re.compile(r"^(?:Theo|Nguồn)\b|https?://|\blượt (?:xem|đọc)\b|\bxem\s*:", re.IGNORECASE)
_NO_NAME: Final = re.compile(r"(?:[a-z0-9._-]+|https?:\S+|www\.\S+|\S+@\S+|Bởi|Tác giả|By|Viết bởi)", re.ASCII)

_SOURCE_LABEL: Final = re.compile(r"\(?\s*(?:Nguồn(?:\s+(?:tin|bài|bài viết))?|Theo)\s*:\s*(?P<name>.*)", re.IGNORECASE)
_SOURCE_NAMED: Final = re.compile(r"\(?\s*Nguồn\s+(?P<name>[^:]{2,60}?)\s*:\s*https?://\S+", re.IGNORECASE)
_SOURCE_SHORT: Final = re.compile(r"\(?\s*(?:Nguồn|Theo)\s*:?\s+(?P<name>\S.{1,60})$", re.IGNORECASE)
_SOURCE_GLUED: Final = re.compile(
    r"(?P<body>.*\S)\s*(?:\(\s*(?:Nguồn(?:\s+tin)?\s*:?|Theo)\s+(?P<bracketed>[^()]{2,60})\)|"
    r"(?<=[.!?…])\s*Nguồn(?:\s+tin)?\s*:\s*(?P<plain>[^.:]{2,60}))[.\s/]*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(slots=True)
class Attribution:
    """The byline and credited source found at the end of a text.

    Attributes:
        blocks: the text without byline and credit.
        is_glued: whether the credit was at the end of a paragraph and not on its own line.
    """

    blocks: list[Block]
    byline: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    is_glued: bool = False

    @property
    def has_source(self) -> bool:
        """Whether a source is credited."""
        return self.source_name is not None or self.source_url is not None


def take_attribution(blocks: list[Block], base: str, byline: str | None) -> Attribution:
    """Remove byline and credited source, in either order, from the end of a text without captions.

    `byline` is the author shown outside the text, or None. A line that repeats that author is removed too.
    """
    attribution = Attribution(list(blocks), byline)
    found_byline = False
    while attribution.blocks:
        block = attribution.blocks[-1]
        if not attribution.has_source and _take_source(attribution, block, base):
            attribution.blocks.pop()
        elif not found_byline and (name := byline_in(block)) and _agrees(name, attribution.byline):
            found_byline = True
            attribution.byline = attribution.byline or name
            attribution.blocks.pop()
        elif not _take_glued_source(attribution, base):
            break
    return attribution


def source_in(element: HtmlElement, base: str) -> tuple[str | None, str | None]:
    """Return the name and URL credited by an element that the template marks as the source."""
    blocks = [block for block in read_blocks(element) if block.text]
    attribution = take_attribution(blocks, base, None)
    is_line = len(blocks) == 1 and not is_boilerplate_line(blocks[0].text)
    if not attribution.has_source and is_line and _is_credit(blocks[0].text, blocks[0]):
        attribution.source_name = _without_url(blocks[0].text)
        attribution.source_url = _source_url(blocks[0], blocks[0].text, base)
    return attribution.source_name, attribution.source_url


def byline_from(text: str | None) -> str | None:
    """Return the name in a line marked as the author's; None for an account name, a URL or a credit."""
    text = _unwrapped(clean(text or "").strip(" *-–|"))
    if prefixed := _BYLINE_PREFIX.fullmatch(text):
        text = prefixed["name"]
    text = _MARKED_PREFIX.sub("", text, count=1)
    is_author = not (_ACCOUNT.match(text) or _NO_NAME.fullmatch(text) or _CREDIT.search(text))
    return text if text and is_author else None


def byline_in(block: Block) -> str | None:
    """Return the author if the line can be the byline at the end of an article; otherwise None."""
    text = _unwrapped(block.text.strip(" *"))
    if prefixed := _BYLINE_PREFIX.fullmatch(text):
        name = prefixed["name"].strip(" ./")
        return name if count_words(name) <= _BYLINE_WORDS_MAX else None
    if ends_a_sentence(text) or count_words(text) > _BYLINE_WORDS_MAX or block.is_heading:
        return None
    if labels_source(text) or _SOURCE_SHORT.match(text) or re.search(r"\d", text):
        return None
    stands_out = block.align == "right" or ((block.is_bold or block.is_italic) and count_words(text) <= 8)
    return text if _OFFICE.match(text) or is_name(text) or stands_out else None


def ends_a_sentence(text: str) -> bool:
    """Tell whether the cleaned text ends a sentence; ignore closing quotes and brackets."""
    return text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def labels_source(text: str) -> bool:
    """Tell whether the line begins with a credit label: `Nguồn: …`."""
    return _SOURCE_LABEL.match(text) is not None


def credits_source(text: str) -> bool:
    """Tell whether the line is a credit: with a label, with a URL after a name, or a bare URL."""
    return labels_source(text) or _SOURCE_NAMED.match(text) is not None or URL_IN_TEXT.fullmatch(text) is not None


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text


def is_name(text: str) -> bool:
    """Tell whether the text is a list of personal names: two to ten words that all begin with a capital."""
    names = [name for name in re.split(r"\s*[-–,&]\s*", text) if name]
    words = [word for name in names for word in name.split()]
    return 2 <= len(words) <= 10 and all(_NAME_WORD.fullmatch(word) and word[0].isupper() for word in words)


def _agrees(name: str, known: str | None) -> bool:
    return known is None or normal_form(name).casefold() == normal_form(known).casefold()


def _take_source(attribution: Attribution, block: Block, base: str) -> bool:
    """Parse the block as a source credit; tell whether it is one."""
    text = block.text
    if count_words(text) > _SOURCE_WORDS_MAX:
        return False
    named, labelled, short = _SOURCE_NAMED.match(text), _SOURCE_LABEL.match(text), _SOURCE_SHORT.match(text)
    match = named or labelled or (short if short and _is_credit(short["name"], block) else None)
    if not match:
        return False
    attribution.source_name = _without_url(clean(match["name"]))
    attribution.source_url = _source_url(block, text, base)
    return attribution.has_source


def _take_glued_source(attribution: Attribution, base: str) -> bool:
    """Remove a credit from the end of the last paragraph; tell whether there was one."""
    block = attribution.blocks[-1]
    glued = None if attribution.has_source else _glued_source(block.text)
    name = clean(glued["bracketed"] or glued["plain"]) if glued else ""
    if glued is None or not _is_credit(name, block):
        return False
    attribution.source_name, attribution.source_url = _without_url(name), _source_url(block, name, base)
    attribution.is_glued = True
    attribution.blocks[-1] = replace(block, text=clean(glued["body"]))
    return True


def _glued_source(text: str) -> re.Match[str] | None:
    """Match a credit at the end of a paragraph; test for its words first, because a failing match is slow."""
    small = text.lower()
    return _SOURCE_GLUED.fullmatch(text) if "nguồn" in small or "theo" in small else None


def _is_credit(name: str, block: Block) -> bool:
    """Tell whether the text is a publisher's name, and not a sentence (`Theo báo cáo tại hội nghị, …`)."""
    starts_like_a_name = name[:1].isupper() or "." in name.rstrip(".")[1:] or bool(block.links)
    return starts_like_a_name and count_words(name) <= 6 and "," not in name and not re.search(r"[.!?]\s", name)


def _without_url(name: str) -> str | None:
    return URL_IN_TEXT.sub("", name).strip(" ()[].,:;-–/") or None


def _source_url(block: Block, text: str, base: str) -> str | None:
    linked = next((url for href, _ in block.links if (url := absolute(base, href))), None)
    return linked or url_in_text(text)
