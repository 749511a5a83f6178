"""The rows of `raw.portals`: every defined portal, and others with files in the archive.

Does not belong here: loading them (`warehouse.tables.load`).
"""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.corpus import Corpus
from spiders.extract.archived import newest_archived_portal
from spiders.portal import Portal
from warehouse.archive.files import warc_files
from warehouse.derive.sources.credits import source_key
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
            hosts=_without_www(portal.scope.hosts),
            former_hosts=_without_www(portal.formerly),
            source_keys=_source_keys(portal),
        )
        for portal in known.values()
    ]


def _without_www(hosts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(host.partition(":")[0].removeprefix("www.") for host in hosts))


def _source_keys(portal: Portal) -> tuple[str, ...]:
    """Return the keys of the names by which others credit the portal, sorted."""
    names = (portal.name, portal.owner.office, *portal.known_as)
    return tuple(sorted({key for name in names if (key := source_key(name))}))
