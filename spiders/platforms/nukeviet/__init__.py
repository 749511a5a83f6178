"""NukeViet, used by most communes, schools and departments."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.nukeviet import platform

PLATFORM: Final[Platform] = platform
