"""Names in Vietnamese text: people, offices and places, which are written with capitalised syllables.

Belongs here: finding them by their spelling, and writing them for readers. Does not belong here: telling people from
places, and comparing texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, zip_longest
from typing import Final

_NO_NAME: Final = re.compile(r"[^\w ]+")
# They begin sentences, and no names.
_FIRST_WORDS: Final = frozenset(
    ["Chiều", "Của", "Dự", "Khi", "Ngày", "Ở", "Sau", "Sáng", "Tại", "Theo", "Tối", "Trong", "Trước", "Từ", "Và", "Với"]
)
# Of these offices each further word begins with a capital: `Sở Văn hóa` is not cut after `Văn` where readers see it.
_OFFICES: Final = frozenset(["Ban", "Bộ", "Cục", "Ngành", "Phòng", "Sở", "Viện"])
_CUT_SYLLABLES: Final = 2


def names_in(text: str) -> Iterator[str]:
    """Yield phrases of two or more capitalised syllables, case-folded; one alone may begin a sentence."""
    for name, _ in written_names(text):
        yield name


def written_names(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of `names_in`, each with how readers know it."""
    for phrase in _NO_NAME.split(text):
        runs = [
            (is_capitalised, list(syllables))
            for is_capitalised, syllables in groupby(phrase.split(), key=lambda syllable: syllable[0].isupper())
        ]
        for (is_capitalised, run), (_, after) in zip_longest(runs, runs[1:], fillvalue=(False, [])):
            name = run[1:] if run[0] in _FIRST_WORDS else run
            if is_capitalised and len(name) > 1:
                is_cut = name[0] in _OFFICES and len(name) == _CUT_SYLLABLES
                yield " ".join(name).casefold(), " ".join(name + after[:1] if is_cut else name)
