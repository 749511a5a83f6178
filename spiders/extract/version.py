"""The extractor's version: said here by hand, and held to the output by `tests/spiders/extract/test_version.py`.

Not here: extraction itself. Raise `_NUMBER` with every change of what is read from any page, and say in the changelog
what changed and why; a change that no page shows, such as a comment, needs none.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

_NUMBER: Final = "2026.11.1"
"""Year, month and count of the change."""

_LIBRARIES: Final = ("trafilatura", "lxml", "cssselect", "extruct")
"""Another version of these may read a page in another way."""


def _libraries() -> str:
    """Return 8 hex digits that tell apart installations whose libraries differ."""
    names = "\n".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return hashlib.sha256(names.encode()).hexdigest()[:8]


EXTRACTOR_VERSION: Final = f"{_NUMBER}-{_libraries()}"
"""Names the output of this extractor, as in `2026.11.1-1a2b3c4d`; two versions side by side would look like edits."""
