"""The unknown CMS: articles and lists found by the page's own signs.

Not here: what is common to all platforms (`spiders.platforms.parts`).
"""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.generic import platform

PLATFORM: Final[Platform] = platform
