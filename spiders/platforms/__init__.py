"""One package a CMS: which links lead on, and where an article's parts stand.

Here: pure functions of an address or a parsed page, and loading the platforms that `spiders.platform_registry` names.
Not here: Scrapy, files, and what is made of the parts (`spiders.extract.article`). A new platform is a package whose
`PLATFORM` satisfies `spiders.pages.page.Platform`, and one line in the registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final

from spiders.pages.page import Platform
from spiders.platform_registry import PLATFORM_PACKAGES


class _Platforms(Mapping[str, Platform]):
    """Loads each platform when it is first asked for: its package imports this one."""

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
"""Every platform there is, by its name."""
