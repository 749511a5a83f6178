"""What each block of an article is for: body, caption, byline, credited source, or nothing that belongs to the text.

Here: the signs by which Vietnamese editors mark these things, the same on all platforms. Not here: markup
(`spiders.platforms.blocks`) and the template around the body (each platform).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from spiders.platforms.addresses import absolute, is_attachment, without_visit
from spiders.platforms.blocks import Block
from warehouse.text.normal import clean, count_words, normal_form

_CAPTION_WORDS_MAX: Final = 60
_CAPTION_CHARACTERS_MAX: Final = 500
_PLAIN_CAPTION_WORDS_MAX: Final = 40
_SENTENCE_CAPTION_WORDS_MAX: Final = 14
_BYLINE_WORDS_MAX: Final = 14
_SOURCE_WORDS_MAX: Final = 25
_RELATED_WORDS_MAX: Final = 40

_ENDS_A_SENTENCE: Final = re.compile(r"[.!?…:;][\"'”’)]*$")
_PHOTO_CREDIT: Final = re.compile(r"\(?\s*(?:Ảnh|Nguồn ảnh|Ảnh minh họa|Ảnh tư liệu)\b.{0,60}$", re.IGNORECASE)

# What pictures of official life show. Archives often keep the caption and lose the picture.
_SCENE: Final = re.compile(
    r"^(?:Quang cảnh|Toàn cảnh)\b|"
    r"\b(?:phát biểu|chủ trì|khai mạc|bế mạc|dự|tham dự|tham quan|kiểm tra|thăm hỏi|tặng quà|tặng hoa|trao|chụp ảnh|"
    r"cắt băng|dâng hương|biểu quyết|tham luận|trao đổi)\b.*"
    r"\b(?:tại|hội nghị|buổi|cuộc|kỳ họp|lễ|cho|điểm cầu|đại biểu)\b",
    re.IGNORECASE,
)
_LIST_MARK: Final = re.compile(r"[-+*•–]|\d+[.)]|[a-zđ][.)]")

_BYLINE_PREFIX: Final = re.compile(
    r"(?:Tác giả|Người viết|Thực hiện|Biên tập|CTV|PV|"
    r"(?:Tin|Bài|Ảnh|Tin bài|Bài viết)(?:\s*(?:,|và|-|/|&)\s*(?:tin|bài|ảnh))*)"
    r"\s*:\s*(?P<name>.+)",
    re.IGNORECASE,
)
_OFFICE: Final = re.compile(
    r"(?:Trung tâm|Phòng|Ban|Văn phòng|Sở|UBND|Ủy ban|HĐND|Hội|Đoàn|Công an|Đài|Báo|Tạp chí|Cổng|Tổ|Mặt trận|MTTQ|"
    r"Ủy ban MTTQ|Liên đoàn|Chi cục|Cục|Bộ|Thanh tra|Trạm|Trường|BBT|Đảng ủy|Huyện ủy|Quận ủy|Thành ủy|Nhóm)\b"
)
_NAME_WORD: Final = re.compile(r"(?:[^\W\d_][.]?)+")
_ACCOUNT: Final = re.compile(
    r"(?i)(?:admin(?:istrator)?|quantri|quản trị(?: viên| hệ thống)?|test|super|user|guest|editor)(?:\s|$)"
)

_SOURCE_LABEL: Final = re.compile(r"\(?\s*Nguồn(?:\s+(?:tin|bài|bài viết))?\s*:\s*(?P<name>.*)", re.IGNORECASE)
_SOURCE_NAMED: Final = re.compile(r"\(?\s*Nguồn\s+(?P<name>[^:]{2,60}?)\s*:\s*(?P<url>https?://\S+)", re.IGNORECASE)
_SOURCE_SHORT: Final = re.compile(r"\(?\s*(?:Nguồn|Theo)\s*:?\s+(?P<name>\S.{1,60})$", re.IGNORECASE)
_SOURCE_GLUED: Final = re.compile(
    r"(?P<body>.*\S)\s*(?:\(\s*(?:Nguồn(?:\s+tin)?\s*:?|Theo)\s+(?P<bracketed>[^()]{2,60})\)|"
    r"(?<=[.!?…])\s*Nguồn(?:\s+tin)?\s*:\s*(?P<plain>[^.:]{2,60}))[.\s/]*$",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

_RELATED_LEAD_IN: Final = re.compile(
    r"(?:>>+|»+|\[?\s*(?:Xem thêm|Đọc thêm|Có thể bạn quan tâm|Tin liên quan|Bài liên quan|Tin, bài liên quan|"
    r"Tin bài liên quan|Bài viết liên quan)\s*[\]:]?)",
    re.IGNORECASE,
)
_TEMPLATE_LINE: Final = re.compile(
    r"(?:Dòng sự kiện|A-\s*A\s*A\s*\+.*|(?:Tăng|Giảm) tương phản.*|Tổng số điểm của bài viết là.*|"
    r"Click để đánh giá bài viết|(?:Bài viết|Tin|Tin bài|Các tin) (?:liên quan|khác)|Nội dung đang cập nhật[.…]*|"
    r"Những tin (?:mới|cũ) hơn|Ý kiến bạn đọc|Bản in|In (?:trang|bài viết|ra)|Gửi (?:email|bài viết).*|Chia sẻ.{0,30}|"
    r"Print|Send email|Other News|Lượt xem\s*:.*|View count\s*:.*|"
    r"(?:Các )?(?:file|tệp|tập tin|tài liệu|văn bản)(?: tin)? (?:đính kèm|kèm theo)\s*:?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """An article's text by role; the fields are those of `spiders.page.ArticleParts` under the same names."""

    body: tuple[str, ...]
    captions: tuple[str, ...]
    byline: str | None
    credited_source_name: str | None
    credited_source_url: str | None
    attachments: tuple[str, ...]
    image_urls: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(slots=True)
