"""The launcher: the daemon ends started runs whose process is gone, and no others."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from dagster_project.instance import dagster_environment
from dagster_project.runs import lock
from dagster_project.runs.launcher import WatchedRunLauncher
from warehouse.clock import Clock
from warehouse.home import Home

pytestmark = pytest.mark.slow


@dg.job
def nothing() -> None:
    """A job without steps."""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """Return an instance as `hanoi-corpus dev` makes it."""
    folder = dagster_environment(Home(tmp_path_factory.mktemp("home")))["DAGSTER_HOME"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DAGSTER_HOME", folder)  # as its settings say, and every process of it has
        with dg.DagsterInstance.from_config(folder) as made:
            yield made


def started_run(instance: dg.DagsterInstance, ago: timedelta = timedelta(minutes=5)) -> dg.DagsterRun:
    """Return a run that began some time ago; no process executes it."""
    run = instance.create_run_for_job(nothing, tags={GRPC_INFO_TAG: '{"host": "localhost", "socket": "/nowhere"}'})
    event = dg.DagsterEvent("PIPELINE_START", nothing.name, message="began")
    instance.report_dagster_event(event, run.run_id, timestamp=(datetime.now(UTC) - ago).timestamp())
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.STARTED
    return found


def look(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Do once what the daemon does every few seconds."""
    record = instance.get_run_record_by_id(run.run_id)
    assert record is not None
    monitor_started_run(instance, cast(Any, None), record, logging.getLogger("test"))


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def leave_lock(instance: dg.DagsterInstance, run: dg.DagsterRun, holder: str) -> None:
    """Leave a run's lock as a killed process does."""
    storage = Path(instance.storage_directory())
    lock.prepare(storage, run.run_id)
    (storage / run.run_id / "process.lock").write_text(holder, encoding="utf-8")


def test_a_run_whose_process_is_gone_fails_and_says_which_since_when_and_what_to_do(
    instance: dg.DagsterInstance,
) -> None:
    assert isinstance(instance.run_launcher, WatchedRunLauncher)
    run = started_run(instance)
    leave_lock(instance, run, "process 4711 on server, begun at 2026-11-29T12:00:00+00:00")
    look(instance, run)
    assert status(instance, run) is dg.DagsterRunStatus.FAILURE
    (message,) = [
        entry.message
        for entry in instance.all_logs(run.run_id)
        if entry.dagster_event_type and "FAIL" in entry.dagster_event_type.value
    ]
    for part in (
        "process 4711 on server, begun at 2026-11-29T12:00:00",
        "last event is of 20",
        "killed",
        "run the same job",
    ):
        assert part in message


def test_a_run_whose_process_lives_goes_on(instance: dg.DagsterInstance) -> None:
    run = started_run(instance)
    lock.hold(Path(instance.storage_directory()), run.run_id, Clock().now())
    look(instance, run)
    assert status(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_of_another_machine_is_unknown_and_goes_on(instance: dg.DagsterInstance) -> None:
    run = started_run(instance)
    look(instance, run)
    assert status(instance, run) is dg.DagsterRunStatus.STARTED


def test_a_run_whose_code_server_is_gone_can_be_terminated(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started_run(instance)
    lock.hold(Path(instance.storage_directory()), run.run_id, Clock().now())
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("dagster_project.runs.lock.os.kill", lambda *told_now: told.append(told_now))
    assert instance.run_launcher.terminate(run.run_id)
    assert told == [(os.getpid(), signal.SIGINT)]
    assert status(instance, run) is dg.DagsterRunStatus.CANCELING


def test_a_dead_run_cannot_be_told_to_end(instance: dg.DagsterInstance) -> None:
    run = started_run(instance)
    leave_lock(instance, run, f"process {os.getpid()} on {socket.gethostname()}, begun at some time")
    assert not instance.run_launcher.terminate(run.run_id)


@pytest.mark.parametrize(("ago", "ended"), [(timedelta(seconds=1), False), (timedelta(minutes=1), True)])
def test_a_run_that_has_not_taken_its_lock_yet_gets_half_a_minute(
    instance: dg.DagsterInstance, ago: timedelta, ended: bool
) -> None:
    run = started_run(instance, ago)
    leave_lock(instance, run, "")
    look(instance, run)
    assert (status(instance, run) is dg.DagsterRunStatus.FAILURE) == ended


def test_a_started_run_is_told_dead_whatever_the_clock_did(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started_run(instance)
    leave_lock(instance, run, "process 1 on a, begun at some time")
    for ahead in (timedelta(days=-3650), timedelta(days=3650)):
        monkeypatch.setattr("dagster_project.runs.launcher.Clock", lambda ahead=ahead: Clock(ahead))
        assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND


def test_the_settings_end_a_dead_run_and_free_its_pool_within_two_minutes(instance: dg.DagsterInstance) -> None:
    monitoring = instance.run_monitoring_settings
    free = monitoring["free_slots_after_run_end_seconds"] + 2 * monitoring["poll_interval_seconds"]
    assert free + monitoring["cancel_timeout_seconds"] <= 120  # a run that was being terminated
    assert monitoring["start_timeout_seconds"] + monitoring["poll_interval_seconds"] <= 120  # it has no slots yet
    assert monitoring["max_resume_run_attempts"] == 0
