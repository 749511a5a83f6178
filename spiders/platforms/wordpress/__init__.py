"""WordPress, used by many wards, schools, associations and health stations."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.wordpress import platform

PLATFORM: Final[Platform] = platform
