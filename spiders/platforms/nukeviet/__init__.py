"""NukeViet: communes, schools and some departments."""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.nukeviet import platform

PLATFORM: Final[Platform] = platform
