"""Forgetting old runs: finished ones go with their events and logs, all others stay."""

from datetime import timedelta
from pathlib import Path

import dagster as dg

from dagster_project.old_runs import forget_runs
from spiders.crawl.process import log_path
from warehouse.clock import Clock
from warehouse.home import Home


@dg.op
def says_something(context: dg.OpExecutionContext) -> None:
    print("printed")  # into the run's log, which is to go with it
    context.log.info("said")


@dg.job
def speaking() -> None:
    says_something()


def test_finished_runs_go_with_all_that_is_theirs_and_runs_that_wait_stay(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    (home.root / "logs").mkdir()
    with dg.DagsterInstance.local_temp(str(home.dagster)) as instance:
        finished = speaking.execute_in_process(instance=instance).run_id
        waiting = instance.create_run_for_job(speaking).run_id
        log_path(home, finished).write_text("a log", encoding="utf-8")
        now = Clock().now()

        assert forget_runs(instance, home, now - timedelta(days=90)) == 0
        assert instance.has_run(finished)

        assert forget_runs(instance, home, now + timedelta(days=1)) == 1
        assert not instance.has_run(finished)
        assert instance.has_run(waiting)
        assert list(instance.all_logs(finished)) == []
        # SQLite's file of the run stays, emptied; Postgres has none.
        assert [path for path in home.root.rglob(f"*{finished}*") if path.suffix != ".db"] == []
