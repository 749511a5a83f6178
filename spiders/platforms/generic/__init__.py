"""Unknown CMSs: articles and lists found by heuristics.

Does not belong here: code that all platforms share (`spiders.platforms.parts`).
"""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.generic import platform

PLATFORM: Final[Platform] = platform
