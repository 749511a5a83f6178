"""Text that a terminal, a mail or a chat shows as it stands: page content is hostile.

Not here: Markdown, which has markup of its own (`dagster_project.operations.markdown`).
"""

from __future__ import annotations

import unicodedata


def printable(value: object) -> str:
    """Return the value as text without anything that a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)
