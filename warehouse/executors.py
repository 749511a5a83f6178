"""The local executor: runs the units of a stage, or batches of rows, in processes on this machine.

Belongs here: dividing units and batches among processes, what happens if one is killed, and stopping the workers when
the parent exits.
Does not belong here: which units to process, and how (`warehouse.stages`; other engines can implement its `Executor`).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from typing import TypeVar

from warehouse.errors import WarehouseError
from warehouse.stages import DamagedInputError, Stage, Unit, UnitResult, make

# Starting processes takes seconds because each imports the stage. Shorter work runs in this process.
_TRIAL_SECONDS = 0.5
_PARALLEL_MIN_SECONDS = 4.0
# Batches that wait for a worker or for being taken; more would only fill the memory.
_BATCHES_WAITING = 2

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class KilledWorkerError(WarehouseError):
    """A worker was killed while it worked on a batch of rows; the message says what to do."""


class KilledProcessError(DamagedInputError):
    """A unit killed the process that read it, twice; the message names the file.

    Attributes:
        file: the location of the unit's input.
    """

    def __init__(self, stage: Stage, unit: Unit) -> None:
        """Take the stage and the unit."""
        self.file = str(next(iter(unit.inputs.values())))
        super().__init__(
            f"{self.file}: {stage.name} was killed twice while it read this file, the second time alone: it needs more "
            "memory than this machine has, or crashes a library. The other files are read. Free memory, and run "
            "`hanoi-corpus build` again; if that does not help, report it as a bug."
        )


@dataclass(frozen=True)
class LocalProcesses:
    """Runs units in worker processes; small work runs in the calling process.

    Attributes:
        workers: the maximum number of processes; None means one per core.
    """

    workers: int | None = None

    def map(self, stage: Stage, units: Iterable[Unit]) -> Iterator[UnitResult]:
        """Make the outputs of each unit, and yield its result as soon as it is done.

        The smallest units run in this process as a trial, because stages differ a hundredfold in time per byte. If the
        rest would take long, workers process it, largest units first, so that no worker is left with one at the end.

        If a process is killed, one of its pages may have crashed a library or filled the memory. The units that are
        left are then made one at a time; the result of one that kills its process again is a `KilledProcessError`.
        """
        todo = sorted(units, key=lambda unit: -unit.size_bytes)
        started_at, trial_bytes = time.monotonic(), 0
        workers = self.workers or os.cpu_count() or 1
        while todo and (workers == 1 or len(todo) == 1 or not _should_use_processes(started_at, trial_bytes, todo)):
            unit = todo.pop()
            yield make(stage, unit)
            trial_bytes += unit.size_bytes
        if not todo:
            return
        left = {unit.name: unit for unit in todo}
        try:
            with _pool(stage, min(workers, len(todo))) as pool:
                with _without_interrupts():
                    made = [pool.submit(_make_in_worker, unit) for unit in todo]
                for future in as_completed(made):
                    result = future.result()
                    del left[result.unit.name]
                    yield result
        except BrokenProcessPool:
            yield from _one_at_a_time(stage, [*left.values()])


def map_batches(
    function: Callable[[Batch], Result], batches: Iterable[Batch], workers: int | None = None
) -> Iterator[Result]:
    """Yield the results of a pure function of batches, in their order.

    Small work is done in this process. What takes longer than starting processes goes to workers, one per core unless
    `workers` says otherwise; `function` must be importable. A few batches are read ahead, and no more.

    Raises:
        KilledWorkerError: a worker was killed, as for want of memory.
    """
    left = iter(batches)
    started_at = time.monotonic()
    for batch in left:
        yield function(batch)
        if time.monotonic() - started_at > _PARALLEL_MIN_SECONDS:
            break
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield from map(function, left)
        return
    waiting: deque[Future[Result]] = deque()
    try:
        with ProcessPoolExecutor(count, get_context("spawn"), _exit_with_parent) as pool:
            for batch in left:
                waiting.append(pool.submit(function, batch))
                if len(waiting) > _BATCHES_WAITING * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise KilledWorkerError(
            "a process that compares texts was killed, most often because the machine has no memory left; free memory, "
            "and run `hanoi-corpus build` again"
        ) from error


@contextmanager
def _pool(stage: Stage, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Provide worker processes; if the block is interrupted, end them with the units that they are making."""
    others = set(active_children())
    # Spawn, not fork: the caller may have threads (Dagster does), and a fork copies locks that they hold.
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(stage,)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(active_children()) - others:
                worker.terminate()
            raise


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from the processes that the block starts, and put off signals until it has ended.

    A terminal sends Ctrl-C to all processes; this one ends the others. A process that is interrupted while it starts
    another leaves one that complains of what it was not told.
    """
    put_off: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers[number] = signal.signal(number, lambda received, _frame: put_off.append(received))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the processes inherit it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for received in put_off:
            signal.raise_signal(received)


def _one_at_a_time(stage: Stage, units: list[Unit]) -> Iterator[UnitResult]:
    while units:
        try:
            with _pool(stage, 1) as pool:
                while units:
                    with _without_interrupts():
                        made = pool.submit(_make_in_worker, units[0])
                    result = made.result()
                    del units[0]
                    yield result
        except BrokenProcessPool:
            unit = units.pop(0)
            yield UnitResult(unit, damage=KilledProcessError(stage, unit))


def _should_use_processes(started_at: float, trial_bytes: int, todo: Sequence[Unit]) -> bool:
    """Tell whether the trial is over and the remaining units would take longer than starting processes.

    The trial's time includes the caller's time between results. If the trial read no bytes, return True at its end.
    """
    seconds = time.monotonic() - started_at
    if seconds < _TRIAL_SECONDS:
        return False
    remaining_bytes = sum(unit.size_bytes for unit in todo)
    return trial_bytes == 0 or seconds / trial_bytes * remaining_bytes > _PARALLEL_MIN_SECONDS


_worker_stage: Stage | None = None


def _start_worker(stage: Stage) -> None:
    """Keep the stage, which is sent once per process, and exit when the parent exits."""
    global _worker_stage
    _worker_stage = stage
    _exit_with_parent()


def _exit_with_parent() -> None:
    """Exit when the parent exits.

    Otherwise a worker waits forever after its parent is killed: its own open end of the queue prevents end-of-file.
    """

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _make_in_worker(unit: Unit) -> UnitResult:
    if _worker_stage is None:
        raise RuntimeError("a worker received a unit before its stage")
    return make(_worker_stage, unit)
