"""Forgetting old runs: what Dagster's own retention, which knows ticks alone, leaves standing for ever.

Here: `python -m dagster_project.old_runs --days 90`. Not here: the retention of ticks (`deploy/dagster.yaml`). Nothing
of the corpus is touched: crawls and their verdicts stand in the archive and in `fct_crawls`.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from spiders.crawl.process import log_path
from warehouse.clock import Clock
from warehouse.home import Home

_BATCH = 200
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_runs(instance: dg.DagsterInstance, home: Home, before: datetime) -> int:
    """Delete the finished runs that were created before a moment, their events and logs; return how many.

    A run that is queued or goes on stays, however old it is.
    """
    old = dg.RunsFilter(statuses=_FINISHED, created_before=before)
    forgotten = 0
    while records := instance.get_run_records(old, limit=_BATCH):
        for record in records:
            run_id = record.dagster_run.run_id
            _delete_logs(instance, home, run_id)
            instance.delete_run(run_id)
            forgotten += 1
    return forgotten


def _delete_logs(instance: dg.DagsterInstance, home: Home, run_id: str) -> None:
    """Delete what a run printed and its crawl's log; before the run, so that one that was killed here is met again."""
    folder = Path(instance.storage_directory()) / run_id
    if folder.exists():
        shutil.rmtree(folder)
    log_path(home, run_id).unlink(missing_ok=True)


def main() -> None:
    """Forget the runs of the instance that `DAGSTER_HOME` names."""
    parser = argparse.ArgumentParser(prog="python -m dagster_project.old_runs", description="Forget old Dagster runs.")
    parser.add_argument("--days", type=int, required=True, help="runs created before so many days are deleted")
    days = parser.parse_args().days
    if days < 1:
        parser.error("--days: at least 1")
    with dg.DagsterInstance.get() as instance:
        forgotten = forget_runs(instance, Home.from_environment(), Clock().now() - timedelta(days=days))
    print(f"{forgotten} runs of more than {days} days ago forgotten")


if __name__ == "__main__":
    main()
