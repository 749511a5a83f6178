"""Opens the pipeline's DuckDB files under the lock: the warehouse, and the marts as catalog `marts`.

The marts have a file of their own, since a release is a copy of it. A transaction writes one of the two files.
Belongs here: connecting, transactions, and reading texts for dbt's Python models. Everything in the files can be
rebuilt, so there are no migrations.
Does not belong here: loading the schema `raw` (`warehouse.tables.load`), and the tables of dbt (`dbt_models`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.corpus.release import NO_DOWNLOADS, is_damage
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.settings import settings_or_defaults
from warehouse.tables import lock

THREADS = 2

STORAGE_VERSION = "v1.2.0"
"""The format of both files, and of releases: the oldest that compresses texts well; DuckDB opens it since 1.2."""

# Characters. DuckDB compresses columns of longer texts, on average, with zstd; its default leaves most articles out.
_ZSTD_MIN_STRING_LENGTH = 100

_MEMORY_MIN_BYTES = 500_000_000

MARTS_CATALOG = "marts"

STATE_TABLE = "marts_state"
"""The table, in each of the two files, that says of which inputs the marts are made (`warehouse.tables.inputs`)."""

_FULL_SPILL_DISK = re.compile("failed to offload data block|max_temp_directory_size")


class StoreError(WarehouseError):
    """The warehouse file cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """A file of the warehouse is damaged; both can be discarded, since everything in them is rebuilt."""


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the warehouse and the marts for reading and writing; the caller closes the connection.

    Raises:
        RuntimeError: the caller does not hold the lock (`warehouse.tables.lock.hold`).
        lock.LockedError: a process that does not hold the lock has a file open.
        DamagedStoreError: a file is damaged, or is not a DuckDB file.
        StoreError: a file cannot be opened for another reason.
    """
    if not lock.is_held(home):
        raise RuntimeError(f"opening {home.warehouse_file} requires the lock: with lock.hold(home, …)")
    for file in (home.warehouse_file, home.marts_file):
        if file.exists() and not file.is_file():
            # DuckDB would wait for ever for a pipe to be written.
            raise StoreError(f"{file} is not a plain file: move it away and run `hanoi-corpus build`.")
    home.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        warehouse = duckdb.connect(str(home.warehouse_file), config=settings_of(home))
    except duckdb.Error as error:
        raise _explain(error, home, home.warehouse_file) from error
    try:
        _attach_marts(warehouse, home)
    except BaseException:
        warehouse.close()
        raise
    return warehouse


def _attach_marts(warehouse: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Attach the file of the marts, which is made if it is missing."""
    quoted = str(home.marts_file).replace("'", "''")  # ATTACH takes no parameters
    try:
        warehouse.execute(f"attach '{quoted}' as {MARTS_CATALOG} (storage_version '{STORAGE_VERSION}')")
    except duckdb.Error as error:
        raise _explain(error, home, home.marts_file) from error
    with explained(home):
        # In earlier versions the marts were here; both would answer to `marts.…`.
        warehouse.execute(f'drop schema if exists "{home.warehouse_file.stem}".{MARTS_CATALOG} cascade')


@contextmanager
def explained(home: Home, file: Path | None = None) -> Iterator[None]:
    """Convert DuckDB's errors in the block into an operator's, which name `file`, else the warehouse.

    Raises:
        DamagedStoreError: the file is damaged.
        StoreError: DuckDB raised another error.
    """
    file = file or home.warehouse_file
    try:
        yield
    except duckdb.Error as error:
        if is_out_of_memory(error):
            raise out_of_memory(home, "this step", error) from error
        if is_damage(error):
            raise _damaged(error, file) from error
        raise StoreError(f"{file}: {error}") from error


def verify(home: Home) -> None:
    """Read every table of both files, so that DuckDB verifies the checksums of their blocks.

    Raises:
        DamagedStoreError: a block is damaged.
        StoreError: a file cannot be opened or read.
    """
    with connect(home) as warehouse:
        tables = warehouse.execute("select database_name, schema_name, table_name from duckdb_tables()").fetchall()
        for table in tables:
            name = ".".join(f'"{part}"' for part in table)
            with explained(home, home.marts_file if table[0] == MARTS_CATALOG else home.warehouse_file):
                warehouse.execute(f"select max(hash(rows)) from {name} as rows")  # noqa: S608 - our own names


def discard(home: Home) -> None:
    """Delete both files; the next build makes them again from the archive and the stages' files."""
    _delete(home.warehouse_file)
    discard_marts(home)


def discard_marts(home: Home) -> None:
    """Delete the file of the marts; only a full build makes all of them again."""
    _delete(home.marts_file)


def _delete(file: Path) -> None:
    for part in (file, file.with_name(f"{file.name}.wal")):
        part.unlink(missing_ok=True)


