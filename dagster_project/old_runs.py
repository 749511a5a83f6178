"""Deletes old runs: Dagster's own retention settings cover only ticks of schedules and sensors.

Belongs here: `python -m dagster_project.old_runs --days 90`.
Does not belong here: the retention of ticks (`deploy/dagster.yaml`), and the corpus: crawls and their verdicts stay in
the archive and in `fct_crawls`.
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
_DAYS_MAX = 36_500
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def delete_runs(instance: dg.DagsterInstance, home: Home, before: datetime) -> int:
    """Delete finished runs created before a time, with their events and logs; return the number of runs.

    Queued and running runs are kept, whatever their age.
    """
    old = dg.RunsFilter(statuses=_FINISHED, created_before=before)
    deleted = 0
    while records := instance.get_run_records(old, limit=_BATCH):
        for record in records:
            run_id = record.dagster_run.run_id
            _delete_logs(instance, home, run_id)
            instance.delete_run(run_id)
            deleted += 1
    return deleted


def _delete_logs(instance: dg.DagsterInstance, home: Home, run_id: str) -> None:
    """Delete a run's logs, before the run itself: if the process is killed, the next one repeats it."""
    folder = Path(instance.storage_directory()) / run_id
    if folder.exists():
        shutil.rmtree(folder)
    log_path(home, run_id).unlink(missing_ok=True)


def main() -> None:
    """Delete the old runs of the instance in `DAGSTER_HOME`."""
    parser = argparse.ArgumentParser(prog="python -m dagster_project.old_runs", description="Delete old Dagster runs.")
    parser.add_argument("--days", type=int, required=True, help="delete finished runs created more than DAYS days ago")
    days = parser.parse_args().days
    if not 1 <= days <= _DAYS_MAX:
        parser.error(f"--days: from 1 to {_DAYS_MAX}")
    with dg.DagsterInstance.get() as instance:
        deleted = delete_runs(instance, Home.from_environment(), Clock().now() - timedelta(days=days))
    print(f"{deleted} runs older than {days} days deleted")


if __name__ == "__main__":
    main()
