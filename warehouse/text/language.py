"""Detects whether a text is Vietnamese or English, by letters and function words.

Does not belong here: other languages.
"""

from __future__ import annotations

import re
from typing import Final, Literal

WORDS_MIN: Final = 6

_WORD: Final = re.compile(r"[^\W\d_]+")
_VIETNAMESE_LETTER: Final = re.compile(
    "[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
_ENGLISH_WORDS: Final = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "its", "of",
    "on", "or", "that", "the", "their", "this", "to", "was", "were", "will", "with",
))  # fmt: skip


def language_of(text: str) -> Literal["vi", "en"] | None:
    """Return `vi` or `en`; None if the text has too few words or looks like neither.

    The text must be in NFC, as `warehouse.text.normal.clean` returns it.
    """
    words = _WORD.findall(text)
    if len(words) < WORDS_MIN:
        return None
    accented = sum(1 for word in words if _VIETNAMESE_LETTER.search(word))
    if accented >= len(words) * 0.3:
        return "vi"
    english = sum(1 for word in words if word.lower() in _ENGLISH_WORDS)
    if english >= len(words) * 0.12 and accented < len(words) * 0.2:
        return "en"
    return None
