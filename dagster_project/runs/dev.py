"""`hanoi-corpus dev`: one per home; the Dagster UI's processes end with it, however it ends.

The processes are children of `dagster_project.runs.services`, in a process group of their own: Ctrl-C reaches this
process alone, which then ends the group gracefully. If this process is killed, its end of a pipe closes, and the group
ends by itself.
Does not belong here: which processes those are (`dagster_project.runs.services`). No Dagster is imported here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType

from dagster_project.instance import REPOSITORY, dagster_environment
from dagster_project.operations import links
from dagster_project.runs.lock import TakenError, take
from dagster_project.stage import Log, StageError
from warehouse.clock import Clock
from warehouse.errors import BusyError, InputError
from warehouse.home import Home

GROUP_ENDS_AFTER_SECONDS = 24.0
"""Time for the processes to end gracefully; a crawl needs it to complete its WARC files."""

EXIT_LEFT_OVER = 75
"""The exit code of `dagster_project.runs.services` if processes of an earlier one are still there."""

# After the group has killed what is left of it.
_GRACE_SECONDS = GROUP_ENDS_AFTER_SECONDS + 3.0
_TICK_SECONDS = 0.2


class DevBusyError(BusyError):
    """Another `hanoi-corpus dev` is open on the home, or its processes are still there."""


class PortError(InputError):
    """A port of the UI or of the site cannot be used."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The loopback ports of the UI and of the site beside it."""

    ui: int
    site: int


@contextmanager
def only_dev(home: Home, ports: Ports) -> Iterator[None]:
    """Hold the home's lock of `hanoi-corpus dev`.

    Raises:
        DevBusyError: another one holds it.
        PortError: a port cannot be bound.
    """
    try:
        held = take(dev_lock(home), Clock().now())
    except TakenError as holder:
        raise DevBusyError(
            f"{home.root}: `hanoi-corpus dev` is open on this home already ({holder}). Use its UI, or stop it with "
            "Ctrl-C or `kill`; another corpus needs another HANOI_CORPUS_HOME"
        ) from None
    with held:
        check_ports(ports)
        yield


def check_ports(ports: Ports) -> None:
    """Check that the UI and the site can listen on their ports.

    Raises:
        PortError: one of them cannot.
    """
    if ports.ui == ports.site:
        raise PortError(f"--port and --site-port are both {ports.ui}: choose another one for the site")
    _check_port("--port", "the UI", ports.ui)
    _check_port("--site-port", "the site", ports.site)


def _check_port(option: str, name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as both do
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise PortError(f"{option} {port}: {name} cannot listen there: {error}. Choose another port") from error


def run_services(home: Home, ports: Ports, log: Log) -> None:
    """Run UI, site, daemon and code server until a signal, and then end them with their runs.

    Raises:
        DevBusyError: processes of an earlier `hanoi-corpus dev`, which was killed, are still there.
        StageError: the processes ended by themselves.
    """
    environment = {
        **dagster_environment(home),
        links.SITE_VARIABLE: f"http://127.0.0.1:{ports.site}",
        links.UI_VARIABLE: f"http://127.0.0.1:{ports.ui}",
    }
    asked = Event()
    with _on_signals(asked):
        options = ["--port", str(ports.ui), "--site-port", str(ports.site)]
        command = [sys.executable, "-m", "dagster_project.runs.services", *options]
        services = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, cwd=REPOSITORY, process_group=0)
        try:
            while services.poll() is None and not asked.wait(_TICK_SECONDS):
                pass
            if asked.is_set():
                log("ending the UI, the daemon and their runs; a crawl completes its files first")
        finally:
            _end(services)
    if not asked.is_set():
        if services.returncode == EXIT_LEFT_OVER:
            raise DevBusyError(left_over(home.dagster))
        raise StageError(
            f"the processes of the UI ended by themselves, with status {services.returncode}; the lines above say why. "
            "Start `hanoi-corpus dev` again"
        )


def dev_lock(home: Home) -> Path:
    """Return the lock that `hanoi-corpus dev` holds while it is open on a home."""
    return home.dagster / "dev.lock"


def services_lock(instance: Path) -> Path:
    """Return the lock that the UI's processes hold, in the folder of a Dagster instance."""
    return instance / "services.lock"


def left_over(instance: Path) -> str:
    """Return a message on processes that outlive their `hanoi-corpus dev`."""
    path = services_lock(instance)
    holder = path.read_text(encoding="utf-8")
    return (
        f"{path}: processes of an earlier `hanoi-corpus dev`, which was killed, are still there: those of {holder}. "
        "`fuser` names them; end them with `kill`"
    )


def _end(services: subprocess.Popen[bytes]) -> None:
    """Let the group end gracefully, and kill what is left of it."""
    if services.stdin is not None:
        services.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        services.wait(_GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(services.pid, signal.SIGKILL)
    services.wait()


@contextmanager
def _on_signals(asked: Event) -> Iterator[None]:
    """Set an event on the signals that end a command, also where a script's `&` or cron has them ignored."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
        signals.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
