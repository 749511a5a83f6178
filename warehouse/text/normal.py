"""Two forms of a text: the clean form, for reading, and the normal form, for comparing.

Belongs here: rules for characters and white space. Does not belong here: hashes (`warehouse.text.identity`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse
from typing import Final

# Invisible characters: C0 and C1 controls other than white space, soft hyphen, zero-width and direction marks.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_FOLDABLE: Final = re.compile("[‘’‚‛′`´“”„‟″«»‐‑‒–—―−⁃﹘﹣－]")
_FOLDED: Final = dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-")

_IDEOGRAPH: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng


def _tone_moves() -> dict[str, str]:
    """Map each spelling of an open oa, oe, uy with the tone on the second vowel to the other spelling."""
    moves = {}
    for first, second in (("o", "a"), ("o", "e"), ("u", "y")):
        for tone in _TONES:
            for a in (first, first.upper()):
                for b in (second, second.upper()):
                    moves[unicodedata.normalize("NFC", a + b + tone)] = unicodedata.normalize("NFC", a + tone + b)
    return moves


_TONE_MOVES: Final = _tone_moves()
# After q the u is a consonant (quý). A letter or another mark after the pair means another rime (toán, hoài, huỳnh) or
# no Vietnamese syllable. The pattern also finds other pairs (`uá`, `oý`), which `_move_tone` leaves unchanged: this
# is many times as fast as a pattern that lists the pairs.
_MOVABLE: Final = re.compile(
    "[oOuU][" + "".join(sorted({pair[1] for pair in _TONE_MOVES})) + r"](?<![qQ][uU].)(?![^\W\d_]|[\u0300-\u036f])"
)


def clean(text: str) -> str:
    """Return the text for reading: in NFC, without invisible characters, with single spaces, and trimmed.

    Words, tone marks, quotes and dashes are unchanged.
    """
    text = text.strip()
    # The space is the only printable white space. Most texts have no other white space and no invisible characters;
    # `isprintable` finds this out faster than splitting the text or searching a pattern.
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(_INVISIBLE.sub("", text).split())
    return unicodedata.normalize("NFC", text)


def normal_form(text: str) -> str:
    """Return the form for comparing texts; texts with equivalent spellings have the same normal form.

    In addition to `clean`, there is one tone-mark placement (hoà → hòa, uỷ → ủy, khoẻ → khỏe; quý and toán stay), and
    one character for each kind of quote and for all dashes. Case is kept. Paragraph breaks do not matter, since all
    white space is folded. Idempotent; equal for NFC and NFD input.
    """
    text = clean(text)
    # A search is cheaper than a substitution that changes nothing, and a test for ASCII cheaper than a search.
    if text.isascii():
        return text.replace("`", "'")
    if _MOVABLE.search(text):
        text = _MOVABLE.sub(_move_tone, text)
    return _FOLDABLE.sub(lambda match: _FOLDED[match[0]], text)


def _move_tone(match: re.Match[str]) -> str:
    return _TONE_MOVES.get(match[0], match[0])


def unaccented(text: str) -> str:
    """Return the text in lower case without accents, as used in URLs: `Đống Đa` → `dong da`."""
    bare = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFD", text)))
    return bare.lower().replace("đ", "d").replace("ð", "d")


def count_words(text: str) -> int:
    """Return the number of white-space separated words."""
    return len(text.split())


def has_more_words(text: str, words_max: int) -> bool:
    """Return whether the text has more than `words_max` words; a long text is not read to its end."""
    return len(text.split(None, words_max)) > words_max


def count_spoken_words(text: str) -> int:
    """Return the number of words, also in scripts without spaces: two ideographs count as one word."""
    return count_words(text) + (0 if text.isascii() else len(_IDEOGRAPH.findall(text)) // 2)
