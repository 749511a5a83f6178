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
from pathlib import Path
from threading import Event
from types import FrameType

from dagster_project.instance import REPOSITORY, dagster_environment
from dagster_project.runs.lock import TakenError, take
from dagster_project.stage import Log, StageError
from warehouse.clock import Clock
from warehouse.home import Home

GROUP_ENDS_AFTER_SECONDS = 24.0
"""Time for the processes to end gracefully; a crawl needs it to complete its WARC files."""

EXIT_LEFT_OVER = 75
"""The exit code of `dagster_project.runs.services` if processes of an earlier one are still there."""

# After the group has killed what is left of it.
_GRACE_SECONDS = GROUP_ENDS_AFTER_SECONDS + 3.0
_TICK_SECONDS = 0.2


class DevBusyError(StageError):
    """Another `hanoi-corpus dev` is open on the home, or its processes are still there."""


class PortError(StageError):
    """The UI's port cannot be used."""


@contextmanager
def only_dev(home: Home, port: int) -> Iterator[None]:
    """Hold the home's lock of `hanoi-corpus dev`.

    Raises:
        DevBusyError: another one holds it.
        PortError: the port cannot be bound.
    """
    try:
        held = take(home.dagster / "dev.lock", Clock().now())
    except TakenError as holder:
        raise DevBusyError(
            f"{home.root}: `hanoi-corpus dev` is open on this home already ({holder}). Use its UI, or stop it with "
            "Ctrl-C or `kill`; another corpus needs another HANOI_CORPUS_HOME"
        ) from None
    with held:
        check_port(port)
        yield


def check_port(port: int) -> None:
    """Check that the UI can listen on a loopback port.

    Raises:
        PortError: it cannot.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the UI does
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise PortError(f"--port {port}: the UI cannot listen there: {error}. Choose another port") from error


def run_services(home: Home, port: int, log: Log) -> None:
    """Run the UI, the daemon and the code server until a signal, and then end them with their runs.

    Raises:
        DevBusyError: processes of an earlier `hanoi-corpus dev`, which was killed, are still there.
        StageError: the processes ended by themselves.
    """
    environment = dagster_environment(home)
    asked = Event()
    with _on_signals(asked):
        command = [sys.executable, "-m", "dagster_project.runs.services", "--port", str(port)]
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