class _Sorting:
    """The work in hand: blocks that may yet be body, and what has been taken out of them."""

    base: str
    blocks: list[Block]
    captions: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    byline: str | None = None
    source_name: str | None = None
    source_url: str | None = None


def assign_roles(
    blocks: Sequence[Block],
    base: str,
    *,
    title: str | None = None,
    lead: str | None = None,
    byline: str | None = None,
    is_text: Callable[[Block], bool] | None = None,
) -> Roles:
    """Sort the blocks of an article's body by what they are for.

    Args:
        blocks: in reading order.
        base: what relative addresses start from.
        title: shown apart from the body; repeated at its beginning it is left out.
        lead: as `title`.
        byline: shown apart from the body; repeated at its end it is left out.
        is_text: a second opinion on which blocks, of those with no role of their own, are body; None takes all.
    """
    images = [url for block in blocks if block.image and (url := absolute(base, block.image))]
    files = [url for block in blocks for href, _ in block.links if (url := absolute(base, href)) and is_attachment(url)]
    sorting = _Sorting(base, _joined_rows(list(blocks)))
    sorting.byline = byline
    _take_captions(sorting)
    _drop_what_is_no_text(sorting, {normal_form(text).casefold() for text in (title, lead) if text})
    _take_ending(sorting)
    _take_captions_without_pictures(sorting)
    if is_text:
        sorting.blocks = [block for block in sorting.blocks if is_text(block)]
    return Roles(
        body=tuple(block.text for block in sorting.blocks),
        captions=tuple(sorting.captions),
        byline=sorting.byline,
        credited_source_name=sorting.source_name,
        credited_source_url=sorting.source_url,
        attachments=tuple(dict.fromkeys(without_visit(url) for url in files)),
        image_urls=tuple(dict.fromkeys(images)),
        flags=tuple(sorted(sorting.flags)),
    )


def byline_from(text: str | None) -> str | None:
    """Return the name in a line that the template marks as the author's; None where it is an account's name."""
    text = _unwrapped(clean(text or "").strip(" *-–"))
    if prefixed := _BYLINE_PREFIX.fullmatch(text):
        text = prefixed["name"]
    return text if text and not _ACCOUNT.match(text) else None


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text


def _joined_rows(blocks: list[Block]) -> list[Block]:
    """Make one block of each row of a table of data: cells apart are no paragraphs.

    Tables that hold pictures and tables of one column lay out a page and stay as they are.
    """
    tables_with_images = {block.cell.table for block in blocks if block.cell and block.image}
    rows: list[Block] = []
    for cell_row, group in groupby(blocks, key=lambda block: block.cell and (block.cell.table, block.cell.row)):
        cells = list(group)
        columns = {block.cell.column for block in cells if block.cell}
        if cell_row is None or cell_row[0] in tables_with_images or len(columns) < 2:
            rows.extend(cells)
            continue
        texts = [
            " ".join(b.text for b in column) for _, column in groupby(cells, key=lambda b: b.cell and b.cell.column)
        ]
        links = tuple(link for block in cells for link in block.links)
        linked = sum(block.linked * len(block.text) for block in cells) / sum(len(block.text) for block in cells)
        rows.append(replace(cells[0], text=" | ".join(texts), links=links, linked=linked, is_bold=False, align=None))
    return rows


