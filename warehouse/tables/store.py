"""The pipeline's own DuckDB file: opening it under the lock.

Here: `connect` and transactions. Not here: the schema `raw` and what is loaded into it (`warehouse.tables.load`), and
the schemas that dbt makes of it (`dbt_models`). All of it can be made again, so there are no migrations.
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
    """The warehouse file cannot be used as it is."""


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading and writing; the caller closes it.

    Raises:
        RuntimeError: the caller does not hold the lock (`warehouse.tables.lock.hold`).
        lock.LockedError: a process that passed the lock by has the file open.
        StoreError: the file is no DuckDB file.
    """
    if not lock.is_held(home):
        raise RuntimeError(f"opening {home.warehouse_file} takes the lock first: with lock.hold(home, …)")
    spill = home.warehouse_file.with_name(home.warehouse_file.name + ".tmp")
    settings = NO_DOWNLOADS | {"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(spill)}
    try:
        return duckdb.connect(str(home.warehouse_file), config=settings)
    except duckdb.Error as error:
        raise _explain(error, home) from error


def has_table(warehouse: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Tell whether a table is there; dbt's are not before the first build."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?", [schema, table]
    )
    return found.fetchone() is not None


@contextmanager
def transaction(warehouse: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the block in a transaction: all of it, or nothing where it raises.

    Raises:
        StoreError: the warehouse could not be written, for want of space say.
    """
    try:
        warehouse.begin()
        try:
            yield
        except BaseException:
            warehouse.rollback()
            raise
        warehouse.commit()
    # A disk that is full while writing or spilling; `FatalException` is how DuckDB closes a file after such an error.
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise StoreError(
            f"the warehouse could not be written: {error}. Nothing was changed. If the disk is full, free some space "
            "and run the command again."
        ) from error


def _explain(error: duckdb.Error, home: Home) -> WarehouseError:
    """Return what DuckDB's refusal to open the file means for an operator."""
    if "Could not set lock on file" in str(error):
        # The lock is ours, so this is a process that does not take it: an analyst's tool, or the dbt of a killed run.
        found = re.search(r"PID (\d+)", str(error))
        return lock.LockedError(
            f"{home.warehouse_file} is open in {f'process {found[1]}' if found else 'a process'} that does not hold "
            f"{home.lock_file.name}: perhaps the dbt of a run that was killed, or a database tool. Close it and try "
            f"again. To query, open {home.corpus_file}, which nothing locks."
        )
    return StoreError(
        f"{home.warehouse_file} cannot be opened: {error}. If it is damaged, delete it and run `hanoi-corpus build`: "
        "it is made again from the archive."
    )
