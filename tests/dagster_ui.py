"""The Dagster UI and daemon of a home, running for a test, and asking them by GraphQL."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.demonstration import PROGRAM, environment
from warehouse.home import Home

START_TIMEOUT_SECONDS = 120


@contextmanager
def served_ui(home: Home, log: Path) -> Iterator[str]:
    """Run `hanoi-corpus dev` on a home; yield its address; it is stopped with all that it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [PROGRAM, "dev", "--port", str(port)],
            env=environment(home),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_served(address, process, log)
            yield address
        finally:
            stop(process)


def wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5).close()  # noqa: S310 - our own server
            return
        except OSError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.3)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process group: politely, as Ctrl-C does, then whatever is left of it by force."""
    os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def ask(address: str, query: str, **variables: object) -> dict[str, Any]:
    """Return the data that the UI's GraphQL answers."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/graphql", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own server
        answer = json.loads(response.read())
    assert "errors" not in answer, answer
    data = answer["data"]
    assert isinstance(data, dict)
    return data
