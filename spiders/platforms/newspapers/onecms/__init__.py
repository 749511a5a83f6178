"""ONECMS, used by Hà Nội Mới and other newspapers."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.newspapers.onecms.platform import CMS

PLATFORM: Final[Platform] = CMS
