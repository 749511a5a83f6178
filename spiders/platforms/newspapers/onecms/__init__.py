"""ONECMS: Hà Nội Mới and other papers."""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.newspapers.onecms import platform

PLATFORM: Final[Platform] = platform
