"""Ð and ð (U+00D0 and U+00F0, Icelandic; also Ɖ and ɖ) that stand for Đ and đ in Vietnamese text.

Old converters and keyboards wrote them. They look the same, but no search finds them. Vietnamese words begin with Đ and
have it nowhere else; Icelandic and Faroese words never begin with Ð. So `Guðmundur` and `Viðskiptablaðið` stay.

Belongs here: judging one word. Does not belong here: other encodings (`warehouse.text.legacy`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from warehouse.text.syllables import is_syllable

_LETTERS: Final = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_ETH: Final = re.compile("[ÐðƉɖ]")
_WORD: Final = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_WORD_CHARACTERS_MAX: Final = 40
_VIETNAMESE: Final = re.compile("[ơưƠƯ\u1ea0-\u1ef9\u031b]")  # letters of no other language
_VOWELS: Final = frozenset("aeiouy")
_SOUND: Final = ("/", "[", "ˈ")  # before a sound in phonetic script: /ðen/
_COUNTED: Final = re.compile(r"\d\s?$")  # 50.000ð
_SHORTENED: Final = re.compile(r"[)./]\s?\w?")  # ð) and ð/c


def has_eth(text: str) -> bool:
    """Tell whether Vietnamese text has one of the letters."""
    # Four searches for a letter are several times as fast as one for a set of letters.
    has_letter = "ð" in text or "Ð" in text or "ɖ" in text or "Ɖ" in text
    return has_letter and _VIETNAMESE.search(text) is not None


def without_eth(text: str) -> str:
    """Return Vietnamese text with Đ and đ in the words that have the other letter for it."""
    return _WORD.sub(_mended, text) if _ETH.search(text) else text


def _mended(word: re.Match[str]) -> str:
    written = word[0]
    if len(written) > _WORD_CHARACTERS_MAX or not _ETH.search(written):
        return written
    mended = written.translate(_LETTERS)
    if written[0] in "ÐƉ":
        return mended
    before = word.string[max(word.start() - 2, 0) : word.start()]
    if written[0] in "ðɖ":
        is_sound = before.endswith(_SOUND)
        is_word = is_syllable(mended) if len(mended) > 1 else _stands_alone(word, before)
        return mended if is_word and not is_sound else written
    return mended if _is_abbreviation(written) else written


def _stands_alone(word: re.Match[str], before: str) -> bool:
    """Tell whether a single small letter is the currency, a list mark or short for `đồng`."""
    return bool(_COUNTED.search(before) or _SHORTENED.match(word.string, word.end()))


def _is_abbreviation(word: str) -> bool:
    """Tell whether it is an abbreviation such as HÐND; a vowel would make it a word of another language."""
    return word.isupper() and _VOWELS.isdisjoint(unicodedata.normalize("NFC", word).lower())
