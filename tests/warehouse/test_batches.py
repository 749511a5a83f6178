"""Batches of rows in processes: in their order, in this process if they are few, and what is said of a killed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import executors
from warehouse.executors import KilledWorkerError, map_batches

REPOSITORY = Path(__file__).resolve().parents[2]


def doubled(batch: list[int]) -> tuple[list[int], int]:
    """Return the numbers doubled, and the process that did it."""
    return [2 * number for number in batch], os.getpid()


def killed_at_seven(batch: list[int]) -> int:
    if 7 in batch:
        os.kill(os.getpid(), signal.SIGKILL)
    return len(batch)


def batches(count: int) -> Iterator[list[int]]:
    for number in range(count):
        yield [number, number + 1]


@pytest.fixture
def long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all work but the first batch take longer than starting processes."""
    monkeypatch.setattr(executors, "_PARALLEL_MIN_SECONDS", 0.0)


def test_small_work_stays_in_this_process() -> None:
    assert list(map_batches(doubled, batches(3), workers=2)) == [
        ([2 * number, 2 * number + 2], os.getpid()) for number in range(3)
    ]
    assert list(map_batches(doubled, iter(()), workers=2)) == []


@pytest.mark.process
@pytest.mark.usefixtures("long_work")
def test_results_of_workers_come_in_the_order_of_the_batches() -> None:
    results = list(map_batches(doubled, batches(40), workers=2))
    assert [numbers for numbers, _ in results] == [[2 * number, 2 * number + 2] for number in range(40)]
    assert os.getpid() == results[0][1]
    assert os.getpid() not in {process for _, process in results[1:]}


@pytest.mark.process
@pytest.mark.usefixtures("long_work")
def test_few_batches_are_read_ahead() -> None:
    read = 0

    def counted() -> Iterator[list[int]]:
        nonlocal read
        for batch in batches(100):
            read += 1
            yield batch

    results = map_batches(doubled, counted(), workers=2)
    next(results)
    next(results)
    assert read <= 8


@pytest.mark.process
@pytest.mark.usefixtures("long_work")
def test_a_killed_worker_is_told_with_what_to_do() -> None:
    with pytest.raises(KilledWorkerError, match=r"most often because the machine has no memory left.*build` again"):
        list(map_batches(killed_at_seven, batches(20), workers=2))


@pytest.mark.process
def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "import os, sys, time\n"
        "from warehouse import executors\n"
        "from tests.warehouse.test_batches import batches, doubled\n"
        "executors._PARALLEL_MIN_SECONDS = 0.0\n"
        "if __name__ == '__main__':\n"
        "    results = executors.map_batches(doubled, batches(1000), workers=1 + 1)\n"
        "    next(results)\n"
        "    print(next(results)[1], flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()
