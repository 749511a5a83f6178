"""The registered platforms: the names that portal files may use, and the package of each platform.

Belongs here: one line per platform; to add a platform, add a line here and a package. These are only names, so that
portal files can be checked without importing the packages. Does not belong here: importing the packages
(`spiders.platforms`), or their interface (`spiders.pages.page.Platform`).
"""

from __future__ import annotations

from typing import Final

GENERIC: Final = "generic"
"""The platform of portals whose CMS has no platform of its own."""

PLATFORM_PACKAGES: Final[dict[str, str]] = {
    "liferay_point": "spiders.platforms.liferay_point",
    "nukeviet": "spiders.platforms.nukeviet",
    "vhv": "spiders.platforms.vhv",
    "onecms": "spiders.platforms.newspapers.onecms",
    "zce": "spiders.platforms.newspapers.zce",
    "wordpress": "spiders.platforms.wordpress",
    "vnportal": "spiders.platforms.vnportal",
    GENERIC: "spiders.platforms.generic",
}
"""The package of each platform, by name; its constant `PLATFORM` implements the interface."""


TAKES_ARTICLE_PATTERNS: Final = frozenset((GENERIC, "wordpress"))
"""The platforms whose portals choose the form of their articles' URLs, so that their files may give patterns."""


def names_in_words() -> str:
    """Return the names for an error message, as in `'one', 'two' or 'three'`."""
    *others, last = (f"'{name}'" for name in PLATFORM_PACKAGES)
    return f"{', '.join(others)} or {last}"
