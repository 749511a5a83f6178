"""Who makes the units of a stage: processes on this machine.

Here: dividing units among processes, and ending with the caller. Not here: what is made of a unit, and when
(`warehouse.stages`, whose `Executor` another engine can be, too).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread

from warehouse.stages import Stage, Unit, UnitResult, make

# Starting processes takes seconds, since each imports the stage anew: what is done in that time by one is not divided.
_TRIAL_SECONDS = 0.5
_SECONDS_WORTH_PROCESSES = 4.0


@dataclass(frozen=True)
class LocalProcesses:
    """Executes on this machine: in processes of their own, or in this one where there is little to do.

    Attributes:
        workers: processes at the most; as many as there are cores where None.
    """

    workers: int | None = None

    def map(self, stage: Stage, units: Iterable[Unit]) -> Iterator[UnitResult]:
        """Make the outputs of each unit; where that takes long, the largest first, so that no process is left with one.

        How long it takes is tried on the smallest ones: stages differ a hundredfold in what they do with a byte.

        Raises:
            concurrent.futures.process.BrokenProcessPool: a process was killed; what was made before stays.
        """
        todo = sorted(units, key=lambda unit: -unit.size_bytes)
        begun, tried_bytes = time.monotonic(), 0
        workers = self.workers or os.cpu_count() or 1
        while todo and (workers == 1 or len(todo) == 1 or not _is_worth_processes(begun, tried_bytes, todo)):
            unit = todo.pop()
            yield make(stage, unit)
            tried_bytes += unit.size_bytes
        if not todo:
            return
        # Spawned, not forked: the caller may hold threads (Dagster does), which a fork would copy in mid-step.
        with ProcessPoolExecutor(
            min(workers, len(todo)), mp_context=get_context("spawn"), initializer=_begin_worker, initargs=(stage,)
        ) as pool:
            for future in as_completed([pool.submit(_make_in_worker, unit) for unit in todo]):
                yield future.result()


def _is_worth_processes(begun: float, tried_bytes: int, todo: Sequence[Unit]) -> bool:
    """Tell whether the trial has shown that what is left takes longer than starting processes does."""
    seconds = time.monotonic() - begun
    if seconds < _TRIAL_SECONDS:
        return False
    left_bytes = sum(unit.size_bytes for unit in todo)
    return tried_bytes == 0 or seconds / tried_bytes * left_bytes > _SECONDS_WORTH_PROCESSES


_stage_of_worker: Stage | None = None


def _begin_worker(stage: Stage) -> None:
    """Keep the stage, which is sent once a process, and end with the parent.

    A worker would wait for work for ever where its parent is killed, since it holds the queue itself.
    """
    global _stage_of_worker
    _stage_of_worker = stage

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _make_in_worker(unit: Unit) -> UnitResult:
    if _stage_of_worker is None:
        raise RuntimeError("a worker was given work before its stage")
    return make(_stage_of_worker, unit)
