"""Picture captions in an article, whatever their markup.

Belongs here: detecting captions with or without a picture. Does not belong here: markup
(`spiders.platforms.parts.blocks`) and other roles of a line (`spiders.platforms.parts.attribution`,
`spiders.platforms.parts.roles`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from spiders.platforms.parts.attribution.bylines import byline_in, ends_a_sentence
from spiders.platforms.parts.attribution.credits import labels_source
from spiders.platforms.parts.blocks import Block
from warehouse.text.normal import count_words, has_more_words, normal_form

_KEY_ENDS: Final = " ."
_CAPTION_WORDS_MAX: Final = 60
_CAPTION_CHARACTERS_MAX: Final = 500
_CHECKED_CHARACTERS_MAX: Final = 1_000  # a text of as few words as a caption has that is longer is no caption
_PLAIN_CAPTION_WORDS_MAX: Final = 40
_SENTENCE_CAPTION_WORDS_MAX: Final = 14

_PHOTO_CREDIT: Final = re.compile(r"\(?\s*(?:Ảnh|Nguồn ảnh|Ảnh minh họa|Ảnh tư liệu)\b.{0,60}$", re.IGNORECASE)
# A line that ends with a photo credit, as paragraphs of news do not.
_CREDITED: Final = re.compile(
    r"(?:[.\-–—(]|^)\s*(?:Ảnh|Photo|Nguồn ảnh|Đồ họa)(?: minh (?:họa|hoạ)| tư liệu)?\s*:\s*[^.]{1,60}\)?[.)]*$|"
    r"\((?:Ảnh|Nguồn ảnh) [^()]{1,60}\)[.]?$",
    re.IGNORECASE,
)
# Scenes in pictures of official events. Archived pages often have the caption without the picture.
_SCENE: Final = re.compile(
    r"^(?:Quang cảnh|Toàn cảnh)\b|"
    r"\b(?:phát biểu|chủ trì|khai mạc|bế mạc|dự|tham dự|tham quan|kiểm tra|thăm hỏi|tặng quà|tặng hoa|trao|chụp ảnh|"
    r"cắt băng|dâng hương|biểu quyết|tham luận|trao đổi)\b.*"
    r"\b(?:tại|hội nghị|buổi|cuộc|kỳ họp|lễ|cho|điểm cầu|đại biểu)\b",
    re.IGNORECASE,
)
_LIST_MARK: Final = re.compile(r"[-+*•–]|\d+[.)]|[a-zđ][.)]")


@dataclass(slots=True)
class Captioned:
    """Blocks without captions and pictures, the captions, and quality flags."""

    blocks: list[Block]
    captions: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)


def take_captions(blocks: Sequence[Block]) -> Captioned:
    """Move captions out of the blocks, and drop the pictures."""
    taken: set[str] = set()
    found = Captioned([])
    picture: Block | None = None  # the one whose caption the next block may be
    keys = _keys_of_repeated(blocks)
    last = max((index for index, block in enumerate(blocks) if block.text), default=-1)
    just_took = False
    for index, block in enumerate(blocks):
        if block.image:
            picture, just_took = block, False
            continue
        key = keys[index]
        follows_itself = bool(key) and key in keys[index + 1 : index + 2]
        if key and key in taken:
            found.flags.add("caption_repeated")
        elif just_took and _PHOTO_CREDIT.match(block.text):
            found.captions[-1] += f" {block.text}"
        elif (
            block.is_caption
            or _is_caption_of(picture, block, is_last=index == last)
            or _is_printed_twice(block, follows_itself)
            or _is_caption_above(block, blocks[index + 1 : index + 2])
        ):
            taken.add(key)
            found.captions.append(block.text)
            if block.cell and picture and picture.cell and block.cell.table == picture.cell.table:
                found.flags.add("caption_in_table")
            picture, just_took = None, True
        else:
            found.blocks.append(block)
            picture, just_took = None, False
    return found


def _keys_of_repeated(blocks: Sequence[Block]) -> list[str]:
    """Return each block's caption key; empty if no other block has the same length and can be a copy."""
    lengths = [len(block.text.rstrip(_KEY_ENDS)) for block in blocks]
    counts = Counter(lengths)
    return [
        caption_key(block.text) if length and counts[length] > 1 else ""
        for block, length in zip(blocks, lengths, strict=True)
    ]


def take_captions_without_pictures(found: Captioned) -> None:
    """Move scene descriptions that, unlike the line before, do not end a sentence to the captions."""
    blocks = found.blocks
    are_sentences = [ends_a_sentence(block.text) for block in blocks]
    taken = {
        index
        for index in range(1, len(blocks) - 1)
        if are_sentences[index - 1]
        and not are_sentences[index]
        and not _LIST_MARK.match(blocks[index + 1].text)
        and _describes_scene(blocks[index])
    }
    if taken:
        found.captions += [blocks[index].text for index in sorted(taken)]
        found.blocks = [block for index, block in enumerate(blocks) if index not in taken]
        found.flags.add("caption_guessed")


def caption_key(text: str) -> str:
    """Return the key under which copies of a caption compare equal; empty for a text that is too long."""
    return normal_form(text).casefold().rstrip(_KEY_ENDS) if len(text) <= _CAPTION_CHARACTERS_MAX else ""


def _describes_scene(block: Block) -> bool:
    if block.is_bold or block.is_heading or block.cell:
        return False
    if len(block.text) > _CHECKED_CHARACTERS_MAX:
        return False
    return 4 <= count_words(block.text) <= _CAPTION_WORDS_MAX and bool(_SCENE.search(block.text))


def _is_printed_twice(block: Block, follows_itself: bool) -> bool:
    """Tell whether the block is a short line printed twice in a row: a caption, even without its picture."""
    return follows_itself and 2 < count_words(block.text) <= _PLAIN_CAPTION_WORDS_MAX


def _is_caption_above(block: Block, following: Sequence[Block]) -> bool:
    """Tell whether the block is a caption above its picture: it has a photo credit or equals the alt text."""
    if not following or not following[0].image or has_more_words(block.text, _CAPTION_WORDS_MAX):
        return False
    if len(block.text) > _CHECKED_CHARACTERS_MAX:
        return False
    picture_text = caption_key(following[0].image_text)
    return bool(_CREDITED.search(block.text)) or caption_key(block.text) == picture_text != ""


def _is_caption_of(picture: Block | None, block: Block, *, is_last: bool) -> bool:
    """Tell whether the block directly after a picture is its caption."""
    if picture is None or block.is_heading or len(block.text) > _CHECKED_CHARACTERS_MAX:
        return False
    words = count_words(block.text)
    if words > _CAPTION_WORDS_MAX or (is_last and byline_in(block)) or labels_source(block.text):
        return False
    if picture.image_text and caption_key(picture.image_text) == caption_key(block.text) != "":
        return True
    if picture.cell and block.cell and picture.cell.table == block.cell.table and picture.cell != block.cell:
        return True
    if _CREDITED.search(block.text):
        return True
    if block.align == "center" or block.is_italic:
        return True
    if block.is_bold or block.text.endswith(":"):  # a sub-heading, the start of a list
        return False
    if ends_a_sentence(block.text):
        return words <= _SENTENCE_CAPTION_WORDS_MAX
    return words <= _PLAIN_CAPTION_WORDS_MAX
