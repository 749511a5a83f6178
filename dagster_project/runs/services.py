"""`python -m dagster_project.runs.services`: the processes of `dev`; one that dies is started again.

They are the code server, which loads the definitions, the UI and the daemon, as `dg dev` runs them, and the site beside
the UI. `dg dev` cannot be used: it does not notice a dead code server, and ignores all signals if SIGINT is ignored.
Belongs here: starting, watching and ending them. Does not belong here: who starts this (`dagster_project.runs.dev`).
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

import yaml

from dagster_project.instance import REPOSITORY, WORKSPACE, program
from dagster_project.runs.dev import EXIT_LEFT_OVER, GROUP_ENDS_AFTER_SECONDS, Ports, services_lock
from dagster_project.runs.lock import TakenError, take
from dagster_project.runs.private import DagsterGrpcClient, DagsterUserCodeUnreachableError
from warehouse.clock import Clock
from warehouse.home import Home

_TICK_SECONDS = 1.0
_LOADED_AFTER_SECONDS = 180.0
_ANSWER_SECONDS = 10
# The code server ends by itself if it is asked nothing for so long; loading definitions again may take most of it.
_UNASKED_SECONDS = 300
# A process that dies more often is not started again.
_STARTS_MAX, _STARTS_WITHIN_SECONDS = 5, 300.0
_RELOAD_AFTER_SECONDS = (5.0, 60.0)


class GivenUpError(Exception):
    """A process dies again and again, or the code server does not answer."""


@dataclass(slots=True)
class _Part:
    """A process that runs as long as `hanoi-corpus dev`."""

    name: str
    command: Sequence[str]
    lock: IO[str]
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=_STARTS_MAX))

    def keep(self) -> bool:
        """Start the process if it does not run; return whether it was started.

        Raises:
            GivenUpError: it was started too often.
        """
        if self.process is not None and self.process.poll() is None:
            return False
        if self.process is not None:
            _say(f"{self.name} (process {self.process.pid}) has died with status {self.process.returncode}")
        now = time.monotonic()
        if len(self.starts) == _STARTS_MAX and now - self.starts[0] < _STARTS_WITHIN_SECONDS:
            raise GivenUpError(f"{self.name} has died {_STARTS_MAX} times in {_STARTS_WITHIN_SECONDS:.0f} seconds")
        self.starts.append(now)
        # The lock is inherited, so that the next `hanoi-corpus dev` knows of each of these processes.
        self.process = subprocess.Popen(
            self.command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, pass_fds=[self.lock.fileno()]
        )
        return True


class _CodeServer:
    """The code server: a proxy for the process that has loaded the definitions.

    It can load them again. If that process dies, the proxy does not notice, so it is asked.
    """

    def __init__(self, socket: Path, lock: IO[str]) -> None:
        (location,) = yaml.safe_load(WORKSPACE.read_text(encoding="utf-8"))["load_from"]
        module = location["python_module"]
        self.name = module["location_name"]
        self.socket = socket
        self._client = DagsterGrpcClient(socket=str(socket))
        self._part = _Part(
            "the code server",
            [
                *(program("dagster"), "code-server", "start", "--socket", str(socket)),
                *("--module-name", module["module_name"], "--location-name", self.name),
                *("--working-directory", str(REPOSITORY), "--log-level", "warning", "--inject-env-vars-from-instance"),
                *("--heartbeat", "--heartbeat-timeout", str(_UNASKED_SECONDS)),
            ],
            lock,
        )
        self._silent = 0
        self._reload_at = 0.0
        self._patience = _RELOAD_AFTER_SECONDS[0]

    def keep(self, is_ending: Callable[[], bool]) -> None:
        """Start it if it does not run; load the definitions again if their process does not answer.

        Raises:
            GivenUpError: it dies again and again, or does not begin to answer.
        """
        if self._part.keep():
            self._wait_until_it_answers(is_ending)
            return
        with suppress(DagsterUserCodeUnreachableError):
            self._client.heartbeat()
        try:
            self._client.get_server_id(timeout=_ANSWER_SECONDS)
        except DagsterUserCodeUnreachableError:
            self._silent += 1
        else:
            self._silent, self._patience = 0, _RELOAD_AFTER_SECONDS[0]
        if self._silent > 1 and time.monotonic() >= self._reload_at:
            _say("the process that has loaded the definitions does not answer; they are loaded again")
            with suppress(DagsterUserCodeUnreachableError):  # it will be asked again
                self._client.reload_code(timeout=int(_LOADED_AFTER_SECONDS))
            self._reload_at = time.monotonic() + self._patience
            self._patience = min(2 * self._patience, _RELOAD_AFTER_SECONDS[1])

    def _wait_until_it_answers(self, is_ending: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LOADED_AFTER_SECONDS
        while not is_ending():
            try:
                self._client.heartbeat()
            except DagsterUserCodeUnreachableError:
                self._part.keep()
                if time.monotonic() > deadline:
                    raise GivenUpError(f"the code server does not answer after {_LOADED_AFTER_SECONDS:.0f} s") from None
                time.sleep(_TICK_SECONDS / 4)
            else:
                return


def serve(ports: Ports, folder: Path, lock: IO[str], ending: Event) -> None:
    """Run the processes until an event is set.

    Raises:
        GivenUpError: one of them dies again and again.
    """
    code_server = _CodeServer(folder / "code", lock)
    workspace = folder / "workspace.yaml"
    location = {"grpc_server": {"socket": str(code_server.socket), "location_name": code_server.name}}
    workspace.write_text(yaml.safe_dump({"load_from": [location]}), encoding="utf-8")
    code_server.keep(ending.is_set)
    options = ["--workspace", str(workspace)]
    ui = [program("dagster-webserver"), "--host", "127.0.0.1", "--port", str(ports.ui), "--live-data-poll-rate", "2000"]
    parts = [
        _Part("the UI", [*ui, *options], lock),
        _Part("the daemon", [program("dagster-daemon"), "run", *options], lock),
        _Part("the site", [program("hanoi-corpus"), "site", "--port", str(ports.site)], lock),
    ]
    while not ending.wait(_TICK_SECONDS):
        for part in parts:
            part.keep()
        code_server.keep(ending.is_set)


def end_group() -> bool:
    """Interrupt all processes of this group, as Ctrl-C does; return whether they have ended in time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.killpg(0, signal.SIGINT)
    deadline = time.monotonic() + GROUP_ENDS_AFTER_SECONDS
    while time.monotonic() < deadline:
        if not _has_children() and not _others_in_group():
            return True
        time.sleep(_TICK_SECONDS / 10)
    return False


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return False
    return True


