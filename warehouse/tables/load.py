"""Loads the files of the archive and of the stages into the tables of the schema `raw`.

`raw.loaded_files` has a mark for each loaded file, so a later load reads only new and changed files. Every row from
a file names it in `loaded_from`. A load is one transaction: if it fails, nothing changes. All tables can be rebuilt, so
a table whose columns change is dropped and filled again.
Belongs here: finding new, changed and deleted files, replacing their rows, and creating the tables.
Does not belong here: the meaning of the rows (`warehouse.records`), and the models built on them (`dbt_models`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from warehouse.archive.files import crawl_id_of, warc_files
from warehouse.archive.index.reports import UNREADABLE, parse_report
from warehouse.datasets import CAPTURES, CRAWLS, PORTALS, Dataset, without_nulls
from warehouse.errors import WarehouseError
from warehouse.home import CRAWLS_FOLDER, INDEX_FOLDER, Home
from warehouse.parquet import DamagedTableError, read_table
from warehouse.records import PortalRow
from warehouse.stages import Stage, folder_of
from warehouse.storage import StoredFile
from warehouse.tables import changes, store

BATCH_ROWS = 5_000
"""Rows that are collected from small files for one insert, because the cost of an insert is mostly fixed."""

_logger = logging.getLogger(__name__)

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
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
}


class LoadError(WarehouseError):
    """The tables cannot be loaded; nothing was changed."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """The result of loading one table.

    Attributes:
        rows: the rows in the table afterwards.
        files_read: the number of new and changed files.
        files_dropped: the number of files whose rows were deleted: changed, missing, or of another version.
        damaged: a message for each file that cannot be read; its rows are those of the last load that could read it.
    """

    rows: int
    files_read: int
    files_dropped: int
    damaged: tuple[str, ...] = ()


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

    def unit_of(self, file: str) -> str:
        """Return `<portal>/<crawl_id>` of a file."""
        return file.removesuffix(self.suffix)

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


def load(
    home: Home, stages: Sequence[Stage], portals: Sequence[PortalRow], on_read: Callable[[int], None] | None = None
) -> dict[str, TableLoad]:
    """Synchronise the tables of the schema `raw` with the files of a home; the caller holds the lock.

    The outputs of `stages` must be up to date. Rows of other versions of a stage are deleted, since two versions of an
    article would look like an edit. A damaged file holds up only itself. `portals` replace the rows of their table.
    `on_read` is called with the number of files of each batch that was read.

    Returns:
        The result for each table, by name, such as `raw.articles`.

    Raises:
        LoadError: a portal cannot be read, or a stage has no outputs of its version.
        StoreError: the warehouse cannot be opened or written.
    """
    sources = _sources(stages)
    _check_made(home, sources)
    portal_rows = _portal_table(portals)
    with store.connect(home) as warehouse, store.transaction(warehouse, home):
        _make_tables(warehouse, raw_datasets(stages))
        changes.make_tables(warehouse, raw_datasets(stages))
        loads = {source.table: _synchronise(warehouse, home, source, on_read) for source in sources}
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


def _synchronise(
    warehouse: duckdb.DuckDBPyConnection, home: Home, source: _Source, on_read: Callable[[int], None] | None
) -> TableLoad:
    """Delete the rows of changed, missing and outdated files; insert those of new and changed files."""
    present = source.files(home)
    if source.version:
        loaded = _loaded_crawls(warehouse)
        present = {file: mark for file, mark in present.items() if source.unit_of(file) in loaded}
    known: dict[str, tuple[str, str | None]] = {
        file: (mark, version)
        for file, mark, version in warehouse.execute(
            "select file, mark, version from raw.loaded_files where dataset = ?", [source.dataset.name]
        ).fetchall()
    }
    kept = {file for file, state in known.items() if state == (present.get(file), source.version)}
    replaced = {file for file, (_, version) in known.items() if file in present and version == source.version} - kept
    dropped = known.keys() - kept - replaced
    if source.version is None:
        # A WARC file that was damaged after its index was lost cannot be indexed again: the old rows stay.
        in_archive = {f"{warc.folder}/{crawl_id_of(warc)}" for warc in warc_files(home)} if dropped else set()
        dropped = {file for file in dropped if source.unit_of(file) not in in_archive}
    _delete_rows(warehouse, source, sorted(dropped))
    counts: dict[str, int] = {}
    damaged: list[str] = []
    for names, batch in _batches(_read_all(home, source, sorted(present.keys() - kept), damaged)):
        # Only now are these files known to be readable: of a damaged one, the old rows stay.
        _delete_rows(warehouse, source, sorted(replaced & names.keys()))
        _insert(warehouse, source.table, batch)
        counts |= names
        if on_read:
            on_read(len(names))
    _record_files(warehouse, source, present, counts)
    changes.note_crawls(warehouse, (source.unit_of(file) for file in (*dropped, *counts)))
    (rows,) = warehouse.execute(f"select count(*) from {source.table}").fetchall()[0]  # noqa: S608 - a constant
    files_dropped = len(dropped) + len(replaced & counts.keys())
    return TableLoad(rows, files_read=len(counts), files_dropped=files_dropped, damaged=tuple(damaged))


def _loaded_crawls(warehouse: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the crawls whose report and captures are loaded: articles without them could not be traced."""
    files: dict[str, set[str]] = {CRAWLS.name: set(), CAPTURES.name: set()}
    for dataset, file in warehouse.execute(
        "select dataset, file from raw.loaded_files where list_contains(?, dataset)", [[*files]]
    ).fetchall():
        files[dataset].add(file.rpartition(".")[0])
    return set.intersection(*files.values())


