"""Loading: the files that the stages before wrote, into the tables of the schema `raw`.

Here: which files are new, changed or gone, replacing exactly their rows, and the tables themselves, whose columns
follow from the datasets' records. Not here: what the rows mean (`warehouse.records`) or what becomes of them
(`dbt_models`).

The unit is the file. `raw.loaded_files` remembers each with a mark, so that a second load reads new files alone, and
every row names the file it came from (`loaded_from`). One load is one transaction: whatever goes wrong, the tables stay
as they were. All of it can be made again, so a table whose columns change is dropped and filled anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.archive.index.reports import parse_report
from warehouse.datasets import CAPTURES, CRAWLS, PORTALS, Dataset, without_nulls
from warehouse.errors import WarehouseError
from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, Home
from warehouse.records import PortalRow
from warehouse.stages import Stage, folder_of
from warehouse.storage import StoredFile
from warehouse.tables import store

BATCH_ROWS = 5_000
"""Rows gathered from small files before one insert: inserts cost more than rows do."""

# What pyarrow and the reports' parsing raise for a file that is truncated, corrupt or of another shape.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError)

_LOADED_FILES = """
create table raw.loaded_files (
    dataset varchar not null,
    file varchar not null,
    mark varchar not null,
    version varchar,
    row_count bigint not null,
    loaded_at timestamptz not null
);
comment on table raw.loaded_files is 'Which files the rows of the other tables came from, and in which state';
comment on column raw.loaded_files.dataset is 'The dataset, and the table of the rows';
comment on column raw.loaded_files.file is 'Path below the dataset''s folder; equals loaded_from of its rows';
comment on column raw.loaded_files.mark is 'Another one whenever the file was written again';
comment on column raw.loaded_files.version is 'The version of the stage that made it';

create table raw.schemas (dataset varchar not null, digest varchar not null);
comment on table raw.schemas is 'By which columns each table was made; it is made anew where they change';
"""
_BOOKKEEPING = "loaded_files"

# No primary keys and no indexes: an ART index makes appending many times slower and the file several times larger. Keys
# are kept by this module (rows belong to a file of `loaded_files`) and tested by dbt.
_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "varchar",
    pa.bool_(): "boolean",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.date32(): "date",
}


class LoadError(WarehouseError):
    """A file or row that cannot be loaded; nothing was changed."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What a load did to one table.

    Attributes:
        rows: rows in the table afterwards.
        files_read: files that were new or changed.
        files_dropped: files loaded earlier whose rows were removed: changed, gone, or of another version.
    """

    rows: int
    files_read: int
    files_dropped: int


@dataclass(frozen=True, slots=True)
class _Source:
    """The files of one dataset and the table that holds their rows.

    Attributes:
        version: of the stage that makes them; None where they are made from the archive alone.
    """

    dataset: Dataset
    folder: str
    suffix: str
    read: Callable[[StoredFile], pa.Table]
    version: str | None = None

    @property
    def table(self) -> str:
        return table_of(self.dataset)

    def files(self, home: Home) -> dict[str, str]:
        """Return the mark of every file, by its path below the folder."""
        return {
            stored.key.removeprefix(f"{self.folder}/"): stored.mark
            for stored in home.storage.list(self.folder, self.suffix)
        }


def raw_datasets(stages: Iterable[Stage]) -> tuple[Dataset, ...]:
    """Return every dataset that has a table in the schema `raw`: the archive's, the stages', and the portals."""
    return (CRAWLS, CAPTURES, *(dataset for stage in stages for dataset in stage.outputs), PORTALS)


def table_of(dataset: Dataset) -> str:
    """Return the name of a dataset's table."""
    return f"raw.{dataset.name}"