def _take_captions(sorting: _Sorting) -> None:
    """Move captions out of the blocks, and pictures with them."""
    taken: set[str] = set()
    rest: list[Block] = []
    picture: Block | None = None  # the one that the next words may speak of
    blocks = sorting.blocks
    keys = [_caption_key(block.text) for block in blocks]
    last = max((index for index, block in enumerate(blocks) if block.text), default=-1)
    just_took = False
    for index, block in enumerate(blocks):
        if block.image:
            picture, just_took = block, False
            continue
        key = keys[index]
        follows_itself = bool(key) and key in keys[index + 1 : index + 2]
        if key and key in taken:
            sorting.flags.add("caption_repeated")
        elif just_took and _PHOTO_CREDIT.match(block.text):
            sorting.captions[-1] += f" {block.text}"
        elif (
            block.is_caption
            or _speaks_of(picture, block, is_last=index == last)
            or _is_said_twice(block, follows_itself)
        ):
            taken.add(key)
            sorting.captions.append(block.text)
            if block.cell and picture and picture.cell and block.cell.table == picture.cell.table:
                sorting.flags.add("caption_in_table")
            just_took = True
            picture = None
            continue
        else:
            rest.append(block)
            picture, just_took = None, False
    sorting.blocks = rest


def _take_captions_without_pictures(sorting: _Sorting) -> None:
    """Take lines that tell a scene and end no sentence, amid paragraphs that do; captions lost in reading order."""
    blocks = sorting.blocks
    taken = {
        index
        for index in range(1, len(blocks) - 1)
        if _ENDS_A_SENTENCE.search(blocks[index - 1].text)
        and not _LIST_MARK.match(blocks[index + 1].text)
        and _tells_a_scene(blocks[index])
    }
    if taken:
        sorting.captions += [blocks[index].text for index in sorted(taken)]
        sorting.blocks = [block for index, block in enumerate(blocks) if index not in taken]
        sorting.flags.add("caption_guessed")


def _tells_a_scene(block: Block) -> bool:
    if block.is_bold or block.is_heading or block.cell or _ENDS_A_SENTENCE.search(block.text):
        return False
    return 4 <= count_words(block.text) <= _CAPTION_WORDS_MAX and bool(_SCENE.search(block.text))


def _caption_key(text: str) -> str:
    """Return what two printings of one caption share; empty for a text too long to be one."""
    return normal_form(text).casefold().rstrip(" .") if len(text) <= _CAPTION_CHARACTERS_MAX else ""


def _is_said_twice(block: Block, follows_itself: bool) -> bool:
    """Two equal short lines in a row are a caption that the template prints twice, wherever its picture went."""
    return follows_itself and 2 < count_words(block.text) <= _PLAIN_CAPTION_WORDS_MAX


def _speaks_of(picture: Block | None, block: Block, *, is_last: bool) -> bool:
    """Tell whether the words right behind a picture are its caption."""
    if picture is None or block.is_heading:
        return False
    words = count_words(block.text)
    if words > _CAPTION_WORDS_MAX or (is_last and _byline(block)) or _SOURCE_LABEL.match(block.text):
        return False
    if picture.image_text and _caption_key(picture.image_text) == _caption_key(block.text) != "":
        return True
    if picture.cell and block.cell and picture.cell.table == block.cell.table:
        return True
    if block.align == "center" or block.is_italic:
        return True
    if block.is_bold or block.text.endswith(":"):  # a sub-heading, the start of a list
        return False
    if _ENDS_A_SENTENCE.search(block.text):
        return words <= _SENTENCE_CAPTION_WORDS_MAX
    return words <= _PLAIN_CAPTION_WORDS_MAX


def _drop_what_is_no_text(sorting: _Sorting, said_above: set[str]) -> None:
    kept = []
    for index, block in enumerate(sorting.blocks):
        if _TEMPLATE_LINE.fullmatch(block.text) or (index < 3 and normal_form(block.text).casefold() in said_above):
            continue
        if _leads_elsewhere(block, sorting.base):
            sorting.flags.add("related_inside")
        elif not _is_attachment_line(block, sorting.base):
            kept.append(block)
    sorting.blocks = kept


def _leads_elsewhere(block: Block, base: str) -> bool:
    """Tell whether the block is but a link to another page."""
    if count_words(block.text) > _RELATED_WORDS_MAX:
        return False
    pages = [url for href, _ in block.links if (url := absolute(base, href)) and not is_attachment(url)]
    lead_in = _RELATED_LEAD_IN.match(block.text)
    if lead_in and (pages or lead_in.end() == len(block.text)):
        return True
    is_address = _ADDRESS.fullmatch(block.text) or _SOURCE_LABEL.match(block.text) or _SOURCE_NAMED.match(block.text)
    return bool(pages) and block.linked > 0.8 and not is_address


