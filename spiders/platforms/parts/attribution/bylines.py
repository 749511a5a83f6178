"""Author lines: the names in them, without labels, roles, contacts, photographers and sources.

Belongs here: parsing one line. Does not belong here: what a name looks like
(`spiders.platforms.parts.attribution.names`), taking the lines off a text
(`spiders.platforms.parts.attribution.signed`), finding the lines that a template marks (each platform).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from spiders.platforms.parts.attribution.credits import labels_source
from spiders.platforms.parts.attribution.names import (
    is_account,
    is_desk,
    is_name,
    is_office,
    is_person,
    is_place_or_section,
    is_publisher,
)
from spiders.platforms.parts.blocks import Block
from warehouse.text.dates import parse_moment
from warehouse.text.normal import clean, has_more_words

_BYLINE_WORDS_MAX: Final = 14
_CHARACTERS_MAX: Final = 300
_NAME_WORDS_MAX: Final = 5  # words of one name; a sentence has more

_LINKED_MAX: Final = 0.5
_AUTHOR_PAGE: Final = re.compile(r"tac-?gia|author|nguoi-viet|but-danh|profile|phong-vien", re.IGNORECASE)

_SENTENCE_ENDS: Final = (".", "!", "?", "…", ":", ";")
_CLOSING: Final = "\"'”’)"
_EDGES: Final = " *-–—|•"

_PICTURES: Final = r"(?:Ảnh|Hình ảnh|Hình|Đồ họa|Photos?|Clip|Video|Minh họa)"
_JOINT: Final = r"\s*(?:,|và|-|–|/|&|\+)\s*"
_KINDS: Final = r"(?:Tin(?: bài)?|Bài(?: viết)?|Ảnh|Clip|Video|Đồ họa|Hình ảnh)"
_LABEL: Final = re.compile(
    rf"(?P<label>(?:Nhóm )?Tác giả(?: bài viết)?|Người viết|Người thực hiện|Thực hiện|Biên tập|Biên soạn|Tổng hợp|"
    rf"Sưu tầm|(?:Lược |Biên )?dịch|Lược ghi|Ghi chép|"
    rf"CTV|PV|Phóng viên|Текст|Author|Written by|{_KINDS}(?:{_JOINT}{_KINDS})*)\s*:\s*(?P<name>\S.*)",
    re.IGNORECASE,
)
_OPEN_LABEL: Final = re.compile(
    r"(?:Tác giả(?: bài viết)?|Người viết|(?:Bài )?(?:được )?viết bởi|Bài(?: viết)? của|Bởi|Analysis by|Written by|"
    r"By)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_POSTER: Final = re.compile(
    r"(?:Người đăng|(?:Được )?đăng bởi|Đăng tin|Posted by|Published by|Submitted by|Người gửi|Gửi bởi)\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_NOT_AUTHOR: Final = re.compile(
    r"^(?:(?:Tác giả|Người (?:viết|đăng)|Bởi|Viết bởi|Đăng bởi|Bài viết của|Author|By|Posted by)\s*:?$|"
    r"(?:Đăng|Xuất bản|Cập nhật|Posted|Published)(?: (?:ngày|lúc|vào|trong|lần cuối|on|in))?$|Nguồn\b|Source\b|"
    r"(?:Xem|Đọc|Theo dõi|View|More|All|See|Follow|Read|About)\s)|\blượt (?:xem|đọc)\b|\bxem\s*:",
    re.IGNORECASE,
)
# `Ảnh: Minh Đức - Bài: Thu Hà`
_PICTURES_FIRST: Final = re.compile(
    rf"\(?\s*{_PICTURES}\s*:[^:]{{1,60}}?[-–—,;./|]?\s*(?=(?:Bài(?: viết)?|Tin)\s*:)", re.IGNORECASE
)
_ONLY_PICTURES: Final = re.compile(rf"\(?\s*{_PICTURES}(?:{_JOINT}{_PICTURES})*\s*:\s*\S.*", re.IGNORECASE)
_MOVING_PICTURES: Final = re.compile(r"\(?\s*(?:clip|video)", re.IGNORECASE)
_PHOTOGRAPHER: Final = re.compile(
    rf"\s*[-–—,;.|/(]?\s*{_PICTURES}(?:\s*(?:,|và|/|&)\s*{_PICTURES})*(?: minh họa)?\s*:\s*\S.*$", re.IGNORECASE
)
_CONTACT: Final = re.compile(
    r"\s*[-–—,;|(]?\s*(?:(?:đt|sđt|điện thoại|tel|phone|mobile)\s*[:.]?\s*[\d(+][\d .()-]{5,20}|"
    r"e-?mail\s*:\s*\S+|\S+@\S+\.\w+|"
    r"\(?\+?\d{2,5}\)?[\d .-]{6,14}\d|@\w+)\)?",
    re.IGNORECASE,
)
_IN_CONTACT: Final = re.compile(r"[\d@:(+]")  # each contact has one of these
_DATE: Final = re.compile(
    r"\s*[-–—,;|•/(]?\s*(?:(?:lúc|ngày|on|at|vào|thứ \w+,?(?: ngày)?|"
    r"chủ nhật,?(?: ngày)?)\s+)?(?<!\d)(?:\d{1,2}[/.-]\d{1,2}[/.-]\d|\d{4}-\d|\d{1,2}[:h]\d{2}|"
    r"\d{1,3}\s+(?:phút|giờ|ngày|tuần|tháng|năm|"
    r"sec|min|hour|day|week|month|year)).*$",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_DATE_FIRST: Final = re.compile(
    r".{0,60}\d\s*(?:\(?GMT ?\+?7?\)?|AM|PM|SA|CH)?\s*[-–—|•]\s*(?P<name>[^\d|•]{4,60})", re.IGNORECASE
)
_ROLE: Final = re.compile(
    r"\s*(?:[,|(]|\s[-–—])\s*(?:[^,|()]*\b(?:reporter|writer|editor|editor-at-large|correspondent|columnist|contributor|"
    r"producer|analyst|journalist|staff)s?\b.*|(?:nhà báo|phóng viên|biên tập viên|cộng tác viên|PV|BTV|CTV)\b.*)$",
    re.IGNORECASE,
)
_BEFORE_ROLE: Final = re.compile(r"[,|(–—-]")
_ROLE_BEFORE: Final = re.compile(r"(?:Nhà báo|Phóng viên|Analysis|Opinion|Perspective)\s+(?=[^\W\d_a-z])")
_NOTE: Final = re.compile(
    r"\s*[-–(]?\s*(?:tổng hợp|t/?h|lược ghi|ghi(?: chép)?|lược dịch|dịch|biên dịch|biên soạn|sưu tầm|s/?t|thực hiện|"
    r"giới thiệu|lược thuật|thuật|tường thuật|trích dẫn)(?: và (?:biên soạn|giới thiệu))?\s*\)?$",
    re.IGNORECASE,
)
_SLASHED: Final = re.compile(r"(?P<name>[^/()]{1,80}?)\s*/\s*(?P<source>[^/()]{2,60})")
_RETOLD: Final = re.compile(
    r"(?P<name>[^():]{2,80}?)\s*[-–,(]*\s*\b(?:theo|nguồn|source)\s*:?\s+(?P<source>[^()]{2,60})\)?", re.IGNORECASE
)
_BESIDE: Final = re.compile(r"(?P<name>.{2,80}?)\s*(?:[(,|]|\s[-–—]|\bfor\b)\s*(?P<source>[^(),|–—]{2,60}?)\s*\)?")
_BY_REPORT: Final = re.compile(r"Theo\s*:?\s+(?=\S)", re.IGNORECASE)
_SPEAKER: Final = re.compile(r"[-–—~]\s*\S")


class Byline(NamedTuple):
    """What an author line says.

    Attributes:
        name: the authors, joined as the page shows them; None if the line names none.
        source: the publisher beside the name: `Thu Hà/Báo Thử`.
        is_labelled: whether a label such as `Tác giả:` stands before the name.
    """

    name: str | None
    source: str | None = None
    is_labelled: bool = False


def byline_from(text: str | None) -> str | None:
    """Return the name in a line marked as the author's; None for an account name, a URL or a credit."""
    return marked_byline(text).name


