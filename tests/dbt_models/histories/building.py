"""Builds homes with dbt in this process, which reads the project once: a build takes a fraction of a command's time.

Belongs here: dbt's runs, and a second home with the same raw rows in another order.
Does not belong here: comparing the results (`tests.dbt_models.histories.comparing`).
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from tests.warehouse.tables.made_up import PROJECT
from warehouse.home import Home
from warehouse.tables import inputs, lock, store

# Whether a build is needed, and which, is the caller's choice.
_DIGEST = "histories"
# Rows on their way to Python models, in an increment only those that it replaces;
# and rows as they were loaded, with their place in the table.
_PASSING = frozenset(
    {
        *("int_articles__pairs", "int_articles__edits", "int_passages__pairs"),
        *("int_corrections__pairs", "stg_portal__articles", "stg_portal__story_terms"),
    }
)
# The histories are short: with the project's limits every text would be compared with all others of its buckets, and no
# snapshot of terms would be due.
_LIMITS = json.dumps({"copies_first_max": 1, "copies_recent_max": 2, "stories_snapshot_first": 3})


class BuildError(Exception):
    """dbt failed; the message names the models and quotes the database."""


class Builder:
    """Runs all models on a home; reads the project when it is made."""

    def __init__(self, folder: Path, project: Path = PROJECT) -> None:
        self._arguments = dbt_command(project, folder / "dbt")
        os.environ["HANOI_CORPUS_WAREHOUSE"] = str(folder / "warehouse.duckdb")
        parsed = dbtRunner().invoke(["--quiet", "parse", *self._arguments])
        assert isinstance(parsed.result, Manifest), parsed.exception
        self._manifest = parsed.result

    @property
    def relations(self) -> list[str]:
        """Everything that must not depend on how it was built."""
        models = [node for node in self._manifest.nodes.values() if isinstance(node, ModelNode)]
        return [
            str(node.relation_name) for node in models if "changes" not in node.fqn[:-1] and node.name not in _PASSING
        ]

    def build(self, home: Home, *, full: bool) -> None:
        """Run every model on a home, and record that its marts are complete; the caller has loaded it.

        Raises:
            BuildError: a model failed.
        """
        os.environ["HANOI_CORPUS_WAREHOUSE"] = str(home.warehouse_file)
        # As in `dagster_project.dbt.project`.
        how = ("--full-refresh",) if full else ("--exclude", "config.materialized:view")
        command = ["--quiet", "run", *how, *self._arguments]
        with lock.hold(home, "dbt", 0):
            inputs.begin(home, _DIGEST, _DIGEST, full=True)
            done = dbtRunner(manifest=self._manifest).invoke(command)
            # dbt keeps the file open until its process ends.
            DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]  # the adapter has no types
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # the same
        if not done.success:
            results: list[Any] = getattr(done.result, "results", [])
            failed = [each for each in results if each.status not in ("success", "skipped")]
            raise BuildError("\n".join(f"{each.node.name}: {each.message}" for each in failed) or str(done.exception))
        with lock.hold(home, "dbt", 0):
            inputs.record(home, _DIGEST, _DIGEST)


def dbt_command(project: Path, target: Path) -> list[str]:
    """Return dbt's arguments for a project; `target` is the folder for its own files."""
    folders = {"project-dir": project, "profiles-dir": project, "target-path": target, "log-path": target / "logs"}
    return [*(part for name, folder in folders.items() for part in (f"--{name}", str(folder))), "--vars", _LIMITS]


def copy_raw(home: Home, folder: Path, seed: int) -> Home:
    """Return a home in `folder` that has the raw rows of another one, in another order, and no marts."""
    shutil.rmtree(folder, ignore_errors=True)
    copied = Home(folder)
    with lock.hold(copied, "test", 0), lock.hold(home, "test", 0), store.connect(copied) as warehouse:
        warehouse.execute(f"attach '{home.warehouse_file}' as original (read_only)")
        warehouse.execute("create schema raw")
        warehouse.execute("create schema former")
        tables = warehouse.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'original' and schema_name in ('raw', 'former')"
        ).fetchall()
        for (table,) in tables:
            warehouse.execute(
                f"create table {table} as select * from original.{table} as rows"  # noqa: S608 - our own names
                f" order by hash(rows, {seed})"
            )
    return copied
