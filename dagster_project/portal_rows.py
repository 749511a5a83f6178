"""The rows of `raw.portals`: every defined portal, and undefined ones with files in the archive.

Does not belong here: loading them (`warehouse.tables.load`).
"""

from __future__ import annotations

from contextlib import suppress

from dagster_project.corpus import Corpus
from spiders.extract.stage import archived_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.records import PortalRow


def portal_rows(corpus: Corpus) -> list[PortalRow]:
    """Return one row per portal."""
    known = dict(corpus.portals)
    for warc in reversed(warc_files(corpus.home)):  # newest first: its definition wins
        if warc.folder not in known:
            # Earlier stages have reported the damaged file. Try an older file of the portal.
            with suppress(DamagedWarcError):
                known[warc.folder] = archived_portal(warc)
    return [
        PortalRow(
            slug=portal.slug,
            name=portal.name,
            owner=portal.owner.office,
            administrative_unit=portal.owner.administrative_unit,
            platform=portal.platform,
            base_url=portal.base_url,
            active_from=portal.active_from,
            active_until=portal.active_until,
            verified_on=portal.verified_on,
        )
        for portal in known.values()
    ]
