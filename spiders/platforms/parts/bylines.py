"""How Vietnamese articles end: the author's name, and whom the text is taken from.

Here: reading such lines and taking them off the end of a text. Not here: bylines and credits that a template marks by
itself (each platform), which are read by the same rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from lxml.html import HtmlElement

from spiders.platforms.parts.addresses import WRITTEN_ADDRESS, absolute, written_address
from spiders.platforms.parts.blocks import Block, read_blocks
from spiders.platforms.parts.boilerplate import is_frame_line
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
# Names that a system gives its users: `admin`, `toasoan`, `Nguyễn Quản Trị`.
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
class Ending:
    """What the end of a text says of its origin.

    Attributes:
        blocks: the text without it.
        is_glued: whether the credit stood at the end of the last paragraph.
    """

    blocks: list[Block]
    byline: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    is_glued: bool = False

    @property
    def has_source(self) -> bool:
        """Whether a source was credited."""
        return self.source_name is not None or self.source_url is not None


def take_ending(blocks: list[Block], base: str, byline: str | None) -> Ending:
    """Take byline and credited source off the end, in whichever order they stand there.

    Args:
        blocks: of the text, captions taken out.
        base: what relative addresses start from.
        byline: shown apart from the text; repeated at its end it is left out.
    """
    ending = Ending(list(blocks), byline)
    found_byline = False
    while ending.blocks:
        block = ending.blocks[-1]
        if not ending.has_source and _take_source(ending, block, base):
            ending.blocks.pop()
        elif not found_byline and (name := byline_in(block)) and _agrees(name, ending.byline):
            found_byline = True
            ending.byline = ending.byline or name
            ending.blocks.pop()
        elif not _take_glued_source(ending, base):
            break
    return ending


def source_in(element: HtmlElement, base: str) -> tuple[str | None, str | None]:
    """Return name and address that an element credits which the template marks as the source's."""
    blocks = [block for block in read_blocks(element) if block.text]
    ending = take_ending(blocks, base, None)
    if (
        not ending.has_source
        and len(blocks) == 1
        and not is_frame_line(blocks[0].text)
        and _is_credit(blocks[0].text, blocks[0])
    ):
        ending.source_name = _without_address(blocks[0].text)
        ending.source_url = _source_url(blocks[0], blocks[0].text, base)
    return ending.source_name, ending.source_url


def byline_from(text: str | None) -> str | None:
    """Return the name in a line that the template marks as the author's; None where it is an account's name."""
    text = _unwrapped(clean(text or "").strip(" *-–|"))
    if prefixed := _BYLINE_PREFIX.fullmatch(text):
        text = prefixed["name"]
    text = _MARKED_PREFIX.sub("", text, count=1)
    is_name_of_one = not (_ACCOUNT.match(text) or _NO_NAME.fullmatch(text) or _CREDIT.search(text))
    return text if text and is_name_of_one else None


def byline_in(block: Block) -> str | None:
    """Return the author that the line names, as the last line of an article may; None where it is a line of text."""
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
    """Tell whether the clean text ends as sentences do, whatever closes behind it."""
    return text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def labels_source(text: str) -> bool:
    """Tell whether the line begins like a credit: `Nguồn: …`."""
    return _SOURCE_LABEL.match(text) is not None


def credits_source(text: str) -> bool:
    """Tell whether the line is a credit, with a label or with an address behind a name."""
    return labels_source(text) or _SOURCE_NAMED.match(text) is not None or WRITTEN_ADDRESS.fullmatch(text) is not None


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text


def is_name(text: str) -> bool:
    """Tell whether the text is one to three names of persons: every word begins with a capital."""
    names = [name for name in re.split(r"\s*[-–,&]\s*", text) if name]
    words = [word for name in names for word in name.split()]
    return 2 <= len(words) <= 10 and all(_NAME_WORD.fullmatch(word) and word[0].isupper() for word in words)


def _agrees(name: str, known: str | None) -> bool:
    return known is None or normal_form(name).casefold() == normal_form(known).casefold()


def _take_source(ending: Ending, block: Block, base: str) -> bool:
    """Read the block as a line that credits a source; tell whether it is one."""
    text = block.text
    if count_words(text) > _SOURCE_WORDS_MAX:
        return False
    named, labelled, short = _SOURCE_NAMED.match(text), _SOURCE_LABEL.match(text), _SOURCE_SHORT.match(text)
    match = named or labelled or (short if short and _is_credit(short["name"], block) else None)
    if not match:
        return False
    ending.source_name = _without_address(clean(match["name"]))
    ending.source_url = _source_url(block, text, base)
    return ending.has_source


def _take_glued_source(ending: Ending, base: str) -> bool:
    """Take a credit off the end of the last paragraph; tell whether there was one."""
    block = ending.blocks[-1]
    glued = None if ending.has_source else _glued_source(block.text)
    name = clean(glued["bracketed"] or glued["plain"]) if glued else ""
    if glued is None or not _is_credit(name, block):
        return False
    ending.source_name, ending.source_url = _without_address(name), _source_url(block, name, base)
    ending.is_glued = True
    ending.blocks[-1] = replace(block, text=clean(glued["body"]))
    return True


def _glued_source(text: str) -> re.Match[str] | None:
    """Match the pattern where one of its words is there at all: it takes long to find out that none is."""
    small = text.lower()
    return _SOURCE_GLUED.fullmatch(text) if "nguồn" in small or "theo" in small else None


def _is_credit(name: str, block: Block) -> bool:
    """Tell a paper's name behind `Theo` from the beginning of a sentence (`Theo báo cáo tại hội nghị, …`)."""
    starts_like_a_name = name[:1].isupper() or "." in name.rstrip(".")[1:] or bool(block.links)
    return starts_like_a_name and count_words(name) <= 6 and "," not in name and not re.search(r"[.!?]\s", name)


def _without_address(name: str) -> str | None:
    return WRITTEN_ADDRESS.sub("", name).strip(" ()[].,:;-–/") or None


def _source_url(block: Block, text: str, base: str) -> str | None:
    linked = next((url for href, _ in block.links if (url := absolute(base, href))), None)
    return linked or written_address(text)