def load(home: Home, stages: Sequence[Stage], portals: Sequence[PortalRow]) -> dict[str, TableLoad]:
    """Bring the tables of the schema `raw` in line with the files of a home; the caller holds the lock.

    Afterwards each table of a stage's output holds the rows of that stage's version and of no other: two versions side
    by side would look like edits.

    Args:
        home: where files and warehouse are.
        stages: whose outputs to load, all of them up to date.
        portals: the portals' definitions; they replace the table's rows.

    Returns:
        What was done, by table name, such as `raw.articles`.

    Raises:
        LoadError: a file or portal cannot be read, or nothing was ever made by a stage of that version.
    """
    sources = _sources(stages)
    _check_made(home, sources)
    portal_rows = _portal_table(portals)
    with store.connect(home) as warehouse, store.transaction(warehouse):
        _make_tables(warehouse, raw_datasets(stages))
        loads = {source.table: _synchronise(warehouse, home, source) for source in sources}
        warehouse.execute(f"delete from {table_of(PORTALS)}")  # noqa: S608 - a name of ours
        _insert(warehouse, table_of(PORTALS), portal_rows)
    return loads | {table_of(PORTALS): TableLoad(portal_rows.num_rows, 0, 0)}


def _portal_table(portals: Sequence[PortalRow]) -> pa.Table:
    try:
        return PORTALS.table(portals)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise LoadError(f"the portals' definitions cannot be loaded: {error}") from error


def _sources(stages: Sequence[Stage]) -> tuple[_Source, ...]:
    made = tuple(
        _Source(dataset, folder_of(dataset, stage), ".parquet", partial(_read_parquet, schema=dataset.schema), version)
        for stage in stages
        for version in (stage.version,)
        for dataset in stage.outputs
    )
    captures = partial(_read_parquet, schema=CAPTURES.schema)
    # A crawl's index is written before its report: listed in this order, there is never a crawl without captures.
    return (
        _Source(CRAWLS, CRAWLS_FOLDER, ".json", _read_report),
        _Source(CAPTURES, INDEX_FOLDER, ".parquet", captures),
        *made,
    )


def _check_made(home: Home, sources: Iterable[_Source]) -> None:
    """Raise `LoadError` where a stage of this version has made nothing although the archive holds something."""
    if not home.storage.list(INDEX_FOLDER, ".parquet"):
        return
    for source in sources:
        if source.version and not source.files(home):
            raise LoadError(
                f"{home.storage.location(source.folder)}: there are no {source.dataset.name.replace('_', ' ')} of "
                f"version {source.version}. Run `hanoi-corpus build`: it makes them from the archive."
            )


def _make_tables(warehouse: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]) -> None:
    """Make the tables that are missing, and those anew whose columns have changed; their files are loaded again."""
    warehouse.execute("create schema if not exists raw")
    if _schema_digest(warehouse, _BOOKKEEPING) != _digest_of(_LOADED_FILES):
        # Rows without an account of their files could not be told from stale ones.
        warehouse.execute("drop schema raw cascade")
        warehouse.execute("drop table if exists main.applied_migrations")  # of warehouses from before
        warehouse.execute(f"create schema raw; {_LOADED_FILES}")
        warehouse.execute("insert into raw.schemas values (?, ?)", [_BOOKKEEPING, _digest_of(_LOADED_FILES)])
    for dataset in datasets:
        if _schema_digest(warehouse, dataset.name) == dataset.digest:
            continue
        warehouse.execute(f"drop table if exists {table_of(dataset)}")
        warehouse.execute("delete from raw.loaded_files where dataset = ?", [dataset.name])
        warehouse.execute("delete from raw.schemas where dataset = ?", [dataset.name])
        warehouse.execute(_create_statement(dataset))
        warehouse.execute("insert into raw.schemas values (?, ?)", [dataset.name, dataset.digest])


def _create_statement(dataset: Dataset) -> str:
    """Return the statement that makes a dataset's table; names come from the declaration, never from input."""
    columns = [
        f"{field.name} {_sql_type(field.type)}{'' if field.nullable else ' not null'}" for field in dataset.schema
    ]
    if dataset != PORTALS:
        columns.append("loaded_from varchar not null")
    return f"create table {table_of(dataset)} ({', '.join(columns)})"


