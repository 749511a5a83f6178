"""The extractor's version; a test compares the extraction of all known pages with recorded digests.

Does not belong here: extraction itself, or the digests (`tests/digests/`). If a change affects the extraction of a
known page, run `python -m tests.digests`, which raises `_NUMBER`, and say in the changelog what changed and why.
Changes without effect on any page, such as comments, need no new version. An intended effect needs a fixture.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

_NUMBER: Final = "2026.11.4"
"""Year, month, and count of the changes in that month; never lower it, because it names folders of output."""

_LIBRARIES: Final = ("trafilatura", "lxml", "cssselect", "extruct", "jstyleson", "w3lib")
"""Libraries of which another version may extract a page differently."""


def _libraries() -> str:
    """Return 8 hex digits that identify the installed versions of these libraries."""
    names = "\n".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return hashlib.sha256(names.encode()).hexdigest()[:8]


EXTRACTOR_VERSION: Final = f"{_NUMBER}-{_libraries()}"
"""Names this extractor's output, as in `2026.11.1-1a2b3c4d`; mixing versions would make articles look edited."""
