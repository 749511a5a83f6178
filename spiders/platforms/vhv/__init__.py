"""VHV's portal CMS, used by many provincial, police and party portals."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.vhv import platform

PLATFORM: Final[Platform] = platform
