"""The command that serves the site: `site`.

Does not belong here: the site (`dagster_project.site`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.cli.output.console import progress
from dagster_project.operations import links
from dagster_project.site.serving import AddressError, serve
from warehouse.home import Home


def site(
    host: Annotated[str, typer.Option(help="address to listen on; others than loopback are open to their network")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="port to listen on")] = 3001,
) -> None:
    """Serve the read-only pages of all portals, the runbook and metrics, until Ctrl-C."""
    if wrong := links.complaints():
        raise AddressError("\n".join(wrong))
    serve(Home.from_environment(), host, port, progress)
