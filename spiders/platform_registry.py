"""Which platforms there are: the names that portal files may use, and the package that speaks for each.

A new platform is one package and one line here. The names stand below everything that reads them, so that a portal file
can be checked without loading any platform. Not here: loading them (`spiders.platforms`), or what a package offers
(`spiders.pages.page.Platform`).
"""

from __future__ import annotations

from typing import Final

GENERIC: Final = "generic"
"""The platform of every portal whose system is not known."""

PLATFORM_PACKAGES: Final[dict[str, str]] = {
    "liferay_point": "spiders.platforms.liferay_point",
    "nukeviet": "spiders.platforms.nukeviet",
    "vhv": "spiders.platforms.vhv",
    "onecms": "spiders.platforms.newspapers.onecms",
    "zce": "spiders.platforms.newspapers.zce",
    GENERIC: "spiders.platforms.generic",
}
"""The package of each platform by the platform's name. Its `PLATFORM` is what it offers."""


def names_in_words() -> str:
    """Return the names as an error lists them: `'one', 'two' or 'three'`."""
    *others, last = (f"'{name}'" for name in PLATFORM_PACKAGES)
    return f"{', '.join(others)} or {last}"
