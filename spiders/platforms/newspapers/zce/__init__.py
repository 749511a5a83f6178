"""The editor of Zing: Nhân Dân, VietnamPlus and many other papers."""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.newspapers.zce import platform

PLATFORM: Final[Platform] = platform
