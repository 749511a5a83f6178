"""Serving the site with uvicorn until a signal.

Belongs here: the socket and the server. Does not belong here: what is served (`dagster_project.site.app`).
"""

from __future__ import annotations

import signal
import socket
from typing import Final

import uvicorn

from dagster_project.site.app import application
from dagster_project.stage import Log
from warehouse.errors import InputError
from warehouse.home import Home

# Open connections of browsers, which keep them for later requests, do not hold up the end.
_ENDS_AFTER_SECONDS: Final = 3


class AddressError(InputError):
    """The address of the site cannot be used."""


def serve(home: Home, host: str, port: int, log: Log) -> None:
    """Serve the site of a home until SIGINT or SIGTERM.

    Raises:
        AddressError: the port cannot be bound, or the host is none of this machine.
    """
    try:
        listening = _bound(host, port)
    except (OSError, OverflowError) as error:
        raise AddressError(f"--host {host} --port {port}: the site cannot listen there: {error}") from error
    with listening:
        log(f"the site is on http://{f'[{host}]' if ':' in host else host}:{port}/")
        config = uvicorn.Config(
            application(home),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_ENDS_AFTER_SECONDS,
        )
        # uvicorn ends on these signals, and then sends them again to the handlers from before.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listening])


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
