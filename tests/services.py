"""Run a service for a test in its own process group; wait until it responds; stop it as systemd does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, what: str, found: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not found():
            message = f"not true: {what}\n{self.log.read_text(encoding='utf-8', errors='replace')[-5000:]}"
            assert self.process.poll() is None, message
            assert time.monotonic() < deadline, message
            time.sleep(0.3)

    def wait_until_served(self, port: int, path: str = "/server_info") -> str:
        """Wait until it responds on loopback; return its URL."""
        address = f"http://127.0.0.1:{port}"
        # Ignore proxies from the environment: the service is on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def responds() -> bool:
            try:
                opener.open(f"{address}{path}", timeout=5).close()
            except OSError:
                return False
            return True

        self.wait_for(f"{address}{path} responds", responds)
        return address

    def stop(self) -> int:
        """Send SIGTERM to the process group, as systemd does; return the first process's exit status."""
        os.killpg(self.process.pid, signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes_of(home: Path, *words: str) -> dict[int, str]:
    """Return the command lines of the processes that work on a home, by ID; only those with one of the words."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended, or is another user's
            continue
        if f"HANOI_CORPUS_HOME={home}".encode() in variables and (not words or any(word in line for word in words)):
            found[int(process.name)] = line
    return found


def kill_all(processes: dict[int, str]) -> None:
    """Kill processes that cannot defend themselves; those that have ended meanwhile do not matter."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[Service]:
    """Run a command in its own process group; kill what is left of the group at the end."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True) as process,
    ):
        service = Service(process, log)
        try:
            yield service
            if process.poll() is None:
                service.stop()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
