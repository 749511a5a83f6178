"""Services that run for a test: a process group, its log, whether it answers, and its end as systemd ends it."""

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
            told = f"{what}: not so\n{self.log.read_text(encoding='utf-8', errors='replace')[-5000:]}"
            assert self.process.poll() is None, told
            assert time.monotonic() < deadline, told
            time.sleep(0.3)

    def wait_until_served(self, port: int, path: str = "/server_info") -> str:
        """Wait until it answers on loopback; return its address."""
        address = f"http://127.0.0.1:{port}"
        # What the environment says of proxies is not for a service of our own.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def answers() -> bool:
            try:
                opener.open(f"{address}{path}", timeout=5).close()
            except OSError:
                return False
            return True

        self.wait_for(f"{address}{path} answers", answers)
        return address

    def stop(self) -> int:
        """Tell every process of the group to end, as systemd does; return the status of the first."""
        os.killpg(self.process.pid, signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[Service]:
    """Run a command in a process group of its own; whatever is left of the group at the end is killed."""
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
