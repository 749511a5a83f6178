"""Tells whether a written word can be a Vietnamese syllable, by its onset, rime and tone.

Vietnamese writes each syllable as a separate word. Text that is not Vietnamese, or was decoded wrongly, therefore soon
has a word that is not a syllable.
Belongs here: the inventory of onsets and rimes, and the tones of stopped rimes.
Does not belong here: whether a syllable is an existing word.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_TONES: Final = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
_TONES_BEFORE_STOP: Final = frozenset("\u0301\u0323")  # sắc and nặng, the only tones of a rime that ends in a stop

_FRONT: Final = tuple("eêiy")  # before these, k, gh and ngh are written for c, g and ng
_ONSETS: Final = (
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu",
    "r", "s", "t", "th", "tr", "v", "x",
)  # fmt: skip
_OPEN_RIMES: Final = (
    "a ai am an ang anh ao au ay ăm ăn ăng âm ân âng âu ây e em en eng eo ê êm ên ênh êu i ia im in inh iu "
    "iêm iên iêng iêu yêm yên yêng yêu y ynh o oa oai oam oan oang oanh oao oay oăm oăn oăng oe oen oeo oi om on ong "
    "oong ô ôi ôm ôn ông ôông ơ ơi ơm ơn u ua ui um un ung uân uâng uây uê uênh uơ uôi uôm uôn uông uy uya uyên uyn "
    "uynh uyu ư ưa ưi ưm ưn ưng ưu ươi ươm ươn ương ươu"
)
_STOPPED_RIMES: Final = (
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êch êp êt ich ip it iêc iêp iêt yêt ych yt oac oach oap oat oăc oăp oăt "
    "oc oet ooc op ot ôc ôp ôt ơp ơt uc up ut uâc uât uêch uêt uôc uôp uôt uych uyêt uyp uyt ưc ưp ưt ươc ươp ươt"
)


def _syllables(rimes: str) -> frozenset[str]:
    return frozenset(onset + rime for onset in _ONSETS for rime in rimes.split() if _is_valid(onset, rime))


def _is_valid(onset: str, rime: str) -> bool:
    if onset in ("k", "gh", "ngh"):
        return rime.startswith(_FRONT)
    if onset in ("c", "ng"):
        return not rime.startswith(_FRONT)
    if onset == "g":  # gì, gìn; before e and ê it is gh
        return not rime.startswith(("e", "ê", "y"))
    return onset not in ("gi", "qu") or rime[0] != onset[-1]


_OPEN: Final = _syllables(_OPEN_RIMES)
_STOPPED: Final = _syllables(_STOPPED_RIMES)


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Tell whether the word, in any case and Unicode form, is spelled as a Vietnamese syllable."""
    letters = unicodedata.normalize("NFD", word.lower())
    toneless = unicodedata.normalize("NFC", letters.translate(_TONES))
    tones = [letter for letter in letters if ord(letter) in _TONES]
    if len(tones) > 1:
        return False
    return toneless in _OPEN or (toneless in _STOPPED and tones != [] and tones[0] in _TONES_BEFORE_STOP)
