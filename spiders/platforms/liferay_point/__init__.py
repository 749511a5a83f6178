"""Liferay with Point's portlets, used by Hanoi's departments and former districts."""

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.liferay_point import platform

PLATFORM: Final[Platform] = platform
