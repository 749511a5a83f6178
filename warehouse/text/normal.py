"""Two forms of a text: clean, for reading, and normal, for comparing.

Here: the rules of characters and white space. Not here: what is hashed (`warehouse.text.identity`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Invisible to a reader: C0 and C1 controls that are no white space, soft hyphen, zero-width and direction marks.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_FOLDABLE: Final = re.compile("[‘’‚‛′`´“”„‟″«»‐‑‒–—―−⁃﹘﹣－]")
_FOLDED: Final = dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-")

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng


def _tone_moves() -> dict[str, str]:
    """Return every spelling of an open oa, oe, uy with the tone on the second vowel, and its other spelling."""
    moves = {}
    for first, second in (("o", "a"), ("o", "e"), ("u", "y")):
        for tone in _TONES:
            for a in (first, first.upper()):
                for b in (second, second.upper()):
                    moves[unicodedata.normalize("NFC", a + b + tone)] = unicodedata.normalize("NFC", a + tone + b)
    return moves


_TONE_MOVES: Final = _tone_moves()
# After q the u is a consonant (quý). A letter or a further mark behind the pair means another rhyme (toán, hoài,
# huỳnh) or no Vietnamese syllable at all. Pairs are found that are none of these (`uá`, `oý`) and stay as they are: a
# pattern that begins with one set of letters is many times as fast as one that knows the pairs.
_MOVABLE: Final = re.compile(
    "[oOuU][" + "".join(sorted({pair[1] for pair in _TONE_MOVES})) + r"](?<![qQ][uU].)(?![^\W\d_]|[\u0300-\u036f])"
)


def clean(text: str) -> str:
    """Return the text for reading: NFC, invisible characters gone, each run of white space one space, ends trimmed.

    Words, tone marks, quotes and dashes stay as they were written.
    """
    text = text.strip()
    # The one printable white space is the space. Most texts hold nothing else and nothing invisible, and Python knows
    # that faster than it divides a text or searches a pattern.
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(_INVISIBLE.sub("", text).split())
    return unicodedata.normalize("NFC", text)


def normal_form(text: str) -> str:
    """Return the form in which two texts are compared: what differs here differs in words.

    Beyond `clean`: one tone-mark placement (hoà → hòa, uỷ → ủy, khoẻ → khỏe; quý and toán stay), and one character
    for each kind of quote and for all dashes. Case stays. Paragraph breaks are white space like any other, so the
    same text divided otherwise has the same normal form. Idempotent; equal for NFC and NFD input.
    """
    return _FOLDABLE.sub(_fold, _MOVABLE.sub(_move_tone, clean(text)))


def _fold(match: re.Match[str]) -> str:
    return _FOLDED[match[0]]


def _move_tone(match: re.Match[str]) -> str:
    return _TONE_MOVES.get(match[0], match[0])


def unaccented(text: str) -> str:
    """Return the text in lower case without any accents, as addresses have it: `Đống Đa` → `dong da`."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return bare.lower().replace("đ", "d")


def count_words(text: str) -> int:
    """Return how many white-space separated words the text has."""
    return len(text.split())