def _sql_type(arrow_type: pa.DataType) -> str:
    """Return DuckDB's name of a column type that `warehouse.datasets.arrow_schema` makes."""
    if pa.types.is_list(arrow_type):
        return f"{_sql_type(arrow_type.value_type)}[]"
    if pa.types.is_map(arrow_type):
        return f"map({_sql_type(arrow_type.key_type)}, {_sql_type(arrow_type.item_type)})"
    if pa.types.is_timestamp(arrow_type):
        return "timestamptz"
    return _SQL_TYPES[arrow_type]


def _schema_digest(warehouse: duckdb.DuckDBPyConnection, name: str) -> str | None:
    if not store.has_table(warehouse, "raw", "schemas"):
        return None
    found = warehouse.execute("select digest from raw.schemas where dataset = ?", [name]).fetchone()
    return found[0] if found else None


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _synchronise(warehouse: duckdb.DuckDBPyConnection, home: Home, source: _Source) -> TableLoad:
    """Drop the rows of files that changed, went or are of another version; insert those of new and changed ones."""
    present = source.files(home)
    known: dict[str, tuple[str, str | None]] = {
        file: (mark, version)
        for file, mark, version in warehouse.execute(
            "select file, mark, version from raw.loaded_files where dataset = ?", [source.dataset.name]
        ).fetchall()
    }
    kept = {file for file, state in known.items() if state == (present.get(file), source.version)}
    _drop(warehouse, source, sorted(known.keys() - kept))
    new = {file: mark for file, mark in present.items() if file not in kept}
    counts: dict[str, int] = {}
    for batch in _batches(_read_all(home, source, new, counts)):
        _insert(warehouse, source.table, batch)
    _remember(warehouse, source, new, counts)
    # The table's name is one of ours, never input.
    (rows,) = warehouse.execute(f"select count(*) from {source.table}").fetchall()[0]  # noqa: S608
    return TableLoad(rows=rows, files_read=len(new), files_dropped=len(known) - len(kept))


def _drop(warehouse: duckdb.DuckDBPyConnection, source: _Source, files: list[str]) -> None:
    if files:
        # The table's name is one of ours, never input.
        warehouse.execute(f"delete from {source.table} where list_contains(?, loaded_from)", [files])  # noqa: S608
        warehouse.execute(
            "delete from raw.loaded_files where dataset = ? and list_contains(?, file)", [source.dataset.name, files]
        )


def _remember(
    warehouse: duckdb.DuckDBPyConnection, source: _Source, marks: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    if marks:
        warehouse.executemany(
            "insert into raw.loaded_files values (?, ?, ?, ?, ?, now())",
            [[source.dataset.name, file, mark, source.version, counts[file]] for file, mark in marks.items()],
        )


def _insert(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    warehouse.register("incoming", rows)
    # The table's name is one of ours, never input.
    warehouse.execute(f"insert into {table} by name select * from incoming")  # noqa: S608
    warehouse.unregister("incoming")


def _read_all(home: Home, source: _Source, files: Iterable[str], counts: dict[str, int]) -> Iterator[pa.Table]:
    """Yield each file's rows with the column `loaded_from`, and write their number into `counts`."""
    for name in files:
        file = StoredFile(home.storage, f"{source.folder}/{name}")
        try:
            rows = without_nulls(source.read(file))
        except _UNREADABLE as error:
            raise LoadError(
                f"{file}: cannot be read as a file of {source.dataset.name}: {error}. Nothing was loaded. "
                "Delete this file and run `hanoi-corpus build`: it is made again from the archive."
            ) from error
        counts[name] = rows.num_rows
        yield rows.append_column("loaded_from", pa.repeat(name, rows.num_rows))


def _batches(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Join small tables to batches of at least `BATCH_ROWS` rows, the last one excepted."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= BATCH_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _read_parquet(file: StoredFile, schema: pa.Schema) -> pa.Table:
    with file.open() as opened:
        rows = pq.ParquetFile(opened).read()
    if rows.column_names != schema.names:
        raise ValueError(f"it has the columns {', '.join(rows.column_names)}")
    return rows.cast(schema)


def _read_report(file: StoredFile) -> pa.Table:
    return CRAWLS.table([parse_report(file.read())])
