"""VHV's system: party portals and others."""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.vhv import platform

PLATFORM: Final[Platform] = platform
