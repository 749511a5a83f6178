"""The lock of the warehouse file: waiting, error messages, and killed holders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.tables.made_up import REPOSITORY
from warehouse.home import Home
from warehouse.tables import lock, store

pytestmark = pytest.mark.process

HOLD = """
import sys
from pathlib import Path
from warehouse.home import Home
from warehouse.tables import lock
with lock.hold(Home(Path(sys.argv[1])), "dbt build", 5):
    print("held", flush=True)
    sys.stdin.read()
"""

OPEN_WITHOUT_LOCK = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(code: str, argument: Path) -> Iterator[subprocess.Popen[str]]:
    """Run code in another process until the block ends; enter when it holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(argument)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_waiting_in_vain_names_the_holder(home: Home) -> None:
    with another_process(HOLD, home.root) as process:
        with pytest.raises(lock.LockedError) as raised, lock.hold(home, "load", 0.2):
            pytest.fail("the lock was held by another process")
        assert raised.value.holder is not None
        assert raised.value.holder.pid == process.pid
        message = str(raised.value)
        for part in (str(home.warehouse_file), "'dbt build'", f"process {process.pid}", socket.gethostname(), "since"):
            assert part in message


def test_the_lock_is_free_after_release(home: Home) -> None:
    with another_process(HOLD, home.root) as process:
        process.communicate(input="")
        with lock.hold(home, "load", 0):
            assert lock.is_held(home)
    assert not lock.is_held(home)


def test_a_killed_holder_releases_the_lock(home: Home) -> None:
    with another_process(HOLD, home.root) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lock.hold(home, "load", 0):
            assert lock.is_held(home)


def test_a_dead_holders_file_is_ignored(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with another_process(HOLD, home.root):

        def is_gone(pid: int, signal_number: int) -> None:
            raise ProcessLookupError

        monkeypatch.setattr(os, "kill", is_gone)
        with pytest.raises(lock.LockedError, match="by an unknown process"), lock.hold(home, "load", 0):
            pytest.fail("the lock was held by another process")


def test_the_lock_is_reentrant_in_a_thread_and_the_outermost_hold_releases_it(home: Home) -> None:
    with lock.hold(home, "build", 0):
        with lock.hold(home, "load", 0):
            pass
        assert lock.is_held(home)
    assert not lock.is_held(home)


def test_two_threads_exclude_each_other(home: Home) -> None:
    outcomes: list[str] = []

    def try_it() -> None:
        try:
            with lock.hold(home, "publish", 0):
                outcomes.append("held")
        except lock.LockedError as error:
            outcomes.append(str(error))

    with lock.hold(home, "load", 0):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert len(outcomes) == 1
    assert "'load'" in outcomes[0]


def test_nothing_opens_the_warehouse_without_the_lock(home: Home) -> None:
    with pytest.raises(RuntimeError, match="lock"):
        store.connect(home)


def test_a_process_that_ignores_the_lock_is_named_without_duckdbs_message(home: Home) -> None:
    with lock.hold(home, "load", 0):
        store.connect(home).close()
        with another_process(OPEN_WITHOUT_LOCK, home.warehouse_file) as process:
            with pytest.raises(lock.LockedError) as raised:
                store.connect(home)
            assert f"process {process.pid}" in str(raised.value)
            assert "Conflicting lock" not in str(raised.value)
        assert isinstance(raised.value.__cause__, duckdb.IOException)
