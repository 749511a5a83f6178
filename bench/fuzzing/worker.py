"""A process that checks cases, and the watchdog over it: a case that hangs, or takes the process down, is a result too.

Here: one worker, its bounds of time and memory, how a failure is named. Not here: what is checked.
"""

from __future__ import annotations

import resource
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from bench.figures import REPOSITORY
from bench.fuzzing.checks import Outcome, UnsoundError, check
from bench.fuzzing.pages import Case

TIMEOUT_SECONDS = 60.0
"""For one case, which is read four times; a case this slow would hold up an extraction."""
MEMORY_BYTES = 3_000_000_000
"""Address space of the worker."""
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case.

    Attributes:
        failure: names the fault and where it was raised, the same for all cases of one fault; None where all held.
        detail: the traceback, where there is one.
    """

    outcome: Outcome | None
    seconds: float
    failure: str | None = None
    detail: str = ""


class Worker:
    """A process that checks one case after the other; it is started anew after one that it did not survive."""

    def __init__(self, checking: Callable[[Case], Outcome] = check, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._checking = checking
        self._timeout_seconds = timeout_seconds
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(self, case: Case) -> Result:
        """Check the case."""
        connection = self._connection or self._begin()
        begun = time.perf_counter()
        connection.send(case)
        if not connection.poll(self._timeout_seconds):
            self._end()
            return Result(None, time.perf_counter() - begun, "hangs")
        try:
            result: Result = connection.recv()
        except (EOFError, ConnectionResetError):
            exit_code = self._end()
            return Result(None, time.perf_counter() - begun, f"ends the process with {exit_code}")
        return result

    def _begin(self) -> Connection:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._checking), daemon=True)
        process.start()
        theirs.close()
        if not ours.poll(_START_SECONDS):
            raise RuntimeError("the worker does not start")
        ours.recv()
        self._process, self._connection = process, ours
        return ours

    def _end(self) -> int | None:
        process, self._process, self._connection = self._process, None, None
        if process is None:
            return None
        process.join(0.5)
        process.kill()
        process.join()
        return process.exitcode


def _serve(connection: Connection, checking: Callable[[Case], Outcome]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    connection.send("ready")
    while True:
        try:
            case = connection.recv()
        except EOFError:
            return
        connection.send(_result(case, checking))


def _result(case: Case, checking: Callable[[Case], Outcome]) -> Result:
    begun = time.perf_counter()
    try:
        outcome = checking(case)
    except Exception as error:  # whatever the extractor lets through is what is looked for
        return Result(None, time.perf_counter() - begun, _name(error), traceback.format_exc())
    return Result(outcome, time.perf_counter() - begun)


def _name(error: Exception) -> str:
    """Name a fault by its kind and the place in this project where it was raised; values differ from case to case."""
    if isinstance(error, UnsoundError):
        return f"unsound: {' '.join(str(error).split()[:2])}"
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(REPOSITORY) and "bench" not in Path(frame.filename).parts
    ]
    return f"{type(error).__name__} at {places[-1] if places else 'no place of ours'}"
