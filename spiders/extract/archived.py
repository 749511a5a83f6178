"""The newest definition of a portal in its WARC files: it stands in for an invalid portal file.

Belongs here: choosing among the definitions in the archive.
Does not belong here: the definition in one WARC file (`spiders.extract.stage`), and portal files (`spiders.portal`).
"""

from __future__ import annotations

from contextlib import suppress

from spiders.extract.stage import archived_portal
from spiders.portal import Portal
from warehouse.archive.files import warc_files
from warehouse.home import Home
from warehouse.stages import DamagedInputError


def newest_archived_portal(home: Home, slug: str) -> Portal | None:
    """Return the newest usable definition in the portal's WARC files; None if there is none."""
    for warc in reversed(warc_files(home, slug)):
        # The stages report a damaged file. A definition of an older format is no longer usable.
        with suppress(DamagedInputError):
            portal = archived_portal(warc)
            if portal.slug == slug:  # else the file lies in the wrong folder
                return portal
    return None
