"""Zing's CMS, used by Nhân Dân, VietnamPlus and many other newspapers."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.newspapers.zce.platform import CMS

PLATFORM: Final[Platform] = CMS
