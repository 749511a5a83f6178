"""Loading the code location: it starts no process, writes no file, and works without dbt's manifest."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from dagster_project.dbt import manifest
from dagster_project.definitions import defs
from dagster_project.instance import REPOSITORY
from warehouse.home import HOME_VARIABLE

pytestmark = [pytest.mark.process, pytest.mark.slow]

DBT_GROUPS = {"staging", "intermediate", "marts"}
# The hook is added after Dagster's import, which itself starts a process (`file`, on the interpreter).
BEGINS = """
import dagster, os, sys

PROCESSES = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.spawn", "os.system"}
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.copyfile"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
seen = []

def audit(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
    if (event in PROCESSES or event in CHANGES or writes) and arguments[0] != os.devnull:
        seen.append((event, str(arguments[0])))

sys.addaudithook(audit)
"""
IMPORTS = "from dagster_project.definitions import defs\n"
LOADS = IMPORTS + "assert defs().resolve_asset_graph().materializable_asset_keys\n"
ENDS = "print(seen)"


def test_the_audit_hook_sees_processes_and_files(tmp_path: Path) -> None:
    file, folder = str(tmp_path / "a"), str(tmp_path / "b")
    seen = audited(
        f"import subprocess; subprocess.run(['true']); open({file!r}, 'w'); os.mkdir({folder!r})\n", tmp_path
    )
    assert "subprocess.Popen" in seen
    assert file in seen
    assert folder in seen


@pytest.mark.usefixtures("made_manifest")
@pytest.mark.parametrize("code", [IMPORTS, LOADS], ids=["importing", "loading"])
def test_loading_starts_no_process_and_writes_no_file(code: str, tmp_path: Path) -> None:
    assert audited(code, tmp_path) == "[]"
    assert list(tmp_path.iterdir()) == []


def audited(code: str, home: Path) -> str:
    """Run code in a separate process; return the processes that it started and the files that it changed."""
    done = subprocess.run(
        [sys.executable, "-c", BEGINS + code + ENDS],
        cwd=REPOSITORY,
        env={**os.environ, HOME_VARIABLE: str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


# the manifest


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_manifest: Path) -> Path:
    """Return a copy of the dbt project with a usable manifest, which the test may damage."""
    copy = tmp_path / "dbt_models"
    shutil.copytree(made_manifest.parent.parent, copy)
    monkeypatch.setattr("dagster_project.dbt.project.DBT_PROJECT", copy)
    monkeypatch.setattr(manifest, "DBT_PROJECT", copy)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.delenv(PORTALS_VARIABLE, raising=False)
    assert manifest.complaint() is None
    return copy


def spoil(project: Path, how: str) -> None:
    file = project / "target" / "manifest.json"
    model = next(project.glob("models/marts/*.sql"))
    if how == "missing":
        file.unlink()
    elif how == "cut off":
        file.write_bytes(file.read_bytes()[:1000])
    elif how == "without its digest":
        file.with_name("sources.sha256").unlink()
    elif how == "a model was changed":
        model.write_text(model.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    elif how == "a model was removed":
        model.unlink()
    elif how == "a model was added":
        (model.parent / "another.sql").write_text("select 1 as one", encoding="utf-8")


WAYS = ["missing", "cut off", "without its digest", "a model was changed", "a model was removed", "a model was added"]


@pytest.mark.parametrize("how", WAYS)
def test_an_unusable_manifest_says_what_to_do(project: Path, how: str) -> None:
    spoil(project, how)
    complaint = manifest.complaint()
    assert complaint is not None
    assert str(project / "target" / "manifest.json") in complaint
    assert "`make install`" in complaint


def test_file_times_do_not_invalidate_the_manifest(project: Path) -> None:
    for file in project.rglob("*.sql"):
        os.utime(file)
    assert manifest.complaint() is None


def test_refresh_writes_the_manifest_only_if_it_is_unusable(project: Path) -> None:
    logged: list[str] = []
    manifest.refresh(logged.append)
    assert logged == []
    spoil(project, "a model was added")
    manifest.refresh(logged.append)
    assert len(logged) == 1
    assert manifest.complaint() is None
    assert '"model.hanoi_corpus.another"' in manifest.manifest_file().read_text(encoding="utf-8")
    assert [
        path.name for path in manifest.manifest_file().parent.iterdir() if path.is_dir() and path.name.startswith("tmp")
    ] == []


def test_without_a_manifest_only_the_dbt_models_are_missing(
    project: Path, definitions: dg.Definitions, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(project, "missing")
    with caplog.at_level(logging.WARNING):
        left = defs()
    assert "`make install`" in caplog.text
    whole, graph = definitions.resolve_asset_graph(), left.resolve_asset_graph()
    assert {key for key in whole.materializable_asset_keys if whole.get(key).group_name not in DBT_GROUPS} == (
        graph.materializable_asset_keys
    )
    before, after = definitions.get_repository_def(), left.get_repository_def()
    assert set(before.job_names) == set(after.job_names)
    assert {one.name for one in before.schedule_defs} == {one.name for one in after.schedule_defs}
    assert {one.name for one in before.sensor_defs} == {one.name for one in after.sensor_defs}


def test_without_the_dbt_models_nothing_is_published_and_the_run_says_why(project: Path) -> None:
    spoil(project, "missing")
    left = defs()
    assert "`make install`" in str(left.resolve_asset_graph().get(dg.AssetKey("corpus")).description)
    with dg.DagsterInstance.ephemeral() as instance:
        done = left.resolve_job_def("rebuild_from_archive").execute_in_process(instance=instance, raise_on_error=False)
    assert not done.success
    (failed,) = [event for event in done.all_events if event.is_step_failure and event.step_key == "corpus"]
    data = failed.step_failure_data
    assert data.user_failure_data is not None
    assert "`make install`" in str(data.user_failure_data.description)


# private modules of Dagster


# Where Dagster offers nothing else: one module that names them, and its test.
PRIVATE_USES = (
    "dagster_project/runs/private.py",
    "tests/dagster_project/runs/test_launcher.py",
    # What the UI says of freshness, of a skipped check and of an error is asked of Dagster itself.
    "tests/dagster_project/test_captures.py",
    "tests/dagster_project/test_disk_space.py",
    "tests/dagster_project/test_judgement.py",
    "tests/dagster_project/test_share_checks.py",
    "tests/end_to_end/test_secrets.py",
)


def test_private_modules_of_dagster_are_used_in_one_place() -> None:
    """They change without notice; any use needs its own module and its own test."""
    private = "dagster." + "_"
    files = [file for suffix in ("py", "yaml", "yml", "toml") for file in REPOSITORY.rglob(f"*.{suffix}")]
    generated = {".venv", ".venv-replay", "data", "target"}
    own = [file for file in files if file.is_file() and not generated & set(file.relative_to(REPOSITORY).parts)]
    assert len(own) > 100
    found = {file.relative_to(REPOSITORY).as_posix() for file in own if private in file.read_text(encoding="utf-8")}
    assert found == set(PRIVATE_USES)
