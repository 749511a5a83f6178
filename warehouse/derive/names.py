"""Names in Vietnamese text: people, offices and places, which are written with capitalised syllables.

Belongs here: finding them by their spelling. Does not belong here: telling people from places, and comparing texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

_NO_NAME: Final = re.compile(r"[^\w ]+")


def names_in(text: str) -> Iterator[str]:
    """Yield phrases of two or more capitalised syllables, case-folded; one alone may begin a sentence."""
    for phrase in _NO_NAME.split(text):
        for is_capitalised, syllables in groupby(phrase.split(), key=lambda syllable: syllable[0].isupper()):
            name = list(syllables)
            if is_capitalised and len(name) > 1:
                yield " ".join(name).casefold()
