"""The run launcher of `dagster.yaml`: Dagster's default one, and it notices runs without a process.

Dagster's daemon asks it about each started run, every `poll_interval_seconds` of `run_monitoring`. The daemon needs no
code server for that, so it ends a run that died together with its code server.
Does not belong here: how a process shows that it is alive (`dagster_project.runs.lock`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from dagster_project.runs.lock import RunProcess, prepare, process_of
from dagster_project.runs.private import (
    CheckRunHealthResult,
    DagsterUserCodeProcessError,
    DagsterUserCodeUnreachableError,
    LaunchRunContext,
    WorkerStatus,
)
from warehouse.clock import Clock

# Time from a run's start until its process holds the lock: milliseconds, and more on a machine that swaps.
_LOCKED_AFTER_SECONDS = 30.0

_WAY_OUT = "What it stored is kept: run the same job again, and it continues from there"


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Launches runs in the code server, and tells the daemon which of them have no process any more."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run, after creating the file of its lock."""
        prepare(self._storage, context.dagster_run.run_id)
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Terminate a run by its code server, or by a signal if that one has died; return whether it was told."""
        by_code_server: Callable[[str], bool] = super().terminate
        # It does not answer, or it is a new one and says that it does not know the run.
        with suppress(DagsterUserCodeUnreachableError, DagsterUserCodeProcessError):
            if by_code_server(run_id):
                return True
        process = process_of(self._storage, run_id)
        return process is not None and process.interrupt()

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether the daemon can ask for the state of a run's process."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether a started run's process exists, for the daemon, which ends the run if not."""
        process = process_of(self._storage, run.run_id)
        if process is None:
            # Not launched here: it may run on another machine, so nobody can tell that it is dead.
            return CheckRunHealthResult(WorkerStatus.RUNNING, "this machine does not know the run's process")
        if process.is_alive or self._is_about_to_lock(run, process):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"{self._what_ended(run, process)}. {_WAY_OUT}")

    def get_run_worker_debug_info(self, run: dg.DagsterRun, include_container_logs: bool | None = True) -> str | None:
        """Return in words why a run that Dagster gives up did not start or end in time."""
        process = process_of(self._storage, run.run_id)
        if process is None:
            return None
        if process.is_alive:
            return f"The run's {process.description} is still there: end it by hand if it hangs."
        return f"{self._what_ended(run, process)}. {_WAY_OUT}."

    @property
    def _storage(self) -> Path:
        return Path(self._instance.storage_directory())

    def _is_about_to_lock(self, run: dg.DagsterRun, process: RunProcess) -> bool:
        record = self._instance.get_run_record_by_id(run.run_id)
        started = record.start_time if record else None
        if process.description or started is None:
            return False
        return abs(Clock().now().timestamp() - started) < _LOCKED_AFTER_SECONDS

    def _what_ended(self, run: dg.DagsterRun, process: RunProcess) -> str:
        what = f"the run's {process.description}, is gone" if process.description else "the run's process never began"
        # Dagster has no time of the end; the last event is the latest moment at which the process was there for sure.
        found = self._instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
        last = f"; its last event is of {_time(found[0].timestamp)}" if found else ""
        return f"{what}{last}: it was killed, ran out of memory, or the machine was restarted"


def _time(timestamp: float) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} UTC"
