"""Liferay with Point's portlets: districts and departments."""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.liferay_point import platform

PLATFORM: Final[Platform] = platform
