"""One package per CMS: which links to follow, and where the parts of an article are on a page.

Belongs here: pure functions of a URL or a parsed page, and loading the platforms that `spiders.platform_registry`
lists. Does not belong here: Scrapy, files, and building an `Article` from its parts (`spiders.extract.article`).
To add a platform, add a package whose `PLATFORM` satisfies `spiders.pages.page.Platform`, and one registry line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from spiders.pages.page import Platform
from spiders.platform_registry import PLATFORM_PACKAGES


class _Platforms(Mapping[str, Platform]):
    """Imports each platform on first use; an earlier import would be circular."""

    def __getitem__(self, name: str) -> Platform:
        return _platform_in(PLATFORM_PACKAGES[name])

    def __iter__(self) -> Iterator[str]:
        return iter(PLATFORM_PACKAGES)

    def __len__(self) -> int:
        return len(PLATFORM_PACKAGES)


@cache
def _platform_in(package: str) -> Platform:
    platform: Platform = import_module(package).PLATFORM
    return platform


PLATFORMS: Final[Mapping[str, Platform]] = _Platforms()
"""All platforms by name."""