def _delete_rows(warehouse: duckdb.DuckDBPyConnection, source: _Source, files: list[str]) -> None:
    if files:
        changes.note_rows(warehouse, source.dataset, files)
        with store.given(warehouse, {"file": files}):
            # The table's name is a constant, never input.
            warehouse.execute(f"delete from {source.table} where loaded_from in (select file from given)")  # noqa: S608
            warehouse.execute(
                "delete from raw.loaded_files where dataset = ? and file in (select file from given)",
                [source.dataset.name],
            )


def _record_files(
    warehouse: duckdb.DuckDBPyConnection, source: _Source, marks: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    if counts:
        of_files: dict[str, list[str] | list[int]] = {
            "file": [*counts],
            "mark": [marks[file] for file in counts],
            "row_count": [*counts.values()],
        }
        with store.given(warehouse, of_files):
            warehouse.execute(
                "insert into raw.loaded_files select ?, file, mark, ?, row_count, now() from given",
                [source.dataset.name, source.version],
            )


def _insert(warehouse: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    # DuckDB finds the argument by its name. A registered table would stay in memory until the transaction ends.
    warehouse.execute(f"insert into {table} by name select * from rows")  # noqa: S608 - a constant


def _read_all(home: Home, source: _Source, files: Iterable[str], damaged: list[str]) -> Iterator[tuple[str, pa.Table]]:
    """Yield name and rows of each file, with the column `loaded_from`; add a message for a damaged one."""
    for name in files:
        file = StoredFile(home.storage, f"{source.folder}/{name}")
        try:
            rows = without_nulls(_read(source.dataset, file))
        except (DamagedTableError, pa.ArrowException, *UNREADABLE) as error:
            problem = error.problem if isinstance(error, DamagedTableError) else error
            damaged.append(
                f"{file}: cannot be read as a file of {source.dataset.name}: {problem}. Its rows stay as they were. "
                "Run `hanoi-corpus build`, which rebuilds it from the archive."
            )
            _logger.warning(damaged[-1])
        else:
            yield name, rows.append_column("loaded_from", pa.repeat(name, rows.num_rows))


def _batches(tables: Iterable[tuple[str, pa.Table]]) -> Iterator[tuple[dict[str, int], pa.Table]]:
    """Join small files' tables into batches of at least `BATCH_ROWS` rows; the last one may be smaller.

    Each batch has the number of rows of each file in it, by name.
    """
    waiting: dict[str, pa.Table] = {}
    for name, table in tables:
        waiting[name] = table
        if sum(each.num_rows for each in waiting.values()) >= BATCH_ROWS:
            yield _joined(waiting)
            waiting = {}
    if waiting:
        yield _joined(waiting)


def _joined(tables: Mapping[str, pa.Table]) -> tuple[dict[str, int], pa.Table]:
    # In one piece: DuckDB makes row groups of each piece, so that those of thousands of small files fill its memory.
    rows = pa.concat_tables(tables.values()).combine_chunks()
    return {name: table.num_rows for name, table in tables.items()}, rows


def _read(dataset: Dataset, file: StoredFile) -> pa.Table:
    if dataset == CRAWLS:
        return CRAWLS.table([parse_report(file.read())])
    rows = read_table(file)
    if rows.column_names != dataset.schema.names:
        raise ValueError(f"it has the columns {', '.join(rows.column_names)}")
    return rows.cast(dataset.schema)
