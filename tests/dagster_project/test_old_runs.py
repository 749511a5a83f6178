"""Deleting old runs: finished ones go with their events and logs, all others stay."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.old_runs import delete_runs
from spiders.crawl.process import log_path
from warehouse.clock import Clock
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]


@dg.op
def log_something(context: dg.OpExecutionContext) -> None:
    print("printed")  # into the run's compute log, which must be deleted too
    context.log.info("logged")


@dg.job
def logging() -> None:
    log_something()


def test_finished_runs_are_deleted_with_their_files_and_queued_runs_are_kept(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    (home.root / "logs").mkdir()
    with dg.DagsterInstance.local_temp(str(home.dagster)) as instance:
        finished = logging.execute_in_process(instance=instance).run_id
        waiting = instance.create_run_for_job(logging).run_id
        log_path(home, finished).write_text("a log", encoding="utf-8")
        now = Clock().now()

        assert delete_runs(instance, home, now - timedelta(days=90)) == 0
        assert instance.has_run(finished)

        assert delete_runs(instance, home, now + timedelta(days=1)) == 1
        assert not instance.has_run(finished)
        assert instance.has_run(waiting)
        assert list(instance.all_logs(finished)) == []
        # SQLite keeps an empty file of the run; Postgres has none.
        assert [path for path in home.root.rglob(f"*{finished}*") if path.suffix != ".db"] == []