def _others_in_group() -> list[int]:
    """Return the other processes of this group, on Linux: a run outlives a code server that was killed."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, group = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        if int(group) == os.getpgrp() and state != "Z" and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def main() -> None:
    """Run until standard input closes; the parent holds its other end."""
    parser = argparse.ArgumentParser(prog="python -m dagster_project.runs.services", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="loopback port of the UI")
    parser.add_argument("--site-port", type=int, required=True, help="loopback port of the site")
    options = parser.parse_args()
    ending = Event()
    # Not ignored, even if this was started in the background: the children inherit what is set here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    threading.Thread(target=_set_when_input_closes, args=(ending,), daemon=True).start()
    os.environ["DAGSTER_IS_DEV_CLI"] = "1"  # the UI says so, as with `dg dev`
    lock = _taken_lock(services_lock(Home.from_environment().dagster), ending)
    status = 0
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-") as folder:
        try:
            serve(Ports(options.port, options.site_port), Path(folder), lock, ending)
        except GivenUpError as error:
            _say(f"{error}; the lines above say why")
            status = 1
        finally:
            has_ended = end_group()
    if not has_ended:
        _say("what did not end in time is killed")
        os.killpg(0, signal.SIGKILL)
    sys.exit(status)


def _taken_lock(path: Path, ending: Event) -> IO[str]:
    """Take the lock of these processes; wait for those of a killed `dev`, which end by themselves."""
    deadline = time.monotonic() + 2 * GROUP_ENDS_AFTER_SECONDS
    is_told = False
    while True:
        try:
            return take(path, Clock().now())
        except TakenError as holder:
            if ending.is_set() or time.monotonic() > deadline:
                sys.exit(EXIT_LEFT_OVER)
            if not is_told:
                _say(f"processes of an earlier `hanoi-corpus dev` are still ending (those of {holder})")
                is_told = True
        ending.wait(_TICK_SECONDS)


def _set_when_input_closes(ending: Event) -> None:
    while os.read(0, 1024):
        pass
    ending.set()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
