"""Loads the files of the archive and of the stages into the tables of the schema `raw`.

`raw.loaded_files` has a mark for each loaded file, so a later load reads only new and changed files. Every row from
a file names it in `loaded_from`. A load is one transaction: if it fails, nothing changes. All tables can be rebuilt, so
a table whose columns change is dropped and filled again.
Belongs here: finding new, changed and deleted files, replacing their rows, and creating the tables.
Does not belong here: the meaning of the rows (`warehouse.records`), and the models built on them (`dbt_models`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
"""Rows that are collected from small files for one insert, because the cost of an insert is mostly fixed."""

# Raised by pyarrow and the parser of reports for a file that is truncated, damaged or of another format.
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
comment on table raw.loaded_files is 'The loaded files, one row each';
comment on column raw.loaded_files.dataset is 'The dataset, which is also the name of the table';
comment on column raw.loaded_files.file is 'Path below the dataset''s folder; the same as loaded_from of its rows';
comment on column raw.loaded_files.mark is 'Changes whenever the file is written again';
comment on column raw.loaded_files.version is 'Version of the stage that made the file; null for archive files';

create table raw.schemas (dataset varchar not null, digest varchar not null);
comment on table raw.schemas is 'A digest of each table''s columns; a table is recreated if its digest changes';
"""
_BOOKKEEPING = "loaded_files"

# No primary keys and no indexes: an ART index makes appending many times slower and the file several times larger. This
# module keeps keys unique (each row belongs to a file in `loaded_files`), and dbt tests them.
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
    """A file or row cannot be loaded; nothing was changed."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """The result of loading one table.

    Attributes:
        rows: the rows in the table afterwards.
        files_read: the number of new and changed files.
        files_dropped: the number of files whose rows were deleted: changed, missing, or of another version.
    """

    rows: int
    files_read: int
    files_dropped: int


@dataclass(frozen=True, slots=True)
class _Source:
    """The files of one dataset and the table that holds their rows.

    Attributes:
        version: the version of the stage that makes the files; None for the archive's own files.
    """

    dataset: Dataset
    folder: str
    suffix: str = ".parquet"
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
    """Return every dataset with a table in the schema `raw`: the archive's, the stages', and the portals."""
    return (CRAWLS, CAPTURES, *(dataset for stage in stages for dataset in stage.outputs), PORTALS)


def table_of(dataset: Dataset) -> str:
    """Return the name of a dataset's table."""
    return f"raw.{dataset.name}"


def load(home: Home, stages: Sequence[Stage], portals: Sequence[PortalRow]) -> dict[str, TableLoad]:
    """Synchronise the tables of the schema `raw` with the files of a home; the caller holds the lock.

    The outputs of `stages` must be up to date. Rows of other versions of a stage are deleted, since two versions of an
    article would look like an edit. `portals` replace the rows of their table.

    Returns:
        The result for each table, by name, such as `raw.articles`.

    Raises:
        LoadError: a file or portal cannot be read, or a stage has no outputs of its version.
        StoreError: the warehouse cannot be opened or written.
    """
    sources = _sources(stages)
    _check_made(home, sources)
    portal_rows = _portal_table(portals)
    with store.connect(home) as warehouse, store.transaction(warehouse):
        _make_tables(warehouse, raw_datasets(stages))
        loads = {source.table: _synchronise(warehouse, home, source) for source in sources}
        warehouse.execute(f"delete from {table_of(PORTALS)}")  # noqa: S608 - a constant
        _insert(warehouse, table_of(PORTALS), portal_rows)
    return loads | {table_of(PORTALS): TableLoad(portal_rows.num_rows, 0, 0)}


def _portal_table(portals: Sequence[PortalRow]) -> pa.Table:
    try:
        return PORTALS.table(portals)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise LoadError(f"the portals' definitions cannot be loaded: {error}") from error


def _sources(stages: Sequence[Stage]) -> tuple[_Source, ...]:
    made = [
        _Source(dataset, folder_of(dataset, stage), version=stage.version)
        for stage in stages
        for dataset in stage.outputs
    ]
    # Load reports before captures: since a crawl's index is written before its report, every loaded crawl has captures.
    return (_Source(CRAWLS, CRAWLS_FOLDER, ".json"), _Source(CAPTURES, INDEX_FOLDER), *made)


