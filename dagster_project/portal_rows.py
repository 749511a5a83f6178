"""The rows of `raw.portals`: every defined portal, and those that only the archive still knows.

Not here: loading them (`warehouse.tables.load`).
"""

from __future__ import annotations

from contextlib import suppress

from dagster_project.corpus import Corpus
from spiders.extract.stage import archived_portal
from warehouse.archive.files import warc_files
from warehouse.archive.warc.format import DamagedWarcError
from warehouse.records import PortalRow


def portal_rows(corpus: Corpus) -> list[PortalRow]:
    """Return one row a portal."""
    known = dict(corpus.portals)
    for warc in reversed(warc_files(corpus.home)):  # the newest crawl's definition counts
        if warc.folder not in known:
            # A file that cannot be read is named by the stages before; an older one may say the same.
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
