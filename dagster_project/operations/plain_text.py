"""Plain text for terminals, mail and chat, and the format of times.

Belongs here: removing control characters that a terminal would act on, since page content is untrusted.
Does not belong here: Markdown, which has its own escaping (`dagster_project.operations.markdown`).
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from warehouse.clock import HANOI_TIME


def printable(value: object) -> str:
    """Return the value as text, each control character replaced by a space; None as an empty text."""
    text = "" if value is None else str(value)
    return "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)


def one_line(value: object, length_max: int) -> str:
    """Return the value as one printable line; what is longer than `length_max` characters ends with `…`."""
    text = " ".join(printable(value).split())
    return text if len(text) <= length_max else f"{text[: length_max - 1]}…"


def hanoi_minute(moment: datetime) -> str:
    """Return a time as text in Hanoi time, to the minute."""
    return f"{moment.astimezone(HANOI_TIME):%Y-%m-%d %H:%M}"