def marked_byline(text: str | None) -> Byline:
    """Return what a line marked as the author's says."""
    text = clean((text or "")[:_CHARACTERS_MAX]).strip(_EDGES)
    if not text:
        return Byline(None)
    if _NOT_AUTHOR.search(text) or is_picture_credit(text):
        return Byline(None)
    found = _parsed(_without_date(text))
    # A label that is left is not an author's: `Lưu ở mục: …`.
    is_author = found.name and ":" not in found.name and not is_account(found.name) and not _is_sentence(text)
    return found if is_author else found._replace(name=None)


def is_poster(text: str) -> bool:
    """Tell whether the line names who posted the article: not its author if someone else signs it."""
    return _POSTER.match(text) is not None


def labelled_byline(text: str) -> Byline | None:
    """Return what a line with an author's label says; None without label or name."""
    text = clean(text[:_CHARACTERS_MAX]).strip(_EDGES)
    if not (_LABEL.fullmatch(text) or _OPEN_LABEL.match(text) or is_poster(text)) or is_picture_credit(text):
        return None
    found = marked_byline(text)
    name = found.name or ""
    is_named = is_desk(name) or is_name(_NOTE.sub("", name)) or (is_office(name) and ":" in text)
    return found._replace(is_labelled=True) if is_named and not has_more_words(name, _BYLINE_WORDS_MAX) else None


def dated_byline(text: str) -> str | None:
    """Return the person named beside a date on one line: `Nguyễn Thu Hà - 5/11/2025`; else None."""
    if len(text) > _CHARACTERS_MAX or parse_moment(text) is None:
        return None
    after = _DATE_FIRST.fullmatch(text)
    name = after["name"].strip(_EDGES) if after else _without_date(text).strip(_EDGES + ",")
    return name if is_person(name) and not is_place_or_section(name) else None


def byline_in(block: Block) -> str | None:
    """Return the author if the line can be the byline at the end of an article; otherwise None."""
    found = signature_in(block)
    return found.name if found else None


