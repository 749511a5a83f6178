"""A worker process that checks cases; a case that hangs or kills the process is a result, too.

Belongs here: the worker, its limits of time and memory, and the names of failures. Does not belong here: the checks
(see `bench.fuzzing.checks`).
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
from bench.fuzzing.checks import UnsoundError
from bench.fuzzing.pages import Case
from bench.fuzzing.targets import check_any

TIMEOUT_SECONDS = 60.0
"""Limit for one case; a page is extracted four times, and a slower one would hold up an extraction run."""
MEMORY_BYTES = 3_000_000_000
"""Limit of the worker's address space."""
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one case.

    Attributes:
        failure: the fault and where it was raised, the same for all cases of one fault; None if all checks passed.
        detail: the traceback, if there is one.
    """

    outcome: str | None
    seconds: float
    failure: str | None = None
    detail: str = ""


class Worker:
    """A process that checks cases one by one; restarted after a case that it did not survive."""

    def __init__(self, check_case: Callable[[Case], str] = check_any, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._check_case = check_case
        self._timeout_seconds = timeout_seconds
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Worker:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def run(self, case: Case) -> Result:
        """Check the case."""
        connection = self._connection or self._start()
        started_at = time.perf_counter()
        connection.send(case)
        if not connection.poll(self._timeout_seconds):
            self._stop()
            return Result(None, time.perf_counter() - started_at, "hangs")
        try:
            result: Result = connection.recv()
        except (EOFError, ConnectionResetError):
            exit_code = self._stop()
            return Result(None, time.perf_counter() - started_at, f"ends the process with {exit_code}")
        return result

    def _start(self) -> Connection:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._check_case), daemon=True)
        process.start()
        theirs.close()
        if not ours.poll(_START_SECONDS):
            raise RuntimeError(f"the worker did not start within {_START_SECONDS:.0f} s")
        ours.recv()
        self._process, self._connection = process, ours
        return ours

    def _stop(self) -> int | None:
        process, self._process, self._connection = self._process, None, None
        if process is None:
            return None
        process.join(0.5)
        process.kill()
        process.join()
        return process.exitcode


def _serve(connection: Connection, check_case: Callable[[Case], str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    connection.send("ready")
    while True:
        try:
            case = connection.recv()
        except EOFError:
            return
        connection.send(_result(case, check_case))


def _result(case: Case, check_case: Callable[[Case], str]) -> Result:
    started_at = time.perf_counter()
    try:
        outcome = check_case(case)
    except Exception as error:  # any exception from the extractor is a finding
        return Result(None, time.perf_counter() - started_at, _name(error), traceback.format_exc())
    return Result(outcome, time.perf_counter() - started_at)


def _name(error: Exception) -> str:
    """Return the kind of a fault and the line that raised it, without values that differ by case."""
    if isinstance(error, UnsoundError):
        return f"unsound: {' '.join(str(error).split()[:2])}"
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(REPOSITORY) and "bench" not in Path(frame.filename).parts
    ]
    return f"{type(error).__name__} at {places[-1] if places else 'no line of this project'}"
