"""Opens the pipeline's own DuckDB file under the lock.

Belongs here: connecting, and transactions. Everything in the file can be rebuilt, so there are no migrations.
Does not belong here: loading the schema `raw` (`warehouse.tables.load`), and the schemas of dbt (`dbt_models`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.corpus.release import NO_DOWNLOADS, is_damage
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.tables import lock

MEMORY_LIMIT = "1GB"
"""DuckDB's share of the 2 GB that a build may use; beyond it DuckDB spills to `warehouse.duckdb.tmp` in the home."""

THREADS = 2


class StoreError(WarehouseError):
    """The warehouse file cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """The warehouse file is damaged; it can be discarded, since everything in it is rebuilt."""


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading and writing; the caller closes it.

    Raises:
        RuntimeError: the caller does not hold the lock (`warehouse.tables.lock.hold`).
        lock.LockedError: a process that does not hold the lock has the file open.
        DamagedStoreError: the file is damaged, or is not a DuckDB file.
        StoreError: the file cannot be opened for another reason.
    """
    if not lock.is_held(home):
        raise RuntimeError(f"opening {home.warehouse_file} requires the lock: with lock.hold(home, …)")
    if home.warehouse_file.exists() and not home.warehouse_file.is_file():
        # DuckDB would wait for ever for a pipe to be written.
        raise StoreError(f"{home.warehouse_file} is not a plain file: move it away and run `hanoi-corpus build`.")
    home.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(home.warehouse_file), config=settings_of(home))
    except duckdb.Error as error:
        raise _explain(error, home) from error


@contextmanager
def explained(home: Home) -> Iterator[None]:
    """Convert DuckDB's errors in the block into errors for an operator.

    Raises:
        DamagedStoreError: the file is damaged.
        StoreError: DuckDB raised another error.
    """
    try:
        yield
    except duckdb.Error as error:
        if is_damage(error):
            raise _damaged(error, home) from error
        raise StoreError(f"{home.warehouse_file}: {error}") from error


def verify(home: Home) -> None:
    """Read every table of the warehouse, so that DuckDB verifies the checksums of their blocks.

    Raises:
        DamagedStoreError: a block is damaged.
        StoreError: the file cannot be opened or read.
    """
    with connect(home) as warehouse, explained(home):
        tables = warehouse.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            warehouse.execute(f'select max(hash(rows)) from "{schema}"."{table}" as rows')  # noqa: S608 - our own names


def discard(home: Home) -> None:
    """Delete the warehouse; the next load makes it again from the archive and the stages' files."""
    for file in (home.warehouse_file, home.warehouse_file.with_name(f"{home.warehouse_file.name}.wal")):
        file.unlink(missing_ok=True)


def delete_spilled(home: Home) -> None:
    """Delete what a killed process has spilled to disk; the caller holds the lock, and nobody else works."""
    shutil.rmtree(_spill_folder(home), ignore_errors=True)


def _spill_folder(home: Home) -> Path:
    return home.warehouse_file.with_name(f"{home.warehouse_file.name}.tmp")


def settings_of(home: Home) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings for work on the warehouse."""
    spill = str(_spill_folder(home))
    return NO_DOWNLOADS | {"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": spill}


def has_table(warehouse: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Tell whether a table exists; dbt's tables do not exist before the first build."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?", [schema, table]
    )
    return found.fetchone() is not None


@contextmanager
def transaction(warehouse: duckdb.DuckDBPyConnection, home: Home) -> Iterator[None]:
    """Run the block in a transaction, which is rolled back if the block raises.

    Raises:
        DamagedStoreError: the warehouse is damaged.
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
        if is_damage(error):
            raise _damaged(error, home) from error
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
    if is_damage(error):
        return _damaged(error, home)
    return StoreError(
        f"{home.warehouse_file} cannot be opened: {error}. Check the disk and the permissions. Everything in the file "
        "can be rebuilt: if nothing else helps, delete it and run `hanoi-corpus build`."
    )


def _damaged(error: duckdb.Error, home: Home) -> DamagedStoreError:
    return DamagedStoreError(
        f"{home.warehouse_file}: damaged: {error}. `hanoi-corpus build` rebuilds it from the archive."
    )
