"""The executor of all jobs: one process, which holds the run's lock and ends with its code server.

Does not belong here: noticing a dead run from outside (`dagster_project.runs.launcher`).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project.runs.lock import hold
from warehouse.clock import Clock

# A crawl that is interrupted gets 30 seconds to complete its files (`dagster_project.children`).
_GRACE_SECONDS = 45.0

_UNWATCHED = (
    "If this run's process is killed, nobody notices, and its pool stays occupied: the dagster.yaml of this Dagster "
    "instance has no run_launcher. Copy it from the shipped one; docs/operate.md says which under Upgrading"
)


class _LockedExecutor(dg.Executor):
    """Executes as another executor does, and holds the run's lock from before the first step."""

    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        """How failed steps are repeated."""
        return self._inner.retries

    @property
    def step_dependency_config(self) -> Any:
        """When a step's dependencies count as met."""
        return self._inner.step_dependency_config

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        """Execute all steps, and yield their events."""
        run, instance = plan_context.dagster_run, plan_context.instance
        hold(Path(instance.storage_directory()), run.run_id, Clock().now())
        if not instance.run_launcher.supports_check_run_worker_health:
            instance.report_engine_event(_UNWATCHED, run)
        end_with_code_server(lambda message: instance.report_engine_event(message, run))
        yield from self._inner.execute(plan_context, execution_plan)


def _create(context: dg.InitExecutorContext) -> dg.Executor:
    create = dg.in_process_executor.executor_creation_fn
    if create is None:
        raise TypeError("Dagster's in-process executor cannot be created")
    return _LockedExecutor(create(context))


locked_in_process_executor = dg.ExecutorDefinition(
    "in_process",
    config_schema=dg.in_process_executor.config_schema.as_field(),
    executor_creation_fn=_create,
    description="All steps in the run's process, since starting a process per step takes seconds.",
)
"""The executor of all jobs."""


def end_with_code_server(report: Callable[[str], object]) -> None:
    """Interrupt this process when the code server that started it has died; nothing if no code server did.

    Without it, such a run could no longer be terminated in the UI: Dagster asks the code server to do so.
    """
    server = multiprocessing.parent_process()
    if server is not None:
        threading.Thread(target=_wait_for_end, args=(server, report), daemon=True).start()


def _wait_for_end(server: Any, report: Callable[[str], object]) -> None:
    server.join()
    try:
        report(
            f"The code server that started this run (process {server.pid}) has died, so the run is ended. What it "
            "stored is kept: run the same job again, and it continues from there"
        )
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(_GRACE_SECONDS)
        # It hangs. The daemon sees that its lock is free, and ends the run.
        os.kill(os.getpid(), signal.SIGKILL)
