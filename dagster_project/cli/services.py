"""The commands that serve until they are stopped: `dev` and `mirror`.

Does not belong here: the processes of the UI (`dagster_project.runs`), and the test portals (`spiders.mirror`).
"""

from __future__ import annotations

import signal
from threading import Event
from typing import Annotated

import typer

from dagster_project.cli.output.console import progress
from dagster_project.dbt import manifest
from dagster_project.runs.dev import Ports, only_dev, run_services
from dagster_project.stage import StageError
from spiders.mirror.days import DAYS
from spiders.mirror.server import serve
from warehouse.home import Home


def dev(
    port: Annotated[int, typer.Option(help="loopback port of the UI")] = 3000,
    site_port: Annotated[
        int | None, typer.Option(help="loopback port of the site; by default the next one after the UI's")
    ] = None,
) -> None:
    """Open the Dagster UI and the site; in a demo home, runs crawl only the test portals."""
    home = Home.from_environment()
    ports = Ports(port, port + 1 if site_port is None else site_port)
    with only_dev(home, ports):
        try:
            manifest.refresh(progress)
        except (StageError, OSError) as error:  # the UI still opens, without the dbt models
            progress(str(error))
        run_services(home, ports, progress)


def mirror(
    day: Annotated[int, typer.Option(min=DAYS[0], max=DAYS[-1], help="number of the day that is served")] = DAYS[0],
    port: Annotated[int, typer.Option(help="0 chooses a free one")] = 0,
) -> None:
    """Serve the bundled test portals on loopback, as a forward proxy, until Ctrl-C."""
    with serve(day, port=port) as served:
        print(f"# day {day} of the test portals; set these variables for every process that should reach them:")
        for name, value in served.environment().items():
            print(f"export {name}={value}")
        print(f"# try: curl --cacert {served.ca_file} --proxy {served.proxy_url} https://myduc.hanoi.test/", flush=True)
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()
