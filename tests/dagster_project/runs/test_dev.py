"""`hanoi-corpus dev`: one per home, and all its processes end with it, however it was started and however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dagster_project.corpus import DemoCorpus
from tests.dagster_ui import wait_for
from tests.demonstration import PROGRAM, environment, hanoi_corpus
from tests.services import free_port, kill_all, processes_of
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

# What the processes of `dev` may take to end.
END_SECONDS = 30
SERVICES = "dagster_project.runs.services"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a demo home; at the end none of its processes is left."""
    made = Home(tmp_path / "home")
    made.root.mkdir()
    DemoCorpus.begin_day(made, 1)
    yield made
    left = processes_of(made.root)
    kill_all(left)
    assert not left


def ignore(*signals: int) -> Callable[[], None]:
    """Return what a shell does before `&` (SIGINT), or nohup (SIGHUP)."""

    def set_ignored() -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)

    return set_ignored


@contextmanager
def dev(home: Home, port: int, *ignored: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run it in a session of its own."""
    with subprocess.Popen(
        [PROGRAM, "dev", "--port", str(port), "--site-port", str(free_port())],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=ignore(*ignored),
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def is_served(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"http://127.0.0.1:{port}/server_info", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("ignored", "sent"),
    [((signal.SIGINT,), signal.SIGHUP), ((signal.SIGINT, signal.SIGHUP), signal.SIGTERM), ((), signal.SIGINT)],
    ids=["in a script's background", "under nohup", "Ctrl-C"],
)
def test_it_ends_with_its_processes_while_they_start(
    home: Home, ignored: tuple[int, ...], sent: signal.Signals
) -> None:
    with dev(home, free_port(), *ignored) as process:
        wait_for("its processes begin", lambda: processes_of(home.root, SERVICES))
        process.send_signal(sent)
        assert process.wait(END_SECONDS) == 0
        assert not processes_of(home.root)


def test_in_the_background_it_serves_is_alone_and_restarts_what_dies_until_it_is_told_to_end(home: Home) -> None:
    port = free_port()
    with dev(home, port, signal.SIGINT) as process:
        wait_for("the UI responds", lambda: is_served(port))

        second = hanoi_corpus(home, "dev", "--port", str(free_port()))
        assert second.returncode == 4
        assert f"process {process.pid} on " in second.stderr
        assert "Traceback" not in second.stderr

        died = processes_of(home.root, "dagster-webserver")
        kill_all(died)
        wait_for("the UI is another process", lambda: processes_of(home.root, "dagster-webserver").keys() - died.keys())

        process.terminate()
        assert process.wait(END_SECONDS) == 0
        assert not processes_of(home.root)


def test_killed_it_takes_its_processes_along_and_leaves_no_lock(home: Home) -> None:
    port = free_port()
    with dev(home, port) as process:
        wait_for("its processes begin", lambda: processes_of(home.root, SERVICES))
        first = processes_of(home.root)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(END_SECONDS)
    with dev(home, port) as process:
        wait_for("the next one's begin", lambda: processes_of(home.root, SERVICES).keys() - first.keys())
        wait_for("those of the first one end", lambda: not processes_of(home.root).keys() & first.keys())
        process.terminate()
        assert process.wait(END_SECONDS) == 0


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_port_that_does_not_exist_is_bad_input(home: Home, port: int) -> None:
    done = hanoi_corpus(home, "dev", "--port", str(port))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert str(port) in done.stderr


def test_a_port_in_use_is_refused_in_words(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = hanoi_corpus(home, "dev", "--port", str(port))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert f"--port {port}: the UI cannot listen there" in done.stderr
