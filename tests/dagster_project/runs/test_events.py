"""Events in SQLite files that stay open: Dagster's own storage reads them at once, and watchers notice them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.instance import dagster_environment
from dagster_project.runs.events import QuickEventLogStorage
from warehouse.home import Home

KEY = dg.AssetKey("marts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an instance with the shipped settings."""
    monkeypatch.setenv("DAGSTER_HOME", dagster_environment(Home(tmp_path))["DAGSTER_HOME"])
    return Path(os.environ["DAGSTER_HOME"])


@pytest.fixture
def instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def materialize(instance: dg.DagsterInstance) -> str:
    @dg.asset(key=KEY)
    def marts() -> None: ...

    return dg.materialize([marts], instance=instance).run_id


def logs(instance: dg.DagsterInstance, run_id: str) -> int:
    return len(instance.get_records_for_run(run_id).records)


def test_the_shipped_settings_use_it_and_dagsters_default_reads_the_same_files(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    assert isinstance(instance.event_log_storage, QuickEventLogStorage)
    run_id = materialize(instance)
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(folder)) as default:
        assert not isinstance(default.event_log_storage, QuickEventLogStorage)
        assert logs(default, run_id) == logs(instance, run_id) > 5
        event = default.get_latest_materialization_event(KEY)
        assert event is not None
        assert event.run_id == run_id
        later = materialize(default)
    assert logs(instance, later) == logs(instance, run_id)


def test_a_run_is_followed_by_the_time_of_its_file_which_reading_does_not_change(
    folder: Path, instance: dg.DagsterInstance
) -> None:
    run_id = materialize(instance)
    file = folder / "history" / "runs" / f"{run_id}.db"
    os.utime(file, (0, 0))
    logs(instance, run_id)
    assert file.stat().st_mtime == 0
    instance.report_engine_event("one more", instance.get_run_by_id(run_id))
    assert file.stat().st_mtime > 0


def test_it_keeps_few_files_open_whatever_the_number_of_runs(folder: Path, instance: dg.DagsterInstance) -> None:
    run_ids = [materialize(instance) for _ in range(6)]
    counts = {logs(instance, run_id) for run_id in run_ids}
    assert len(counts) == 1
    assert len(list((folder / "history" / "runs").glob("*.db-wal"))) <= 4


def test_wiping_deletes_all_events(instance: dg.DagsterInstance) -> None:
    run_id = materialize(instance)
    instance.wipe()
    assert logs(instance, run_id) == 0
    assert instance.get_latest_materialization_event(KEY) is None
    assert logs(instance, materialize(instance)) > 5