def _is_attachment_line(block: Block, base: str) -> bool:
    files = [url for href, _ in block.links if (url := absolute(base, href)) and is_attachment(url)]
    return bool(files) and block.linked > 0.7


def _take_ending(sorting: _Sorting) -> None:
    """Take byline and credited source off the end, in whichever order they stand there."""
    blocks = sorting.blocks
    found_byline = False
    while blocks:
        block = blocks[-1]
        if sorting.source_name is None and sorting.source_url is None and _take_source(sorting, block):
            blocks.pop()
        elif not found_byline and (name := _byline(block)) and _agrees(name, sorting.byline):
            found_byline = True
            sorting.byline = sorting.byline or name
            blocks.pop()
        elif not _take_glued_source(sorting):
            return


def _take_glued_source(sorting: _Sorting) -> bool:
    """Take a credit off the end of the last paragraph; tell whether there was one."""
    block = sorting.blocks[-1]
    glued = _SOURCE_GLUED.fullmatch(block.text) if sorting.source_name is None and sorting.source_url is None else None
    name = clean(glued["bracketed"] or glued["plain"]) if glued else ""
    if glued is None or not _is_credit(name, block):
        return False
    sorting.source_name, sorting.source_url = _without_address(name), _source_url(block, name, sorting.base)
    sorting.flags.add("source_glued")
    sorting.blocks[-1] = replace(block, text=clean(glued["body"]))
    return True


def _agrees(name: str, known: str | None) -> bool:
    return known is None or normal_form(name).casefold() == normal_form(known).casefold()


def _byline(block: Block) -> str | None:
    """Return the author that the line names, as the last line of an article may; None where it is a line of text."""
    text = _unwrapped(block.text.strip(" *"))
    if prefixed := _BYLINE_PREFIX.fullmatch(text):
        name = prefixed["name"].strip(" ./")
        return name if count_words(name) <= _BYLINE_WORDS_MAX else None
    if _ENDS_A_SENTENCE.search(text) or count_words(text) > _BYLINE_WORDS_MAX or block.is_heading:
        return None
    if _SOURCE_LABEL.match(text) or _SOURCE_SHORT.match(text) or re.search(r"\d", text):
        return None
    stands_out = block.align == "right" or ((block.is_bold or block.is_italic) and count_words(text) <= 8)
    return text if _OFFICE.match(text) or _is_name(text) or stands_out else None


def _is_name(text: str) -> bool:
    """Tell whether the text is one to three names of persons: every word begins with a capital."""
    names = [name for name in re.split(r"\s*[-–,&]\s*", text) if name]
    words = [word for name in names for word in name.split()]
    return 2 <= len(words) <= 10 and all(_NAME_WORD.fullmatch(word) and word[0].isupper() for word in words)


def _take_source(sorting: _Sorting, block: Block) -> bool:
    """Read the block as a line that credits a source; tell whether it is one."""
    text = block.text
    if count_words(text) > _SOURCE_WORDS_MAX:
        return False
    named, labelled, short = _SOURCE_NAMED.match(text), _SOURCE_LABEL.match(text), _SOURCE_SHORT.match(text)
    match = named or labelled or (short if short and _is_credit(short["name"], block) else None)
    if not match:
        return False
    name = clean(match["name"])
    url = _source_url(block, text, sorting.base)
    sorting.source_name, sorting.source_url = _without_address(name), url
    return bool(sorting.source_name or url)


def _is_credit(name: str, block: Block) -> bool:
    """Tell a paper's name behind `Theo` from the beginning of a sentence (`Theo báo cáo tại hội nghị, …`)."""
    starts_like_a_name = name[:1].isupper() or "." in name.rstrip(".")[1:] or bool(block.links)
    return starts_like_a_name and count_words(name) <= 6 and "," not in name and not re.search(r"[.!?]\s", name)


def _without_address(name: str) -> str | None:
    return _ADDRESS.sub("", name).strip(" ()[].,:;-–/") or None


def _source_url(block: Block, text: str, base: str) -> str | None:
    linked = next((url for href, _ in block.links if (url := absolute(base, href))), None)
    written = _ADDRESS.search(text)
    if linked or written is None:
        return linked
    url = written[0].rstrip(").,;]")
    return url if url.lower().startswith("http") else f"https://{url}"
