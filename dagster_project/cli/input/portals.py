"""The portals that commands are given: completed by the shell, and refused if there are none.

Does not belong here: what commands do with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from dagster_project.cli.output.console import progress
from dagster_project.corpus import Corpus
from spiders.portal import unknown_portals
from warehouse.archive.files import archived_portals
from warehouse.errors import WarehouseError
from warehouse.home import Home


def _completing(slugs: Callable[[Corpus], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return the function with which the shell completes slugs."""

    def complete(incomplete: str) -> list[str]:
        try:
            found = slugs(Corpus.open(Home.from_environment()))
        except (WarehouseError, OSError):  # the command itself says what is wrong
            return []
        return [slug for slug in sorted(found) if slug.startswith(incomplete)]

    return complete


def known_portals(corpus: Corpus) -> set[str]:
    """Return the slugs of the portals that are defined or in the archive."""
    return {*corpus.slugs, *archived_portals(corpus.home)}


def check_known(corpus: Corpus, slugs: Iterable[str]) -> None:
    """Refuse slugs that neither a portal file nor the archive has; say which portals are defined no more.

    Raises:
        spiders.portal.PortalError: there is one; the message names the nearest.
    """
    chosen, known = list(slugs), known_portals(corpus)
    if unknown := [slug for slug in chosen if slug not in known]:
        raise unknown_portals(unknown, known)
    for slug in chosen:
        if slug not in corpus.slugs:
            progress(f"{slug}: no portal file defines it any more; this is what the archive has of it")


complete_defined = _completing(lambda corpus: corpus.slugs)
complete_known = _completing(known_portals)

Slug = Annotated[str, typer.Argument(metavar="PORTAL", help="the portal's slug", autocompletion=complete_defined)]
ActiveByDefault = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PORTAL]...", help="slugs; default: all active portals", autocompletion=complete_defined),
]