def _check_made(home: Home, sources: Iterable[_Source]) -> None:
    """Raise `LoadError` if a stage has no outputs of its version although the archive is not empty."""
    if not home.storage.list(INDEX_FOLDER, ".parquet"):
        return
    for source in sources:
        if source.version and not source.files(home):
            raise LoadError(
                f"{home.storage.location(source.folder)}: there are no {source.dataset.name.replace('_', ' ')} of "
                f"version {source.version}. Run `hanoi-corpus build`, which makes them from the archive."
            )


def _make_tables(warehouse: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]) -> None:
    """Create missing tables, and recreate those whose columns have changed; their files are loaded again."""
    warehouse.execute("create schema if not exists raw")
    if _schema_digest(warehouse, _BOOKKEEPING) != _digest_of(_LOADED_FILES):
        # Rows could be stale if their files are not recorded.
        warehouse.execute("drop schema raw cascade")
        warehouse.execute("drop table if exists main.applied_migrations")  # left by earlier versions
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
    """Return the statement that creates a dataset's table; names come from declarations, never from input."""
    columns = [
        f"{field.name} {_sql_type(field.type)}{'' if field.nullable else ' not null'}" for field in dataset.schema
    ]
    if dataset != PORTALS:
        columns.append("loaded_from varchar not null")
    return f"create table {table_of(dataset)} ({', '.join(columns)})"


def _sql_type(arrow_type: pa.DataType) -> str:
    """Return DuckDB's name of a column type of `warehouse.datasets.arrow_schema`."""
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
    """Delete the rows of changed, missing and outdated files; insert those of new and changed files."""
    present = source.files(home)
    known: dict[str, tuple[str, str | None]] = {
        file: (mark, version)
        for file, mark, version in warehouse.execute(
            "select file, mark, version from raw.loaded_files where dataset = ?", [source.dataset.name]
        ).fetchall()
    }
    kept = {file for file, state in known.items() if state == (present.get(file), source.version)}
    _delete_rows(warehouse, source, sorted(known.keys() - kept))
    new = {file: mark for file, mark in present.items() if file not in kept}
    counts: dict[str, int] = {}
    for batch in _batches(_read_all(home, source, new, counts)):
        _insert(warehouse, source.table, batch)
    _record_files(warehouse, source, new, counts)
    (rows,) = warehouse.execute(f"select count(*) from {source.table}").fetchall()[0]  # noqa: S608 - a constant
    return TableLoad(rows=rows, files_read=len(new), files_dropped=len(known) - len(kept))


def _delete_rows(warehouse: duckdb.DuckDBPyConnection, source: _Source, files: list[str]) -> None:
    if files:
        # The table's name is a constant, never input.
        warehouse.execute(f"delete from {source.table} where list_contains(?, loaded_from)", [files])  # noqa: S608
        warehouse.execute(
            "delete from raw.loaded_files where dataset = ? and list_contains(?, file)", [source.dataset.name, files]
        )


def _record_files(
    warehouse: duckdb.DuckDBPyConnection, source: _Source, marks: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    if marks:
        warehouse.executemany(
            "insert into raw.loaded_files values (?, ?, ?, ?, ?, now())",
            [[source.dataset.name, file, mark, source.version, counts[file]] for file, mark in marks.items()],
        )


def _insert(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    warehouse.register("incoming", rows)
    warehouse.execute(f"insert into {table} by name select * from incoming")  # noqa: S608 - a constant
    warehouse.unregister("incoming")


def _read_all(home: Home, source: _Source, files: Iterable[str], counts: dict[str, int]) -> Iterator[pa.Table]:
    """Yield each file's rows with the column `loaded_from`, and put their number into `counts`."""
    for name in files:
        file = StoredFile(home.storage, f"{source.folder}/{name}")
        try:
            rows = without_nulls(_read(source.dataset, file))
        except _UNREADABLE as error:
            raise LoadError(
                f"{file}: cannot be read as a file of {source.dataset.name}: {error}. Nothing was loaded. "
                "Delete this file and run `hanoi-corpus build`, which rebuilds it from the archive."
            ) from error
        counts[name] = rows.num_rows
        yield rows.append_column("loaded_from", pa.repeat(name, rows.num_rows))


def _batches(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Join small tables into batches of at least `BATCH_ROWS` rows; the last batch may be smaller."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= BATCH_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _read(dataset: Dataset, file: StoredFile) -> pa.Table:
    if dataset == CRAWLS:
        return CRAWLS.table([parse_report(file.read())])
    with file.open() as opened:
        rows = pq.ParquetFile(opened, page_checksum_verification=True).read()
    if rows.column_names != dataset.schema.names:
        raise ValueError(f"it has the columns {', '.join(rows.column_names)}")
    return rows.cast(dataset.schema)
