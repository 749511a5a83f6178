"""The pipeline's own DuckDB file: opening it under the lock, and its schema.

Here: `connect`, transactions, and the numbered migrations of the schema `raw`. Not here: what is loaded into it
(`warehouse.tables.load`), and the schemas that dbt makes of it (`dbt_models`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.home import Home
from warehouse.tables import lock
from warehouse.tables.errors import WarehouseError

MIGRATIONS = Path(__file__).parent / "migrations"

MEMORY_LIMIT = "1GB"
"""DuckDB's share of the 2 GB that a build may use; beyond it DuckDB spills to `warehouse.duckdb.tmp` in the home."""

THREADS = 2

# Nothing is fetched behind the user's back: an extension that is not there is an error, not a download.
_NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class StoreError(WarehouseError):
    """The warehouse file cannot be used as it is."""


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading and writing, with the newest schema; the caller closes it.

    Raises:
        RuntimeError: the caller does not hold the lock (`warehouse.tables.lock.hold`).
        lock.LockedError: a process that passed the lock by has the file open.
        StoreError: the file is no DuckDB file, or its schema is newer than this code.
    """
    if not lock.is_held(home):
        raise RuntimeError(f"opening {home.warehouse_file} takes the lock first: with lock.hold(home, …)")
    spill = home.warehouse_file.with_name(home.warehouse_file.name + ".tmp")
    settings = _NO_DOWNLOADS | {"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(spill)}
    try:
        warehouse = duckdb.connect(str(home.warehouse_file), config=settings)
    except duckdb.Error as error:
        raise _explain(error, home) from error
    try:
        _migrate(warehouse, home)
    except BaseException:
        warehouse.close()
        raise
    return warehouse


def connect_read_only(file: Path) -> duckdb.DuckDBPyConnection:
    """Open any DuckDB file that nobody writes to, such as a published one; never the warehouse.

    Raises:
        duckdb.Error: there is no such file, or it is no DuckDB file.
    """
    return duckdb.connect(str(file), read_only=True, config=dict(_NO_DOWNLOADS))


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


def _migrate(warehouse: duckdb.DuckDBPyConnection, home: Home) -> None:
    shipped = {int(file.name[:4]): file for file in sorted(MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.sql"))}
    with transaction(warehouse):
        warehouse.execute(
            "create table if not exists main.applied_migrations"
            " (number integer not null, name varchar not null, applied_at timestamptz not null)"
        )
        applied = {number for (number,) in warehouse.execute("select number from main.applied_migrations").fetchall()}
        if unknown := applied - shipped.keys():
            raise StoreError(
                f"{home.warehouse_file} has schema {max(unknown)}, this hanoi-corpus knows up to "
                f"{max(shipped)}: a newer version wrote it. Use that version, or delete the file and run "
                "`hanoi-corpus build`: it is made again from the archive."
            )
        for number in sorted(shipped.keys() - applied):
            warehouse.execute(shipped[number].read_text(encoding="utf-8"))
            warehouse.execute(
                "insert into main.applied_migrations values (?, ?, now())", [number, shipped[number].stem]
            )


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
