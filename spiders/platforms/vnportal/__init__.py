"""VNPT's vnPortal, used by the city's portal since 2025 and by portals of other provinces."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.vnportal import platform

PLATFORM: Final[Platform] = platform
