"""Runs dbt on the project `dbt_models`: its path, dbt's arguments and environment variables.

Does not belong here: the warehouse lock (`dagster_project.warehouse_access`), and the manifest
(`dagster_project.dbt.manifest`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dagster_project.children import run_child
from dagster_project.instance import REPOSITORY, program
from dagster_project.stage import Log, StageError
from warehouse.home import Home

WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
DBT_PROJECT = REPOSITORY / "dbt_models"
_NO_STATISTICS = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


def build_models(home: Home, log: Log) -> None:
    """Run and test every model; the caller holds the warehouse lock.

    Raises:
        StageError: a model or a test failed; the message quotes dbt.
    """
    failure = "dbt build failed, so nothing was published."
    run_dbt("build", dbt_target(home), home.root / "logs", dbt_environment(home), log, failure=failure)


def run_dbt(command: str, target: Path, logs: Path, environment: Mapping[str, str], log: Log, *, failure: str) -> None:
    """Run a dbt command on the project in a child process.

    Raises:
        StageError: dbt failed; the message is `failure`, then the last lines of dbt's output.
    """
    project = str(DBT_PROJECT)
    arguments = ["--quiet", command, "--project-dir", project, "--profiles-dir", project]
    arguments += ["--target-path", str(target), "--log-path", str(logs)]
    status, last_lines = run_child([program("dbt"), *arguments], {**_NO_STATISTICS, **environment}, log)
    if status != 0:
        raise StageError(f"{failure}\n{last_lines}".strip())


def dbt_target(home: Home) -> Path:
    """Return the folder for dbt's compiled files; only the holder of the warehouse lock may use it."""
    return home.root / "dbt"


def dbt_environment(home: Home) -> dict[str, str]:
    """Return dbt's environment variables: the warehouse, and no usage statistics."""
    return {WAREHOUSE_VARIABLE: str(home.warehouse_file), **_NO_STATISTICS}
