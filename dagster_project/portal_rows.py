"""The rows of `raw.portals`: every defined portal, and others with files in the archive.

Does not belong here: loading them (`warehouse.tables.load`).
"""

from __future__ import annotations

from dagster_project.corpus import Corpus
from spiders.extract.archived import newest_archived_portal
from warehouse.archive.files import warc_files
from warehouse.records import PortalRow


def portal_rows(corpus: Corpus) -> list[PortalRow]:
    """Return one row per portal."""
    known = dict(corpus.definitions)
    for slug in {warc.folder for warc in warc_files(corpus.home)} - known.keys():
        if portal := newest_archived_portal(corpus.home, slug):
            known[slug] = portal
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