def delete_spilled(home: Home) -> None:
    """Delete what a killed process has spilled to disk; the caller holds the lock, and nobody else works."""
    shutil.rmtree(_spill_folder(home), ignore_errors=True)


def _spill_folder(home: Home) -> Path:
    return home.warehouse_file.with_name(f"{home.warehouse_file.name}.tmp")


def memory_limit(home: Home, share: float = 1.0) -> str:
    """Return the memory that DuckDB may use, as its setting; beyond it, it spills to the disk.

    `share` (0 to 1) is the part of the limit that the work needs; it gets half a gigabyte of it at least.
    """
    limit = settings_or_defaults(home).memory_limit_bytes
    return f"{min(limit, max(_MEMORY_MIN_BYTES, int(limit * share))) // 1_000_000}MB"


def settings_of(home: Home) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings for work on the warehouse."""
    return NO_DOWNLOADS | {
        "memory_limit": memory_limit(home),
        "threads": THREADS,
        "temp_directory": str(_spill_folder(home)),
        "storage_compatibility_version": STORAGE_VERSION,
        "zstd_min_string_length": _ZSTD_MIN_STRING_LENGTH,
    }


def has_table(warehouse: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Tell whether a table exists in a schema of the warehouse or in `marts`; dbt makes its own."""
    found = warehouse.execute(
        "select 1 from information_schema.tables where ? in (table_schema, table_catalog) and table_name = ?",
        [schema, table],
    )
    return found.fetchone() is not None


@contextmanager
def given(warehouse: duckdb.DuckDBPyConnection, columns: Mapping[str, Sequence[Any]]) -> Iterator[None]:
    """Give lists of equal length to the queries of the block, as the columns of a table `given`.

    As a parameter of a query, each element of a list takes DuckDB 0.1 ms.
    """
    warehouse.register("given", pa.table({name: list(values) for name, values in columns.items()}))
    try:
        yield
    finally:
        warehouse.unregister("given")


def read_texts(
    session: duckdb.DuckDBPyConnection, articles: str, capture_ids: Iterable[str]
) -> dict[str, tuple[str | None, str]]:
    """Return lead and body by capture_id; `articles` is a query of `stg_portal__articles`.

    They are found by the numbers of their rows: DuckDB skips the texts of others, and a join by key would read all.
    """
    with given(session, {"capture_id": sorted(set(capture_ids))}):
        found = session.execute(
            f"select capture_id, lead, body from ({articles}) where row_position in"  # noqa: S608 - dbt's query of a view
            f" (select row_position from ({articles}) where capture_id in (select capture_id from given))"
        ).fetchall()
    return {capture_id: (lead, body) for capture_id, lead, body in found}


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
        if is_out_of_memory(error):
            raise out_of_memory(home, "writing the warehouse", error) from error
        if is_damage(error):
            raise _damaged(error, home.warehouse_file) from error
        raise StoreError(
            f"the warehouse could not be written: {error}. Nothing was changed. If the disk is full, free some space "
            "and run the command again."
        ) from error


def is_out_of_memory(error: duckdb.Error) -> bool:
    """Tell whether DuckDB needed more memory than it may use; a full disk has the same class."""
    return isinstance(error, duckdb.OutOfMemoryException) and not _FULL_SPILL_DISK.search(str(error))


def out_of_memory(home: Home, step: str, error: duckdb.Error) -> StoreError:
    """Return the error for a step, such as `publishing`, that needs more memory than DuckDB may use."""
    limit = settings_or_defaults(home).memory_limit_bytes
    return StoreError(
        f"{step} needs more memory than the {limit / 1e9:.2f} GB that DuckDB may use: raise memory_limit_gb in "
        f"{home.settings_file}, or free memory, and run the command again. Nothing was changed. DuckDB says: {error}"
    )


def _explain(error: duckdb.Error, home: Home, file: Path) -> WarehouseError:
    """Convert DuckDB's error on opening a file into an error for an operator."""
    if "Could not set lock on file" in str(error):
        # This process holds the lock, so the other one ignores it: a database tool, or the dbt of a killed run.
        found = re.search(r"PID (\d+)", str(error))
        return lock.LockedError(
            f"{file} is open in {f'process {found[1]}' if found else 'a process'} that does not hold "
            f"{home.lock_file.name}: perhaps the dbt of a killed run, or a database tool. Close it and try again. "
            f"For queries open {home.corpus_file}, which is never locked."
        )
    if is_damage(error):
        return _damaged(error, file)
    return StoreError(
        f"{file} cannot be opened: {error}. Check the disk and the permissions. Everything in the file "
        "can be rebuilt: if nothing else helps, delete it and run `hanoi-corpus build`."
    )


def _damaged(error: duckdb.Error, file: Path) -> DamagedStoreError:
    return DamagedStoreError(f"{file}: damaged: {error}. `hanoi-corpus build` rebuilds it from the archive.")
