"""The dbt project as this program runs it: where it stands, its arguments and its environment.

Not here: who holds the warehouse meanwhile (`dagster_project.warehouse_access`), and the manifest
(`dagster_project.dbt.manifest`).
"""

from __future__ import annotations

from pathlib import Path

from dagster_project.children import run_child
from dagster_project.instance import REPOSITORY, program
from dagster_project.stage import StageError, Tell
from warehouse.home import Home

WAREHOUSE_VARIABLE = "HANOI_CORPUS_WAREHOUSE"
DBT_PROJECT = REPOSITORY / "dbt_models"


def build_models(home: Home, tell: Tell) -> None:
    """Run and test every model; the caller holds the warehouse.

    Raises:
        StageError: a model or a test failed; the message holds dbt's own words.
    """
    status, complaint = run_child([program("dbt"), "--quiet", *dbt_arguments(home)], dbt_environment(home), tell)
    if status != 0:
        raise StageError(f"dbt build failed, so nothing was published.\n{complaint}".strip())


def dbt_arguments(home: Home) -> list[str]:
    """Return the arguments of `dbt build` on a home's warehouse."""
    project = str(DBT_PROJECT)
    return [
        "build",
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(dbt_target(home)), "--log-path", str(home.root / "logs")),
    ]


def dbt_target(home: Home) -> Path:
    """Return the folder for what dbt compiles; whoever uses it holds the warehouse."""
    return home.root / "dbt"


def dbt_environment(home: Home) -> dict[str, str]:
    """Return what dbt must find in its environment: the warehouse, and that it reports to nobody."""
    return {WAREHOUSE_VARIABLE: str(home.warehouse_file), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
