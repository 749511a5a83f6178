"""The extractor's version: said here, and held to what is read by digests of every known page.

Not here: extraction itself, or the digests (`tests/spiders/extract/test_version.py`). `python -m tests.digests` raises
`_NUMBER` where a known page reads otherwise; say in the changelog what changed and why. A change that no page shows,
such as a comment, needs none. One that is meant to be seen and that no page shows lacks a fixture.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

_NUMBER: Final = "2026.11.1"
"""Year, month, and count of the changes within that month; never lowered, since it names folders of output."""

_LIBRARIES: Final = ("trafilatura", "lxml", "cssselect", "extruct")
"""Another version of these may read a page in another way."""


def _libraries() -> str:
    """Return 8 hex digits that tell apart installations whose libraries differ."""
    names = "\n".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return hashlib.sha256(names.encode()).hexdigest()[:8]


EXTRACTOR_VERSION: Final = f"{_NUMBER}-{_libraries()}"
"""Names the output of this extractor, as in `2026.11.1-1a2b3c4d`; two versions side by side would look like edits."""
