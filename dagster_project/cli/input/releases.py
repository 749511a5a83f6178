"""The releases that commands are given: completed by the shell.

Does not belong here: which releases there are (`warehouse.corpus.release`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.corpus.release import kept_releases
from warehouse.errors import WarehouseError
from warehouse.home import Home


def complete_kept(incomplete: str) -> list[str]:
    """Return the ids of the kept releases that begin so, the newest first."""
    try:
        kept = kept_releases(Home.from_environment())
    except (WarehouseError, OSError):  # the command itself says what is wrong
        return []
    return [file.stem for file in kept if file.stem.startswith(incomplete)]


ReleaseId = Annotated[
    str, typer.Argument(metavar="RELEASE", help="its id, as in `releases list`", autocompletion=complete_kept)
]
KeptRelease = Annotated[
    str | None, typer.Option(help="an earlier release that is still kept", autocompletion=complete_kept)
]
