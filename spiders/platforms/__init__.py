"""One module a CMS: which links lead on, and where an article's parts stand.

Here: pure functions of an address or a parsed page, and the registry of the platforms. Not here: Scrapy, files, and
what is made of the parts (`spiders.extract.article`). A new platform is a module that satisfies
`spiders.pages.page.Platform`, its name in `spiders.portal.PlatformName`, and a line below.
"""

from __future__ import annotations

from typing import Final

from spiders.pages.page import Platform
from spiders.platforms.generic import platform as generic
from spiders.platforms.liferay_point import platform as liferay_point
from spiders.platforms.newspapers import onecms, zce
from spiders.platforms.nukeviet import platform as nukeviet
from spiders.platforms.vhv import platform as vhv
from spiders.portal import PlatformName

PLATFORMS: Final[dict[PlatformName, Platform]] = {
    "liferay_point": liferay_point,
    "nukeviet": nukeviet,
    "vhv": vhv,
    "onecms": onecms,
    "zce": zce,
    "generic": generic,
}
