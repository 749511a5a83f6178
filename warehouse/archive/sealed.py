"""The JSON files beside the archive's index, each with a checksum of its content as the last key.

JSON stays valid when a digit or a letter flips, and nothing else would notice.
Belongs here: adding and verifying the checksum, and decoding JSON strictly.
Does not belong here: what the files say (`warehouse.archive.index.reports`, `warehouse.archive.observations`).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final, NoReturn

_SEAL: Final = re.compile(r', "sha256": "([0-9a-f]{64})"\}\Z')


def sealed(text: str) -> str:
    """Return a JSON object, which has a key, with the SHA-256 of its text as a further key, `sha256`."""
    return f'{text[:-1]}, "sha256": "{_digest(text)}"}}'


def read_sealed(data: str | bytes) -> dict[str, Any]:
    """Return the JSON object that `sealed` was given; earlier versions wrote it without a checksum.

    Raises:
        ValueError: the checksum does not match, or the text is no JSON object, is nested too deeply, or has a number
            that JSON lacks.
    """
    text = data.decode() if isinstance(data, bytes) else data
    if seal := _SEAL.search(text):
        text = text[: seal.start()] + "}"
        if _digest(text) != seal[1]:
            raise ValueError("the content does not match its checksum")
    try:
        values = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    return values


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")