def signature_in(block: Block) -> Byline | None:
    """Return what the line says if it can be the signature of an article; otherwise None."""
    if len(block.text) > _CHARACTERS_MAX or has_more_words(block.text, 2 * _BYLINE_WORDS_MAX):
        return None
    text = block.text.strip(" *")
    if block.is_heading or is_picture_credit(text):
        return None
    if labels_source(text) and not (_BY_REPORT.match(_unwrapped(text)) and _parsed(text).name):
        return None
    found = _parsed(text)
    if found.name is None or has_more_words(found.name, _BYLINE_WORDS_MAX):
        return None
    found = found._replace(name=found.name.strip(" ./"))
    if found.is_labelled or (ends_a_sentence(text) and is_person(found.name or "")):
        return found
    return found if not ends_a_sentence(text) and _may_sign(found, block) else None


def is_picture_credit(text: str) -> bool:
    """Tell whether the line names only the photographer: `Ảnh: Minh Đức`."""
    return (
        _ONLY_PICTURES.fullmatch(text) is not None
        and _MOVING_PICTURES.match(text) is None
        and _PICTURES_FIRST.match(text) is None
    )


def ends_a_sentence(text: str) -> bool:
    """Tell whether the cleaned text ends a sentence; ignore closing quotes and brackets."""
    return text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def without_note(name: str) -> str:
    """Return the name without the note how the article was made: `Thu Hà (tổng hợp)`."""
    return _NOTE.sub("", name)


def _may_sign(found: Byline, block: Block) -> bool:
    """Tell whether a line without a label can be a signature, by its name and its place."""
    name = without_note(found.name or "")
    if _DIGIT.search(name) and not is_name(name):
        return False
    if _SPEAKER.match(block.text) or is_publisher(name) or is_place_or_section(name):
        return False
    if block.link_density > _LINKED_MAX and not any(_AUTHOR_PAGE.search(href) for href, _ in block.links):
        return False
    if found.source or is_office(name) or is_name(name) or is_desk(name):
        return True
    stands_out = block.align == "right" or block.is_bold or block.is_italic
    words = name.split()
    # One name (`Hoài`) or several with notes; not a closing remark.
    return (
        stands_out and len(words) <= 2 and all(word[:1].isupper() for word in words) and name.replace(".", "").isalpha()
    )


def _parsed(text: str) -> Byline:
    """Return the name and the source in a line, without label, roles, contacts and photographers."""
    text = _unwrapped(text.strip(_EDGES))
    # The patterns below try every position of a text. Most texts lack a character that each match has.
    has_colon = ":" in text
    if has_colon:
        text = _PICTURES_FIRST.sub("", text, count=1)
    label = _LABEL.fullmatch(text)
    name = label["name"] if label else text
    open_label = None if label else _OPEN_LABEL.match(name) or _POSTER.match(name)
    name = name[open_label.end() :] if open_label else name
    if has_colon:
        name = _PHOTOGRAPHER.sub("", name, count=1)
    if _IN_CONTACT.search(name):
        name = _CONTACT.sub("", name)
    name = _without_employer(name.strip(_EDGES + ",;("))
    if _BEFORE_ROLE.search(name):
        name = _ROLE.sub("", name, count=1)
    name = _ROLE_BEFORE.sub("", name, count=1)
    by_report = _BY_REPORT.match(name)
    name, source = _split_source(name[by_report.end() :] if by_report else name)
    if by_report and source is None and name and not is_person(name):
        name, source = None, name
    return Byline(
        name or None, source, is_labelled=label is not None or (open_label is not None and ":" in open_label[0])
    )


def _without_date(text: str) -> str:
    """Return the line without its first date and what follows it."""
    return _DATE.sub("", text, count=1) if _DIGIT.search(text) else text


def _without_employer(text: str) -> str:
    """Return the name without what follows a bar: role or employer, but not another author."""
    name, _, rest = text.partition("|")
    return name.strip() if rest and is_name(name.strip()) and not is_person(rest.strip()) else text


def _split_source(text: str) -> tuple[str | None, str | None]:
    """Return the author and the publisher in `Thu Hà/Báo Thử`, `Thu Hà (theo Báo Thử)`, `Jane Doe, CNN`."""
    if slashed := _SLASHED.fullmatch(text):
        name, source = slashed["name"], slashed["source"]
        if is_publisher(name):
            return None, text
        if is_publisher(source) or (is_name(name) and not is_name(source)):
            return name, source
    if (retold := _RETOLD.fullmatch(text)) and is_name(name := without_note(retold["name"])):
        return name, retold["source"].strip(" .")
    if (beside := _BESIDE.fullmatch(text)) and is_publisher(beside["source"]) and is_name(beside["name"]):
        return beside["name"], beside["source"]
    return text or None, None


def _is_sentence(text: str) -> bool:
    """Tell whether a line marked as the author's is a motto or a notice."""
    return text.endswith(("!", "?", "…")) or (text.endswith(".") and has_more_words(text, _NAME_WORDS_MAX))


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else text
