"""Opens the pipeline's own DuckDB file under the lock.

Belongs here: connecting, and transactions. Everything in the file can be rebuilt, so there are no migrations.
Does not belong here: loading the schema `raw` (`warehouse.tables.load`), and the schemas of dbt (`dbt_models`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.corpus.release import NO_DOWNLOADS
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.tables import lock

MEMORY_LIMIT = "1GB"
"""DuckDB's share of the 2 GB that a build may use; beyond it DuckDB spills to `warehouse.duckdb.tmp` in the home."""

THREADS = 2


class StoreError(WarehouseError):
    """The warehouse file cannot be opened or written."""


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading and writing; the caller closes it.

    Raises:
        RuntimeError: the caller does not hold the lock (`warehouse.tables.lock.hold`).
        lock.LockedError: a process that does not hold the lock has the file open.
        StoreError: the file cannot be opened, for example because it is not a DuckDB file.
    """
    if not lock.is_held(home):
        raise RuntimeError(f"opening {home.warehouse_file} requires the lock: with lock.hold(home, …)")
    try:
        return duckdb.connect(str(home.warehouse_file), config=settings_of(home))
    except duckdb.Error as error:
        raise _explain(error, home) from error


def settings_of(home: Home) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings for work on the warehouse."""
    spill = home.warehouse_file.with_name(home.warehouse_file.name + ".tmp")
    return NO_DOWNLOADS | {"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(spill)}


def has_table(warehouse: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Tell whether a table exists; dbt's tables do not exist before the first build."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?", [schema, table]
    )
    return found.fetchone() is not None


@contextmanager
def transaction(warehouse: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the block in a transaction, which is rolled back if the block raises.

    Raises:
        StoreError: the warehouse could not be written, for example because the disk is full.
    """
    try:
        warehouse.begin()
        try:
            yield
        except BaseException:
            warehouse.rollback()
            raise
        warehouse.commit()
    # Raised if the disk is full while DuckDB writes or spills; with `FatalException` it has also closed the file.
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise StoreError(
            f"the warehouse could not be written: {error}. Nothing was changed. If the disk is full, free some space "
            "and run the command again."
        ) from error


def _explain(error: duckdb.Error, home: Home) -> WarehouseError:
    """Convert DuckDB's error on opening the file into an error for an operator."""
    if "Could not set lock on file" in str(error):
        # This process holds the lock, so the other one ignores it: a database tool, or the dbt of a killed run.
        found = re.search(r"PID (\d+)", str(error))
        return lock.LockedError(
            f"{home.warehouse_file} is open in {f'process {found[1]}' if found else 'a process'} that does not hold "
            f"{home.lock_file.name}: perhaps the dbt of a killed run, or a database tool. Close it and try again. "
            f"For queries open {home.corpus_file}, which is never locked."
        )
    return StoreError(
        f"{home.warehouse_file} cannot be opened: {error}. If it is damaged, delete it and run `hanoi-corpus build`, "
        "which rebuilds it from the archive."
    )
